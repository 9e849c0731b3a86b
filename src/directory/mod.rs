//! Users, groups, memberships: the one write path for the command line, the console and every later interface.
//!
//! Each change is read, checked, recorded with its value before and after, and stored over the revision that was read, in
//! one transaction with its record. Who loses a race reads again.

mod address_change;
mod approvals;
mod assignments;
mod departures;
mod grouping;
mod groups;
mod import;
mod invitations;
mod leaving;
mod looking;
mod source_identity;
mod users;
mod values;

pub use address_change::Confirmed;
pub use groups::check_group;
pub use import::{
    ImportError, ImportPlan, ImportProblem, ImportRow, ImportTable, NewGroups, PlannedUser,
};
pub use invitations::{InvitationOutcome, Invitations, Invited, MOST_INVITED, Travel};
pub use leaving::Left;
pub use looking::{Members, ShownPerson};
pub use users::{NewUser, Profile, check_profile};

use crate::audit::{Audit, AuditError};
use crate::authority::{self, Asked, ChangeRefusal, NotMade};
use crate::credentials::CredentialError;
use crate::mail::MailError;
use crate::model::{Group, GroupId, InvalidText, User, UserId, fold_key};
use crate::op::Op;
use crate::store::{Store, StoreError, Txn, groups as group_rows, users as user_rows};

/// So often a change that lost a race is tried.
const TRIES: usize = 5;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// A value that cannot be.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// A name that somebody has.
    #[error("{field} \"{value}\" is taken; names and addresses are unique whatever their case")]
    Taken {
        /// Which.
        field: &'static str,
        /// What.
        value: String,
    },
    /// There is nothing of that name.
    #[error("there is no {what} \"{name}\"")]
    NotFound {
        /// What.
        what: &'static str,
        /// Its name or id.
        name: String,
    },
    /// Somebody must be left who can administer.
    #[error("\"{0}\" is the last active administrator; make another one first")]
    LastAdministrator(String),
    /// There is no mail server.
    #[error("there is no mail server; ask an administrator to change the address")]
    MailOff,
    /// There is nobody else who would hear of it.
    #[error(
        "there is no other administrator who would hear of it; on the host, the shell makes the change without a second one"
    )]
    NobodyElse,
    /// The actor may not.
    #[error("{0}")]
    NotAllowed(ChangeRefusal),
    /// Others changed the same again and again.
    #[error("others are changing the same; try again")]
    Conflict,
    /// A link.
    #[error(transparent)]
    Credentials(Box<CredentialError>),
    /// A mail.
    #[error(transparent)]
    Mail(Box<MailError>),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotMade> for DirectoryError {
    fn from(error: NotMade) -> Self {
        match error {
            NotMade::NotAllowed(refusal) => Self::NotAllowed(refusal),
            NotMade::Audit(error) => Self::Audit(error),
            NotMade::Store(error) => Self::Store(error),
        }
    }
}

impl DirectoryError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Credentials(error) => error.is_temporary(),
            Self::Mail(error) => error.is_temporary(),
            Self::Audit(error) => error.is_temporary(),
            Self::Store(error) => error.is_temporary(),
            _ => false,
        }
    }
}

impl DirectoryError {
    /// Whether it is the store's, the audit's or the keys' doing, and nobody else's.
    fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Credentials(_) | Self::Mail(_) | Self::Audit(_) | Self::Store(_)
        )
    }

    fn credentials(error: CredentialError) -> Self {
        Self::Credentials(Box::new(error))
    }

    fn mail(error: MailError) -> Self {
        Self::Mail(Box::new(error))
    }

    fn invalid(field: &'static str) -> impl Fn(InvalidText) -> Self {
        move |error| Self::Invalid {
            field,
            reason: error.to_string(),
        }
    }
}

/// What became of a change in its transaction.
enum Attempt<T> {
    Done(T),
    /// The row is no longer what was read.
    Lost,
    Refused(DirectoryError),
}

/// The directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directory {
    store: Store,
    audit: Audit,
}

impl Directory {
    /// Over a store, recording in the audit.
    pub fn new(store: Store, audit: Audit) -> Self {
        Self { store, audit }
    }

    /// Writes as the actor of an operation (`authority::write_as`).
    async fn write_as<T, F>(&self, op: &Op, asked: Asked, work: F) -> Result<T, DirectoryError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let written = authority::write_as((&self.store, &self.audit), op, asked, work);
        Ok(written.await?)
    }

    /// A person by id.
    ///
    /// # Errors
    /// The store's.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let id = id.clone();
        self.store.read(move |txn| user_rows::by_id(txn, &id)).await
    }

    /// A person by user name or mail address.
    ///
    /// # Errors
    /// The store's.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>, StoreError> {
        let key = fold_key(name);
        self.store
            .read(move |txn| user_rows::by_login(txn, &key))
            .await
    }

    /// Some people, by user name, from behind a folded name on.
    ///
    /// # Errors
    /// The store's.
    pub async fn users_after(&self, after: &str, most: i64) -> Result<Vec<User>, StoreError> {
        let after = after.to_owned();
        self.store
            .read(move |txn| user_rows::list_after(txn, &after, most))
            .await
    }

    /// Everybody, by user name.
    ///
    /// # Errors
    /// The store's.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.store.read(user_rows::list).await
    }

    /// A group by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn group_by_name(&self, name: &str) -> Result<Option<Group>, StoreError> {
        let key = fold_key(name);
        self.store
            .read(move |txn| group_rows::by_name_key(txn, &key))
            .await
    }

    /// Groups by their names.
    ///
    /// # Errors
    /// [`DirectoryError::NotFound`] with the first that there is not.
    pub async fn group_ids(&self, names: &[String]) -> Result<Vec<GroupId>, DirectoryError> {
        let mut ids = Vec::new();
        let keys: std::collections::BTreeSet<String> =
            names.iter().map(|name| fold_key(name)).collect();
        // As it was written, for whoever has to mend it.
        let given = |key: &str| {
            let found = names.iter().find(|name| fold_key(name) == *key);
            found.cloned().unwrap_or_default()
        };
        for name in &keys {
            let found = self.group_by_name(name).await?;
            let group = found.ok_or_else(|| DirectoryError::NotFound {
                what: "group",
                name: given(name),
            })?;
            ids.push(group.id);
        }
        Ok(ids)
    }

    /// Every group, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.store.read(group_rows::list).await
    }

    /// Every membership.
    ///
    /// # Errors
    /// The store's.
    pub async fn memberships(&self) -> Result<Vec<(GroupId, UserId)>, StoreError> {
        self.store.read(group_rows::memberships).await
    }
}
