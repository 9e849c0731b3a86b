//! Permission sets.

use std::collections::BTreeSet;

use super::{Apps, AppsError, Attempt, TRIES, check_source, invalid, plain, role_content};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change, Weight};
use crate::model::{PermissionSet, PermissionSetId, fits_a_session_tag};
use crate::op::Op;
use crate::store::{StoreError, Txn, aws as rows, role_checks};

/// AWS allows 50 session tags.
const MOST_TAGS: usize = 50;

impl Apps {
    /// Makes a permission set; its id is new.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn create_permission_set(
        &self,
        op: &Op,
        set: PermissionSet,
    ) -> Result<PermissionSet, AppsError> {
        let set = checked(PermissionSet {
            id: PermissionSetId::from_random(op.entropy.octets()),
            revision: 0,
            ..set
        })?;
        let event = AuditEvent::PermissionSetCreated { after: set.clone() };
        let stored = set.clone();
        self.commit(op, (Asked::of(Change::PermissionSet), &event), move |txn| {
            Ok(if rows::insert_permission_set(txn, &stored)? {
                Attempt::Done
            } else {
                Attempt::Refused(taken(&stored))
            })
        })
        .await?;
        Ok(set)
    }

    /// Changes a permission set.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn update_permission_set(
        &self,
        op: &Op,
        set: PermissionSet,
    ) -> Result<PermissionSet, AppsError> {
        let set = checked(set)?;
        for _ in 0..TRIES {
            let before = self.existing_set(&set.id).await?;
            let same = PermissionSet {
                revision: before.revision,
                ..set.clone()
            };
            if same == before {
                self.ask(op, Asked::of(Change::PermissionSet)).await?;
                return Ok(before);
            }
            let after = PermissionSet {
                revision: before.revision.saturating_add(1),
                ..set.clone()
            };
            let event = AuditEvent::PermissionSetUpdated {
                before,
                after: after.clone(),
            };
            let stored = after.clone();
            let work = move |txn: &mut dyn Txn| {
                let other = rows::permission_set_by_name(txn, &stored.name)?;
                if other.is_some_and(|other| other.id != stored.id) {
                    return Ok(Attempt::Refused(taken(&stored)));
                }
                Ok(if rows::update_permission_set(txn, &stored)? {
                    role_checks::forget_set(txn, &stored.id)?;
                    Attempt::Done
                } else {
                    Attempt::Lost
                })
            };
            let exactly = PermissionSet {
                revision: 0,
                ..set.clone()
            };
            let asked = Asked::of(Change::PermissionSet).weighing(Weight {
                sets: vec![set.id.clone()],
                ..Weight::value(&exactly)
            });
            if self.commit(op, (asked, &event), work).await? {
                return Ok(after);
            }
        }
        Err(AppsError::Conflict)
    }

    /// A permission set by id.
    ///
    /// # Errors
    /// The store's.
    pub async fn permission_set(
        &self,
        id: &PermissionSetId,
    ) -> Result<Option<PermissionSet>, StoreError> {
        let id = id.clone();
        self.store
            .read(move |txn| rows::permission_set_by_id(txn, &id))
            .await
    }

    /// Deletes a permission set with its assignments and policy.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn delete_permission_set(
        &self,
        op: &Op,
        id: &PermissionSetId,
    ) -> Result<(), AppsError> {
        for _ in 0..TRIES {
            let before = self.existing_set(id).await?;
            let of_set = id.clone();
            let ended = self
                .ended_assignments(op, move |a| a.permission_set_id == of_set)
                .await?;
            let rules = self.ended_rules(op, id).await?;
            let policy = self
                .audit
                .prepare_policy_end(op, ("permission_set", id.as_str()));
            let policy = policy.await?;
            let event = AuditEvent::PermissionSetDeleted {
                before: before.clone(),
            };
            let work = move |txn: &mut dyn Txn| {
                for (rule, entry) in &rules {
                    if !crate::store::assignments::delete_rule(txn, rule)? {
                        return Err(StoreError::Changed);
                    }
                    txn.append_audit(entry)?;
                }
                if !ended.delete(txn)?
                    || !policy.delete(txn)?
                    || !rows::delete_permission_set(txn, &before.id, before.revision)?
                {
                    return Err(StoreError::Changed);
                }
                Ok(Attempt::Done)
            };
            match self
                .commit(op, (Asked::of(Change::PermissionSet), &event), work)
                .await
            {
                Err(AppsError::Store(StoreError::Changed)) => {}
                other => return other.map(drop),
            }
        }
        Err(AppsError::Conflict)
    }

    async fn existing_set(&self, id: &PermissionSetId) -> Result<PermissionSet, AppsError> {
        let key = id.clone();
        let found = self
            .store
            .read(move |txn| rows::permission_set_by_id(txn, &key))
            .await?;
        found.ok_or_else(|| AppsError::NotFound {
            what: "permission set",
            name: id.to_string(),
        })
    }
}

