//! Verification: every record recomputed, every checkpoint judged, and the one held against the other.
//!
//! | what was done | how it shows |
//! |---|---|
//! | a record edited | its hash does not fit ([`Finding::Edited`]); with the hash edited too, the next one's link does not |
//! | a record deleted | a gap in the sequence, or a broken link |
//! | records exchanged or renumbered | their hashes do not fit: stream and sequence are hashed |
//! | a stream's end cut off, a whole stream deleted, an old copy of the database put back | a checkpoint knows a later head |
//! | a stream rewritten with fitting hashes | a checkpoint knows another hash |
//! | a checkpoint deleted, changed or forged | the chain of checkpoints, its signature, the ring's keys |
//!
//! What was recorded after the last checkpoint out of the attacker's reach is proved by the hashes alone.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::checkpoint::{CheckpointBody, PreviousCheckpoint, parse_line, sha256};
use super::{AuditError, PinnedKey};
use crate::store::audit_records::{self as rows, AuditRecord, CheckpointRow};
use crate::store::{ChainedRecord, FIRST_PREVIOUS_HASH, Store, record_hash};

const PAGE: i64 = 1_000;

/// Where a checkpoint was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckpointPlace {
    /// In the database.
    Database,
    /// In the file.
    File,
}

impl std::fmt::Display for CheckpointPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Database => "the database",
            Self::File => "the checkpoint file",
        })
    }
}

/// Something that cannot be so if nobody tampered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// A record's hash is not that of its contents and place.
    #[error(
        "stream {stream_id}, record {sequence}: the record is not what was recorded (its hash does not fit)"
    )]
    Edited {
        /// The stream.
        stream_id: String,
        /// The record.
        sequence: i64,
    },
    /// A record does not follow the one before it.
    #[error("stream {stream_id}, record {sequence}: the record does not follow the one before it")]
    Unlinked {
        /// The stream.
        stream_id: String,
        /// The record.
        sequence: i64,
    },
    /// Records are missing.
    #[error("stream {stream_id}: records {first} to {last} are missing")]
    Missing {
        /// The stream.
        stream_id: String,
        /// The first that is missing.
        first: i64,
        /// The last.
        last: i64,
    },
    /// The stream ends before a signed head.
    #[error(
        "stream {stream_id} ends at record {found}, but checkpoint {checkpoint} in {place} saw record {signed}: its end was cut off, or an old copy was put back"
    )]
    Truncated {
        /// The stream.
        stream_id: String,
        /// Its last record; 0 when there is no such stream.
        found: i64,
        /// The head that was signed.
        signed: i64,
        /// By which checkpoint.
        checkpoint: String,
        /// Where that is.
        place: CheckpointPlace,
    },
    /// The stream has another history than a signed head.
    #[error(
        "stream {stream_id}, record {sequence}: not the record that checkpoint {checkpoint} in {place} saw: the stream was rewritten"
    )]
    Rewritten {
        /// The stream.
        stream_id: String,
        /// The record.
        sequence: i64,
        /// The checkpoint that saw another.
        checkpoint: String,
        /// Where that is.
        place: CheckpointPlace,
    },
    /// A checkpoint's signature does not fit, or its row says something else than its signed text.
    #[error("checkpoint {checkpoint} in {place} is not what was signed")]
    ForgedCheckpoint {
        /// Which.
        checkpoint: String,
        /// Where.
        place: CheckpointPlace,
    },
    /// A checkpoint is signed by a key that is not this instance's.
    #[error(
        "checkpoint {checkpoint} in {place} is signed by key {key_id}, which is not an audit key of this instance"
    )]
    UnknownKey {
        /// Which.
        checkpoint: String,
        /// Where.
        place: CheckpointPlace,
        /// The key that it names.
        key_id: String,
    },
    /// A checkpoint that a later one or the file knows is not in the database, or is another.
    #[error("checkpoint {checkpoint} is missing from the database or was exchanged")]
    MissingCheckpoint {
        /// Which.
        checkpoint: String,
    },
    /// More than one checkpoint says that it is the first.
    #[error("checkpoint {checkpoint} begins a second chain of checkpoints")]
    SecondFirst {
        /// Which.
        checkpoint: String,
    },
    /// A line of the file is not a checkpoint.
    #[error("line {line} of the checkpoint file is not a checkpoint")]
    BadLine {
        /// Counted from 1.
        line: u64,
    },
}

/// What a verification saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Streams read.
    pub streams: u64,
    /// Records read.
    pub records: u64,
    /// Checkpoints in the database.
    pub checkpoints: u64,
    /// Checkpoints in the file.
    pub file_checkpoints: u64,
    /// What cannot be so; empty: all is well.
    pub findings: Vec<Finding>,
}

