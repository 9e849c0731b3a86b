//! `signet mail`: whether mail arrives, and what is still on its way.

use serde_json::json;

use super::CliError;
use super::arguments::{MailListOptions, MailTestOptions};
use super::services::{host_op, load_config, open_instance};
use crate::model::{EmailAddress, MailState};
use crate::outbound::{OutgoingMail, SmtpClient, SmtpError};
use crate::render::{Language, MailPage};

/// In a list.
const MOST: i64 = 1_000;

/// Sends a test at once and shows the dialogue with the server.
///
/// # Errors
/// When there is no mail server, or it did not take the mail: after the dialogue, with the fix.
pub async fn test(options: MailTestOptions) -> Result<(), CliError> {
    let address = EmailAddress::parse(&options.address)
        .map_err(|e| CliError::Usage(format!("{}: {e}", options.address)))?;
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let Some(smtp) = app.smtp.clone() else {
        return Err(CliError::Refused(format!(
            "{} names no mail server: add [mail] with smtp_url and from. Without one, everything works by links that you pass on",
            config.file().display()
        )));
    };
    let op = host_op(&app.clock, &app.entropy, "mail test");
    let page = MailPage::Test {
        name: address.to_string(),
    };
    let rendered = app
        .renderer
        .render_mail("test", &page, Language::English)
        .map_err(|e| CliError::failed("the mail's template", e))?;
    let mail = OutgoingMail {
        id: op.entropy.token(),
        at: op.now,
        name: address.to_string(),
        address: address.to_string(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
    };
    let server = smtp.server();
    let sending = tokio::task::spawn_blocking(move || send(&smtp, &mail));
    let (dialogue, result) = sending
        .await
        .map_err(|e| CliError::failed("the mail could not be sent", e))?;
    for line in dialogue {
        eprintln!("  {line}");
    }
    match result {
        Ok(()) => {
            eprintln!(
                "{server} has taken a test mail to {address}. Whether it arrives, its box shows."
            );
            Ok(())
        }
        Err(error) => Err(CliError::Refused(format!(
            "{server}: {error}\n{}",
            fix(&error)
        ))),
    }
}

fn send(smtp: &SmtpClient, mail: &OutgoingMail) -> (Vec<String>, Result<(), SmtpError>) {
    let mut dialogue = Vec::new();
    let result = smtp.open(&mut dialogue).and_then(|mut session| {
        session.send(mail, &mut dialogue)?;
        session.quit();
        Ok(())
    });
    (dialogue, result)
}

/// What to do about it.
pub(super) fn fix(error: &SmtpError) -> &'static str {
    match error {
        SmtpError::Server {
            stage: "connecting",
            ..
        } => {
            "Check host and port of mail.smtp_url, and that this machine may connect there: smtps:// is TLS from the start (465), smtp:// is STARTTLS (587)"
        }
        SmtpError::Server {
            stage: "STARTTLS", ..
        } => {
            "The server offers no STARTTLS, or its certificate is not accepted: try smtps://, or name its authority's PEM file as ca_file in [outbound]"
        }
        SmtpError::Server { stage: "AUTH", .. } => {
            "Check the user in mail.smtp_url and mail.password; some servers want a password made for applications"
        }
        SmtpError::Server { .. } => "The connection broke; try again",
        SmtpError::Later(_) => {
            "The server puts mail off, as many do with senders they do not know yet: Signet tries again by itself"
        }
        SmtpError::Never(_) => {
            "The server refuses it for good: check the address, and that the server lets mail.from send to it"
        }
    }
}

/// Shows what no server has taken yet.
///
/// # Errors
/// The store's.
pub async fn list(options: MailListOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let listed = app
        .outbox
        .list(MOST)
        .await
        .map_err(|e| CliError::failed("the outbox", e))?;
    if listed.is_empty() && !options.json {
        eprintln!("no mail is on its way, and none has failed in the last week");
    }
    for mail in listed {
        let state = match mail.state {
            MailState::Waiting => "waiting",
            MailState::Failed => "failed",
        };
        if options.json {
            let line = json!({
                "user_name": mail.user_name,
                "address": mail.address,
                "kind": mail.kind,
                "state": state,
                "attempts": mail.attempts,
                "last_reply": mail.last_reply,
                "created_at": mail.created_at.to_rfc3339(),
                "next_try_at": mail.next_try_at.to_rfc3339(),
            });
            say!("{line}");
            continue;
        }
        let reply = mail.last_reply.as_deref().unwrap_or("not tried yet");
        say!(
            "{state:<8} {:<13} to {} ({}), {} tries, {}",
            mail.kind,
            mail.user_name,
            mail.address,
            mail.attempts,
            reply
        );
    }
    Ok(())
}
