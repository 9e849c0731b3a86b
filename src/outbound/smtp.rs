//! Mail to the operator's server (RFC 5321), by lettre: implicit TLS, or STARTTLS that is insisted on; plain text to this
//! machine alone.

use std::fmt;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, SmtpConnection, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};

use super::{OutboundError, roots};
use crate::config::{Mail, MailLogin, MailSecurity};
use crate::model::{Span, Timestamp};

/// How the client is set up.
#[derive(Clone)]
pub struct SmtpSettings {
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
    /// Authorities beside the system's, in PEM.
    pub extra_roots: Option<PathBuf>,
    /// For each answer of the server.
    pub timeout: Span,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpSettings({}:{})", self.host, self.port)
    }
}

impl SmtpSettings {
    /// The server's.
    pub fn from_config(mail: &Mail, extra_roots: Option<PathBuf>, timeout: Span) -> Self {
        Self {
            host: mail.host.clone(),
            port: mail.port,
            security: mail.security,
            login: mail.login.clone(),
            from: mail.from.clone(),
            extra_roots,
            timeout,
        }
    }
}

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The same for every try, so that receivers can tell a mail that comes twice.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// To whom, by name.
    pub name: String,
    /// Where to.
    pub address: String,
    /// Of one line.
    pub subject: String,
    /// The plain form.
    pub text: String,
    /// The same with markup.
    pub html: String,
}

/// Why a server has not taken a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// No connection, no answer, no TLS, no login: nothing can be sent now.
    #[error("{stage}: {reason}")]
    Server {
        /// What was being done.
        stage: &'static str,
        /// What happened.
        reason: String,
    },
    /// This mail was put off (4yz).
    #[error("put off: {0}")]
    Later(String),
    /// This mail was refused for good (5yz), or no mail can be made of it.
    #[error("refused: {0}")]
    Never(String),
}

/// The client. Cheap to clone; blocks its thread.
#[derive(Clone)]
pub struct SmtpClient {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
}

impl fmt::Debug for SmtpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpClient({})", self.server())
    }
}

impl SmtpClient {
    /// Reads the authorities.
    ///
    /// # Errors
    /// [`OutboundError::AuthorityFile`].
    pub fn new(settings: SmtpSettings) -> Result<Self, OutboundError> {
        let tls = match settings.security {
            MailSecurity::None => None,
            MailSecurity::ImplicitTls | MailSecurity::StartTls => Some(tls(&settings)?),
        };
        Ok(Self { settings, tls })
    }

    /// Where it sends.
    pub fn server(&self) -> String {
        format!("{}:{}", self.settings.host, self.settings.port)
    }

    /// Connects, secures the connection and logs in; what was said is added to the dialogue.
    ///
    /// # Errors
    /// [`SmtpError::Server`].
    pub fn open(&self, dialogue: &mut Vec<String>) -> Result<SmtpSession, SmtpError> {
        let failed = |stage| {
            move |error: lettre::transport::smtp::Error| SmtpError::Server {
                stage,
                reason: in_words(&error),
            }
        };
        let settings = &self.settings;
        let timeout = u64::try_from(settings.timeout.as_millis()).unwrap_or(10_000);
        dialogue.push(format!("connecting to {}", self.server()));
        let address = (settings.host.as_str(), settings.port);
        let hello = ClientId::Domain(self.domain());
        let implicit = match settings.security {
            MailSecurity::ImplicitTls => self.tls.as_ref(),
            MailSecurity::StartTls | MailSecurity::None => None,
        };
        if settings.security == MailSecurity::None {
            on_this_machine(address)?;
        }
        let mut connection = SmtpConnection::connect(
            address,
            Some(Duration::from_millis(timeout)),
            &hello,
            implicit,
            None,
        )
        .map_err(failed("connecting"))?;
        dialogue.push(format!("server: {}", connection.server_info()));
        if let (MailSecurity::StartTls, Some(tls)) = (settings.security, &self.tls) {
            dialogue.push("STARTTLS".to_owned());
            connection
                .starttls(tls, &hello)
                .map_err(failed("STARTTLS"))?;
            dialogue.push(format!("server, under TLS: {}", connection.server_info()));
        }
        if let Some(MailLogin { user, password }) = &settings.login {
            dialogue.push(format!("AUTH as {user}"));
            let password = password.expose_text().unwrap_or_default().to_owned();
            let credentials = Credentials::new(user.clone(), password);
            let response = connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .map_err(failed("AUTH"))?;
            dialogue.push(answered(&response));
        }
        Ok(SmtpSession {
            connection,
            from: settings.from.clone(),
            domain: self.domain(),
        })
    }