/// The latest signed head of a stream, as one place knows it.
struct SignedHead {
    sequence: i64,
    hash: String,
    checkpoint: String,
    seen: bool,
}

type SignedHeads = BTreeMap<String, BTreeMap<CheckpointPlace, SignedHead>>;

/// Verifies the whole audit of a database against its own checkpoints and those of a file. `pins` are the audit keys of
/// the ring: a checkpoint under any other key proves nothing.
///
/// # Errors
/// When the database or the file cannot be read. Tampering is no error but a finding.
pub async fn verify(
    store: &Store,
    pins: &[PinnedKey],
    file: Option<&Path>,
) -> Result<Verification, AuditError> {
    let mut verifier = Verifier {
        pins,
        heads: SignedHeads::new(),
        ends: BTreeMap::new(),
        seen: Verification::default(),
    };
    // The file before the database, checkpoints before records: what is written meanwhile is then only more than
    // expected, never less.
    let in_file = match file {
        Some(path) => verifier.read_file(path)?,
        None => Vec::new(),
    };
    verifier.checkpoints(store, &in_file).await?;
    verifier.records(store).await?;
    verifier.missing_heads();
    Ok(verifier.seen)
}

struct Verifier<'a> {
    pins: &'a [PinnedKey],
    heads: SignedHeads,
    /// The last record of each stream.
    ends: BTreeMap<String, i64>,
    seen: Verification,
}

/// A checkpoint whose signature fits.
struct Judged {
    id: String,
    body_sha256: String,
    previous: Option<PreviousCheckpoint>,
}

