//! The master key's file: `master.key` in the keys directory.
//!
//! It wraps the data keys and is the one secret outside the database. Every refusal names the file and the exact fix
//! (security.md R-12). It is made once, over an empty database, and never overwritten.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::hkdf;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::KeysError;
use super::sealing::SealingKey;
use crate::entropy::Entropy;
use crate::model::Secret;

/// The file's name in the keys directory.
pub const MASTER_KEY_FILE: &str = "master.key";

const PREFIX: &str = "signet-master-key-v1:";
const LONGEST_FILE: u64 = 4_096;

/// Why the master key is not used. Each text ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// There is none beside a database that was sealed under one.
    #[error(
        "{0} is missing. This database was sealed under it, and Signet never makes a new master key over an existing database: put the file back from your backup of the keys directory"
    )]
    Missing(PathBuf),
    /// It is not the one that sealed this database.
    #[error(
        "{0} is not the master key of this database. Put back the one that belongs to it, or correct database.url"
    )]
    Wrong(PathBuf),
    /// It does not hold a key.
    #[error(
        "{0} does not hold a master key: it must be one line, \"signet-master-key-v1:\" and 32 octets in base64. Put the file back from your backup of the keys directory"
    )]
    Garbage(PathBuf),
    /// Somebody else may read or change it.
    #[error(
        "{path} has mode {mode:04o}: its group or others may use it. Run: chmod 0600 '{path}'",
        path = path.display()
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The directory or the file belongs to somebody else.
    #[error(
        "{path} belongs to user {owner}, Signet runs as user {user}. {mend}",
        path = path.display(),
        mend = owner_mend(path, *owner, *user)
    )]
    Owner {
        /// The file or directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who runs Signet.
        user: u32,
    },
    /// Somebody else may put files there.
    #[error(
        "the keys directory {path} has mode {mode:04o}: its group or others may replace the master key. Run: chmod 0700 '{path}'",
        path = path.display()
    )]
    DirectoryMode {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is a directory, a device or a pipe, or the directory is none.
    #[error("{0} is not {1}. Move it away, or correct keys.directory")]
    NotThat(PathBuf, &'static str),
    /// The system refuses.
    #[error("{path} cannot be used: {reason}. Make it readable for the user that runs Signet, or correct keys.directory", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> MasterKeyError {
    move |error| MasterKeyError::Io {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// The keys derived from the master key, by purpose (HKDF-SHA256 with fixed info texts, security.md P-01).
pub(super) struct MasterKey {
    /// Wraps the data keys and seals the canary.
    pub(super) wrapping: SealingKey,
    /// Under which names of unknown people stand in the audit.
    pub(super) names: aws_lc_rs::hmac::Key,
    /// Where it was read, for messages.
    pub(super) path: PathBuf,
}

impl MasterKey {
    fn derive(octets: &Secret, path: PathBuf) -> Result<Self, KeysError> {
        let id = hex::encode(
            expand(octets, b"signet master key id v1")?
                .get(..8)
                .unwrap_or(&[]),
        );
        let wrapping = Secret::new(expand(octets, b"signet wrapping v1")?.to_vec());
        let names = Secret::new(expand(octets, b"signet audit names v1")?.to_vec());
        Ok(Self {
            wrapping: SealingKey::new(&id, wrapping.expose())?,
            names: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, names.expose()),
            path,
        })
    }

    /// Reads the file after checking who else could read or replace it.
    pub(super) fn read(directory: &Path) -> Result<Self, KeysError> {
        let path = directory.join(MASTER_KEY_FILE);
        check_directory(directory, &path)?;
        // Before opening as well: opening a pipe would wait for its other end for ever.
        if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(MasterKeyError::NotThat(path, "a file").into());
        }
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(MasterKeyError::Missing(path).into());
            }
            Err(e) => return Err(io(&path)(e).into()),
        };
        check_file(&file, &path)?;
        let mut text = zeroize::Zeroizing::new(String::new());
        let read = (&file).take(LONGEST_FILE).read_to_string(&mut text);
        match read {
            Err(e) if e.kind() == std::io::ErrorKind::InvalidData => {
                return Err(MasterKeyError::Garbage(path).into());
            }
            other => other.map_err(io(&path))?,
        };
        let octets = parse(&text).ok_or_else(|| MasterKeyError::Garbage(path.clone()))?;
        Self::derive(&octets, path)
    }

    /// Reads the file, or makes it. Only for a database that holds nothing yet.
    pub(super) fn read_or_make(directory: &Path, entropy: &Entropy) -> Result<Self, KeysError> {
        let path = directory.join(MASTER_KEY_FILE);
        if !directory.exists() {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700);
            builder.create(directory).map_err(io(directory))?;
        }
        if fs::symlink_metadata(&path).is_err() {
            check_directory(directory, &path)?;
            make(directory, &path, entropy)?;
        }
        Self::read(directory)
    }
}

