//! Groups and who is in them.

use std::collections::BTreeSet;

use super::statement::{containing, placeholders};
use super::{Row, StoreError, Txn};
use crate::model::{Group, GroupId, GroupRule, Timestamp, User, UserId, fold_key};

const COLUMNS: &str = "g.id, g.name, g.description, g.created_at, g.revision, k.rule";
const FROM: &str = "groups g LEFT JOIN group_rules k ON k.group_id = g.id";
/// The same behind a table that names a few groups. SQLite takes a CROSS JOIN in its order, so that these are looked up, and
/// never all groups looked through.
const CROSS: &str = "CROSS JOIN groups g LEFT JOIN group_rules k ON k.group_id = g.id";

fn read(row: &Row) -> Result<Group, StoreError> {
    Ok(Group {
        id: row.parse("id")?,
        name: row.text("name")?,
        description: row.text("description")?,
        rule: match row.opt_text("rule")? {
            Some(rule) => Some(read_rule(&rule)?),
            None => None,
        },
        created_at: row.time("created_at")?,
        revision: row.int("revision")?,
    })
}

/// A group by id.
///
/// # Errors
/// The engine's.
pub fn by_id(txn: &mut dyn Txn, id: &GroupId) -> Result<Option<Group>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE g.id = $1");
    let row = txn.query_opt(&sql, &[id.as_str().into()])?;
    row.as_ref().map(read).transpose()
}

/// A group by its folded name.
///
/// # Errors
/// The engine's.
pub fn by_name_key(txn: &mut dyn Txn, key: &str) -> Result<Option<Group>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE g.name_key = $1");
    let row = txn.query_opt(&sql, &[key.into()])?;
    row.as_ref().map(read).transpose()
}

/// Every group, by name.
///
/// # Errors
/// The engine's.
pub fn list(txn: &mut dyn Txn) -> Result<Vec<Group>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} ORDER BY g.name_key");
    txn.query(&sql, &[])?.iter().map(read).collect()
}

fn read_rule(text: &str) -> Result<GroupRule, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Data(error.to_string()))
}

/// The groups that a person was put into by hand, by name.
///
/// # Errors
/// The engine's.
pub fn groups_of(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<Group>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM memberships m {CROSS} WHERE m.user_id = $1 AND g.id = m.group_id ORDER BY g.name_key"
    );
    txn.query(&sql, &[user_id.as_str().into()])?
        .iter()
        .map(read)
        .collect()
}

/// The groups that have a rule.
///
/// # Errors
/// The engine's; [`StoreError::Data`] when a rule cannot be read: nobody is in or out of it then.
pub fn ruled(txn: &mut dyn Txn) -> Result<Vec<(GroupId, GroupRule)>, StoreError> {
    let rows = txn.query("SELECT group_id, rule FROM group_rules", &[])?;
    rows.iter()
        .map(|row| Ok((row.parse("group_id")?, read_rule(&row.text("rule")?)?)))
        .collect()
}

/// The groups whose rule a person meets.
///
/// # Errors
/// As [`ruled`].
pub fn by_rule(txn: &mut dyn Txn, user: &User) -> Result<Vec<GroupId>, StoreError> {
    let met = ruled(txn)?
        .into_iter()
        .filter(|(_, rule)| rule.matches(user));
    Ok(met.map(|(id, _)| id).collect())
}

/// Every group that a person is in: by hand, by rule, and through groups in groups; by name.
///
/// # Errors
/// The engine's.
pub fn effective(txn: &mut dyn Txn, user: &User) -> Result<Vec<Group>, StoreError> {
    let by_rule = by_rule(txn, user)?;
    let mut values = vec![user.id.as_str().into()];
    values.extend(by_rule.iter().map(|id| id.as_str().into()));
    let met = match by_rule.len() {
        0 => String::new(),
        count => format!(
            "UNION SELECT w.id FROM groups w WHERE w.id IN ({})",
            placeholders(2, count)
        ),
    };
    let sql = format!(
        "WITH RECURSIVE reached (id) AS (
           SELECT * FROM (SELECT m.group_id FROM memberships m WHERE m.user_id = $1 {met}) f
           UNION SELECT n.group_id FROM nested_groups n JOIN reached r ON n.member_id = r.id)
         SELECT {COLUMNS} FROM reached r {CROSS} WHERE g.id = r.id ORDER BY g.name_key"
    );
    txn.query(&sql, &values)?.iter().map(read).collect()
}

/// The same by ids.
///
/// # Errors
/// The engine's.
pub fn effective_ids(txn: &mut dyn Txn, user: &User) -> Result<BTreeSet<GroupId>, StoreError> {
    let effective = effective(txn, user)?.into_iter();
    Ok(effective.map(|group| group.id).collect())
}

