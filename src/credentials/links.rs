//! One-time links: for setting the first credentials, or new ones. A link proves that an administrator gave it, and is
//! worth a new password and nothing else.

use super::{CredentialError, Credentials};
use crate::audit::{AuditEvent, LinkPurpose};
use crate::authority::{Asked, Change, Weight};
use crate::mail;
use crate::model::{MailMessage, SecretHash, Span, Timestamp, UserId};
use crate::op::Op;
use crate::store::{AuditEntry, StoreError, Txn, one_time_links as links, users};

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
        users::end_proofs(txn, &self.user_id, self.times.0)?;
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
        let asked = Asked::about(Change::ShownLink, user_id).weighing(Weight::of("link"));
        self.write_as(op, asked, move |txn| link.insert(txn))
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

    /// Mails a person the link that sets a new password; the one who asks for it does not see it.
    ///
    /// # Errors
    /// [`CredentialError::MailOff`] where there is no mail server.
    pub async fn mail_link(
        &self,
        op: &Op,
        user_id: &UserId,
        links_at: &str,
        lifetime: Span,
    ) -> Result<(), CredentialError> {
        let purpose = LinkPurpose::Recovery;
        let link = self.prepare_link(op, user_id, purpose, lifetime).await?;
        let message = MailMessage::NewPassword {
            link: format!("{links_at}{}", link.token),
            expires_at: link.expires_at,
        };
        let prepared = self.mail.prepare(op, user_id, &message, link.expires_at)?;
        let asked = Asked::about(Change::Credentials, user_id).weighing(Weight::of("mailed link"));
        let Some(mail) = prepared else {
            // Whoever may not is told that, first.
            self.write_as(op, asked, |_| Ok(())).await?;
            return Err(CredentialError::MailOff);
        };
        self.write_as(op, asked, move |txn| {
            link.insert(txn)?;
            mail.insert(txn)
        })
        .await
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
