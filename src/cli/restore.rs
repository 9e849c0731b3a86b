//! `signet restore`: the instance of a backup in an empty database, with everything ended that may have been used or
//! ended since.
//!
//! An SQLite copy is opened and made safe under another name and gets its own name last, so that no server ever sees it
//! before. On PostgreSQL the archive is one transaction and the making safe another.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use super::CliError;
use super::arguments::BackupOptions;
use super::backup::{Part, new_file};
use super::services::{Settings, database_url, host_op, load_config, make_database_folder};
use crate::audit::{Audit, AuditEvent};
use crate::config::Config;
use crate::credentials::latest_step;
use crate::keys::{BackupHead, Keys};
use crate::op::Op;
use crate::store::restored::{Ended, end_what_may_have_been_used};
use crate::store::{DatabaseUrl, Store, StoreError, StoreOptions, known_migrations};

/// Opens the backup and makes its instance.
///
/// # Errors
/// When the database holds anything, or the backup is none, another key's, or damaged.
pub async fn run(options: BackupOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let settings = Settings::of(&config);
    let op = host_op(&settings.clock, &settings.entropy, "restore");
    let url = database_url(&config)?;
    refuse_what_holds_anything(&url)?;
    make_database_folder(&config)?;
    let ended = match &url {
        DatabaseUrl::SqliteFile(path) => sqlite(&config, &op, &options.file, path).await?,
        DatabaseUrl::Postgres(_) => postgres(&config, &op, &options.file, &url).await?,
        DatabaseUrl::SqliteMemory => {
            let reason =
                "database.url names a database in memory; name a file or a PostgreSQL database";
            return Err(CliError::Refused(reason.into()));
        }
    };
    set_aside_checkpoints(&config, &op)?;
    say(&ended);
    Ok(())
}

fn refuse_what_holds_anything(url: &DatabaseUrl) -> Result<(), CliError> {
    let is_empty = match url {
        DatabaseUrl::SqliteFile(path) => !path.exists(),
        _ => {
            let store = Store::open(url, StoreOptions::default())?;
            store.pending_migrations()?.len() == known_migrations().count()
        }
    };
    if is_empty {
        return Ok(());
    }
    Err(CliError::Refused(format!(
        "the database {url} is there already, and a backup never overwrites one: stop the server and move the database \
         away, or name an empty one in database.url"
    )))
}

async fn sqlite(config: &Config, op: &Op, backup: &Path, path: &Path) -> Result<Ended, CliError> {
    let part = Part::beside(path, "restoring");
    let head = open(config, backup, &part.0, "sqlite")?;
    let ended = {
        let url = DatabaseUrl::SqliteFile(part.0.clone());
        let store = Store::open(&url, StoreOptions::default())?;
        make_safe(config, op, &store, backup, &head).await?
    };
    let failed = |e| CliError::failed(path.display().to_string(), e);
    // A name is never taken from a database that somebody has made meanwhile.
    fs::hard_link(&part.0, path).map_err(failed)?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(failed)?;
    Ok(ended)
}

async fn postgres(
    config: &Config,
    op: &Op,
    backup: &Path,
    url: &DatabaseUrl,
) -> Result<Ended, CliError> {
    let part = Part::private(url, config);
    let head = open(config, backup, &part.0, "postgres")?;
    let store = Store::open(url, StoreOptions::default())?;
    store.restore_archive(&part.0)?;
    make_safe(config, op, &store, backup, &head)
        .await
        .map_err(|error| {
            CliError::Refused(format!(
                "the database {url} is restored but NOT safe to serve, because old sessions and codes in it still work: \
                 empty it and restore again ({error})"
            ))
        })
}

/// The backup's content in a file of its own.
fn open(config: &Config, backup: &Path, to: &Path, engine: &str) -> Result<BackupHead, CliError> {
    let from = File::open(backup).map_err(|e| CliError::failed(backup.display().to_string(), e))?;
    let mut from = BufReader::new(from);
    let mut out = new_file(to).map_err(|e| CliError::failed(to.display().to_string(), e))?;
    let head = Keys::open_backup(&config.keys.directory, &mut from, &mut out)?;
    if head.engine != engine {
        return Err(CliError::Refused(format!(
            "{} is a backup of a {} database, and database.url names {engine}: a backup is restored into the same \
             kind; `signet config export` and `apply` carry an organisation from one to the other",
            backup.display(),
            head.engine
        )));
    }
    out.sync_all()
        .map_err(|e| CliError::failed(to.display().to_string(), e))?;
    Ok(head)
}

/// Checks that the keys open the copy, ends what must end, and records that it was restored.
async fn make_safe(
    config: &Config,
    op: &Op,
    store: &Store,
    backup: &Path,
    head: &BackupHead,
) -> Result<Ended, CliError> {
    // Refuses a copy that is newer than the program; an older one is migrated, as it would be in place.
    store.migrate()?;
    let keys = Keys::open(store, op, &config.keys.directory).await?;
    let audit = Audit::new(store.clone(), std::sync::Arc::new(keys));
    let event = AuditEvent::BackupRestored {
        file_name: backup
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        made_at: head.made_at,
    };
    let entry = audit.prepare(op, &event).await?;
    let (now, step) = (op.now, latest_step(op.now));
    let ended = store.write(move |txn| {
        let ended = end_what_may_have_been_used(txn, now, step)?;
        txn.append_audit(&entry)?;
        Ok::<_, StoreError>(ended)
    });
    Ok(ended.await?)
}

/// The file knows records that the copy does not have. It stays as evidence under another name, and a new one begins.
fn set_aside_checkpoints(config: &Config, op: &Op) -> Result<(), CliError> {
    let Some(file) = config
        .audit
        .checkpoint_file
        .as_deref()
        .filter(|f| f.exists())
    else {
        return Ok(());
    };
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".before-{}", op.now.as_seconds()));
    let aside = std::path::PathBuf::from(name);
    fs::rename(file, &aside).map_err(|e| CliError::failed(file.display().to_string(), e))?;
    eprintln!(
        "{} knows what happened after the backup and is kept as {}; a new one begins.",
        file.display(),
        aside.display()
    );
    Ok(())
}

fn say(ended: &Ended) {
    eprintln!(
        "Restored. Ended, because they may have been used or revoked since: {} sessions, {} sign-ins in progress, {} \
         one-time links, {} recovery codes, what was granted to clients {} times, {} API tokens, {} mails on their way; the codes of {} authenticators work from the next minute on.",
        ended.sessions,
        ended.pending_sign_ins,
        ended.links,
        ended.recovery_codes,
        ended.token_families,
        ended.api_tokens,
        ended.mails,
        ended.totp_devices
    );
    eprintln!(
        "Whatever was changed after the backup is as before: look through disabled people and removed assignments \
         before you serve. `signet admin recover` makes a link for whoever cannot sign in."
    );
}