/// A group, and every group that it is in, however far up.
///
/// # Errors
/// The engine's.
pub fn with_ancestors(txn: &mut dyn Txn, id: &GroupId) -> Result<Vec<GroupId>, StoreError> {
    let rows = txn.query(
        "WITH RECURSIVE reached (id) AS (
           SELECT g.id FROM groups g WHERE g.id = $1
           UNION SELECT n.group_id FROM nested_groups n JOIN reached r ON n.member_id = r.id)
         SELECT id FROM reached",
        &[id.as_str().into()],
    )?;
    rows.iter().map(|row| row.parse("id")).collect()
}

/// Puts a group into another one; false when it is in it.
///
/// # Errors
/// The engine's.
pub fn nest(
    txn: &mut dyn Txn,
    (group_id, member_id): (&GroupId, &GroupId),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let added = txn.execute(
        "INSERT INTO nested_groups (group_id, member_id, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (group_id, member_id) DO NOTHING",
        &[
            group_id.as_str().into(),
            member_id.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(added == 1)
}

/// Takes a group out of another one; false when it is not in it.
///
/// # Errors
/// The engine's.
pub fn unnest(
    txn: &mut dyn Txn,
    (group_id, member_id): (&GroupId, &GroupId),
) -> Result<bool, StoreError> {
    let removed = txn.execute(
        "DELETE FROM nested_groups WHERE group_id = $1 AND member_id = $2",
        &[group_id.as_str().into(), member_id.as_str().into()],
    )?;
    Ok(removed == 1)
}

/// Every pair of a group and a group in it.
///
/// # Errors
/// The engine's.
pub fn nestings(txn: &mut dyn Txn) -> Result<Vec<(GroupId, GroupId)>, StoreError> {
    let rows = txn.query(
        "SELECT group_id, member_id FROM nested_groups ORDER BY group_id, member_id",
        &[],
    )?;
    rows.iter()
        .map(|row| Ok((row.parse("group_id")?, row.parse("member_id")?)))
        .collect()
}

fn put_rule(txn: &mut dyn Txn, group: &Group) -> Result<(), StoreError> {
    let id = group.id.as_str();
    let Some(rule) = &group.rule else {
        txn.execute("DELETE FROM group_rules WHERE group_id = $1", &[id.into()])?;
        return Ok(());
    };
    let rule = serde_json::to_string(rule).map_err(|error| StoreError::Data(error.to_string()))?;
    txn.execute(
        "INSERT INTO group_rules (group_id, rule) VALUES ($1, $2)
         ON CONFLICT (group_id) DO UPDATE SET rule = excluded.rule",
        &[id.into(), rule.into()],
    )?;
    Ok(())
}

/// Stores a new group; false when one of that name is there.
///
/// # Errors
/// The engine's.
pub fn insert(txn: &mut dyn Txn, group: &Group) -> Result<bool, StoreError> {
    let inserted = txn.execute(
        "INSERT INTO groups (id, name, name_key, description, created_at, revision) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (name_key) DO NOTHING",
        &[
            group.id.as_str().into(),
            group.name.as_str().into(),
            fold_key(&group.name).into(),
            group.description.as_str().into(),
            group.created_at.into(),
            group.revision.into(),
        ],
    )?;
    if inserted == 1 && group.rule.is_some() {
        put_rule(txn, group)?;
    }
    Ok(inserted == 1)
}

/// Stores a change over the revision before it. That the name is free was looked at in the same transaction.
///
/// # Errors
/// The engine's.
pub fn update(txn: &mut dyn Txn, group: &Group) -> Result<bool, StoreError> {
    let updated = txn.execute(
        "UPDATE groups SET name = $2, name_key = $3, description = $4, revision = $5
         WHERE id = $1 AND revision = $5 - 1",
        &[
            group.id.as_str().into(),
            group.name.as_str().into(),
            fold_key(&group.name).into(),
            group.description.as_str().into(),
            group.revision.into(),
        ],
    )?;
    if updated == 1 {
        put_rule(txn, group)?;
    }
    Ok(updated == 1)
}

/// Deletes a group at this revision, and with it the memberships.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, id: &GroupId, revision: i64) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM groups WHERE id = $1 AND revision = $2",
        &[id.as_str().into(), revision.into()],
    )?;
    Ok(deleted == 1)
}

