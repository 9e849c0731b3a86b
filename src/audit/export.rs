//! Export in the native format: one JSON object a line, in order of time.
//!
//! With personal values left sealed, `body` in canonical form is the very text that was hashed, so that whoever receives
//! the file can verify it.

use std::io::Write;

use serde_json::{Value, json};

use super::record::json as json_error;
use super::{Audit, AuditError, canonical};
use crate::model::Timestamp;
use crate::op::Op;
use crate::store::audit_records::{self as rows, AuditRecord, TimeCursor};

const PAGE: i64 = 1_000;

/// What becomes of personal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalFields {
    /// Opened, where the person's key exists.
    Opened,
    /// Left as they stand.
    LeftSealed,
}

impl Audit {
    /// Writes every record as a line of JSON and returns how many.
    ///
    /// # Errors
    /// [`AuditError::Output`] when `out` refuses; the database's.
    pub async fn export(
        &self,
        op: &Op,
        personal: PersonalFields,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, AuditError> {
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
                let body = match personal {
                    PersonalFields::Opened => self.opened(op.now, &record.entry).await?,
                    PersonalFields::LeftSealed => {
                        serde_json::from_str(&record.entry.body).map_err(json_error)?
                    }
                };
                let mut line = canonical::to_text(&object(&record, body))?;
                line.push('\n');
                out.write_all(line.as_bytes())
                    .map_err(|e| AuditError::Output(e.to_string()))?;
                written = written.saturating_add(1);
                after = cursor;
            }
        }
    }
}

fn object(record: &AuditRecord, body: Value) -> Value {
    json!({
        "at": record.entry.at,
        "body": body,
        "hash": record.hash,
        "id": record.entry.id,
        "kind": record.entry.kind,
        "previous_hash": record.previous_hash,
        "sequence": record.sequence,
        "stream_id": record.stream_id,
        "time": Timestamp::from_millis(record.entry.at).to_rfc3339(),
    })
}
