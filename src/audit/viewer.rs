//! The audit as people and other systems read it: the newest first, opened where the person's key still exists, and each record
//! in the shape that is asked for.

use serde_json::Value;

use super::record::{Body, RemoteAddr, json};
use super::{Audit, AuditError, PersonalFields, RecordedActor, shapes};
use crate::model::{Timestamp, UserId};
use crate::op::Op;
use crate::store::audit_records::{self as rows, AuditRecord};

pub use crate::store::audit_records::{RecordFilter, TimeCursor};

const PAGE: i64 = 1_000;
/// So many records are looked at for a page.
const LOOKED_AT: i64 = 20_000;

/// A shape of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordShape {
    /// Our own.
    Native,
    /// As AWS CloudTrail has it (aws.md 8.1).
    CloudTrail,
    /// OCSF 1.x (aws.md 8.2).
    Ocsf,
}

impl RecordShape {
    /// By its word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "native" => Some(Self::Native),
            "cloudtrail" => Some(Self::CloudTrail),
            "ocsf" => Some(Self::Ocsf),
            _ => None,
        }
    }
}

/// A record, opened.
#[derive(Debug, Clone)]
pub struct SeenRecord {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What: `user.created`.
    pub kind: String,
    /// Who acted.
    pub actor: RecordedActor,
    /// About whom, when it is about somebody.
    pub about: Option<UserId>,
    /// In which request.
    pub request_id: String,
    /// From where; none where it is not known, or cannot be read any more.
    pub remote_addr: Option<String>,
    /// The event, as our own shape has it.
    pub event: Value,
}

/// Records, and where the next ones are.
#[derive(Debug, Clone)]
pub struct RecordPage {
    /// The newest first.
    pub records: Vec<SeenRecord>,
    /// None: there are no more.
    pub next: Option<Next>,
}

/// Where the next records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Behind the last of these.
    Page(TimeCursor),
    /// Not known: so far back was looked, and there may be some further back.
    Further(TimeCursor),
}

impl Next {
    /// From where on to look.
    pub const fn cursor(&self) -> &TimeCursor {
        match self {
            Self::Page(cursor) | Self::Further(cursor) => cursor,
        }
    }
}

impl Audit {
    /// Up to `limit` records, the newest first.
    ///
    /// # Errors
    /// [`AuditError::Json`] when a record cannot be read; the database's.
    pub async fn newest(
        &self,
        op: &Op,
        filter: &RecordFilter,
        limit: i64,
    ) -> Result<Vec<SeenRecord>, AuditError> {
        let filter = filter.clone();
        let found = self
            .0
            .store
            .read(move |txn| rows::newest(txn, &filter, (limit, None)))
            .await?;
        self.all_seen(op, found).await
    }

    /// A page of records, the newest first. Where they are looked for among others, a page looks at so many records and no more,
    /// so that it comes at once however long the audit is.
    ///
    /// # Errors
    /// As [`Audit::newest`].
    pub async fn page(
        &self,
        op: &Op,
        filter: &RecordFilter,
        most: i64,
    ) -> Result<RecordPage, AuditError> {
        let filter = filter.clone();
        let (found, next) = self
            .0
            .store
            .read(move |txn| {
                let looks_at = (!filter.takes_all()).then_some(LOOKED_AT);
                let found = rows::newest(txn, &filter, (most, looks_at))?;
                let is_full = i64::try_from(found.len()).is_ok_and(|count| count == most);
                let next = match (is_full, looks_at) {
                    (true, _) => found.last().map(AuditRecord::cursor).map(Next::Page),
                    (false, Some(most)) => rows::end_of(txn, &filter, most)?.map(Next::Further),
                    (false, None) => None,
                };
                Ok((found, next))
            })
            .await?;
        Ok(RecordPage {
            records: self.all_seen(op, found).await?,
            next,
        })
    }

    async fn all_seen(
        &self,
        op: &Op,
        found: Vec<AuditRecord>,
    ) -> Result<Vec<SeenRecord>, AuditError> {
        let mut seen = Vec::with_capacity(found.len());
        for record in found {
            seen.push(self.seen(op, record).await?);
        }
        Ok(seen)
    }

    /// How many records of each of these kinds there are from a time on.
    ///
    /// # Errors
    /// The database's.
    pub async fn counts_since(
        &self,
        kinds: &'static [&'static str],
        since: Timestamp,
    ) -> Result<Vec<(String, i64)>, AuditError> {
        let since = since.as_millis();
        let store = &self.0.store;
        let counted = store.read(move |txn| rows::counts_since(txn, kinds, since));
        Ok(counted.await?)
    }

    async fn seen(&self, op: &Op, record: AuditRecord) -> Result<SeenRecord, AuditError> {
        let opened = self.opened(op.now, &record.entry).await?;
        let event = opened.get("event").cloned().unwrap_or_default();
        let body: Body = serde_json::from_value(opened).map_err(json)?;
        Ok(SeenRecord {
            at: Timestamp::from_millis(record.entry.at),
            about: body.event.person().cloned(),
            request_id: body.request_id.to_string(),
            remote_addr: match &body.remote_addr {
                Some(RemoteAddr::Of(address)) => address.value().cloned(),
                Some(RemoteAddr::Code(_)) | None => None,
            },
            actor: body.actor,
            event: plain(event),
            id: record.entry.id,
            kind: record.entry.kind,
        })
    }

    /// Writes every record as a line of JSON in a shape of others', in order of time, and returns how many.
    ///
    /// # Errors
    /// [`AuditError::Output`] when `out` refuses; the database's.
    pub async fn export_as(
        &self,
        op: &Op,
        (shape, issuer): (RecordShape, &str),
        out: &mut (dyn std::io::Write + Send),
    ) -> Result<u64, AuditError> {
        if shape == RecordShape::Native {
            return self.export(op, PersonalFields::Opened, out).await;
        }
        let mut written = 0u64;
        let mut after = TimeCursor::before_all();
        loop {
            let from = after.clone();
            let page = self
                .0
                .store
                .read(move |txn| rows::page_by_time(txn, &[], i64::MAX, &from, PAGE))
                .await?;
            if page.is_empty() {
                return Ok(written);
            }
            for (cursor, record) in page {
                let seen = self.seen(op, record).await?;
                writeln!(out, "{}", seen.shaped(shape, issuer))
                    .map_err(|e| AuditError::Output(e.to_string()))?;
                written = written.saturating_add(1);
                after = cursor;
            }
        }
    }
}

impl SeenRecord {
    /// Whether something was refused, or did not succeed.
    pub fn is_failure(&self) -> bool {
        shapes::is_failure(&self.kind)
    }

    /// The record in a shape; `issuer` is this instance's public URL.
    pub fn shaped(&self, shape: RecordShape, issuer: &str) -> Value {
        match shape {
            RecordShape::Native => shapes::native(self),
            RecordShape::CloudTrail => shapes::cloudtrail(self, issuer),
            RecordShape::Ocsf => shapes::ocsf(self, issuer),
        }
    }
}

/// Personal values without their wrapping: the value where it was opened, nothing where it cannot be.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("$person") => {
            fields.get("$open").cloned().unwrap_or_default()
        }
        Value::Object(fields) => fields.into_iter().map(|(k, v)| (k, plain(v))).collect(),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}
