//! `signet backup`: a copy of the running instance in one sealed file, opened again before it is called one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, Digest, SHA256};

use super::CliError;
use super::arguments::BackupOptions;
use super::services::{database_url, host_op, load_config, open_instance_of_any_age};
use crate::audit::AuditEvent;
use crate::config::Config;
use crate::keys::Keys;
use crate::op::Op;
use crate::store::DatabaseUrl;
use crate::web::App;

/// Copies, seals, verifies; the server goes on meanwhile.
///
/// # Errors
/// When the file is there already, or anything fails; nothing half done is left then.
pub async fn run(options: BackupOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    // Also one of an older version: before it is migrated is when a copy is wanted most.
    let app = open_instance_of_any_age(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "backup");
    let file = options.file;
    if file.exists() {
        let there = format!("{} is there already; name a new file", file.display());
        return Err(CliError::Refused(there));
    }
    let url = database_url(&config)?;
    let engine = match &url {
        DatabaseUrl::Postgres(_) => "postgres",
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => "sqlite",
    };
    let part = Part::beside(&file, "part");
    let copy = Part::private(&url, &config);
    write(
        &app,
        &op,
        &config.keys.directory,
        engine,
        (&copy.0, &part.0),
    )?;
    fs::hard_link(&part.0, &file).map_err(|e| CliError::failed(file.display().to_string(), e))?;
    let file_name = file.file_name().unwrap_or_default().to_string_lossy();
    let event = AuditEvent::BackupMade {
        file_name: file_name.into_owned(),
    };
    app.audit.record(&op, &event).await?;
    let size = fs::metadata(&file).map_or(0, |found| found.len());
    eprintln!(
        "{}: {} KiB, sealed under the master key, opened again and found whole",
        file.display(),
        size.div_ceil(1024)
    );
    eprintln!(
        "Keep a copy of {} elsewhere: without its master key the backup cannot be opened.",
        config.keys.directory.display()
    );
    Ok(())
}

fn write(
    app: &App,
    op: &Op,
    keys: &Path,
    engine: &str,
    (copy, part): (&Path, &Path),
) -> Result<(), CliError> {
    app.store.backup_to(copy)?;
    let failed = |e| CliError::failed(part.display().to_string(), e);
    let mut plain = Hashing::over(File::open(copy).map_err(failed)?);
    let mut sealed = BufWriter::new(new_file(part).map_err(failed)?);
    let when = (&op.entropy, op.now);
    Keys::seal_backup(keys, when, engine, &mut plain, &mut sealed)?;
    let sealed = sealed.into_inner().map_err(|e| failed(e.into_error()))?;
    sealed.sync_all().map_err(failed)?;
    // What was written is read back from the disk and compared with what was copied.
    let mut opened = Hashing::over(io::sink());
    let mut again = BufReader::new(File::open(part).map_err(failed)?);
    Keys::open_backup(keys, &mut again, &mut opened)?;
    if opened.digest().as_ref() == plain.digest().as_ref() {
        Ok(())
    } else {
        let what = part.display().to_string();
        Err(CliError::failed(
            what,
            "what was read back differs from the copy",
        ))
    }
}

/// Readable by its owner alone, and new.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// A file on the way to another one. It is removed whatever happens.
pub(super) struct Part(pub(super) PathBuf);

impl Part {
    /// A place for what is not sealed: where the same already lies openly, and never beside the backup, whose disk may be
    /// anybody's. Beside the SQLite file, or with the keys, whose folder is checked to be its owner's alone.
    pub(super) fn private(url: &DatabaseUrl, config: &Config) -> Self {
        match url {
            DatabaseUrl::SqliteFile(path) => Self::beside(path, "copy"),
            _ => Self(config.keys.directory.join("database.copy")),
        }
    }

    pub(super) fn beside(path: &Path, extension: &str) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{extension}"));
        Self(name.into())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

/// Hashes what passes through.
struct Hashing<T> {
    inner: T,
    context: Context,
}

impl<T> Hashing<T> {
    fn over(inner: T) -> Self {
        Self {
            inner,
            context: Context::new(&SHA256),
        }
    }

    fn digest(self) -> Digest {
        self.context.finish()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.context.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.context
            .update(buffer.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
