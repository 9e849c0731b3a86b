//! The services put together: the one place where a store, keys and settings become an [`App`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::access::Access;
use crate::apps::{Apps, partitions_with};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::{Blocklist, Credentials, PasswordHasher};
use crate::directory::Directory;
use crate::entropy::Entropy;
use crate::issue::Issuer;
use crate::keys::Keys;
use crate::mail::{Delivery, Outbox};
use crate::model::{Network, Partition};
use crate::op::{Actor, Op};
use crate::outbound::{HttpClient, OutboundSettings, SmtpClient, SmtpSettings};
use crate::render::{Look, Renderer};
use crate::sessions::{SessionLimits, Sessions};
use crate::signin::SignIns;
use crate::store::{DatabaseUrl, Store, StoreOptions};
use crate::traces::Traces;
use crate::web::{App, Site};

use super::CliError;

/// What the services need besides a store and keys.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Every link begins with it.
    pub public_url: String,
    /// Whose word about the client's address is believed.
    pub trusted_proxies: Vec<Network>,
    /// How pages look.
    pub look: Look,
    /// The partitions in which accounts may lie.
    pub partitions: Vec<Partition>,
    /// Whom we may call.
    pub outbound: OutboundSettings,
    /// The mail server; none: everything works by links.
    pub mail: Option<SmtpSettings>,
    /// Templates in place of ours.
    pub branding: Option<PathBuf>,
    /// How long sessions last.
    pub sessions: SessionLimits,
    /// Threads that hash passwords.
    pub hash_threads: usize,
    /// Sign-ins that may wait for one.
    pub hash_queue: usize,
    /// Passwords that nobody may set.
    pub blocklist: Option<PathBuf>,
    /// The time.
    pub clock: Clock,
    /// The source of ids and secrets.
    pub entropy: Entropy,
}

impl Settings {
    /// As an operator has set them.
    pub fn of(config: &Config) -> Self {
        Self {
            public_url: config.public_url.as_str().to_owned(),
            trusted_proxies: config.proxy.trusted.clone(),
            look: Look {
                organisation: config.organisation.clone(),
                is_demo: false,
            },
            partitions: partitions_with(&config.aws.partitions),
            outbound: OutboundSettings::from_config(&config.outbound),
            mail: config.mail.as_ref().map(|mail| {
                SmtpSettings::from_config(
                    mail,
                    config.outbound.ca_file.clone(),
                    config.outbound.timeout,
                )
            }),
            branding: config.branding.clone(),
            sessions: SessionLimits {
                idle: config.sessions.idle,
                absolute: config.sessions.absolute,
            },
            hash_threads: config.passwords.hash_threads.unwrap_or_else(cores),
            hash_queue: config.passwords.hash_queue,
            blocklist: config.passwords.blocklist_file.clone(),
            clock: Clock::System,
            entropy: Entropy::system(),
        }
    }

    /// The services over an open store and its keys.
    ///
    /// # Errors
    /// When a template is broken or the system gives no thread.
    pub fn assemble(self, store: Store, keys: Keys) -> Result<App, CliError> {
        let hasher = PasswordHasher::start(self.hash_threads, self.hash_queue)
            .map_err(|e| CliError::failed("the password threads cannot be started", e))?;
        let public_url = url::Url::parse(&self.public_url)
            .map_err(|e| CliError::failed("public_url cannot be used", e))?;
        let renderer = Renderer::new(self.look, self.branding.as_deref())
            .map_err(|e| CliError::failed("the pages cannot be used", e))?;
        let http =
            HttpClient::new(self.outbound).map_err(|e| CliError::failed("calls to others", e))?;
        let blocklist = match &self.blocklist {
            Some(path) => Blocklist::read(path)
                .map_err(|e| CliError::failed("passwords.blocklist_file", e))?,
            None => Blocklist::default(),
        };
        let audit = Audit::new(store.clone(), Arc::new(keys.clone()));
        let smtp = self.mail.map(SmtpClient::new).transpose();
        let smtp = smtp.map_err(|e| CliError::failed("the mail server", e))?;
        let delivery = match smtp {
            Some(_) => Delivery::On,
            None => Delivery::Off,
        };
        let outbox = Outbox::new(store.clone(), audit.clone(), keys.clone(), delivery);
        let sessions = Sessions::new(store.clone(), audit.clone(), keys.clone(), self.sessions);
        let credentials = Credentials::new(
            (store.clone(), audit.clone()),
            keys.clone(),
            (hasher, blocklist),
            outbox.clone(),
        );
        let access = Access::new(store.clone());
        let directory = Directory::new(store.clone(), audit.clone());
        let sign_ins = SignIns::new(
            store.clone(),
            audit.clone(),
            access.clone(),
            (credentials.clone(), sessions.clone()),
            directory.clone(),
        );
        Ok(App {
            site: Arc::new(Site {
                public_url,
                trusted_proxies: self.trusted_proxies,
            }),
            clock: self.clock,
            entropy: self.entropy,
            directory,
            apps: Apps::new(store.clone(), audit.clone(), self.partitions.clone()),
            issuer: Issuer::new(
                (store.clone(), audit.clone()),
                keys.clone(),
                self.partitions,
            ),
            renderer: Arc::new(renderer),
            outbox,
            smtp,
            http,
            traces: Traces::new(store.clone()),
            store,
            keys,
            audit,
            sessions,
            credentials,
            access,
            sign_ins,
        })
    }
}

