//! Signed checkpoints over the heads of the streams, in the database and in a second place.
//!
//! A chain of hashes alone does not stop whoever can rewrite all of it, or cut its end off; a signed head that lies
//! elsewhere does (security.md P-09). A checkpoint names the head of every stream that may have grown since the one
//! before, and the one before by its hash: so the latest checkpoint of the file binds all former ones of the database,
//! and all streams.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::record::{json, to_value};
use super::{Audit, AuditError, CheckpointSigner, PinnedKey, canonical};
use crate::model::{EventId, KeyId, Span, Timestamp};
use crate::op::Op;
use crate::store::StoreError;
use crate::store::audit_records::{self as rows, CheckpointRow, StreamHead};

const VERSION: u8 = 1;

/// A stream without a record since so long before the last checkpoint cannot have grown since it: no operation takes
/// that long between reading the clock and its commit.
const LONGEST_OPERATION: Span = Span::hours(1);

/// The longest line that is looked for at the end of the file.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CheckpointBody {
    v: u8,
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) key_id: KeyId,
    /// SubjectPublicKeyInfo in DER, base64: so that the file can be judged by whoever has noted the key.
    pub(super) public_key: String,
    pub(super) previous: Option<PreviousCheckpoint>,
    pub(super) heads: Vec<Head>,
}

/// The checkpoint before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PreviousCheckpoint {
    pub(super) id: String,
    pub(super) body_sha256: String,
}

/// The head of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) stream_id: String,
    pub(super) sequence: i64,
    pub(super) hash: String,
}

impl CheckpointBody {
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

pub(super) fn sha256(text: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// The second place of the checkpoints: a file of JSON lines, synced line by line. It belongs on another disk or host
/// than the database, where whoever changes the one does not reach the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFile(PathBuf);

/// A checkpoint as a line of the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CheckpointLine {
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) body: String,
    pub(super) key_id: String,
    pub(super) signature: String,
}

impl From<CheckpointLine> for CheckpointRow {
    fn from(line: CheckpointLine) -> Self {
        Self {
            id: line.id,
            at: line.at,
            body: line.body,
            key_id: line.key_id,
            signature: line.signature,
        }
    }
}

impl CheckpointFile {
    /// A file; made with the first checkpoint.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The id of the checkpoint in its last line; none when it holds none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_id(&self) -> Result<Option<String>, AuditError> {
        let mut file = File::open(&self.0).map_err(|e| self.error(e))?;
        let end = Tail::read(&mut file).map_err(|e| self.error(e))?;
        Ok(end.last_id)
    }

    fn error(&self, error: impl std::fmt::Display) -> AuditError {
        AuditError::File {
            path: self.0.clone(),
            reason: error.to_string(),
        }
    }

    /// Appends a checkpoint unless it is the last line already, and waits until it is on the disk.
    fn append(&self, row: &CheckpointRow) -> Result<(), AuditError> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.0)
            .map_err(|e| self.error(e))?;
        let end = Tail::read(&mut file).map_err(|e| self.error(e))?;
        if end.last_id.as_ref() == Some(&row.id) {
            return Ok(());
        }
        let line = CheckpointLine {
            id: row.id.clone(),
            at: row.at,
            body: row.body.clone(),
            key_id: row.key_id.clone(),
            signature: row.signature.clone(),
        };
        let mut text = canonical::to_text(&to_value(&line)?)?;
        text.push('\n');
        if let Some(length) = end.whole {
            // A crash left half a line: it was never a checkpoint.
            file.set_len(length).map_err(|e| self.error(e))?;
        }
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|e| self.error(e))
    }
}

/// The end of the file.
struct Tail {
    last_id: Option<String>,
    /// The length up to the last line's end, when half a line follows.
    whole: Option<u64>,
}

impl Tail {
    fn read(file: &mut File) -> std::io::Result<Self> {
        let length = file.metadata()?.len();
        let from = length.saturating_sub(LONGEST_LINE);
        file.seek(SeekFrom::Start(from))?;
        let mut octets = Vec::new();
        file.take(LONGEST_LINE).read_to_end(&mut octets)?;
        let ended = octets.iter().rposition(|b| *b == b'\n');
        let whole = ended.map_or(0, |at| at.saturating_add(1));
        let last_id = octets
            .get(..whole)
            .unwrap_or(&[])
            .split(|b| *b == b'\n')
            .rfind(|line| !line.is_empty())
            .and_then(|line| serde_json::from_slice::<CheckpointLine>(line).ok())
            .map(|line| line.id);
        Ok(Self {
            last_id,
            whole: (whole < octets.len()).then(|| from.saturating_add(whole as u64)),
        })
    }
}