/// Makes a person a member; false when they are one.
///
/// # Errors
/// The engine's.
pub fn add_member(
    txn: &mut dyn Txn,
    group_id: &GroupId,
    user_id: &UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let added = txn.execute(
        "INSERT INTO memberships (group_id, user_id, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (group_id, user_id) DO NOTHING",
        &[
            group_id.as_str().into(),
            user_id.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(added == 1)
}

/// Ends a membership; false when there is none.
///
/// # Errors
/// The engine's.
pub fn remove_member(
    txn: &mut dyn Txn,
    group_id: &GroupId,
    user_id: &UserId,
) -> Result<bool, StoreError> {
    let removed = txn.execute(
        "DELETE FROM memberships WHERE group_id = $1 AND user_id = $2",
        &[group_id.as_str().into(), user_id.as_str().into()],
    )?;
    Ok(removed == 1)
}

/// Every membership.
///
/// # Errors
/// The engine's.
pub fn memberships(txn: &mut dyn Txn) -> Result<Vec<(GroupId, UserId)>, StoreError> {
    let rows = txn.query(
        "SELECT group_id, user_id FROM memberships ORDER BY group_id, user_id",
        &[],
    )?;
    rows.iter()
        .map(|row| Ok((row.parse("group_id")?, row.parse("user_id")?)))
        .collect()
}

/// Some groups in whose name or description a folded text stands, with the number of people who were put into each, by
/// name, from behind a folded name on.
///
/// # Errors
/// The engine's.
pub fn page_with_counts(
    txn: &mut dyn Txn,
    text: &str,
    after: &str,
    most: i64,
) -> Result<Vec<(Group, i64)>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT COUNT(*) FROM memberships m WHERE m.group_id = g.id) AS members
         FROM {FROM}
         WHERE g.name_key > $1 AND (g.name_key LIKE $2 ESCAPE '\\' OR LOWER(g.description) LIKE $2 ESCAPE '\\')
         ORDER BY g.name_key LIMIT $3"
    );
    let rows = txn.query(&sql, &[after.into(), containing(text).into(), most.into()])?;
    rows.iter()
        .map(|row| Ok((read(row)?, row.int("members")?)))
        .collect()
}

/// The first groups by name.
///
/// # Errors
/// The engine's.
pub fn first(txn: &mut dyn Txn, most: i64) -> Result<Vec<Group>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} ORDER BY g.name_key LIMIT $1");
    txn.query(&sql, &[most.into()])?.iter().map(read).collect()
}

/// The groups that were put into a group, by name.
///
/// # Errors
/// The engine's.
pub fn inner_of(txn: &mut dyn Txn, id: &GroupId) -> Result<Vec<Group>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM nested_groups n {CROSS} WHERE n.group_id = $1 AND g.id = n.member_id ORDER BY g.name_key"
    );
    let rows = txn.query(&sql, &[id.as_str().into()])?;
    rows.iter().map(read).collect()
}

/// The groups that a group was put into, by name.
///
/// # Errors
/// The engine's.
pub fn outer_of(txn: &mut dyn Txn, id: &GroupId) -> Result<Vec<Group>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM nested_groups n {CROSS} WHERE n.member_id = $1 AND g.id = n.group_id ORDER BY g.name_key"
    );
    let rows = txn.query(&sql, &[id.as_str().into()])?;
    rows.iter().map(read).collect()
}

/// Of these groups, every pair of one and one that was put into it.
///
/// # Errors
/// The engine's.
pub fn nestings_among(
    txn: &mut dyn Txn,
    ids: &[GroupId],
) -> Result<Vec<(GroupId, GroupId)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<_> = ids.iter().map(|id| id.as_str().into()).collect();
    let list = placeholders(1, ids.len());
    let sql = format!(
        "SELECT group_id, member_id FROM nested_groups
         WHERE member_id IN ({list}) AND group_id IN ({list}) ORDER BY group_id, member_id"
    );
    let rows = txn.query(&sql, &values)?;
    rows.iter()
        .map(|row| Ok((row.parse("group_id")?, row.parse("member_id")?)))
        .collect()
}

/// How many people were put into a group.
///
/// # Errors
/// The engine's.
pub fn count_members(txn: &mut dyn Txn, id: &GroupId) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS members FROM memberships WHERE group_id = $1";
    let row = txn.query_opt(sql, &[id.as_str().into()])?;
    row.map_or(Ok(0), |row| row.int("members"))
}

/// The ids of a group's members.
///
/// # Errors
/// The engine's.
pub fn members_of(txn: &mut dyn Txn, id: &GroupId) -> Result<Vec<UserId>, StoreError> {
    let rows = txn.query(
        "SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.group_id = $1 ORDER BY u.user_name_key",
        &[id.as_str().into()],
    )?;
    rows.iter().map(|row| row.parse("user_id")).collect()
}
