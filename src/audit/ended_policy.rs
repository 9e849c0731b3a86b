//! The policy of something that goes ends with it.

use super::{Audit, AuditError, AuditEvent, PolicySnapshot};
use crate::op::Op;
use crate::store::policies::{self as rows, PolicyRow};
use crate::store::{AuditEntry, StoreError, Txn};

/// The policy of a group, an application or a permission set, with the record of its end.
pub struct EndedPolicy {
    scope: (&'static str, String),
    policy: Option<(PolicyRow, AuditEntry)>,
}

impl Audit {
    /// Reads the policy of a scope that is to go: its kind and id.
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn prepare_policy_end(
        &self,
        op: &Op,
        (kind, id): (&'static str, &str),
    ) -> Result<EndedPolicy, AuditError> {
        let scope = (kind, id.to_owned());
        let of = scope.clone();
        let read = self.0.store.read(move |txn| rows::of(txn, (of.0, &of.1)));
        let policy = match read.await? {
            None => None,
            Some(row) => {
                let event = AuditEvent::PolicySet {
                    before: Some(PolicySnapshot::of(&row)?),
                    after: None,
                };
                Some((row, self.prepare(op, &event).await?))
            }
        };
        Ok(EndedPolicy { scope, policy })
    }
}

impl EndedPolicy {
    /// False when it is no longer the one that was read.
    ///
    /// # Errors
    /// The engine's.
    pub fn delete(&self, txn: &mut dyn Txn) -> Result<bool, StoreError> {
        let (kind, id) = &self.scope;
        let now = rows::of(txn, (kind, id))?;
        match &self.policy {
            None => Ok(now.is_none()),
            Some((row, entry)) => {
                if now.as_ref() != Some(row) {
                    return Ok(false);
                }
                rows::delete(txn, row)?;
                txn.append_audit(entry)?;
                Ok(true)
            }
        }
    }
}