/// Whether the files that the configuration names can be used, as the server would find at its start.
///
/// # Errors
/// With the key and its line.
pub fn check_files(config: &Config) -> Result<(), CliError> {
    if let Some(path) = &config.passwords.blocklist_file {
        Blocklist::read(path)
            .map_err(|e| config.mistake("passwords.blocklist_file", e.to_string()))?;
    }
    let settings = Settings::of(config);
    if let Some(folder) = &config.branding
        && !folder.is_dir()
    {
        let reason = format!("{} is not a folder", folder.display());
        return Err(config.mistake("branding", reason).into());
    }
    Renderer::new(settings.look, settings.branding.as_deref())
        .map_err(|e| config.mistake("branding", e.to_string()))?;
    HttpClient::new(settings.outbound)
        .map_err(|e| config.mistake("outbound.ca_file", e.to_string()))?;
    Ok(())
}

/// The database that the configuration names.
///
/// # Errors
/// With the key and its line when the URL is none; the store's.
pub fn open_store(config: &Config) -> Result<Store, CliError> {
    Ok(Store::open(
        &database_url(config)?,
        StoreOptions::default(),
    )?)
}

/// Where the database is; a relative path starts at the configuration file's folder.
///
/// # Errors
/// With the key and its line when the URL is none.
pub fn database_url(config: &Config) -> Result<DatabaseUrl, CliError> {
    let url = DatabaseUrl::parse(&config.database.url)
        .map_err(|e| config.mistake("database.url", e.to_string()))?;
    Ok(url.relative_to(&config.folder()))
}

/// The database file's folder, for its owner alone.
///
/// # Errors
/// When it cannot be made.
pub fn make_database_folder(config: &Config) -> Result<(), CliError> {
    use std::os::unix::fs::DirBuilderExt;
    let DatabaseUrl::SqliteFile(file) = database_url(config)? else {
        return Ok(());
    };
    match file.parent() {
        Some(folder) => std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|e| CliError::failed(folder.display().to_string(), e)),
        None => Ok(()),
    }
}

/// Opens an existing instance: the database of the configuration, at this program's version, with its keys.
///
/// # Errors
/// [`CliError`] that says what to do: migrate, init, put the master key back, or correct `public_url`.
pub async fn open_instance(config: &Config) -> Result<App, CliError> {
    open(config, Age::Present).await
}

/// The same, also where the database has not been migrated yet: to copy it before that.
///
/// # Errors
/// As [`open_instance`], without the advice to migrate.
pub async fn open_instance_of_any_age(config: &Config) -> Result<App, CliError> {
    open(config, Age::Any).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Present,
    Any,
}

async fn open(config: &Config, age: Age) -> Result<App, CliError> {
    if let DatabaseUrl::SqliteFile(path) = database_url(config)?
        && !path.exists()
    {
        return Err(nothing_there(config, "is not there"));
    }
    let store = open_store(config)?;
    let pending = store.pending_migrations()?;
    let is_empty = pending.len() == crate::store::known_migrations().count();
    if is_empty {
        return Err(nothing_there(config, "is empty"));
    }
    if !pending.is_empty() && age == Age::Present {
        return Err(CliError::Refused(format!(
            "the database is older than this program (it lacks {}): make a backup, then run `signet migrate`",
            pending.join(", ")
        )));
    }
    let settings = Settings::of(config);
    let keys = open_keys(&store, &settings, &config.keys.directory).await?;
    refuse_another_identity(config, &keys)?;
    settings.assemble(store, keys)
}

/// `init` begins nothing over a configuration that is there.
fn nothing_there(config: &Config, how: &str) -> CliError {
    let file = config.file().display();
    CliError::Refused(format!(
        "the database of {file} {how}: correct database.url, or `signet restore` a backup; to begin anew, move {file} away and run `signet init`"
    ))
}

async fn open_keys(store: &Store, settings: &Settings, folder: &Path) -> Result<Keys, CliError> {
    let op = host_op(&settings.clock, &settings.entropy, "open");
    Ok(Keys::open(store, &op, folder).await?)
}

/// An operation of the host's shell.
pub fn host_op(clock: &Clock, entropy: &Entropy, command: &'static str) -> Op {
    Op::internal(Actor::Host(command), clock.now(), entropy.clone())
}

/// The names by which others trust an instance are fixed when it is made (`keys::Keys::identity`).
fn refuse_another_identity(config: &Config, keys: &Keys) -> Result<(), CliError> {
    let stored = keys.identity();
    let wanted = config
        .identity()
        .map_err(|e| config.mistake("public_url", e.to_string()))?;
    if *stored == wanted {
        return Ok(());
    }
    let reason = format!(
        "this instance is known as {}; under {} the SAML entity id {} would change and every AWS account and \
         application that trusts it would refuse it, the OpenID issuer {} too, and passkeys of {} would stop working. \
         Set public_url back",
        stored.public_url, wanted.public_url, stored.entity_id, stored.oidc_issuer, stored.rp_id
    );
    Err(config.mistake("public_url", reason).into())
}

/// Processor cores.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Reads the configuration with this process's environment over it.
///
/// # Errors
/// The first mistake.
pub fn load_config(file: Option<PathBuf>) -> Result<Config, CliError> {
    let file = file.unwrap_or_else(|| PathBuf::from(crate::config::DEFAULT_FILE));
    Ok(Config::load(&file, crate::config::environment())?)
}