    /// The part of our address behind the @: names us to the server, and mails to their receivers.
    fn domain(&self) -> String {
        self.settings.from.email.domain().to_owned()
    }
}

/// An open connection.
pub struct SmtpSession {
    connection: SmtpConnection,
    from: Mailbox,
    domain: String,
}

impl SmtpSession {
    /// Sends one mail; what was said is added to the dialogue. Another may follow, whatever became of this one.
    ///
    /// # Errors
    /// [`SmtpError`]; after [`SmtpError::Server`] the connection is of no use any more.
    pub fn send(
        &mut self,
        mail: &OutgoingMail,
        dialogue: &mut Vec<String>,
    ) -> Result<(), SmtpError> {
        let message = self
            .message(mail)
            .map_err(|reason| SmtpError::Never(format!("no mail can be made of it ({reason})")))?;
        dialogue.push(format!(
            "MAIL FROM {}, RCPT TO {}, DATA",
            self.from.email, mail.address
        ));
        let sent = self
            .connection
            .send(message.envelope(), &message.formatted());
        match sent {
            Ok(response) => {
                dialogue.push(answered(&response));
                Ok(())
            }
            Err(error) => {
                let reason = in_words(&error);
                dialogue.push(format!("server: {reason}"));
                Err(if error.is_permanent() || error.is_client() {
                    SmtpError::Never(reason)
                } else if error.is_transient() {
                    SmtpError::Later(reason)
                } else {
                    SmtpError::Server {
                        stage: "sending",
                        reason,
                    }
                })
            }
        }
    }

    /// Whether the connection can still be used: lettre closes it after a refusal.
    pub fn is_broken(&self) -> bool {
        self.connection.has_broken()
    }

    /// Says goodbye. Whether the server answers does not matter any more.
    pub fn quit(mut self) {
        drop(self.connection.quit());
    }

    fn message(&self, mail: &OutgoingMail) -> Result<Message, String> {
        let address: Address = mail.address.parse().map_err(|e| format!("{e}"))?;
        let at = u64::try_from(mail.at.as_seconds()).map_err(|e| e.to_string())?;
        let date = SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(at))
            .ok_or("its time cannot be written")?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name.clone()), address))
            .date(date)
            .message_id(Some(format!("<{}@{}>", mail.id, self.domain)))
            .header(AutoSubmitted)
            .subject(mail.subject.clone())
            .multipart(MultiPart::alternative_plain_html(
                mail.text.clone(),
                mail.html.clone(),
            ))
            .map_err(|e| e.to_string())
    }
}

/// No answer of a machine is wanted (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, OutboundError> {
    let wrong = |error: lettre::transport::smtp::Error| OutboundError::Tls {
        origin: format!("{}:{}", settings.host, settings.port),
        reason: in_words(&error),
    };
    let mut builder =
        TlsParameters::builder(settings.host.clone()).certificate_store(CertificateStore::None);
    for der in roots::read_all(settings.extra_roots.as_deref())? {
        if let Ok(certificate) = Certificate::from_der(der.to_vec()) {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build_rustls().map_err(wrong)
}

/// Without TLS a mail, and the secret in it, goes nowhere but to this machine, whatever the name means today.
fn on_this_machine((host, port): (&str, u16)) -> Result<(), SmtpError> {
    let failed = |reason: String| SmtpError::Server {
        stage: "connecting",
        reason,
    };
    let mut addresses = (host, port)
        .to_socket_addrs()
        .map_err(|e| failed(e.to_string()))?;
    if addresses.all(|address| IpAddr::to_canonical(&address.ip()).is_loopback()) {
        return Ok(());
    }
    Err(failed(format!(
        "{host} is not this machine, and mail without TLS goes nowhere else"
    )))
}

fn answered(response: &lettre::transport::smtp::response::Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    format!("server: {} {}", response.code(), lines.join(" "))
}

/// The error with its causes: lettre's own text leaves them out.
fn in_words(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
