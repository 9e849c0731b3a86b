//! `signet.toml` and the environment, made into one validated [`Config`].
//!
//! Owns the list of settings, their defaults and their rules, and is the only reader of the environment. Imports `model`
//! alone: what a database URL means is the store's to say, so it stays a text here. Every mistake names the file and
//! line (or the variable), the key, and what to write; an unknown key is a mistake, because a misspelt setting that is
//! silently ignored is a default that nobody chose.

mod error;
mod known;
mod laptop;
mod mail;
mod partitions;
mod public_url;
mod sections;
mod source;
mod values;

use std::path::{Path, PathBuf};

pub use error::{ConfigError, Place};
pub use laptop::{LaptopSettings, Screen, laptop};
pub use mail::{Mail, MailLogin, MailSecurity};
pub use public_url::PublicUrl;
pub use sections::*;

use crate::model::{EntityId, InstanceIdentity, InvalidText};
use source::Source;

/// The configuration's name where none is given.
pub const DEFAULT_FILE: &str = "signet.toml";

/// Everything that an operator can set, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer and the beginning of every link; never taken from a request.
    pub public_url: PublicUrl,
    /// Who runs it: the pages' heading.
    pub organisation: String,
    /// Where it listens.
    pub listen: Listen,
    /// Its own TLS files; none: plain HTTP, behind a proxy or on loopback.
    pub tls: Option<Tls>,
    /// Whose word about the client's address is believed.
    pub proxy: Proxy,
    /// Where the data is.
    pub database: Database,
    /// Where the master key is.
    pub keys: KeysFolder,
    /// How long browser sessions last.
    pub sessions: Sessions,
    /// How passwords are hashed.
    pub passwords: Passwords,
    /// Where and how often checkpoints are written.
    pub audit: Checkpoints,
    /// How others are called.
    pub outbound: Outbound,
    /// The mail server; none: everything works by links.
    pub mail: Option<Mail>,
    /// Templates in place of ours, by the same paths.
    pub branding: Option<PathBuf>,
    /// AWS, where it is not as it always is.
    pub aws: Aws,
    /// Threads that answer requests; none: one a core.
    pub workers: Option<usize>,
    file: PathBuf,
    places: Vec<(&'static str, Place)>,
}

impl Config {
    /// Reads a file, lets the environment override it, and checks the whole.
    ///
    /// `SIGNET_SECTION__KEY` overrides a key and `SIGNET_SECTION__KEY_FILE` names a file that holds its value. Variables
    /// that do not begin with `SIGNET_` are nobody's here.
    ///
    /// # Errors
    /// [`ConfigError`] with the first mistake.
    pub fn load<E>(path: &Path, environment: E) -> Result<Self, ConfigError>
    where
        E: IntoIterator<Item = (String, String)>,
    {
        let text = std::fs::read_to_string(path).map_err(|e| ConfigError::Unreadable {
            path: path.to_owned(),
            reason: e.to_string(),
        })?;
        let folder = folder_of(path);
        let environment: Vec<_> = environment.into_iter().collect();
        let variables = source::variables(&environment, &folder)?;
        let source = Source::read(path, &folder, &text, &variables)?;
        sections::check(&source)
    }

    /// The file that it was read from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The folder at which relative paths start.
    pub fn folder(&self) -> PathBuf {
        folder_of(&self.file)
    }

    /// What an instance with this `public_url` is called by everybody who trusts it. The SAML entity id is the address
    /// of its metadata, as saml-metadata-2.0 4.1.1 recommends.
    ///
    /// # Errors
    /// When the address is too long for an entity id.
    pub fn identity(&self) -> Result<InstanceIdentity, InvalidText> {
        Ok(InstanceIdentity {
            public_url: self.public_url.as_str().to_owned(),
            entity_id: EntityId::parse(&format!("{}/saml/metadata", self.public_url))?,
            oidc_issuer: self.public_url.as_str().to_owned(),
            rp_id: self.public_url.host().to_owned(),
        })
    }

    /// A mistake in a value that only another module can judge, told like every other one.
    pub fn mistake(&self, key: &'static str, reason: impl Into<String>) -> ConfigError {
        let place = self.places.iter().find(|(known, _)| *known == key);
        ConfigError::Value {
            place: place.map_or_else(|| Place::Default(self.file.clone()), |(_, p)| p.clone()),
            key: key.to_owned(),
            reason: reason.into(),
        }
    }
}

/// The variables of this process that concern Signet.
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let ours = name.starts_with(source::VARIABLE_PREFIX);
            ours.then(|| (name, value.to_string_lossy().into_owned()))
        })
        .collect()
}

/// What is logged, in the terms of `tracing_subscriber::EnvFilter`: `SIGNET_LOG`, or what an operator should see.
pub fn log_filter() -> String {
    std::env::var("SIGNET_LOG").unwrap_or_else(|_| "signet=info,warn".to_owned())
}

/// Absolute, so that a later change of the working folder changes no path.
fn folder_of(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    absolute
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}
