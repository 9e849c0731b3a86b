//! The way to people: whether the mail server can be reached and lets us in, and what it has not taken.

use super::finding::Finding;
use super::instance::{Instance, MailServer};
use crate::cli::mail::fix;

/// The server, spoken to up to the login; no mail is sent.
pub(super) fn server(instance: &Instance) -> Vec<Finding> {
    vec![match &instance.mail {
        MailServer::None => Finding::ok(
            "MAIL_OFF",
            "mail",
            "no mail server is configured: everything works by links that you pass on",
        ),
        MailServer::Unusable(error) => {
            let fix = "correct outbound.ca_file, or take it out";
            Finding::broken("MAIL_SERVER", "mail", (error.to_string(), fix))
        }
        MailServer::Answered(server, Ok(())) => {
            Finding::ok("MAIL_SERVER", server.clone(), "answers, and lets Signet in")
        }
        MailServer::Answered(server, Err(error)) => Finding::broken(
            "MAIL_SERVER",
            server.clone(),
            (error.to_string(), fix(error)),
        ),
    }]
}

/// Mail that was given up in the last week.
pub(super) fn failed(instance: &Instance) -> Vec<Finding> {
    match instance.failed_mails {
        Some(Ok(0)) | None => Vec::new(),
        Some(Ok(count)) => vec![Finding::warning(
            "MAIL_FAILED",
            "mail",
            (
                format!("{count} mails were given up in the last week"),
                "signet mail list says why; invite again, or make a new link",
            ),
        )],
        Some(Err(ref error)) => vec![Finding::broken(
            "MAIL_OUTBOX",
            "mail",
            (
                error.to_string(),
                "restore the newest backup: signet restore FILE",
            ),
        )],
    }
}
