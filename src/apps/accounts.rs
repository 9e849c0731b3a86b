//! AWS accounts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Apps, AppsError, Attempt, TRIES, invalid, plain};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change, Weight};
use crate::model::{
    AccountId, AccountSelector, AwsAccount, PermissionSet, PermissionSetId, ProtectedObject,
    RoleCheck,
};
use crate::op::Op;
use crate::store::{StoreError, assignments, aws as rows, role_checks};

/// Of one account.
const MOST_LABELS: usize = 50;

impl Apps {
    /// Adds an account.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn add_account(&self, op: &Op, account: AwsAccount) -> Result<AwsAccount, AppsError> {
        let account = self.checked_account(AwsAccount {
            revision: 0,
            ..account
        })?;
        let event = AuditEvent::AwsAccountCreated {
            after: account.clone(),
        };
        let stored = account.clone();
        // One that was protected still is when it comes again: what it comes with may reach it.
        let asked = Asked::of(Change::Account).weighing(Weight {
            objects: vec![ProtectedObject::Account(account.id.clone())],
            ..Weight::value(&account)
        });
        self.commit(op, (asked, &event), move |txn| {
            Ok(if rows::insert_account(txn, &stored)? {
                Attempt::Done
            } else {
                Attempt::Refused(AppsError::Taken {
                    field: "account id",
                    value: stored.id.to_string(),
                })
            })
        })
        .await?;
        Ok(account)
    }

    /// Changes an account's name, address, partition or provider.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn update_account(
        &self,
        op: &Op,
        account: AwsAccount,
    ) -> Result<AwsAccount, AppsError> {
        let account = self.checked_account(account)?;
        for _ in 0..TRIES {
            let before = self.existing_account(&account.id).await?;
            let after = AwsAccount {
                revision: before.revision.saturating_add(1),
                ..account.clone()
            };
            let same = AwsAccount {
                revision: before.revision,
                ..account.clone()
            };
            if same == before {
                self.ask(op, Asked::of(Change::Account)).await?;
                return Ok(before);
            }
            let is_elsewhere = (&before.provider_name, &before.partition)
                != (&after.provider_name, &after.partition);
            let event = AuditEvent::AwsAccountUpdated {
                before,
                after: after.clone(),
            };
            let stored = after.clone();
            let work = move |txn: &mut dyn crate::store::Txn| {
                Ok(if rows::update_account(txn, &stored)? {
                    if is_elsewhere {
                        role_checks::forget_account(txn, &stored.id)?;
                    }
                    Attempt::Done
                } else {
                    Attempt::Lost
                })
            };
            let asked = Asked::of(Change::Account).weighing(Weight {
                objects: vec![ProtectedObject::Account(after.id.clone())],
                ..Weight::value(&AwsAccount {
                    revision: 0,
                    ..account.clone()
                })
            });
            if self.commit(op, (asked, &event), work).await? {
                return Ok(after);
            }
        }
        Err(AppsError::Conflict)
    }

    /// Removes an account with its assignments.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn delete_account(&self, op: &Op, id: &AccountId) -> Result<(), AppsError> {
        for _ in 0..TRIES {
            let before = self.existing_account(id).await?;
            let of_account = id.clone();
            let ended = self
                .ended_assignments(op, move |a| a.account_id == of_account)
                .await?;
            let event = AuditEvent::AwsAccountDeleted {
                before: before.clone(),
            };
            let work = move |txn: &mut dyn crate::store::Txn| {
                if !ended.delete(txn)? || !rows::delete_account(txn, &before.id, before.revision)? {
                    return Err(StoreError::Changed);
                }
                Ok(Attempt::Done)
            };
            match self
                .commit(op, (Asked::of(Change::Account), &event), work)
                .await
            {
                Err(AppsError::Store(StoreError::Changed)) => {}
                other => return other.map(drop),
            }
        }
        Err(AppsError::Conflict)
    }

    /// An account by its number.
    ///
    /// # Errors
    /// The store's.
    pub async fn account(&self, id: &AccountId) -> Result<Option<AwsAccount>, StoreError> {
        let id = id.clone();
        self.store
            .read(move |txn| rows::account_by_id(txn, &id))
            .await
    }

    /// The permission sets that somebody may take in an account, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn permission_sets_in(
        &self,
        account: &AwsAccount,
    ) -> Result<Vec<PermissionSet>, StoreError> {
        let account = account.clone();
        self.store
            .read(move |txn| {
                let named = assignments::of_account(txn, &account.id)?.into_iter();
                let mut wanted: BTreeSet<_> = named.map(|a| a.permission_set_id).collect();
                let rules = assignments::rules(txn)?.into_iter();
                let rules = rules.filter(|rule| rule.selector.covers(&account));
                wanted.extend(rules.map(|rule| rule.permission_set_id));
                let mut sets = rows::permission_sets(txn)?;
                sets.retain(|set| wanted.contains(&set.id));
                Ok(sets)
            })
            .await
    }

    /// The permission sets that somebody may take, by account.
    ///
    /// # Errors
    /// The store's.
    pub async fn roles_by_account(
        &self,
    ) -> Result<BTreeMap<AccountId, BTreeSet<PermissionSetId>>, StoreError> {
        self.store
            .read(|txn| {
                let mut roles: BTreeMap<AccountId, BTreeSet<PermissionSetId>> = BTreeMap::new();
                for assigned in assignments::accounts(txn)? {
                    let sets = roles.entry(assigned.account_id).or_default();
                    sets.insert(assigned.permission_set_id);
                }
                let accounts = rows::accounts(txn)?;
                for rule in assignments::rules(txn)? {
                    for account in accounts.iter().filter(|a| rule.selector.covers(a)) {
                        let sets = roles.entry(account.id.clone()).or_default();
                        sets.insert(rule.permission_set_id.clone());
                    }
                }
                Ok(roles)
            })
            .await
    }

    /// Keeps what AWS said of a role, and records that it was asked.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was kept.
    pub async fn keep_role_check(&self, op: &Op, check: RoleCheck) -> Result<(), AppsError> {
        let event = AuditEvent::AwsRoleVerified {
            account_id: check.account_id.clone(),
            permission_set_id: check.permission_set_id.clone(),
            in_place: check.in_place,
        };
        let entry = self.audit.prepare(op, &event).await?;
        let kept = self.store.write(move |txn| {
            // Either may have been deleted while AWS was asked.
            let account = rows::account_by_id(txn, &check.account_id)?;
            let set = rows::permission_set_by_id(txn, &check.permission_set_id)?;
            if account.is_some() && set.is_some() {
                role_checks::put(txn, &check)?;
            }
            txn.append_audit(&entry)
        });
        Ok(kept.await?)
    }

    /// What AWS said last of every role.
    ///
    /// # Errors
    /// The store's.
    pub async fn role_checks(&self) -> Result<Vec<RoleCheck>, StoreError> {
        self.store.read(role_checks::all).await
    }

    pub(super) async fn existing_account(&self, id: &AccountId) -> Result<AwsAccount, AppsError> {
        let key = id.clone();
        let found = self
            .store
            .read(move |txn| rows::account_by_id(txn, &key))
            .await?;
        found.ok_or_else(|| AppsError::NotFound {
            what: "AWS account",
            name: id.to_string(),
        })
    }

    /// Whether an account could be, by itself.
    ///
    /// # Errors
    /// [`AppsError::Invalid`].
    pub fn check_account(&self, account: &AwsAccount) -> Result<(), AppsError> {
        self.checked_account(account.clone()).map(drop)
    }

    fn checked_account(&self, account: AwsAccount) -> Result<AwsAccount, AppsError> {
        let known: Vec<&str> = self.partitions.iter().map(|p| p.name.as_str()).collect();
        if !known.contains(&account.partition.as_str()) {
            let reason = format!(
                "\"{}\" is not configured; known are {}",
                account.partition,
                known.join(", ")
            );
            return Err(invalid("partition", reason));
        }
        // IAM, CreateSAMLProvider: [\w._-]{1,128}.
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let provider = &account.provider_name;
        if !(1..=128).contains(&provider.len()) || !provider.chars().all(fits) {
            let reason = "1 to 128 letters, digits and . _ - (IAM's rule for SAML providers)";
            return Err(invalid("provider_name", reason));
        }
        let name = plain("name", &account.name, 128)?;
        if name.is_empty() {
            return Err(invalid("name", "must not be empty"));
        }
        let mut labels = Vec::with_capacity(account.labels.len());
        for label in &account.labels {
            labels.push(checked_label(label)?);
        }
        labels.sort();
        labels.dedup();
        if labels.len() > MOST_LABELS {
            return Err(invalid("labels", format!("at most {MOST_LABELS}")));
        }
        Ok(AwsAccount {
            name,
            email: plain("email", &account.email, 254)?,
            path: checked_path(&account.path)?,
            labels,
            ..account
        })
    }
}

/// A selector that can find an account.
pub(super) fn checked_selector(selector: AccountSelector) -> Result<AccountSelector, AppsError> {
    Ok(match selector {
        AccountSelector::Label(label) => AccountSelector::Label(checked_label(&label)?),
        AccountSelector::Path(path) => AccountSelector::Path(checked_path(&path)?),
    })
}

fn checked_label(label: &str) -> Result<String, AppsError> {
    let label = label.trim();
    let fits = |c: char| c.is_alphanumeric() || "_.:=-".contains(c);
    if !(1..=64).contains(&label.chars().count()) || !label.chars().all(fits) {
        let reason = format!("\"{label}\": 1 to 64 letters, digits and _ . : = -, without spaces");
        return Err(invalid("labels", reason));
    }
    Ok(label.to_owned())
}

/// `/`, or names with slashes before them and none behind.
fn checked_path(path: &str) -> Result<String, AppsError> {
    let path = plain("path", path, 512)?;
    let parts: Vec<&str> = path
        .split('/')
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect();
    Ok(format!("/{}", parts.join("/")))
}
