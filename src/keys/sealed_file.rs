//! Backups sealed under the master key, so that a copy on a foreign disk tells nothing and cannot be changed unseen.
//!
//! The file is one line of JSON, its head, and then AES-256-GCM blocks of a mebibyte each. The file's own key is random
//! and stands in the head, wrapped by the master key. Each block is bound to the head's hash, to its number, and to being
//! the last one or not: blocks cannot be exchanged, left out or cut off.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::master::MasterKey;
use super::sealing::Place;
use super::{Keys, KeysError};
use crate::entropy::Entropy;
use crate::model::{KeyId, Secret, Timestamp};

const FORMAT: u8 = 1;
const BLOCK: usize = 1024 * 1024;
const TAG: usize = 16;
/// A head is a few hundred octets; a file without a line end is none of ours.
const LONGEST_HEAD: u64 = 16 * 1024;

/// Why a backup cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealedFileError {
    /// The files.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The head cannot be read.
    #[error("this is not a backup made by `signet backup`")]
    NotABackup,
    /// A later format.
    #[error("this backup was made by a newer Signet (format {0}); restore it with that version")]
    Newer(u8),
    /// Made under another master key.
    #[error(
        "this backup was sealed under the master key {sealed_under}, and {file} holds {here}; put the master key of the \
         backup's time there"
    )]
    OtherMasterKey {
        /// The one that is needed.
        sealed_under: String,
        /// The one that is there.
        here: String,
        /// Where.
        file: String,
    },
    /// A block does not open.
    #[error("the backup is damaged or was changed or cut off after {0} bytes; take another one")]
    Damaged(u64),
}

/// What stands openly at the beginning of a backup. It is authenticated with every block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHead {
    /// The format of what follows.
    signet_backup: u8,
    /// Random.
    pub id: String,
    /// When the copy was made.
    pub made_at: Timestamp,
    /// What is inside: `sqlite` or `postgres`.
    pub engine: String,
    /// The program's version.
    pub version: String,
    /// Which master key opens it.
    pub master_key_id: String,
    /// The file's key, wrapped.
    key: String,
}

fn key_place(id: &str) -> Place<'_> {
    Place {
        table: "backup",
        column: "key",
        row: id,
    }
}

impl Keys {
    /// Seals what `from` gives into `to` under the master key of `directory`.
    ///
    /// # Errors
    /// [`SealedFileError`].
    pub fn seal_backup(
        directory: &Path,
        (entropy, now): (&Entropy, Timestamp),
        engine: &str,
        from: &mut dyn Read,
        to: &mut dyn Write,
    ) -> Result<BackupHead, SealedFileError> {
        let master = MasterKey::read(directory)?;
        let id = KeyId::from_random(entropy.octets()).to_string();
        let octets = Secret::new(entropy.octets::<32>().to_vec());
        let head = BackupHead {
            signet_backup: FORMAT,
            key: master
                .wrapping
                .seal(entropy, key_place(&id), octets.expose())?,
            id,
            made_at: now,
            engine: engine.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            master_key_id: master.wrapping.id().to_owned(),
        };
        let mut line = serde_json::to_vec(&head).map_err(std::io::Error::from)?;
        line.push(b'\n');
        to.write_all(&line)?;
        let blocks = Blocks::new(&octets, &line)?;
        let mut number = 0u64;
        let mut block = read_block(from, BLOCK)?;
        loop {
            let next = read_block(from, BLOCK)?;
            to.write_all(&blocks.seal(number, next.is_empty(), block)?)?;
            if next.is_empty() {
                return Ok(head);
            }
            number = number.saturating_add(1);
            block = next;
        }
    }

    /// The head of a backup, not yet authenticated: for messages.
    ///
    /// # Errors
    /// [`SealedFileError::NotABackup`], [`SealedFileError::Newer`].
    pub fn backup_head(from: &mut dyn BufRead) -> Result<BackupHead, SealedFileError> {
        Ok(read_head(from)?.0)
    }

