//! AWS accounts.

use super::{Apps, AppsError, Attempt, TRIES, invalid, plain};
use crate::audit::AuditEvent;
use crate::model::{AccountId, AwsAccount};
use crate::op::Op;
use crate::store::{StoreError, aws as rows};

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
        self.commit(op, &event, move |txn| {
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
                return Ok(before);
            }
            let event = AuditEvent::AwsAccountUpdated {
                before,
                after: after.clone(),
            };
            let stored = after.clone();
            let work = move |txn: &mut dyn crate::store::Txn| {
                Ok(if rows::update_account(txn, &stored)? {
                    Attempt::Done
                } else {
                    Attempt::Lost
                })
            };
            if self.commit(op, &event, work).await? {
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
            match self.commit(op, &event, work).await {
                Err(AppsError::Store(StoreError::Changed)) => {}
                other => return other.map(drop),
            }
        }
        Err(AppsError::Conflict)
    }

    async fn existing_account(&self, id: &AccountId) -> Result<AwsAccount, AppsError> {
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
        Ok(AwsAccount {
            name,
            email: plain("email", &account.email, 254)?,
            ..account
        })
    }
}
