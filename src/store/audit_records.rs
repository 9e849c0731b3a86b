//! Rows of the audit and of its checkpoints: read only, but for the insertion of a checkpoint. Records are written by
//! [`Txn::append_audit`] alone.

use super::statement::placeholders;
use super::{AuditEntry, Row, StoreError, Txn, Value};

/// A record with its place in the chain.
#[derive(Debug, Clone)]
pub struct AuditRecord {
    /// Its stream.
    pub stream_id: String,
    /// Its place in the stream, from 1.
    pub sequence: i64,
    /// What was recorded.
    pub entry: AuditEntry,
    /// The hash of the record before.
    pub previous_hash: String,
    /// Its own.
    pub hash: String,
}

/// The last record of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamHead {
    /// The stream.
    pub stream_id: String,
    /// Its last sequence.
    pub sequence: i64,
    /// The hash there.
    pub hash: String,
    /// When that was recorded, in milliseconds since the epoch.
    pub at: i64,
}

/// A checkpoint as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Its id.
    pub id: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// The signed text.
    pub body: String,
    /// The key that signed.
    pub key_id: String,
    /// The signature, base64url.
    pub signature: String,
}

impl AuditRecord {
    /// Where it stands.
    pub fn cursor(&self) -> TimeCursor {
        TimeCursor {
            at: self.entry.at,
            stream_id: self.stream_id.clone(),
            sequence: self.sequence,
        }
    }
}

/// Where a page in order of time ends: the next one begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeCursor {
    /// Effective time; see [`page_by_time`].
    pub at: i64,
    /// Stream.
    pub stream_id: String,
    /// Sequence.
    pub sequence: i64,
}

impl std::fmt::Display for TimeCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.at, self.stream_id, self.sequence)
    }
}

impl std::str::FromStr for TimeCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or(());
        Ok(Self {
            at: next()?.parse().map_err(drop)?,
            stream_id: next()?.to_owned(),
            sequence: next()?.parse().map_err(drop)?,
        })
    }
}

impl TimeCursor {
    /// Before the first record.
    pub fn before_all() -> Self {
        Self {
            at: i64::MIN,
            stream_id: String::new(),
            sequence: 0,
        }
    }
}

fn record(row: &Row) -> Result<AuditRecord, StoreError> {
    Ok(AuditRecord {
        stream_id: row.text("stream_id")?,
        sequence: row.int("sequence")?,
        entry: AuditEntry {
            id: row.text("id")?,
            at: row.int("at")?,
            kind: row.text("kind")?,
            body: row.text("body")?,
        },
        previous_hash: row.text("previous_hash")?,
        hash: row.text("hash")?,
    })
}

fn head(row: &Row) -> Result<StreamHead, StoreError> {
    Ok(StreamHead {
        stream_id: row.text("stream_id")?,
        sequence: row.int("sequence")?,
        hash: row.text("hash")?,
        at: row.int("at")?,
    })
}

/// The heads of all streams, by stream id. Steps from stream to stream along the index: the number of records does not
/// matter.
///
/// # Errors
/// The engine's.
pub fn heads(txn: &mut dyn Txn) -> Result<Vec<StreamHead>, StoreError> {
    let rows = txn.query(
        "WITH RECURSIVE streams (stream_id) AS ( \
           SELECT MIN(stream_id) FROM audit_records \
           UNION ALL \
           SELECT (SELECT MIN(r.stream_id) FROM audit_records r WHERE r.stream_id > streams.stream_id) \
           FROM streams WHERE streams.stream_id IS NOT NULL) \
         SELECT r.stream_id, r.sequence, r.hash, r.at FROM streams JOIN audit_records r ON r.stream_id = streams.stream_id \
         AND r.sequence = (SELECT MAX(l.sequence) FROM audit_records l WHERE l.stream_id = streams.stream_id) \
         ORDER BY r.stream_id",
        &[],
    )?;
    rows.iter().map(head).collect()
}

/// Up to `limit` records behind (`stream_id`, `sequence`), in the order of streams and their sequences.
///
/// # Errors
/// The engine's.
pub fn page_by_stream(
    txn: &mut dyn Txn,
    stream_id: &str,
    sequence: i64,
    limit: i64,
) -> Result<Vec<AuditRecord>, StoreError> {
    let rows = txn.query(
        "SELECT stream_id, sequence, id, at, kind, body, previous_hash, hash FROM audit_records \
         WHERE stream_id > $1 OR (stream_id = $1 AND sequence > $2) ORDER BY stream_id, sequence LIMIT $3",
        &[stream_id.into(), sequence.into(), limit.into()],
    )?;
    rows.iter().map(record).collect()
}

