//! `[mail]`: the operator's mail server.

use std::net::IpAddr;
use std::sync::Arc;

use lettre::message::Mailbox;
use url::Url;

use super::error::ConfigError;
use super::source::Source;
use crate::model::Secret;

const IMPLICIT_TLS_PORT: u16 = 465;
/// Submission (RFC 6409).
const SUBMISSION_PORT: u16 = 587;

/// `[mail]`
#[derive(Clone)]
pub struct Mail {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Who we are to it; none: we do not say.
    pub login: Option<MailLogin>,
    /// Whom mails come from.
    pub from: Mailbox,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({}:{}, {:?})", self.host, self.port, self.security)
    }
}

/// A user of the mail server.
#[derive(Debug, Clone)]
pub struct MailLogin {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: Arc<Secret>,
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// `smtps://`: TLS from the first octet.
    ImplicitTls,
    /// `smtp://`: STARTTLS, and no mail without it.
    StartTls,
    /// `smtp://` to this machine.
    None,
}

/// None: there is no mail server, and everything works by links.
pub(super) fn read(source: &Source<'_>) -> Result<Option<Mail>, ConfigError> {
    let password = source.text("mail.password")?;
    let from = source.text("mail.from")?;
    let Some(text) = source.text("mail.smtp_url")? else {
        return match (from, password) {
            (None, None) => Ok(None),
            (Some(_), _) => Err(source.refuse("mail.from", "needs mail.smtp_url beside it")),
            (None, Some(_)) => Err(source.refuse("mail.password", "needs mail.smtp_url beside it")),
        };
    };
    let refuse = |reason: &str| source.refuse("mail.smtp_url", reason);
    let url = Url::parse(&text).map_err(|_| {
        refuse("must be an address as in smtps://user@mail.example.com or smtp://127.0.0.1:25")
    })?;
    let (Some(host), "smtp" | "smtps") = (url.host_str(), url.scheme()) else {
        return Err(refuse(
            "must begin with smtps:// (TLS from the start) or smtp:// (STARTTLS), and name a host",
        ));
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if url.password().is_some() {
        return Err(refuse(
            "must not hold the password: write it as mail.password, or give a file with SIGNET_MAIL__PASSWORD_FILE",
        ));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("must end after host and port"));
    }
    let from = from
        .ok_or_else(|| refuse("needs mail.from beside it, as in \"Signet <signet@example.com>\""))?
        .parse::<Mailbox>()
        .map_err(|_| {
            source.refuse(
                "mail.from",
                "must be a mail address, as in \"Signet <signet@example.com>\"",
            )
        })?;
    let security = match url.scheme() {
        "smtps" => MailSecurity::ImplicitTls,
        _ if is_this_machine(host) => MailSecurity::None,
        _ => MailSecurity::StartTls,
    };
    let default_port = match security {
        MailSecurity::ImplicitTls => IMPLICIT_TLS_PORT,
        MailSecurity::StartTls | MailSecurity::None => SUBMISSION_PORT,
    };
    Ok(Some(Mail {
        host: host.to_owned(),
        port: url.port().unwrap_or(default_port),
        security,
        login: login(source, &url, password)?,
        from,
    }))
}

fn login(
    source: &Source<'_>,
    url: &Url,
    password: Option<String>,
) -> Result<Option<MailLogin>, ConfigError> {
    let user = percent_encoding::percent_decode_str(url.username())
        .decode_utf8()
        .map_err(|_| source.refuse("mail.smtp_url", "has a user name that is not UTF-8"))?;
    match (user.is_empty(), password) {
        (true, None) => Ok(None),
        (true, Some(_)) => Err(source.refuse(
            "mail.password",
            "needs the user name in mail.smtp_url, as in smtps://user@mail.example.com",
        )),
        (false, None) => Err(source.refuse(
            "mail.smtp_url",
            "names a user: give the password as mail.password, or a file with SIGNET_MAIL__PASSWORD_FILE",
        )),
        (false, Some(password)) => Ok(Some(MailLogin {
            user: user.into_owned(),
            password: Arc::new(Secret::from_text(password)),
        })),
    }
}

/// Hosts of these schemes are plain text to the parser: an address is read as one here.
fn is_this_machine(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost",
    }
}