fn taken(set: &PermissionSet) -> AppsError {
    AppsError::Taken {
        field: "permission set",
        value: set.name.clone(),
    }
}

/// Whether a permission set could be, by itself: whether its name is taken is not looked at.
///
/// # Errors
/// [`AppsError::Invalid`].
pub fn check_permission_set(set: &PermissionSet) -> Result<(), AppsError> {
    checked(set.clone()).map(drop)
}

/// AWS's rules (IAM: role names and paths, AssumeRoleWithSAML: durations and tags).
fn checked(set: PermissionSet) -> Result<PermissionSet, AppsError> {
    // IAM takes commas too; but one ends the role in what AWS reads, and what follows would be another account's.
    let name_fits = |c: char| c.is_ascii_alphanumeric() || "_+=.@-".contains(c);
    if !(1..=32).contains(&set.name.len()) || !set.name.chars().all(name_fits) {
        return Err(invalid("name", "1 to 32 letters, digits and _ + = . @ -"));
    }
    let role = set.role_path.rsplit('/').next().unwrap_or_default();
    let path_fits = |c: char| c.is_ascii_graphic() && c != ',' && c != ':';
    if !(1..=64).contains(&role.len()) || !role.chars().all(name_fits) {
        let reason =
            "the role's name behind the last / must be 1 to 64 letters, digits and _ + = . @ -";
        return Err(invalid("role_path", reason));
    }
    if set.role_path.len() > 512
        || set.role_path.starts_with('/')
        || !set.role_path.chars().all(path_fits)
    {
        let reason = "at most 512 characters, without a leading /, comma or colon, such as signet/Signet_ReadOnly";
        return Err(invalid("role_path", reason));
    }
    if !(900..=43_200).contains(&set.session_duration_seconds) {
        let reason = "between 900 and 43200 (15 minutes to 12 hours): AWS's limits";
        return Err(invalid("session_duration_seconds", reason));
    }
    if let Some(relay_state) = &set.relay_state
        && (relay_state.len() > 2_000 || !relay_state.starts_with("http"))
    {
        return Err(invalid(
            "relay_state",
            "a URL of the AWS console, at most 2000 characters",
        ));
    }
    check_tags(&set)?;
    Ok(PermissionSet {
        description: plain("description", &set.description, 700)?,
        role: role_content::checked(set.role)?,
        ..set
    })
}

fn check_tags(set: &PermissionSet) -> Result<(), AppsError> {
    if set.session_tags.len() > MOST_TAGS {
        return Err(invalid("session_tags", "AWS takes at most 50"));
    }
    let mut seen = BTreeSet::new();
    for (key, source) in &set.session_tags {
        let length = key.chars().count();
        let is_reserved = key.to_lowercase().starts_with("aws:");
        if !(1..=128).contains(&length) || is_reserved || !key.chars().all(fits_a_session_tag) {
            let reason = format!(
                "the key \"{key}\" must be 1 to 128 letters, digits, spaces and _ . : / = + - @, and not begin with aws:"
            );
            return Err(invalid("session_tags", reason));
        }
        if !seen.insert(key.to_lowercase()) {
            let reason = format!(
                "the key \"{key}\" is there twice; AWS does not tell upper from lower case"
            );
            return Err(invalid("session_tags", reason));
        }
        match source.strip_prefix('=') {
            Some(literal)
                if literal.chars().count() > 256 || !literal.chars().all(fits_a_session_tag) =>
            {
                let reason = format!(
                    "the value of \"{key}\" must be at most 256 letters, digits, spaces and _ . : / = + - @"
                );
                return Err(invalid("session_tags", reason));
            }
            Some(_) => {}
            None => check_source("session_tags", source)?,
        }
    }
    match set
        .transitive_tag_keys
        .iter()
        .find(|key| !set.session_tags.contains_key(*key))
    {
        Some(key) => {
            let reason = format!("\"{key}\" is not one of the session tags");
            Err(invalid("transitive_tag_keys", reason))
        }
        None => Ok(()),
    }
}