/// Up to `limit` records of the given kinds (all, when empty) not later than `until` and behind `after`, in order of
/// their effective time: a record's time, but never before that of an earlier record of its stream. So the order within
/// a stream is always that of the commits, though an operation reads the clock at its beginning.
///
/// # Errors
/// The engine's.
pub fn page_by_time(
    txn: &mut dyn Txn,
    kinds: &[&str],
    until: i64,
    after: &TimeCursor,
    limit: i64,
) -> Result<Vec<(TimeCursor, AuditRecord)>, StoreError> {
    let mut params: Vec<Value> = vec![
        until.into(),
        after.at.into(),
        after.stream_id.as_str().into(),
        after.sequence.into(),
        limit.into(),
    ];
    let mut only = String::new();
    for (index, kind) in kinds.iter().enumerate() {
        let lead = if index == 0 { " AND kind IN (" } else { ", " };
        only.push_str(&format!("{lead}${}", index.saturating_add(6)));
        params.push((*kind).into());
    }
    if !kinds.is_empty() {
        only.push(')');
    }
    let sql = format!(
        "SELECT stream_id, sequence, id, at, kind, body, previous_hash, hash, effective FROM \
         (SELECT stream_id, sequence, id, at, kind, body, previous_hash, hash, \
         MAX(at) OVER (PARTITION BY stream_id ORDER BY sequence) AS effective FROM audit_records \
         WHERE at <= $1{only}) ordered \
         WHERE effective > $2 OR (effective = $2 AND (stream_id > $3 OR (stream_id = $3 AND sequence > $4))) \
         ORDER BY effective, stream_id, sequence LIMIT $5"
    );
    let rows = txn.query(&sql, &params)?;
    rows.iter()
        .map(|row| {
            let record = record(row)?;
            let cursor = TimeCursor {
                at: row.int("effective")?,
                stream_id: record.stream_id.clone(),
                sequence: record.sequence,
            };
            Ok((cursor, record))
        })
        .collect()
}

/// Which records are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// With what their kind begins; empty: any.
    pub kind: String,
    /// What their body names, such as a person's id; empty: anything.
    pub names: String,
    /// Not before, in milliseconds since the epoch.
    pub from: Option<i64>,
    /// Not after.
    pub until: Option<i64>,
    /// Before this one: the end of the page before.
    pub before: Option<TimeCursor>,
}

/// Up to `limit` records, the newest first. Of `looks_at` records at most is seen whether they are looked for; none: of all.
///
/// # Errors
/// The engine's.
pub fn newest(
    txn: &mut dyn Txn,
    filter: &RecordFilter,
    (limit, looks_at): (i64, Option<i64>),
) -> Result<Vec<AuditRecord>, StoreError> {
    let (mut params, when) = filter.when();
    let mut take = |value: Value| {
        params.push(value);
        params.len()
    };
    let mut only = String::from("1 = 1");
    if !filter.kind.is_empty() {
        let n = take(filter.kind.as_str().into());
        only.push_str(&format!(" AND SUBSTR(kind, 1, LENGTH(${n})) = ${n}"));
    }
    if !filter.names.is_empty() {
        // An id has letters and digits alone: nothing in it is special to LIKE.
        let n = take(format!("%\"{}\"%", filter.names).into());
        only.push_str(&format!(" AND body LIKE ${n}"));
    }
    let looked = match looks_at {
        Some(most) => format!(" LIMIT ${}", take(most.into())),
        None => String::new(),
    };
    let limit = take(limit.into());
    let sql = format!(
        "SELECT * FROM (SELECT stream_id, sequence, id, at, kind, body, previous_hash, hash FROM audit_records \
         WHERE {when} ORDER BY at DESC, stream_id DESC, sequence DESC{looked}) looked \
         WHERE {only} ORDER BY at DESC, stream_id DESC, sequence DESC LIMIT ${limit}"
    );
    txn.query(&sql, &params)?.iter().map(record).collect()
}

