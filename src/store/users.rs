//! People.

use super::statement::containing;
use super::{Row, StoreError, Txn, Value};
use crate::model::{AdminRole, GroupId, Timestamp, User, UserId, UserState, fold_key};

const COLUMNS: &str = "id, user_name, email, display_name, given_name, family_name, state, admin_role, \
                       source_identity, attributes, starts_at, ends_at, created_at, revision";

fn read(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: row.parse("id")?,
        user_name: row.parse("user_name")?,
        email: row.parse("email")?,
        display_name: row.text("display_name")?,
        given_name: row.text("given_name")?,
        family_name: row.text("family_name")?,
        state: row.parse::<Word<UserState>>("state")?.0,
        admin_role: row.parse::<Word<AdminRole>>("admin_role")?.0,
        source_identity: row.text("source_identity")?,
        attributes: row.json("attributes")?,
        starts_at: row.opt_time("starts_at")?,
        ends_at: row.opt_time("ends_at")?,
        created_at: row.time("created_at")?,
        revision: row.int("revision")?,
    })
}

/// A value that is stored as one word.
struct Word<T>(T);

impl TryFrom<String> for Word<UserState> {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        UserState::from_word(&word)
            .map(Self)
            .ok_or_else(|| format!("\"{word}\" is no state of a user"))
    }
}

impl TryFrom<String> for Word<AdminRole> {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        AdminRole::from_word(&word)
            .map(Self)
            .ok_or_else(|| format!("\"{word}\" is no role"))
    }
}

fn values(user: &User) -> Result<[Value; 17], StoreError> {
    let attributes = serde_json::to_string(&user.attributes)
        .map_err(|error| StoreError::Data(error.to_string()))?;
    Ok([
        user.id.as_str().into(),
        user.user_name.as_str().into(),
        fold_key(user.user_name.as_str()).into(),
        user.email.as_str().into(),
        fold_key(user.email.as_str()).into(),
        user.display_name.as_str().into(),
        user.given_name.as_str().into(),
        user.family_name.as_str().into(),
        state_word(user.state).into(),
        user.admin_role.as_str().into(),
        user.source_identity.as_str().into(),
        attributes.into(),
        user.created_at.into(),
        user.revision.into(),
        user.starts_at.into(),
        user.ends_at.into(),
        search_key(user).into(),
    ])
}

/// By what a person is found.
fn search_key(user: &User) -> String {
    let texts = [
        user.user_name.as_str(),
        user.email.as_str(),
        &user.display_name,
    ];
    texts.map(fold_key).join(" ")
}

/// The version before this one knows no other word for somebody who has left; both read it.
const fn state_word(state: UserState) -> &'static str {
    match state {
        UserState::Deactivated => "disabled",
        other => other.as_str(),
    }
}

/// A person by id.
///
/// # Errors
/// The engine's.
pub fn by_id(txn: &mut dyn Txn, id: &UserId) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
    let row = txn.query_opt(&sql, &[id.as_str().into()])?;
    row.as_ref().map(read).transpose()
}

/// A person by the folded user name or mail address.
///
/// # Errors
/// The engine's.
pub fn by_login(txn: &mut dyn Txn, key: &str) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE user_name_key = $1 OR email_key = $1");
    let row = txn.query_opt(&sql, &[key.into()])?;
    row.as_ref().map(read).transpose()
}

/// Everybody, by user name.
///
/// # Errors
/// The engine's.
pub fn list(txn: &mut dyn Txn) -> Result<Vec<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY user_name_key");
    txn.query(&sql, &[])?.iter().map(read).collect()
}

/// Some people, by user name, from behind a folded name on.
///
/// # Errors
/// The engine's.
pub fn list_after(txn: &mut dyn Txn, after: &str, most: i64) -> Result<Vec<User>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE user_name_key > $1 ORDER BY user_name_key LIMIT $2"
    );
    let rows = txn.query(&sql, &[after.into(), most.into()])?;
    rows.iter().map(read).collect()
}

/// Some people in whose name, address or whole name a folded text stands, by user name, from behind a folded name on.
///
/// # Errors
/// The engine's.
pub fn search(
    txn: &mut dyn Txn,
    text: &str,
    after: &str,
    most: i64,
) -> Result<Vec<User>, StoreError> {
    let pattern = containing(text);
    let sql = format!(
        "SELECT {COLUMNS} FROM users
         WHERE user_name_key IN (
           SELECT user_name_key FROM users WHERE user_name_key > $1 AND search_key LIKE $2 ESCAPE '\\'
           ORDER BY user_name_key LIMIT $3)
         ORDER BY user_name_key"
    );
    let rows = txn.query(&sql, &[after.into(), pattern.into(), most.into()])?;
    rows.iter().map(read).collect()
}

/// Some of those who were put into a group, by user name.
///
/// # Errors
/// The engine's.
pub fn members(txn: &mut dyn Txn, group_id: &GroupId, most: i64) -> Result<Vec<User>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE id IN (SELECT user_id FROM memberships WHERE group_id = $1)
         ORDER BY user_name_key LIMIT $2"
    );
    let rows = txn.query(&sql, &[group_id.as_str().into(), most.into()])?;
    rows.iter().map(read).collect()
}

/// Who else goes by one of these folded names, as user name or as mail address.
///
/// # Errors
/// The engine's.
pub fn other_with_name(
    txn: &mut dyn Txn,
    id: &UserId,
    keys: (&str, &str),
) -> Result<Option<User>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users
         WHERE id <> $1 AND (user_name_key = $2 OR user_name_key = $3 OR email_key = $2 OR email_key = $3)"
    );
    let row = txn.query_opt(&sql, &[id.as_str().into(), keys.0.into(), keys.1.into()])?;
    row.as_ref().map(read).transpose()
}

