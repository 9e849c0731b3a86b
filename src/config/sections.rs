//! The sections: their types, their defaults, and the rules between them.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::error::ConfigError;
use super::source::Source;
use super::{Config, PublicUrl, mail, partitions};
use crate::model::{Network, Partition, Span};

const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";
const DEFAULT_MANAGEMENT: &str = "127.0.0.1:9090";
/// NIST SP 800-63B-4, 2.2.3: at most an hour idle and a day in all at AAL2; a working day is enough.
const DEFAULT_IDLE_MINUTES: u32 = 60;
const DEFAULT_ABSOLUTE_HOURS: u32 = 12;
/// About a second of work for two cores.
const DEFAULT_HASH_QUEUE: u32 = 64;
const DEFAULT_CHECKPOINT_SECONDS: u32 = 60;
const DEFAULT_OUTBOUND_SECONDS: u32 = 10;

/// `[listen]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// For browsers.
    pub address: SocketAddr,
    /// Metrics and health, nothing else.
    pub management: SocketAddr,
}

/// `[tls]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The chain in PEM.
    pub certificate: PathBuf,
    /// Its key in PEM.
    pub key: PathBuf,
}

/// `[proxy]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Whose `X-Forwarded-For` names the client. Empty: nobody's.
    pub trusted: Vec<Network>,
}

/// `[database]`
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    /// As written; it may hold a password, so it is not printed.
    pub url: String,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database(..)")
    }
}

/// `[keys]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysFolder {
    /// Holds the master key.
    pub directory: PathBuf,
}

/// `[sessions]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// A session that is not used for so long ends.
    pub idle: Span,
    /// A session ends so long after the sign-in, used or not.
    pub absolute: Span,
}

/// `[passwords]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passwords {
    /// Threads that hash; none: one a core.
    pub hash_threads: Option<usize>,
    /// How many sign-ins may wait for one before they are told to come back.
    pub hash_queue: usize,
    /// Passwords that nobody may set, one a line.
    pub blocklist_file: Option<PathBuf>,
}

/// `[audit]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoints {
    /// The second place of the signed checkpoints; none: the database alone.
    pub checkpoint_file: Option<PathBuf>,
    /// How often one is signed.
    pub checkpoint_every: Span,
}

/// `[outbound]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Whom the server may call beside public addresses. Empty: nobody.
    pub allowed_networks: Vec<Network>,
    /// Authorities beside the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// How long a call may take in all.
    pub timeout: Span,
}

/// `[aws]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aws {
    /// Each is added to the known partitions, or replaces the one of its name.
    pub partitions: Vec<Partition>,
}

/// Reads every section and checks it against the others.
pub(super) fn check(source: &Source<'_>) -> Result<Config, ConfigError> {
    let public_url = public_url(source)?;
    let listen = listen(source)?;
    let tls = tls(source)?;
    let proxy = proxy(source)?;
    if public_url.is_https() && tls.is_none() && proxy.trusted.is_empty() && !is_private(&listen) {
        return Err(source.refuse(
            "listen.address",
            "plain http for everybody, under an https public_url: name [tls] certificate and key, or the proxy that does TLS in proxy.trusted, or listen on 127.0.0.1",
        ));
    }
    Ok(Config {
        organisation: source
            .name("organisation")?
            .unwrap_or_else(|| public_url.host().to_owned()),
        public_url,
        listen,
        tls,
        proxy,
        database: Database {
            url: source
                .text("database.url")?
                .unwrap_or_else(|| "sqlite:data/signet.db".to_owned()),
        },
        keys: KeysFolder {
            directory: source
                .path("keys.directory")?
                .unwrap_or_else(|| source.folder.join("keys")),
        },
        sessions: sessions(source)?,
        passwords: passwords(source)?,
        audit: checkpoints(source)?,
        outbound: outbound(source)?,
        mail: mail::read(source)?,
        branding: source.path("branding")?,
        aws: Aws {
            partitions: partitions::read(source)?,
        },
        workers: count(source.number("workers", 1..=256)?),
        file: source.file.clone(),
        places: source.places(),
    })
}

fn public_url(source: &Source<'_>) -> Result<PublicUrl, ConfigError> {
    let text = source.text("public_url")?.ok_or(ConfigError::Missing {
        path: source.file.clone(),
        key: "public_url",
        example: "public_url = \"https://id.example.com\"",
    })?;
    PublicUrl::parse(&text).map_err(|reason| source.refuse("public_url", &reason))
}