    /// Opens a backup into `to`. What was written is whole only when this returns without error.
    ///
    /// # Errors
    /// [`SealedFileError`].
    pub fn open_backup(
        directory: &Path,
        from: &mut dyn BufRead,
        to: &mut dyn Write,
    ) -> Result<BackupHead, SealedFileError> {
        let master = MasterKey::read(directory)?;
        let (head, line) = read_head(from)?;
        if head.master_key_id != master.wrapping.id() {
            return Err(SealedFileError::OtherMasterKey {
                sealed_under: head.master_key_id,
                here: master.wrapping.id().to_owned(),
                file: master.path.display().to_string(),
            });
        }
        let octets = master.wrapping.open(key_place(&head.id), &head.key)?;
        let blocks = Blocks::new(&octets, &line)?;
        let (mut number, mut written) = (0u64, 0u64);
        let mut block = read_block(from, BLOCK.saturating_add(TAG))?;
        loop {
            let next = read_block(from, BLOCK.saturating_add(TAG))?;
            let plain = blocks
                .open(number, next.is_empty(), block)
                .ok_or(SealedFileError::Damaged(written))?;
            to.write_all(&plain)?;
            written = written.saturating_add(plain.len() as u64);
            if next.is_empty() {
                return Ok(head);
            }
            number = number.saturating_add(1);
            block = next;
        }
    }
}

fn read_head(from: &mut dyn BufRead) -> Result<(BackupHead, Vec<u8>), SealedFileError> {
    #[derive(Deserialize)]
    struct Format {
        signet_backup: u8,
    }
    let mut line = Vec::new();
    from.take(LONGEST_HEAD).read_until(b'\n', &mut line)?;
    let format: Format = serde_json::from_slice(&line).map_err(|_| SealedFileError::NotABackup)?;
    if format.signet_backup != FORMAT {
        return Err(SealedFileError::Newer(format.signet_backup));
    }
    let head = serde_json::from_slice(&line).map_err(|_| SealedFileError::NotABackup)?;
    Ok((head, line))
}

/// Up to `size` octets; fewer only at the end.
fn read_block(from: &mut dyn Read, size: usize) -> std::io::Result<Vec<u8>> {
    let mut block = Vec::with_capacity(size);
    from.take(size as u64).read_to_end(&mut block)?;
    Ok(block)
}

/// The cipher of one file.
struct Blocks {
    key: LessSafeKey,
    head: Vec<u8>,
}

impl Blocks {
    fn new(octets: &Secret, line: &[u8]) -> Result<Self, KeysError> {
        let key = UnboundKey::new(&AES_256_GCM, octets.expose())
            .map_err(|_| KeysError::Crypto("the backup's key is none"))?;
        Ok(Self {
            key: LessSafeKey::new(key),
            head: digest(&SHA256, line).as_ref().to_vec(),
        })
    }

    /// The file's key is its own, so that the number never comes twice under it.
    fn nonce(number: u64) -> Nonce {
        let mut octets = [0u8; NONCE_LEN];
        for (to, from) in octets.iter_mut().skip(4).zip(number.to_be_bytes()) {
            *to = from;
        }
        Nonce::assume_unique_for_key(octets)
    }

    fn associated_data(&self, is_last: bool) -> Vec<u8> {
        let mut data = self.head.clone();
        data.push(u8::from(is_last));
        data
    }

    fn seal(&self, number: u64, is_last: bool, block: Vec<u8>) -> Result<Vec<u8>, KeysError> {
        let mut octets = block;
        let data = Aad::from(self.associated_data(is_last));
        self.key
            .seal_in_place_append_tag(Self::nonce(number), data, &mut octets)
            .map_err(|_| KeysError::Crypto("sealing failed"))?;
        Ok(octets)
    }

    fn open(&self, number: u64, is_last: bool, block: Vec<u8>) -> Option<Vec<u8>> {
        let mut octets = block;
        let data = Aad::from(self.associated_data(is_last));
        let length = self
            .key
            .open_in_place(Self::nonce(number), data, &mut octets)
            .ok()?
            .len();
        octets.truncate(length);
        Some(octets)
    }
}