impl Audit {
    /// Signs a checkpoint over every stream that may have grown, and writes it to the database and to the file. None
    /// when nothing was recorded since the last one, or another process was faster. Waits for the disk: for a job, not
    /// for a request.
    ///
    /// # Errors
    /// [`AuditError::File`] when the second place cannot be written: the checkpoint then stands in the database, and
    /// the next call writes it again.
    pub async fn checkpoint(
        &self,
        op: &Op,
        signer: &dyn CheckpointSigner,
        file: Option<&CheckpointFile>,
    ) -> Result<Option<CheckpointRow>, AuditError> {
        let (last, heads) = self
            .0
            .store
            .read(|txn| Ok((rows::last_checkpoint(txn)?, rows::heads(txn)?)))
            .await?;
        let previous = last.as_ref().and_then(|l| CheckpointBody::parse(&l.body));
        let heads = grown(heads, previous.as_ref(), op.now);
        let nothing_new = previous
            .as_ref()
            .is_some_and(|p| heads.iter().all(|head| p.heads.contains(head)));
        if heads.is_empty() || nothing_new {
            if let (Some(file), Some(last)) = (file, &last) {
                file.append(last)?;
            }
            return Ok(None);
        }
        let row = signed(op, signer, last.as_ref(), heads)?;
        let (inserted, expected) = (row.clone(), last.map(|l| l.id));
        let stands = self
            .0
            .store
            .write(move |txn| {
                if rows::last_checkpoint(txn)?.map(|l| l.id) != expected {
                    return Ok(false);
                }
                rows::insert_checkpoint(txn, &inserted)?;
                Ok::<_, StoreError>(true)
            })
            .await?;
        if !stands {
            return Ok(None);
        }
        if let Some(file) = file {
            file.append(&row)?;
        }
        Ok(Some(row))
    }
}

/// The heads that the checkpoint must name: all, when there is none before or the clock went back.
fn grown(heads: Vec<StreamHead>, previous: Option<&CheckpointBody>, now: Timestamp) -> Vec<Head> {
    let since = previous
        .map(|p| Timestamp::from_millis(p.at))
        .filter(|at| *at <= now)
        .map(|at| at.minus(LONGEST_OPERATION).as_millis());
    heads
        .into_iter()
        .filter(|head| since.is_none_or(|since| head.at >= since))
        .map(|head| Head {
            stream_id: head.stream_id,
            sequence: head.sequence,
            hash: head.hash,
        })
        .collect()
}

fn signed(
    op: &Op,
    signer: &dyn CheckpointSigner,
    last: Option<&CheckpointRow>,
    heads: Vec<Head>,
) -> Result<CheckpointRow, AuditError> {
    let id = String::from(EventId::from_random(op.entropy.octets()));
    // Always later than the one before, whatever the clock does: the order of checkpoints is the order of their times.
    let at = last.map_or(op.now.as_millis(), |l| {
        op.now.as_millis().max(l.at.saturating_add(1))
    });
    let previous = last.map(|l| PreviousCheckpoint {
        id: l.id.clone(),
        body_sha256: sha256(&l.body),
    });
    let signature = signer.sign_with(&|key: &PinnedKey| {
        let body = CheckpointBody {
            v: VERSION,
            id: id.clone(),
            at,
            key_id: key.key_id.clone(),
            public_key: STANDARD.encode(&key.public_key),
            previous: previous.clone(),
            heads: heads.clone(),
        };
        canonical::to_text(&to_value(&body)?)
    })?;
    Ok(CheckpointRow {
        id,
        at,
        body: signature.body,
        key_id: signature.key_id.into(),
        signature: URL_SAFE_NO_PAD.encode(signature.signature),
    })
}

/// One line of a checkpoint file.
pub(super) fn parse_line(line: &str) -> Result<CheckpointRow, AuditError> {
    serde_json::from_str::<CheckpointLine>(line)
        .map(CheckpointRow::from)
        .map_err(json)
}