fn listen(source: &Source<'_>) -> Result<Listen, ConfigError> {
    let listen = Listen {
        address: address(source, "listen.address", DEFAULT_ADDRESS)?,
        management: address(source, "listen.management", DEFAULT_MANAGEMENT)?,
    };
    if listen.address == listen.management && listen.address.port() != 0 {
        return Err(source.refuse(
            "listen.management",
            "must be another address than listen.address: its health is not for everybody",
        ));
    }
    Ok(listen)
}

fn address(
    source: &Source<'_>,
    key: &'static str,
    default: &str,
) -> Result<SocketAddr, ConfigError> {
    let text = source.text(key)?.unwrap_or_else(|| default.to_owned());
    text.parse().map_err(|_| {
        source.refuse(
            key,
            "must be an IP address and a port, as in 127.0.0.1:8080, 0.0.0.0:8443 or [::]:8443",
        )
    })
}

fn is_private(listen: &Listen) -> bool {
    listen.address.ip().to_canonical().is_loopback()
}

fn tls(source: &Source<'_>) -> Result<Option<Tls>, ConfigError> {
    match (source.path("tls.certificate")?, source.path("tls.key")?) {
        (Some(certificate), Some(key)) => Ok(Some(Tls { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(source.refuse("tls.certificate", "needs tls.key beside it")),
        (None, Some(_)) => Err(source.refuse("tls.key", "needs tls.certificate beside it")),
    }
}

fn proxy(source: &Source<'_>) -> Result<Proxy, ConfigError> {
    Ok(Proxy {
        trusted: networks(source, "proxy.trusted")?,
    })
}

fn networks(source: &Source<'_>, key: &'static str) -> Result<Vec<Network>, ConfigError> {
    let parse = |text: &String| {
        Network::parse(text).map_err(|e| source.refuse(key, &format!("{text}: {}", e.reason)))
    };
    source.list(key)?.iter().map(parse).collect()
}

fn sessions(source: &Source<'_>) -> Result<Sessions, ConfigError> {
    let idle = source.number("sessions.idle_minutes", 1..=10_080)?;
    let absolute = source.number("sessions.absolute_hours", 1..=720)?;
    let sessions = Sessions {
        idle: Span::minutes(idle.unwrap_or(DEFAULT_IDLE_MINUTES).into()),
        absolute: Span::hours(absolute.unwrap_or(DEFAULT_ABSOLUTE_HOURS).into()),
    };
    if sessions.idle > sessions.absolute {
        return Err(source.refuse(
            "sessions.idle_minutes",
            "must not be longer than sessions.absolute_hours",
        ));
    }
    Ok(sessions)
}

fn passwords(source: &Source<'_>) -> Result<Passwords, ConfigError> {
    let queue = source.number("passwords.hash_queue", 1..=1_024)?;
    Ok(Passwords {
        hash_threads: count(source.number("passwords.hash_threads", 1..=256)?),
        hash_queue: count(queue.or(Some(DEFAULT_HASH_QUEUE))).unwrap_or(1),
        blocklist_file: source.path("passwords.blocklist_file")?,
    })
}

fn checkpoints(source: &Source<'_>) -> Result<Checkpoints, ConfigError> {
    let every = source.number("audit.checkpoint_every_seconds", 1..=86_400)?;
    Ok(Checkpoints {
        checkpoint_file: source.path("audit.checkpoint_file")?,
        checkpoint_every: Span::seconds(every.unwrap_or(DEFAULT_CHECKPOINT_SECONDS).into()),
    })
}

fn outbound(source: &Source<'_>) -> Result<Outbound, ConfigError> {
    let timeout = source.number("outbound.timeout_seconds", 1..=120)?;
    Ok(Outbound {
        allowed_networks: networks(source, "outbound.allowed_networks")?,
        ca_file: source.path("outbound.ca_file")?,
        timeout: Span::seconds(timeout.unwrap_or(DEFAULT_OUTBOUND_SECONDS).into()),
    })
}

fn count(number: Option<u32>) -> Option<usize> {
    number.and_then(|number| usize::try_from(number).ok())
}
