//! What the checks look at, read and asked once. What could not be read stays as its error.

use std::path::PathBuf;
use std::time::Duration;

use super::http::{self, Answer};
use crate::audit::{self, AuditError, CheckpointSigner};
use crate::cli::CliError;
use crate::cli::services::{Settings, database_url, host_op};
use crate::config::Config;
use crate::keys::{Keys, KeysError};
use crate::model::{AwsAccount, MailState, PermissionSet, Timestamp, User};
use crate::outbound::{OutboundError, SmtpClient, SmtpError, SmtpSession, SmtpSettings};
use crate::store::credentials::{EnrolledRow, enrolled};
use crate::store::{
    DatabaseUrl, Store, StoreError, StoreOptions, audit_records as records, aws, keys,
    known_migrations, mail_outbox, users,
};
use crate::web::routes;

/// Failed ones come first.
const MOST_MAILS: i64 = 1_000;

/// Whether our own server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Running {
    /// On this machine.
    Here,
    /// Nowhere: it would hold the lock.
    No,
    /// Not here; other nodes may share the database.
    NotHere,
}

/// Where the database stands before anything of it is read.
pub(super) enum Database {
    /// The configuration's URL is none.
    NoUrl(CliError),
    /// There is no such file.
    Missing(PathBuf),
    /// The file is another user's: opening it would leave files there that its server cannot write.
    OthersFile,
    /// It cannot be opened.
    Closed(StoreError),
    /// Open, with the migrations that it lacks.
    Open(Store, Result<Vec<String>, StoreError>),
    /// Open, and nothing is in it.
    Empty(Store),
}

/// Accounts, permission sets, people who administer.
pub(super) struct Organisation {
    pub(super) accounts: Vec<AwsAccount>,
    pub(super) permission_sets: Vec<PermissionSet>,
    pub(super) administrators: Vec<(User, EnrolledRow)>,
}

/// The audit's last checkpoint and records.
pub(super) struct AuditState {
    /// The last checkpoint's id and time.
    pub(super) last: Option<(String, Timestamp)>,
    /// When the last record was made.
    pub(super) newest: Option<Timestamp>,
    /// Of the last checkpoint.
    pub(super) findings: Result<Vec<audit::Finding>, AuditError>,
}

/// What the mail server said.
pub(super) enum MailServer {
    /// There is none.
    None,
    /// It cannot be asked.
    Unusable(OutboundError),
    /// Where, and whether it lets us in.
    Answered(String, Result<(), SmtpError>),
}

/// An instance, as far as it can be read.
pub(super) struct Instance {
    pub(super) config: Config,
    pub(super) now: Timestamp,
    pub(super) database: Database,
    /// None: there is no database of this version to open them with.
    pub(super) keys: Option<Result<Keys, KeysError>>,
    pub(super) organisation: Option<Result<Organisation, StoreError>>,
    pub(super) audit: Option<Result<AuditState, StoreError>>,
    pub(super) running: Running,
    /// What public_url answers, and when it did; none: no server runs, and nobody was asked.
    pub(super) answer: Option<(Result<Answer, String>, Timestamp)>,
    pub(super) mail: MailServer,
    /// Mails that were given up.
    pub(super) failed_mails: Option<Result<usize, StoreError>>,
}

impl Instance {
    pub(super) async fn gather(config: Config) -> Self {
        let settings = Settings::of(&config);
        let op = host_op(&settings.clock, &settings.entropy, "doctor");
        let database = open(&config);
        let store = match &database {
            Database::Open(store, Ok(pending)) if pending.is_empty() => Some(store.clone()),
            _ => None,
        };
        let (mut keys, mut organisation, mut audit) = (None, None, None);
        let mut failed_mails = None;
        if let Some(store) = &store {
            failed_mails = Some(count_failed_mails(store).await);
            keys = Some(Keys::open(store, &op, &config.keys.directory).await);
            organisation = Some(read_organisation(store).await);
            if let Some(Ok(keys)) = &keys {
                audit = Some(read_audit(store, keys).await);
            }
        }
        let running = running(&config, &database);
        let answer = (running != Running::No).then(|| {
            let url = format!("{}{}", config.public_url, routes::SAML_METADATA);
            let answer = http::get(&url, http::PATIENCE);
            (answer, settings.clock.now())
        });
        Self {
            now: op.now,
            config,
            database,
            keys,
            organisation,
            audit,
            running,
            answer,
            mail: ask_mail_server(settings.mail),
            failed_mails,
        }
    }
}