/// Everybody who may do something in Signet, by user name.
///
/// # Errors
/// The engine's.
pub fn with_a_role(txn: &mut dyn Txn) -> Result<Vec<User>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM users WHERE admin_role <> 'none' ORDER BY user_name_key");
    txn.query(&sql, &[])?.iter().map(read).collect()
}

/// Those whose time is over, and who have not left.
///
/// # Errors
/// The engine's.
pub fn whose_time_is_over(
    txn: &mut dyn Txn,
    now: Timestamp,
    most: i64,
) -> Result<Vec<UserId>, StoreError> {
    let rows = txn.query(
        "SELECT id FROM users WHERE ends_at <= $1 AND state IN ('invited', 'active', 'suspended') LIMIT $2",
        &[now.into(), most.into()],
    )?;
    rows.iter().map(|row| row.parse("id")).collect()
}

/// Stores a new person.
///
/// # Errors
/// The engine's.
pub fn insert(txn: &mut dyn Txn, user: &User) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO users
           (id, user_name, user_name_key, email, email_key, display_name, given_name, family_name, state, admin_role,
            source_identity, attributes, created_at, revision, starts_at, ends_at, search_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        &values(user)?,
    )?;
    Ok(())
}

/// Stores a change over the revision before it; false when somebody else changed the person meanwhile.
/// `source_identity` and `created_at` never change.
///
/// # Errors
/// The engine's.
pub fn update(txn: &mut dyn Txn, user: &User) -> Result<bool, StoreError> {
    let [
        id,
        name,
        name_key,
        email,
        email_key,
        display,
        given,
        family,
        state,
        role,
        _,
        attributes,
        _,
        revision,
        starts_at,
        ends_at,
        search,
    ] = values(user)?;
    let updated = txn.execute(
        "UPDATE users SET user_name = $2, user_name_key = $3, email = $4, email_key = $5, display_name = $6,
                          given_name = $7, family_name = $8, state = $9, admin_role = $10, attributes = $11,
                          revision = $12, starts_at = $13, ends_at = $14, search_key = $15
         WHERE id = $1 AND revision = $12 - 1",
        &[
            id, name, name_key, email, email_key, display, given, family, state, role, attributes,
            revision, starts_at, ends_at, search,
        ],
    )?;
    Ok(updated == 1)
}

/// Deletes a person at this revision.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, id: &UserId, revision: i64) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM users WHERE id = $1 AND revision = $2",
        &[id.as_str().into(), revision.into()],
    )?;
    Ok(deleted == 1)
}

/// What a person proved in sign-ins before this time counts no more in them: it was proved with what has changed since.
///
/// # Errors
/// The engine's.
pub fn end_proofs(txn: &mut dyn Txn, id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE users SET proofs_from = $1 WHERE id = $2",
        &[now.into(), id.as_str().into()],
    )?;
    Ok(())
}

/// What a person proved by a second factor in sign-ins before this time counts no more in them.
///
/// # Errors
/// The engine's.
pub fn end_second_factors(
    txn: &mut dyn Txn,
    id: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE users SET second_factors_from = $1 WHERE id = $2",
        &[now.into(), id.as_str().into()],
    )?;
    Ok(())
}

/// From when on proofs in sign-ins count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofsFrom {
    /// Each of them.
    pub all: Timestamp,
    /// Those by anything but a password or a link.
    pub second: Timestamp,
}

/// From when on proofs in sign-ins count; none when there is nobody of that id.
///
/// # Errors
/// The engine's.
pub fn proofs_from(txn: &mut dyn Txn, id: &UserId) -> Result<Option<ProofsFrom>, StoreError> {
    let row = txn.query_opt(
        "SELECT proofs_from, second_factors_from FROM users WHERE id = $1",
        &[id.as_str().into()],
    )?;
    row.map(|row| {
        Ok(ProofsFrom {
            all: row.time("proofs_from")?,
            second: row.time("second_factors_from")?,
        })
    })
    .transpose()
}

/// Active administrators besides this person.
///
/// # Errors
/// The engine's.
pub fn other_administrators(txn: &mut dyn Txn, id: &UserId) -> Result<i64, StoreError> {
    let row = txn.query_opt(
        "SELECT COUNT(*) AS others FROM users
         WHERE admin_role = 'administrator' AND state = 'active' AND id <> $1",
        &[id.as_str().into()],
    )?;
    row.map_or(Ok(0), |row| row.int("others"))
}

/// Gives an identifier to a person for ever; false when it was ever given to another.
///
/// # Errors
/// The engine's.
pub fn claim_identifier(
    txn: &mut dyn Txn,
    kind: &str,
    identifier: &str,
    person: &UserId,
) -> Result<bool, StoreError> {
    txn.execute(
        "INSERT INTO used_identifiers (kind, identifier, person_id) VALUES ($1, $2, $3)
         ON CONFLICT (kind, identifier) DO NOTHING",
        &[kind.into(), identifier.into(), person.as_str().into()],
    )?;
    let row = txn.query_opt(
        "SELECT person_id FROM used_identifiers WHERE kind = $1 AND identifier = $2",
        &[kind.into(), identifier.into()],
    )?;
    row.map_or(Ok(false), |row| {
        Ok(row.text("person_id")? == person.as_str())
    })
}

/// Every identifier of a kind that was ever given to somebody.
///
/// # Errors
/// The engine's.
pub fn used_identifiers(txn: &mut dyn Txn, kind: &str) -> Result<Vec<String>, StoreError> {
    let rows = txn.query(
        "SELECT identifier FROM used_identifiers WHERE kind = $1",
        &[kind.into()],
    )?;
    rows.iter().map(|row| row.text("identifier")).collect()
}
