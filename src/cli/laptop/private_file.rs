//! Files that are their owner's alone, replaced whole.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::cli::CliError;
use crate::entropy::Entropy;

/// Nothing of ours and no AWS configuration comes near it.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The permissions of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode(pub(super) u32);

impl Mode {
    /// The owner reads and writes; nobody else does either.
    pub(super) const PRIVATE: Self = Self(0o600);
}

/// Makes a folder, and those above it, for its owner alone; closes it where it is there and open to others.
pub(super) fn make_private_folder(path: &Path) -> Result<(), CliError> {
    let failed = |e| CliError::failed(path.display().to_string(), e);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed)?;
    let mode = path.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Reads a file; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, CliError> {
    let failed = |e| CliError::failed(path.display().to_string(), e);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let mut octets = Vec::new();
    let read = file
        .take(LARGEST.saturating_add(1))
        .read_to_end(&mut octets);
    if u64::try_from(read.map_err(failed)?).is_ok_and(|size| size > LARGEST) {
        let reason = format!("is larger than {LARGEST} octets");
        return Err(CliError::failed(path.display().to_string(), reason));
    }
    Ok(Some(octets))
}

/// Reads a file with secrets. One that others can read is refused: somebody may have read it already.
pub(super) fn read_private(path: &Path) -> Result<Option<Vec<u8>>, CliError> {
    match path.metadata() {
        Ok(facts) if facts.permissions().mode() & 0o077 != 0 => Err(CliError::Refused(format!(
            "{} can be read by others on this machine. Run `signet logout`, then sign in again",
            path.display()
        ))),
        _ => read(path),
    }
}

/// Replaces a file at once: a reader sees the old text or the new one, and so does whoever looks after a power cut.
pub(super) fn replace(
    path: &Path,
    octets: &[u8],
    mode: Mode,
    entropy: &Entropy,
) -> Result<(), CliError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let random = hex::encode(entropy.octets::<8>());
    let new = path.with_file_name(format!(".{name}.{random}"));
    let written = write_new(&new, octets, mode).and_then(|()| std::fs::rename(&new, path));
    if let Err(e) = written {
        // It may not be there.
        let _ = std::fs::remove_file(&new);
        return Err(CliError::failed(path.display().to_string(), e));
    }
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        // Some file systems cannot; the file is whole in any case.
        let _ = folder.sync_all();
    }
    Ok(())
}

/// `create_new`: a link that somebody laid there is not followed.
fn write_new(path: &Path, octets: &[u8], mode: Mode) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode.0)
        .open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

/// Removes a file or a folder with all that is in it; whether it was there.
pub(super) fn remove(path: &Path) -> Result<bool, CliError> {
    let removed = match path.symlink_metadata() {
        Ok(facts) if facts.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(e) => Err(e),
    };
    match removed {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(CliError::failed(path.display().to_string(), e)),
    }
}

/// Whether a lock was free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It was.
    First,
    /// Another process had it, and is done now.
    AfterAnother,
}

/// A lock between processes, let go when dropped (`flock`: also when the process is killed). The file stays: removing it
/// would let two processes lock two files of one name.
pub(super) struct Lock {
    pub(super) turn: Turn,
    _file: File,
}

impl Lock {
    /// Waits for it.
    pub(super) fn take(path: &Path) -> Result<Self, CliError> {
        let failed = |e: std::io::Error| CliError::failed(path.display().to_string(), e);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(Mode::PRIVATE.0)
            .open(path)
            .map_err(failed)?;
        let turn = match file.try_lock() {
            Ok(()) => Turn::First,
            Err(std::fs::TryLockError::WouldBlock) => {
                file.lock().map_err(failed)?;
                Turn::AfterAnother
            }
            Err(std::fs::TryLockError::Error(e)) => return Err(failed(e)),
        };
        Ok(Self { turn, _file: file })
    }
}