/// Connects and logs in, and goes again.
fn ask_mail_server(settings: Option<SmtpSettings>) -> MailServer {
    let Some(settings) = settings else {
        return MailServer::None;
    };
    match SmtpClient::new(settings) {
        Err(error) => MailServer::Unusable(error),
        Ok(client) => {
            let opened = client.open(&mut Vec::new());
            MailServer::Answered(client.server(), opened.map(SmtpSession::quit))
        }
    }
}

async fn count_failed_mails(store: &Store) -> Result<usize, StoreError> {
    let listed = store.read(|txn| mail_outbox::list(txn, MOST_MAILS)).await?;
    let failed = listed.iter().filter(|mail| mail.state == MailState::Failed);
    Ok(failed.count())
}

fn open(config: &Config) -> Database {
    let url = match database_url(config) {
        Ok(url) => url,
        Err(error) => return Database::NoUrl(error),
    };
    if let DatabaseUrl::SqliteFile(path) = &url {
        use std::os::unix::fs::MetadataExt;
        match std::fs::metadata(path) {
            Err(_) => return Database::Missing(path.clone()),
            Ok(found) if found.uid() != rustix::process::geteuid().as_raw() => {
                return Database::OthersFile;
            }
            Ok(_) => {}
        }
    }
    match Store::open(&url, StoreOptions::default()) {
        Ok(store) => match store.pending_migrations() {
            Ok(pending) if holds_nothing(&store, &pending) => Database::Empty(store),
            pending => Database::Open(store, pending),
        },
        Err(error) => Database::Closed(error),
    }
}

/// Without any migration and without the table that the first one makes.
fn holds_nothing(store: &Store, pending: &[String]) -> bool {
    pending.len() == known_migrations().count()
        && store.read_blocking(|txn| keys::instance(txn)).is_err()
}

fn running(config: &Config, database: &Database) -> Running {
    if let Database::Open(store, _) | Database::Empty(store) = database
        && let Ok(Some(is_served)) = store.is_served()
    {
        return if is_served {
            Running::Here
        } else {
            Running::No
        };
    }
    let mut address = config.listen.management;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let health = http::get(
        &format!("http://{address}/health/live"),
        Duration::from_secs(1),
    );
    match health {
        Ok(answer) if answer.status == 200 && answer.body.trim() == "live" => Running::Here,
        _ => Running::NotHere,
    }
}

async fn read_organisation(store: &Store) -> Result<Organisation, StoreError> {
    use crate::model::{AdminRole, UserState};
    store
        .read(|txn| {
            let mut administrators = Vec::new();
            for user in users::list(txn)? {
                if user.admin_role == AdminRole::Administrator && user.state == UserState::Active {
                    let factors = enrolled(txn, &user.id)?;
                    administrators.push((user, factors));
                }
            }
            Ok(Organisation {
                accounts: aws::accounts(txn)?,
                permission_sets: aws::permission_sets(txn)?,
                administrators,
            })
        })
        .await
}

async fn read_audit(store: &Store, keys: &Keys) -> Result<AuditState, StoreError> {
    let (last, heads) = store
        .read(|txn| Ok((records::last_checkpoint(txn)?, records::heads(txn)?)))
        .await?;
    Ok(AuditState {
        last: last.map(|last| (last.id, Timestamp::from_millis(last.at))),
        newest: heads
            .iter()
            .map(|head| Timestamp::from_millis(head.at))
            .max(),
        findings: audit::verify_last_checkpoint(store, &keys.pinned_keys()).await,
    })
}
