//! Mail to people: queued in the transaction of what it tells of, sent by a job until a server has taken it.
//!
//! Owns the outbox: what stands in it is sealed (links are secrets), goes when it was sent, and is worth nothing after its
//! deadline. Words are `render`'s, the wire is `outbound`'s. Where no mail server is configured nothing is queued, and
//! everything works by links that an administrator passes on.

use crate::audit::{Audit, AuditError, AuditEvent};
use crate::keys::{Keys, KeysError, Place};
use crate::model::{CredentialChange, MailMessage, MailState, Secret, Span, Timestamp, UserId};
use crate::op::Op;
use crate::store::mail_outbox::{self as rows, DueMail, NewMail};
use crate::store::{Store, StoreError, Txn};

pub use crate::store::mail_outbox::ListedMail;

/// Mails in one run of the job.
const MOST: i64 = 50;
/// A mail that was taken to be sent is tried again after this, should its sender have died meanwhile.
const IN_HAND: Span = Span::minutes(10);
/// The first pause; doubled by each failure.
const FIRST_PAUSE: Span = Span::seconds(15);
/// The longest.
const LONGEST_PAUSE: Span = Span::minutes(30);
/// How long a notice is worth telling.
const NOTICE_FOR: Span = Span::days(3);
/// Of what a server said, so much is kept.
const LONGEST_REPLY: usize = 500;

/// Why a mail was not queued or not taken.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The sealing.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MailError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_temporary(),
            Self::Audit(error) => error.is_temporary(),
            Self::Store(error) => error.is_temporary(),
        }
    }
}

/// Whether mail can be sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// A server is configured.
    On,
    /// None is: nothing is queued.
    Off,
}

/// The outbox. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    store: Store,
    audit: Audit,
    keys: Keys,
    delivery: Delivery,
}

/// A mail that is ready for the transaction of what it tells of.
#[derive(Debug, Clone)]
pub struct QueuedMail(NewMail);

impl QueuedMail {
    /// Queues it.
    ///
    /// # Errors
    /// The store's.
    pub fn insert(&self, txn: &mut dyn Txn) -> Result<(), StoreError> {
        rows::insert(txn, &self.0)
    }
}

/// A mail that is to be sent now.
#[derive(Debug)]
pub struct MailInHand {
    row: DueMail,
    /// What it says.
    pub message: MailMessage,
}

impl MailInHand {
    /// The name by which receivers tell a mail that comes twice.
    pub fn id(&self) -> &str {
        &self.row.id
    }

    /// Where it goes: to the person's address, unless the message says where.
    pub fn address(&self) -> &str {
        match &self.message {
            MailMessage::ConfirmAddress { to, .. } => to,
            _ => self.row.address.as_str(),
        }
    }

    /// To whom, by name.
    pub fn display_name(&self) -> &str {
        &self.row.display_name
    }

    /// The language that its receiver prefers, if that is known (SCIM's `preferredLanguage`).
    pub fn preferred_language(&self) -> Option<String> {
        let attributes: std::collections::BTreeMap<String, Vec<String>> =
            serde_json::from_str(&self.row.attributes).ok()?;
        attributes.get("preferredLanguage")?.first().cloned()
    }
}

/// Why a server did not take a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// It may later (RFC 5321, 4.2.1: 4yz; no connection).
    Later(String),
    /// It never will (5yz).
    Never(String),
}

impl Outbox {
    /// Over a store; messages are sealed by `keys`.
    pub fn new(store: Store, audit: Audit, keys: Keys, delivery: Delivery) -> Self {
        Self {
            store,
            audit,
            keys,
            delivery,
        }
    }

    /// Whether mail can be sent at all.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Makes a mail ready for a transaction; none where mail is off.
    ///
    /// # Errors
    /// [`MailError::Keys`].
    pub fn prepare(
        &self,
        op: &Op,
        user_id: &UserId,
        message: &MailMessage,
        deadline: Timestamp,
    ) -> Result<Option<QueuedMail>, MailError> {
        if self.delivery == Delivery::Off {
            return Ok(None);
        }
        let id = op.entropy.token();
        let text = serde_json::to_vec(message).map_err(|e| StoreError::Data(e.to_string()))?;
        let text = Secret::new(text);
        let sealed_message = self.keys.seal(&op.entropy, place(&id), text.expose())?;
        Ok(Some(QueuedMail(NewMail {
            sealed_message,
            id,
            user_id: user_id.clone(),
            kind: message.kind(),
            created_at: op.now,
            deadline,
        })))
    }

