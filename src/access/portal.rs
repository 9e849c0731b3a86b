//! What a person can reach, for the portal.

use std::collections::BTreeMap;

use super::Access;
use crate::model::{Application, AwsAccount, PermissionSet, Timestamp};
use crate::policy::{Grant, Target};
use crate::store::{StoreError, assignments, role_marks, users};

/// Everything that a person is assigned to.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Applications that are switched on, by name.
    pub applications: Vec<Application>,
    /// Permission sets in accounts, by account and name.
    pub roles: Vec<PortalRole>,
}

/// A permission set in an account.
#[derive(Debug, Clone)]
pub struct PortalRole {
    /// The account.
    pub account: AwsAccount,
    /// What may be done there.
    pub permission_set: PermissionSet,
    /// Whether the person has marked it.
    pub is_favourite: bool,
    /// When they took it last.
    pub last_used_at: Option<Timestamp>,
}

impl Access {
    /// What the grant's subject can reach. To see it is to reach nothing yet: each target is decided when it is taken.
    ///
    /// # Errors
    /// The store's; a grant for something else than the portal shows nothing.
    pub async fn portal(&self, grant: Grant) -> Result<Portal, StoreError> {
        if *grant.target() != Target::Portal {
            return Ok(Portal {
                applications: Vec::new(),
                roles: Vec::new(),
            });
        }
        let user_id = grant.subject().clone();
        self.store
            .read(move |txn| {
                let reach = match users::by_id(txn, &user_id)? {
                    Some(user) => assignments::Reach::of(txn, &user)?,
                    None => assignments::Reach::new(&user_id, &[]),
                };
                let applications = assignments::apps_of(txn, &reach)?;
                let marks = role_marks::of(txn, &user_id)?;
                let marks: BTreeMap<_, _> = marks
                    .iter()
                    .map(|mark| ((&mark.account_id, &mark.permission_set_id), mark))
                    .collect();
                let roles = assignments::account_roles_of(txn, &reach)?
                    .into_iter()
                    .map(|(account, permission_set)| {
                        let mark = marks.get(&(&account.id, &permission_set.id));
                        PortalRole {
                            is_favourite: mark.is_some_and(|mark| mark.is_favourite),
                            last_used_at: mark.and_then(|mark| mark.last_used_at),
                            account,
                            permission_set,
                        }
                    })
                    .collect();
                Ok(Portal {
                    applications,
                    roles,
                })
            })
            .await
    }
}
