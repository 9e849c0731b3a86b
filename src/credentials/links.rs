//! One-time links: for setting the first credentials, or new ones. A link proves that an administrator gave it, and is
//! worth a new password and nothing else.

use super::{CredentialError, Credentials, queue};
use crate::audit::{AuditEvent, LinkPurpose};
use crate::authority::{self, Change};
use crate::mail;
use crate::model::{CredentialChange, SecretHash, Span, Timestamp, UserId};
use crate::op::Op;
use crate::store::{AuditEntry, StoreError, Txn, credentials as rows, one_time_links as links};

/// A link that is ready for a transaction of the caller's.
#[derive(Debug)]
pub struct PreparedLink {
    user_id: UserId,
    purpose: LinkPurpose,
    hash: SecretHash,
    times: (Timestamp, Timestamp),
    entry: AuditEntry,
    /// For the person alone.
    pub token: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

impl PreparedLink {
    /// Stores it. Every earlier unused link of the person stops working, and is not mailed any more.
    ///
    /// # Errors
    /// The store's.
    pub fn insert(&self, txn: &mut dyn Txn) -> Result<(), StoreError> {
        let kind = (&self.hash, name(self.purpose));
        links::replace(txn, kind, &self.user_id, self.times)?;
        mail::withdraw_links(txn, &self.user_id)?;
        txn.append_audit(&self.entry)
    }
}

impl Credentials {
    /// Makes a link's token. Every earlier unused link of the person stops working.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn issue_link(
        &self,
        op: &Op,
        user_id: &UserId,
        purpose: LinkPurpose,
        lifetime: Span,
    ) -> Result<String, CredentialError> {
        let link = self.prepare_link(op, user_id, purpose, lifetime).await?;
        let token = link.token.clone();
        self.write_as(op, user_id, move |txn| link.insert(txn))
            .await?;
        Ok(token)
    }

    /// Makes a link for a transaction of the caller's.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn prepare_link(
        &self,
        op: &Op,
        user_id: &UserId,
        purpose: LinkPurpose,
        lifetime: Span,
    ) -> Result<PreparedLink, CredentialError> {
        let token = op.entropy.token();
        let expires_at = op.now.plus(lifetime);
        let event = AuditEvent::LinkIssued {
            user_id: user_id.clone(),
            purpose,
            expires_at,
        };
        Ok(PreparedLink {
            user_id: user_id.clone(),
            purpose,
            hash: SecretHash::of(&token),
            times: (op.now, expires_at),
            entry: self.audit.prepare(op, &event).await?,
            token,
            expires_at,
        })
    }

    /// Whose link it is, while it works. Uses nothing up.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn peek_link(&self, op: &Op, token: &str) -> Result<Option<UserId>, CredentialError> {
        let found = self.peek(op, token).await?;
        Ok(found.map(|(user_id, _)| user_id))
    }

    /// Uses a link up: once, however many try at the same time.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn redeem_link(
        &self,
        op: &Op,
        token: &str,
    ) -> Result<Option<UserId>, CredentialError> {
        let Some((user_id, purpose)) = self.peek(op, token).await? else {
            return Ok(None);
        };
        let event = AuditEvent::LinkUsed {
            user_id: user_id.clone(),
            purpose,
        };
        let entry = self.audit.prepare(&op.as_user(&user_id), &event).await?;
        let (hash, now) = (SecretHash::of(token), op.now);
        let is_ours = self
            .store
            .write(move |txn| {
                let is_ours = links::redeem(txn, &hash, now)?;
                if is_ours {
                    txn.append_audit(&entry)?;
                }
                Ok(is_ours)
            })
            .await?;
        Ok(is_ours.then_some(user_id))
    }

    /// Takes a person's second factors away, for somebody who has lost them.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn reset_second_factors(
        &self,
        op: &Op,
        user_id: &UserId,
    ) -> Result<(), CredentialError> {
        let id = user_id.clone();
        let devices = self
            .store
            .read(move |txn| rows::totp_devices(txn, &id))
            .await?;
        let mut entries = Vec::with_capacity(devices.len());
        for device in devices
            .into_iter()
            .filter(|device| device.confirmed_at.is_some())
        {
            let removed = AuditEvent::TotpRemoved {
                user_id: user_id.clone(),
                device_id: device.id.clone(),
            };
            entries.push((device.id, self.audit.prepare(op, &removed).await?));
        }
        let change = CredentialChange::SecondFactorsRemoved;
        let notice = self.mail.notice(op, user_id, change)?;
        let whose = user_id.clone();
        self.write_as(op, user_id, move |txn| {
            queue(txn, notice.as_ref())?;
            for removed in rows::remove_second_factors(txn, &whose)? {
                for (_, entry) in entries.iter().filter(|(id, _)| *id == removed) {
                    txn.append_audit(entry)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Writes as the actor of an operation: refused, in the same transaction, when they may not touch how this person signs
    /// in.
    async fn write_as<T, F>(&self, op: &Op, whose: &UserId, work: F) -> Result<T, CredentialError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (actor, whose) = (op.actor.clone(), whose.clone());
        let outcome = self.store.write(move |txn| {
            match authority::refusal(txn, &actor, Change::Credentials, Some(&whose))? {
                Some(refusal) => Ok(Err(refusal)),
                None => work(txn).map(Ok),
            }
        });
        outcome.await?.map_err(CredentialError::NotAllowed)
    }

    async fn peek(
        &self,
        op: &Op,
        token: &str,
    ) -> Result<Option<(UserId, LinkPurpose)>, CredentialError> {
        let (hash, now) = (SecretHash::of(token), op.now);
        let found = self
            .store
            .read(move |txn| links::peek(txn, &hash, now))
            .await?;
        Ok(found.map(|(user_id, purpose)| {
            let purpose = if purpose == name(LinkPurpose::Recovery) {
                LinkPurpose::Recovery
            } else {
                LinkPurpose::Setup
            };
            (user_id, purpose)
        }))
    }
}

const fn name(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::Setup => "setup",
        LinkPurpose::Recovery => "recovery",
    }
}