/// Where the last of so many records stands, the newest first, whether they are looked for or not; none where there are fewer.
///
/// # Errors
/// The engine's.
pub fn end_of(
    txn: &mut dyn Txn,
    filter: &RecordFilter,
    looks_at: i64,
) -> Result<Option<TimeCursor>, StoreError> {
    let (mut params, when) = filter.when();
    params.push(looks_at.saturating_sub(1).into());
    let sql = format!(
        "SELECT at, stream_id, sequence FROM audit_records WHERE {when} \
         ORDER BY at DESC, stream_id DESC, sequence DESC LIMIT 1 OFFSET ${}",
        params.len()
    );
    let row = txn.query_opt(&sql, &params)?;
    row.map(|row| {
        Ok(TimeCursor {
            at: row.int("at")?,
            stream_id: row.text("stream_id")?,
            sequence: row.int("sequence")?,
        })
    })
    .transpose()
}

impl RecordFilter {
    /// The times as a condition, with its values.
    fn when(&self) -> (Vec<Value>, String) {
        let mut params: Vec<Value> = vec![
            self.from.unwrap_or(i64::MIN).into(),
            self.until.unwrap_or(i64::MAX).into(),
        ];
        let mut when = "at >= $1 AND at <= $2".to_owned();
        if let Some(before) = &self.before {
            when.push_str(" AND (at, stream_id, sequence) < ($3, $4, $5)");
            params.extend([
                before.at.into(),
                before.stream_id.as_str().into(),
                before.sequence.into(),
            ]);
        }
        (params, when)
    }

    /// Whether every record of its times is looked for.
    pub fn takes_all(&self) -> bool {
        self.kind.is_empty() && self.names.is_empty()
    }
}

/// The records of one kind from a time on, in their order.
///
/// # Errors
/// The engine's.
pub fn of_kind_since(
    txn: &mut dyn Txn,
    kind: &str,
    since: i64,
) -> Result<Vec<AuditRecord>, StoreError> {
    let rows = txn.query(
        "SELECT stream_id, sequence, id, at, kind, body, previous_hash, hash FROM audit_records \
         WHERE at >= $1 AND kind = $2 ORDER BY at, stream_id, sequence",
        &[since.into(), kind.into()],
    )?;
    rows.iter().map(record).collect()
}

/// How many records of each of these kinds there are from a time on.
///
/// # Errors
/// The engine's.
pub fn counts_since(
    txn: &mut dyn Txn,
    kinds: &[&str],
    since: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let mut params: Vec<Value> = vec![since.into()];
    params.extend(kinds.iter().map(|kind| (*kind).into()));
    let sql = format!(
        "SELECT kind, COUNT(*) AS n FROM audit_records WHERE kind IN ({}) AND at >= $1 GROUP BY kind ORDER BY kind",
        placeholders(2, kinds.len())
    );
    let rows = txn.query(&sql, &params)?;
    rows.iter()
        .map(|row| Ok((row.text("kind")?, row.int("n")?)))
        .collect()
}

/// Up to `limit` checkpoints behind (`at`, `id`), the oldest first.
///
/// # Errors
/// The engine's.
pub fn page_of_checkpoints(
    txn: &mut dyn Txn,
    at: i64,
    id: &str,
    limit: i64,
) -> Result<Vec<CheckpointRow>, StoreError> {
    let rows = txn.query(
        "SELECT id, at, body, key_id, signature FROM audit_checkpoints \
         WHERE at > $1 OR (at = $1 AND id > $2) ORDER BY at, id LIMIT $3",
        &[at.into(), id.into(), limit.into()],
    )?;
    rows.iter().map(checkpoint).collect()
}

/// The latest checkpoint.
///
/// # Errors
/// The engine's.
pub fn last_checkpoint(txn: &mut dyn Txn) -> Result<Option<CheckpointRow>, StoreError> {
    let row = txn.query_opt(
        "SELECT id, at, body, key_id, signature FROM audit_checkpoints ORDER BY at DESC, id DESC LIMIT 1",
        &[],
    )?;
    row.as_ref().map(checkpoint).transpose()
}

/// Inserts a checkpoint.
///
/// # Errors
/// The engine's.
pub fn insert_checkpoint(txn: &mut dyn Txn, row: &CheckpointRow) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO audit_checkpoints (id, at, body, key_id, signature) VALUES ($1, $2, $3, $4, $5)",
        &[
            row.id.as_str().into(),
            row.at.into(),
            row.body.as_str().into(),
            row.key_id.as_str().into(),
            row.signature.as_str().into(),
        ],
    )?;
    Ok(())
}

fn checkpoint(row: &Row) -> Result<CheckpointRow, StoreError> {
    Ok(CheckpointRow {
        id: row.text("id")?,
        at: row.int("at")?,
        body: row.text("body")?,
        key_id: row.text("key_id")?,
        signature: row.text("signature")?,
    })
}