impl Verifier<'_> {
    fn finding(&mut self, finding: Finding) {
        self.seen.findings.push(finding);
    }

    fn read_file(&mut self, path: &Path) -> Result<Vec<Judged>, AuditError> {
        let error = |e: std::io::Error| AuditError::File {
            path: path.to_owned(),
            reason: e.to_string(),
        };
        let reader = BufReader::new(File::open(path).map_err(error)?);
        let mut judged = Vec::new();
        for (index, line) in (1u64..).zip(reader.split(b'\n')) {
            let octets = line.map_err(error)?;
            let row = std::str::from_utf8(&octets)
                .ok()
                .and_then(|text| parse_line(text).ok());
            match row {
                Some(row) => {
                    self.seen.file_checkpoints = self.seen.file_checkpoints.saturating_add(1);
                    judged.extend(self.judge(&row, CheckpointPlace::File));
                }
                None => self.finding(Finding::BadLine { line: index }),
            }
        }
        Ok(judged)
    }

    async fn checkpoints(&mut self, store: &Store, in_file: &[Judged]) -> Result<(), AuditError> {
        let mut known: HashMap<String, String> = HashMap::new();
        let mut links = Vec::new();
        let mut first: Option<String> = None;
        let mut after = (i64::MIN, String::new());
        loop {
            let (at, id) = after.clone();
            let page = store
                .read(move |txn| rows::page_of_checkpoints(txn, at, &id, PAGE))
                .await?;
            let Some(last) = page.last() else { break };
            after = (last.at, last.id.clone());
            for row in &page {
                self.seen.checkpoints = self.seen.checkpoints.saturating_add(1);
                let Some(judged) = self.judge(row, CheckpointPlace::Database) else {
                    continue;
                };
                known.insert(judged.id.clone(), judged.body_sha256);
                match judged.previous {
                    Some(previous) => links.push(previous),
                    None if first.is_none() => first = Some(judged.id),
                    None => self.finding(Finding::SecondFirst {
                        checkpoint: judged.id,
                    }),
                }
            }
        }
        let from_file = in_file.iter().map(|judged| PreviousCheckpoint {
            id: judged.id.clone(),
            body_sha256: judged.body_sha256.clone(),
        });
        for link in links.into_iter().chain(from_file) {
            if known.get(&link.id) != Some(&link.body_sha256) {
                let finding = Finding::MissingCheckpoint {
                    checkpoint: link.id,
                };
                if !self.seen.findings.contains(&finding) {
                    self.finding(finding);
                }
            }
        }
        Ok(())
    }

    /// Checks who signed, that the signature fits, and that the row says what the signed text says; then notes the heads.
    fn judge(&mut self, row: &CheckpointRow, place: CheckpointPlace) -> Option<Judged> {
        let forged = || Finding::ForgedCheckpoint {
            checkpoint: row.id.clone(),
            place,
        };
        let Some(pin) = self.pins.iter().find(|p| p.key_id.as_str() == row.key_id) else {
            self.finding(Finding::UnknownKey {
                checkpoint: row.id.clone(),
                place,
                key_id: row.key_id.clone(),
            });
            return None;
        };
        let body = CheckpointBody::parse(&row.body).filter(|body| {
            body.id == row.id
                && body.at == row.at
                && body.key_id == pin.key_id
                && body.public_key == STANDARD.encode(&pin.public_key)
                && signature_fits(pin, row)
        });
        let Some(body) = body else {
            self.finding(forged());
            return None;
        };
        for head in body.heads {
            self.note(place, &row.id, head.stream_id, head.sequence, head.hash);
        }
        Some(Judged {
            id: body.id,
            body_sha256: sha256(&row.body),
            previous: body.previous,
        })
    }

    /// Keeps the latest head of each stream: the records before it hang on it by their hashes.
    fn note(
        &mut self,
        place: CheckpointPlace,
        checkpoint: &str,
        stream_id: String,
        sequence: i64,
        hash: String,
    ) {
        let known = self.heads.entry(stream_id).or_default();
        if known.get(&place).is_some_and(|k| k.sequence > sequence) {
            return;
        }
        known.insert(
            place,
            SignedHead {
                sequence,
                hash,
                checkpoint: checkpoint.to_owned(),
                seen: false,
            },
        );
    }

    async fn records(&mut self, store: &Store) -> Result<(), AuditError> {
        let mut position = Position::start(String::new());
        loop {
            let (stream_id, sequence) = (position.stream_id.clone(), position.sequence);
            let page = store
                .read(move |txn| rows::page_by_stream(txn, &stream_id, sequence, PAGE))
                .await?;
            if page.is_empty() {
                return Ok(());
            }
            for record in &page {
                if self.seen.streams == 0 || record.stream_id != position.stream_id {
                    position = Position::start(record.stream_id.clone());
                    self.seen.streams = self.seen.streams.saturating_add(1);
                }
                self.record(&position, record);
                position.sequence = record.sequence;
                position.hash.clone_from(&record.hash);
            }
        }
    }

    fn record(&mut self, position: &Position, record: &AuditRecord) {
        self.seen.records = self.seen.records.saturating_add(1);
        let (stream_id, sequence) = (&record.stream_id, record.sequence);
        let expected = position.sequence.saturating_add(1);
        if sequence != expected {
            self.finding(Finding::Missing {
                stream_id: stream_id.clone(),
                first: expected,
                last: sequence.saturating_sub(1),
            });
        } else if record.previous_hash != position.hash {
            self.finding(Finding::Unlinked {
                stream_id: stream_id.clone(),
                sequence,
            });
        }
        let hash = record_hash(&ChainedRecord {
            stream_id,
            sequence,
            previous_hash: &record.previous_hash,
            entry: &record.entry,
        });
        if hash != record.hash {
            self.finding(Finding::Edited {
                stream_id: stream_id.clone(),
                sequence,
            });
        }
        self.hold_against_heads(record, &hash);
        self.ends.insert(stream_id.clone(), sequence);
    }

    fn hold_against_heads(&mut self, record: &AuditRecord, hash: &str) {
        let mut findings = Vec::new();
        for (place, head) in self.heads.get_mut(&record.stream_id).into_iter().flatten() {
            // Where the head's own record is missing and later ones stand, the gap is reported.
            head.seen |= head.sequence <= record.sequence;
            if head.sequence == record.sequence && head.hash != hash {
                findings.push(Finding::Rewritten {
                    stream_id: record.stream_id.clone(),
                    sequence: record.sequence,
                    checkpoint: head.checkpoint.clone(),
                    place: *place,
                });
            }
        }
        self.seen.findings.extend(findings);
    }

    fn missing_heads(&mut self) {
        let mut findings = Vec::new();
        for (stream_id, heads) in &self.heads {
            for (place, head) in heads.iter().filter(|(_, head)| !head.seen) {
                findings.push(Finding::Truncated {
                    stream_id: stream_id.clone(),
                    found: self.ends.get(stream_id).copied().unwrap_or(0),
                    signed: head.sequence,
                    checkpoint: head.checkpoint.clone(),
                    place: *place,
                });
            }
        }
        self.seen.findings.extend(findings);
    }
}

/// How far a stream was read.
struct Position {
    stream_id: String,
    sequence: i64,
    hash: String,
}

impl Position {
    fn start(stream_id: String) -> Self {
        Self {
            stream_id,
            sequence: 0,
            hash: FIRST_PREVIOUS_HASH.to_owned(),
        }
    }
}

fn signature_fits(pin: &PinnedKey, row: &CheckpointRow) -> bool {
    let Ok(signature) = URL_SAFE_NO_PAD.decode(&row.signature) else {
        return false;
    };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &pin.public_key)
        .verify(row.body.as_bytes(), &signature)
        .is_ok()
}