    /// A notice that something about how a person signs in has changed (ASVS 6.3.7).
    ///
    /// # Errors
    /// [`MailError::Keys`].
    pub fn notice(
        &self,
        op: &Op,
        user_id: &UserId,
        change: CredentialChange,
    ) -> Result<Option<QueuedMail>, MailError> {
        let message = MailMessage::Notice {
            change,
            at: op.now,
            from: op.remote_addr.map(|address| address.to_string()),
        };
        self.prepare(op, user_id, &message, op.now.plus(NOTICE_FOR))
    }

    /// Takes the mails whose time has come; the longest waiting first. What is past its deadline is given up.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn take(&self, op: &Op) -> Result<Vec<MailInHand>, MailError> {
        let (now, until) = (op.now, op.now.plus(IN_HAND));
        let due = self
            .store
            .write(move |txn| rows::take_due(txn, now, until, MOST))
            .await?;
        let mut in_hand = Vec::with_capacity(due.len());
        for row in due {
            let opened = self.keys.open_sealed(place(&row.id), &row.sealed_message);
            let message = opened.map(|text| serde_json::from_slice(text.expose()));
            match message {
                Ok(Ok(message)) if row.deadline > now => {
                    in_hand.push(MailInHand { row, message });
                }
                Ok(Ok(message)) => {
                    let reply = "its time was over before a server took it";
                    self.give_up(op, &MailInHand { row, message }, reply)
                        .await?;
                }
                Ok(Err(error)) => tracing::error!(%error, "a mail in the outbox cannot be read"),
                Err(error) => tracing::error!(%error, "a mail in the outbox cannot be opened"),
            }
        }
        Ok(in_hand)
    }

    /// A server has taken it.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn sent(&self, op: &Op, mail: MailInHand) -> Result<(), MailError> {
        let event = AuditEvent::MailSent {
            user_id: mail.row.user_id.clone(),
            mail: mail.message.kind().to_owned(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        Ok(self
            .store
            .write(move |txn| {
                if rows::delete(txn, &mail.row.id)? {
                    txn.append_audit(&entry)?;
                }
                Ok(())
            })
            .await?)
    }

    /// No server has: later again, unless it never will or its time is over. Whether it is waiting still.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn not_taken(
        &self,
        op: &Op,
        mail: MailInHand,
        why: &NotTaken,
    ) -> Result<MailState, MailError> {
        let doublings = u32::try_from(mail.row.attempts).unwrap_or(u32::MAX).min(8);
        let pause = Span::seconds(FIRST_PAUSE.as_seconds() << doublings).min(LONGEST_PAUSE);
        let next = op.now.plus(pause);
        let reply = match why {
            NotTaken::Later(reply) if next < mail.row.deadline => reply,
            NotTaken::Later(reply) | NotTaken::Never(reply) => {
                self.give_up(op, &mail, reply).await?;
                return Ok(MailState::Failed);
            }
        };
        let reply = shortened(reply);
        let put_off = move |txn: &mut dyn Txn| rows::put_off(txn, &mail.row.id, next, &reply);
        self.store.write(put_off).await?;
        Ok(MailState::Waiting)
    }

    /// What no server has taken yet, the failed first.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, most: i64) -> Result<Vec<ListedMail>, MailError> {
        Ok(self.store.read(move |txn| rows::list(txn, most)).await?)
    }

    async fn give_up(&self, op: &Op, mail: &MailInHand, reply: &str) -> Result<(), MailError> {
        let reply = shortened(reply);
        let event = AuditEvent::MailFailed {
            user_id: mail.row.user_id.clone(),
            mail: mail.message.kind().to_owned(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (id, now) = (mail.row.id.clone(), op.now);
        Ok(self
            .store
            .write(move |txn| {
                if rows::give_up(txn, &id, now, &reply)? {
                    txn.append_audit(&entry)?;
                }
                Ok(())
            })
            .await?)
    }
}

/// Takes back what holds a link for a person: no link of theirs works any more.
///
/// # Errors
/// The store's.
pub fn withdraw_links(txn: &mut dyn Txn, user_id: &UserId) -> Result<(), StoreError> {
    rows::withdraw(txn, user_id, &["invitation", "new_password"])
}

/// Servers may say much, and anything: one line of it, without control characters.
fn shortened(reply: &str) -> String {
    let plain = reply.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(LONGEST_REPLY).collect()
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "mail_outbox",
        column: "sealed_message",
        row: id,
    }
}
