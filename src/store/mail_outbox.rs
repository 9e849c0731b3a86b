//! Mail on its way: queued in the transaction of what it tells of, and kept until a server has taken it.

use super::{Row, StoreError, Txn, Value};
use crate::model::{EmailAddress, MailState, Span, Timestamp, UserId, UserName};

/// How long a mail that was given up stays to be seen.
const SEEN_FOR: Span = Span::days(7);

/// A mail, as it is queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// Random; also names the mail to its receivers.
    pub id: String,
    /// To whom.
    pub user_id: UserId,
    /// What it is.
    pub kind: &'static str,
    /// What it says, sealed: links are secrets.
    pub sealed_message: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// It is worth nothing after that.
    pub deadline: Timestamp,
}

/// A mail that is to be sent, with the address of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMail {
    /// As queued.
    pub id: String,
    /// To whom.
    pub user_id: UserId,
    /// Their address.
    pub address: EmailAddress,
    /// Their name.
    pub display_name: String,
    /// The language that they prefer, as their attribute says it.
    pub attributes: String,
    /// What it says.
    pub sealed_message: String,
    /// How often it was tried before.
    pub attempts: i64,
    /// It is worth nothing after that.
    pub deadline: Timestamp,
}

/// A mail that has not been taken by a server yet, for people to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMail {
    /// As queued.
    pub id: String,
    /// To whom.
    pub user_name: UserName,
    /// Their address.
    pub address: EmailAddress,
    /// What it is.
    pub kind: String,
    /// Whether it will be tried again.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// What the server said last.
    pub last_reply: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it is tried again.
    pub next_try_at: Timestamp,
}

const fn name(state: MailState) -> &'static str {
    match state {
        MailState::Waiting => "waiting",
        MailState::Failed => "failed",
    }
}

/// Queues a mail.
///
/// # Errors
/// The engine's.
pub fn insert(txn: &mut dyn Txn, mail: &NewMail) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO mail_outbox
           (id, user_id, kind, sealed_message, state, attempts, created_at, next_try_at, deadline, expires_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $6, $7, $8)",
        &[
            mail.id.as_str().into(),
            mail.user_id.as_str().into(),
            mail.kind.into(),
            mail.sealed_message.as_str().into(),
            name(MailState::Waiting).into(),
            mail.created_at.into(),
            mail.deadline.into(),
            mail.deadline.plus(SEEN_FOR).into(),
        ],
    )?;
    Ok(())
}

/// Takes mails whose time has come, the longest waiting first: nobody else is given them until `until`.
///
/// # Errors
/// The engine's.
pub fn take_due(
    txn: &mut dyn Txn,
    now: Timestamp,
    until: Timestamp,
    most: i64,
) -> Result<Vec<DueMail>, StoreError> {
    let rows = txn.query(
        "SELECT m.id, m.user_id, u.email, u.display_name, u.attributes, m.sealed_message, m.attempts, m.deadline
         FROM mail_outbox m JOIN users u ON u.id = m.user_id
         WHERE m.state = $1 AND m.next_try_at <= $2 ORDER BY m.next_try_at, m.id LIMIT $3",
        &[name(MailState::Waiting).into(), now.into(), most.into()],
    )?;
    let mut taken = Vec::with_capacity(rows.len());
    for row in &rows {
        let mail = DueMail {
            id: row.text("id")?,
            user_id: row.parse("user_id")?,
            address: row.parse("email")?,
            display_name: row.text("display_name")?,
            attributes: row.text("attributes")?,
            sealed_message: row.text("sealed_message")?,
            attempts: row.int("attempts")?,
            deadline: row.time("deadline")?,
        };
        let is_ours = txn.execute(
            "UPDATE mail_outbox SET next_try_at = $1, attempts = attempts + 1 WHERE id = $2 AND attempts = $3",
            &[until.into(), mail.id.as_str().into(), mail.attempts.into()],
        )?;
        if is_ours == 1 {
            taken.push(mail);
        }
    }
    Ok(taken)
}

/// A server has taken a mail: it goes.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, id: &str) -> Result<bool, StoreError> {
    let deleted = txn.execute("DELETE FROM mail_outbox WHERE id = $1", &[id.into()])?;
    Ok(deleted == 1)
}

/// Puts a mail off.
///
/// # Errors
/// The engine's.
pub fn put_off(
    txn: &mut dyn Txn,
    id: &str,
    next_try_at: Timestamp,
    reply: &str,
) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE mail_outbox SET next_try_at = $1, last_reply = $2 WHERE id = $3",
        &[next_try_at.into(), reply.into(), id.into()],
    )?;
    Ok(())
}

/// Gives a mail up: what it said is gone, that it failed stays to be seen for a week.
///
/// # Errors
/// The engine's.
pub fn give_up(
    txn: &mut dyn Txn,
    id: &str,
    now: Timestamp,
    reply: &str,
) -> Result<bool, StoreError> {
    let changed = txn.execute(
        "UPDATE mail_outbox SET state = $1, sealed_message = NULL, last_reply = $2, expires_at = $3
         WHERE id = $4 AND state = $5",
        &[
            name(MailState::Failed).into(),
            reply.into(),
            now.plus(SEEN_FOR).into(),
            id.into(),
            name(MailState::Waiting).into(),
        ],
    )?;
    Ok(changed == 1)
}

/// Takes back mails of these kinds to a person that no server has taken: what they say does not hold any more.
///
/// # Errors
/// The engine's.
pub fn withdraw(txn: &mut dyn Txn, user_id: &UserId, kinds: &[&str]) -> Result<(), StoreError> {
    for kind in kinds {
        let parameters: [Value; 2] = [user_id.as_str().into(), (*kind).into()];
        txn.execute(
            "DELETE FROM mail_outbox WHERE user_id = $1 AND kind = $2",
            &parameters,
        )?;
    }
    Ok(())
}

/// What has not been taken by a server: the failed first.
///
/// # Errors
/// The engine's.
pub fn list(txn: &mut dyn Txn, most: i64) -> Result<Vec<ListedMail>, StoreError> {
    let rows = txn.query(
        "SELECT m.id, u.user_name, u.email, m.kind, m.state, m.attempts, m.last_reply, m.created_at, m.next_try_at
         FROM mail_outbox m JOIN users u ON u.id = m.user_id
         ORDER BY m.state, m.created_at DESC, m.id LIMIT $1",
        &[most.into()],
    )?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<ListedMail, StoreError> {
    let state = row.text("state")?;
    Ok(ListedMail {
        id: row.text("id")?,
        user_name: row.parse("user_name")?,
        address: row.parse("email")?,
        kind: row.text("kind")?,
        state: match state.as_str() {
            "failed" => MailState::Failed,
            _ => MailState::Waiting,
        },
        attempts: row.int("attempts")?,
        last_reply: row.opt_text("last_reply")?,
        created_at: row.time("created_at")?,
        next_try_at: row.time("next_try_at")?,
    })
}
