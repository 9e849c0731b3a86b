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
use super::{AuditError, CheckpointPlace, Finding, PinnedKey};
use crate::store::audit_records::{self as rows, AuditRecord, CheckpointRow};
use crate::store::{ChainedRecord, FIRST_PREVIOUS_HASH, Store, record_hash};

const PAGE: i64 = 1_000;

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
    let mut verifier = Verifier::new(pins);
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

/// Holds the heads that the latest checkpoint signed against the records: a quick look, for whoever does not read all.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify_last_checkpoint(
    store: &Store,
    pins: &[PinnedKey],
) -> Result<Vec<Finding>, AuditError> {
    let mut verifier = Verifier::new(pins);
    let (last, ends) = store
        .read(|txn| Ok((rows::last_checkpoint(txn)?, rows::heads(txn)?)))
        .await?;
    if let Some(last) = last {
        verifier.judge(&last, CheckpointPlace::Database);
    }
    verifier.ends = ends
        .into_iter()
        .map(|e| (e.stream_id, e.sequence))
        .collect();
    let heads = verifier.heads.iter();
    let signed: Vec<(String, i64)> = heads
        .flat_map(|(id, heads)| heads.values().map(|head| (id.clone(), head.sequence)))
        .collect();
    for (stream_id, sequence) in signed {
        let (id, before) = (stream_id.clone(), sequence.saturating_sub(1));
        let page = store
            .read(move |txn| rows::page_by_stream(txn, &id, before, 1))
            .await?;
        for record in page.iter().filter(|r| r.stream_id == stream_id) {
            verifier.look_at(record);
        }
    }
    verifier.missing_heads();
    Ok(verifier.seen.findings)
}

impl<'a> Verifier<'a> {
    fn new(pins: &'a [PinnedKey]) -> Self {
        Self {
            pins,
            heads: SignedHeads::new(),
            ends: BTreeMap::new(),
            seen: Verification::default(),
        }
    }

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
        self.look_at(record);
        self.ends.insert(stream_id.clone(), sequence);
    }

    /// The record by itself, and against the heads.
    fn look_at(&mut self, record: &AuditRecord) {
        let hash = record_hash(&ChainedRecord {
            stream_id: &record.stream_id,
            sequence: record.sequence,
            previous_hash: &record.previous_hash,
            entry: &record.entry,
        });
        if hash != record.hash {
            self.finding(Finding::Edited {
                stream_id: record.stream_id.clone(),
                sequence: record.sequence,
            });
        }
        self.hold_against_heads(record, &hash);
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