fn expand(octets: &Secret, info: &[u8]) -> Result<[u8; 32], KeysError> {
    let mut out = [0u8; 32];
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"signet")
        .extract(octets.expose())
        .expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut out))
        .map_err(|_| KeysError::Crypto("a key could not be derived"))?;
    Ok(out)
}

fn parse(text: &str) -> Option<Secret> {
    let encoded = text.trim_end_matches(['\r', '\n']).strip_prefix(PREFIX)?;
    let octets = Secret::new(STANDARD.decode(encoded).ok()?);
    (octets.expose().len() == 32).then_some(octets)
}

fn check_directory(directory: &Path, key: &Path) -> Result<(), MasterKeyError> {
    let found = match fs::metadata(directory) {
        Ok(found) => found,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(MasterKeyError::Missing(key.to_owned()));
        }
        Err(e) => return Err(io(directory)(e)),
    };
    if !found.is_dir() {
        return Err(MasterKeyError::NotThat(directory.to_owned(), "a directory"));
    }
    check_owner(found.uid(), directory)?;
    if found.mode() & 0o022 != 0 {
        return Err(MasterKeyError::DirectoryMode {
            path: directory.to_owned(),
            mode: found.mode() & 0o7777,
        });
    }
    Ok(())
}

/// Judges the open file, not its name: between a check by name and the reading another file could take its place.
fn check_file(file: &File, path: &Path) -> Result<(), MasterKeyError> {
    let found = file.metadata().map_err(io(path))?;
    if !found.is_file() {
        return Err(MasterKeyError::NotThat(path.to_owned(), "a file"));
    }
    check_owner(found.uid(), path)?;
    if found.mode() & 0o077 != 0 {
        return Err(MasterKeyError::Mode {
            path: path.to_owned(),
            mode: found.mode() & 0o7777,
        });
    }
    Ok(())
}

fn check_owner(owner: u32, path: &Path) -> Result<(), MasterKeyError> {
    let user = rustix::process::geteuid().as_raw();
    if owner == user {
        return Ok(());
    }
    Err(MasterKeyError::Owner {
        path: path.to_owned(),
        owner,
        user,
    })
}

/// Writes beside and links into place: the name appears with its whole content or not at all, and never over a file
/// that another process made meanwhile.
fn make(directory: &Path, path: &Path, entropy: &Entropy) -> Result<(), MasterKeyError> {
    let octets = Secret::new(entropy.octets::<32>().to_vec());
    let line = zeroize::Zeroizing::new(format!("{PREFIX}{}\n", STANDARD.encode(octets.expose())));
    let beside = directory.join(format!(
        ".{MASTER_KEY_FILE}.{}",
        hex::encode(entropy.octets::<8>())
    ));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| {
            file.write_all(line.as_bytes())?;
            file.sync_all()?;
            fs::hard_link(&beside, path)
        });
    let removed = fs::remove_file(&beside);
    match written {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
        other => other.map_err(io(path))?,
    }
    removed.map_err(io(&beside))?;
    File::open(directory)
        .and_then(|d| d.sync_all())
        .map_err(io(directory))
}

/// A command of the host's is run as whoever the server runs as, and not the other way round.
fn owner_mend(path: &Path, owner: u32, user: u32) -> String {
    match user {
        0 => format!("Run the command as that user: sudo -u '#{owner}' signet .."),
        _ => format!("Run: chown {user} '{}'", path.display()),
    }
}
