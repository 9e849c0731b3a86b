//! Changes of the ring: each in one transaction with its record in the audit.

use super::instance::{host, key_changed};
use super::ring::{self, Change, Retirement, Step};
use super::signing::{self, NewKey};
use super::{Keys, KeysError};
use crate::audit::Audit;
use crate::model::{KeyAlgorithm, KeyFacts, KeyId, KeyState, Purpose};
use crate::op::Op;
use crate::store::keys as rows;
use crate::store::keys::{SigningKeyRow, StateChange};
use crate::store::{AuditEntry, StoreError, Txn};

/// What a change writes, made outside the transaction.
#[derive(Default)]
struct Writes {
    inserted: Option<SigningKeyRow>,
    moved: Vec<StateChange>,
    removed: Option<KeyId>,
    entries: Vec<AuditEntry>,
}

impl Keys {
    /// Makes the next key of a purpose and announces it: it stands in metadata and signs nothing yet.
    ///
    /// # Errors
    /// [`KeysError::Refused`] when there is a next key already.
    pub async fn publish(
        &self,
        op: &Op,
        audit: &Audit,
        purpose: Purpose,
        algorithm: KeyAlgorithm,
    ) -> Result<KeyId, KeysError> {
        let before = self.read_rows().await?;
        ring::plan(&facts(&before), &Change::Publish(purpose), op.now)?;
        let row = self.make(op, purpose, algorithm, KeyState::Next)?;
        let id = row.facts.id.clone();
        let event = key_changed(&row.facts, None, Some(KeyState::Next));
        let writes = Writes {
            entries: vec![audit.prepare(op, &event).await?],
            inserted: Some(row),
            ..Writes::default()
        };
        self.apply(before, writes).await?;
        Ok(id)
    }

    /// Publishes and activates a key at once: for purposes whose public half nobody must learn first (cookies, audit),
    /// and after a compromise.
    ///
    /// # Errors
    /// As [`Keys::publish`].
    pub async fn rotate(
        &self,
        op: &Op,
        audit: &Audit,
        purpose: Purpose,
        algorithm: KeyAlgorithm,
    ) -> Result<KeyId, KeysError> {
        let before = self.read_rows().await?;
        ring::plan(&facts(&before), &Change::Publish(purpose), op.now)?;
        let row = self.make(op, purpose, algorithm, KeyState::Next)?;
        let id = row.facts.id.clone();
        let mut after = facts(&before);
        after.push(row.facts.clone());
        let steps = ring::plan(&after, &Change::Activate(id.clone()), op.now)?;
        let mut writes = self.steps(op, audit, &after, &before, &steps).await?;
        let published = key_changed(&row.facts, None, Some(KeyState::Next));
        writes
            .entries
            .insert(0, audit.prepare(op, &published).await?);
        writes.inserted = Some(row);
        self.apply(before, writes).await?;
        Ok(id)
    }

    /// Lets a next or retained key sign; the key that signed until now is retained.
    ///
    /// # Errors
    /// [`KeysError::Refused`] with the rule.
    pub async fn activate(&self, op: &Op, audit: &Audit, id: &KeyId) -> Result<(), KeysError> {
        self.change(op, audit, &Change::Activate(id.clone())).await
    }

    /// Stops the active key from signing; the next key takes over.
    ///
    /// # Errors
    /// [`KeysError::Refused`] when there is no next key.
    pub async fn retain(&self, op: &Op, audit: &Audit, id: &KeyId) -> Result<(), KeysError> {
        self.change(op, audit, &Change::Retain(id.clone())).await
    }

    /// Withdraws a key and destroys its private half.
    ///
    /// # Errors
    /// [`KeysError::Refused`] for a key that signs, or that was retained a shorter time than what it signed lives.
    pub async fn retire(
        &self,
        op: &Op,
        audit: &Audit,
        id: &KeyId,
        why: Retirement,
    ) -> Result<(), KeysError> {
        self.change(op, audit, &Change::Retire(id.clone(), why))
            .await
    }

    /// Removes a retired key's row.
    ///
    /// # Errors
    /// [`KeysError::Refused`] for a key that is not retired.
    pub async fn remove(&self, op: &Op, audit: &Audit, id: &KeyId) -> Result<(), KeysError> {
        self.change(op, audit, &Change::Remove(id.clone())).await
    }

    async fn change(&self, op: &Op, audit: &Audit, change: &Change) -> Result<(), KeysError> {
        let before = self.read_rows().await?;
        let known = facts(&before);
        let steps = ring::plan(&known, change, op.now)?;
        let writes = self.steps(op, audit, &known, &before, &steps).await?;
        self.apply(before, writes).await
    }

    async fn read_rows(&self) -> Result<Vec<SigningKeyRow>, KeysError> {
        Ok(self.0.store.read(|txn| rows::signing_keys(txn)).await?)
    }

    fn make(
        &self,
        op: &Op,
        purpose: Purpose,
        algorithm: KeyAlgorithm,
        state: KeyState,
    ) -> Result<SigningKeyRow, KeysError> {
        let new = NewKey {
            purpose,
            algorithm,
            state,
            host: &host(&self.0.identity),
            now: op.now,
        };
        signing::make(&self.0.data_keys, &op.entropy, &new)
    }

    async fn steps(
        &self,
        op: &Op,
        audit: &Audit,
        known: &[KeyFacts],
        stored: &[SigningKeyRow],
        steps: &[Step],
    ) -> Result<Writes, KeysError> {
        let mut writes = Writes::default();
        for step in steps {
            let Some(key) = known.iter().find(|k| Some(&k.id) == step.id.as_ref()) else {
                continue;
            };
            let event = key_changed(key, step.before, step.after);
            writes.entries.push(audit.prepare(op, &event).await?);
            let Some(after) = step.after else {
                writes.removed = Some(key.id.clone());
                continue;
            };
            let row = stored.iter().find(|r| r.facts.id == key.id);
            let sealed = match (after, row) {
                (KeyState::Retired, Some(row)) => {
                    Some(signing::remains(&self.0.data_keys, &op.entropy, row)?)
                }
                _ => None,
            };
            writes.moved.push(StateChange {
                id: key.id.clone(),
                before: key.state,
                after,
                sealed,
                at: op.now,
            });
        }
        Ok(writes)
    }

    /// Writes if the ring still is what the change was planned for, then reads it again.
    async fn apply(
        &self,
        planned_for: Vec<SigningKeyRow>,
        writes: Writes,
    ) -> Result<(), KeysError> {
        let done = self
            .0
            .store
            .write(move |txn| write(txn, &planned_for, &writes))
            .await?;
        if !done {
            return Err(KeysError::ChangedMeanwhile);
        }
        self.reload().await
    }
}

fn facts(rows: &[SigningKeyRow]) -> Vec<KeyFacts> {
    rows.iter().map(|row| row.facts.clone()).collect()
}

fn write(
    txn: &mut dyn Txn,
    planned_for: &[SigningKeyRow],
    writes: &Writes,
) -> Result<bool, StoreError> {
    if rows::signing_keys(txn)? != planned_for {
        return Ok(false);
    }
    let changed = || StoreError::Data("a key changed under the transaction".into());
    if let Some(row) = &writes.inserted {
        rows::insert_signing_key(txn, row)?;
    }
    for change in &writes.moved {
        if !rows::change_state(txn, change)? {
            return Err(changed());
        }
    }
    if let Some(id) = &writes.removed
        && !rows::remove_retired(txn, id)?
    {
        return Err(changed());
    }
    for entry in &writes.entries {
        txn.append_audit(entry)?;
    }
    Ok(true)
}
