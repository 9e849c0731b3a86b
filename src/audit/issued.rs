//! What was issued to a person and may live on where we cannot end it.

use super::record::{Body, json};
use super::{Audit, AuditError, AuditEvent, IssuedAwsAssertion};
use crate::model::{Span, Timestamp, UserId};
use crate::op::Op;
use crate::store::audit_records as rows;

/// AWS's longest session, and the time in which an assertion may be redeemed.
const LONGEST: Span = Span::hours(13);

/// A session in AWS that may still live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsSession {
    /// What was issued for it.
    pub issued: IssuedAwsAssertion,
    /// When.
    pub issued_at: Timestamp,
    /// When it has ended at the latest: redeemed at the last moment, for its whole length.
    pub ends_at: Timestamp,
}

impl Audit {
    /// The sessions in AWS that a person may still have, the longest living first. We cannot end them: AWS's own policies can.
    ///
    /// # Errors
    /// [`AuditError::Json`] when a record cannot be read; the database's.
    pub async fn aws_sessions_of(
        &self,
        op: &Op,
        user_id: &UserId,
    ) -> Result<Vec<AwsSession>, AuditError> {
        let since = op.now.minus(LONGEST).as_millis();
        let records = self
            .0
            .store
            .read(move |txn| rows::of_kind_since(txn, "aws_assertion.issued", since))
            .await?;
        let mut sessions = Vec::new();
        for record in records {
            let body = serde_json::from_str(&record.entry.body).map_err(json)?;
            let body: Body = serde_json::from_value(body).map_err(json)?;
            let AuditEvent::AwsAssertionIssued(issued) = body.event else {
                continue;
            };
            let ends_at = issued
                .not_on_or_after
                .plus(Span::seconds(issued.duration_seconds.into()));
            if issued.user_id == *user_id && ends_at > op.now {
                sessions.push(AwsSession {
                    issued_at: Timestamp::from_millis(record.entry.at),
                    issued,
                    ends_at,
                });
            }
        }
        sessions.sort_by_key(|session| std::cmp::Reverse(session.ends_at));
        Ok(sessions)
    }
}
