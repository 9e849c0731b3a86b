//! The audit's hash streams: one for each connection that writes.
//!
//! One head common to all connections would make every two writes conflict, so each connection has a stream of its
//! own: a random id, a sequence from 1, and the hash of the record before. The head is kept in memory and goes back
//! together with the writes when a closure or a transaction is rolled back. A job signs checkpoints over all heads.

use aws_lc_rs::digest;

use super::{AuditEntry, Value};
use crate::entropy::Entropy;

/// What stands as `previous_hash` in the first record of a stream.
pub const FIRST_PREVIOUS_HASH: &str = "";

pub(super) const INSERT: &str = "INSERT INTO audit_records \
    (stream_id, sequence, id, at, kind, body, previous_hash, hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// A record in its place: everything that its hash covers.
#[derive(Debug, Clone, Copy)]
pub struct ChainedRecord<'a> {
    /// The stream.
    pub stream_id: &'a str,
    /// From 1, without gaps.
    pub sequence: i64,
    /// The hash of the record before; [`FIRST_PREVIOUS_HASH`] in the first.
    pub previous_hash: &'a str,
    /// The record.
    pub entry: &'a AuditEntry,
}

/// The hash of a record, in hexadecimal: SHA-256 over stream id, sequence, previous hash, id, time, kind and body, in
/// this order, numbers in decimal, each preceded by its length in octets as 8 octets, most significant first. The
/// lengths keep two different records from being the same octets.
pub fn record_hash(record: &ChainedRecord<'_>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    let sequence = record.sequence.to_string();
    let at = record.entry.at.to_string();
    for field in [
        record.stream_id,
        &sequence,
        record.previous_hash,
        &record.entry.id,
        &at,
        &record.entry.kind,
        &record.entry.body,
    ] {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field.as_bytes());
    }
    hex::encode(context.finish())
}

/// The end of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    sequence: i64,
    hash: String,
}

/// The stream of one connection. A new connection starts a new one: after a lost connection nobody can say without
/// asking which of its records stand.
#[derive(Debug)]
pub(super) struct AuditStream {
    stream_id: String,
    head: Head,
}

impl AuditStream {
    /// An empty stream under a random id. The id is never the tests' seeded one: two streams of one id in one
    /// database would collide.
    pub(super) fn start() -> Self {
        Self {
            stream_id: hex::encode(Entropy::system().octets::<16>()),
            head: Head {
                sequence: 0,
                hash: FIRST_PREVIOUS_HASH.to_owned(),
            },
        }
    }

    /// The head, to go back to.
    pub(super) fn head(&self) -> Head {
        self.head.clone()
    }

    /// Goes on from `head`: back after a rollback, forward after a record was inserted.
    pub(super) fn set_head(&mut self, head: Head) {
        self.head = head;
    }

    /// The parameters of [`INSERT`] for the next record, and the head once it stands.
    pub(super) fn next(&self, entry: &AuditEntry) -> (Vec<Value>, Head) {
        let sequence = self.head.sequence.saturating_add(1);
        let hash = record_hash(&ChainedRecord {
            stream_id: &self.stream_id,
            sequence,
            previous_hash: &self.head.hash,
            entry,
        });
        let params = vec![
            self.stream_id.as_str().into(),
            sequence.into(),
            entry.id.as_str().into(),
            entry.at.into(),
            entry.kind.as_str().into(),
            entry.body.as_str().into(),
            self.head.hash.as_str().into(),
            hash.as_str().into(),
        ];
        (params, Head { sequence, hash })
    }
}
