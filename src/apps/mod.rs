//! Applications, AWS accounts, permission sets, who is assigned to them, and policies: the one write path.
//!
//! As in `directory`, each change is read, checked, recorded with its value before and after, and stored over the revision
//! that was read. AWS's limits are checked here, where somebody can mend what breaks them, and again before issuing.

mod accounts;
mod applications;
mod assignments;
mod aws_policies;
mod client_authentication;
mod clients;
mod command_line;
mod grants;
mod marks;
mod partitions;
mod permission_sets;
mod policies;
mod portal_address;
mod remembered;
mod role_content;

pub use applications::NewApplication;
pub use aws_policies::{JOB_FUNCTIONS, SERVICES};
pub use client_authentication::{ClientProof, ClientRefusal, RegisteredClient};
pub use grants::AppGrant;
pub use partitions::{aws_partitions, partitions_with};
pub use permission_sets::check_permission_set;
pub use policies::PolicyScope;
pub use portal_address::AddressedPortal;

use std::sync::Arc;

use crate::audit::{Audit, AuditError, AuditEvent};
use crate::authority::{self, Asked, ChangeRefusal, NotMade};
use crate::model::{
    AccountAssignment, AccountId, AppAssignment, AppId, Application, AwsAccount, ClientId,
    EntityId, Partition, PermissionSet, Timestamp,
};
use crate::op::Op;
use crate::policy::PolicyError;
use crate::protocol::saml::{CertificateError, MetadataError};
use crate::store::{
    Store, StoreError, Txn, applications as app_rows, assignments as assignment_rows, aws,
};

/// So often a change that lost a race is tried.
const TRIES: usize = 5;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum AppsError {
    /// A value that cannot be.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// A name that another has.
    #[error("{field} \"{value}\" is taken")]
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
    /// Others changed the same again and again.
    #[error("others are changing the same; try again")]
    Conflict,
    /// The actor may not.
    #[error("{0}")]
    NotAllowed(ChangeRefusal),
    /// A metadata document.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A metadata document whose time is over.
    #[error(
        "the metadata was valid until {}; fetch the service provider's present document",
        .0.to_rfc3339()
    )]
    MetadataExpired(Timestamp),
    /// A certificate.
    #[error("signing certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// A policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AppsError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Audit(error) => error.is_temporary(),
            Self::Store(error) => error.is_temporary(),
            _ => false,
        }
    }
}

impl From<NotMade> for AppsError {
    fn from(error: NotMade) -> Self {
        match error {
            NotMade::NotAllowed(refusal) => Self::NotAllowed(refusal),
            NotMade::Audit(error) => Self::Audit(error),
            NotMade::Store(error) => Self::Store(error),
        }
    }
}

pub(in crate::apps) fn invalid(field: &'static str, reason: impl Into<String>) -> AppsError {
    AppsError::Invalid {
        field,
        reason: reason.into(),
    }
}

/// What became of a change in its transaction.
enum Attempt {
    Done,
    Lost,
    Refused(AppsError),
}

/// Applications and accounts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Apps {
    store: Store,
    audit: Audit,
    partitions: Arc<[Partition]>,
    remembered: remembered::Remembered,
}

impl Apps {
    /// Over a store, recording in the audit; accounts lie in one of these partitions.
    pub fn new(store: Store, audit: Audit, partitions: Vec<Partition>) -> Self {
        Self {
            store,
            audit,
            partitions: partitions.into(),
            remembered: remembered::Remembered::default(),
        }
    }

    /// An application by id.
    ///
    /// # Errors
    /// The store's.
    pub async fn application(&self, id: &AppId) -> Result<Option<Application>, StoreError> {
        let id = id.clone();
        self.store.read(move |txn| app_rows::by_id(txn, &id)).await
    }

    /// An application by the issuer of its requests.
    ///
    /// # Errors
    /// The store's.
    pub async fn by_entity_id(
        &self,
        entity_id: &EntityId,
    ) -> Result<Option<Application>, StoreError> {
        let entity_id = entity_id.clone();
        let found = self
            .store
            .read(move |txn| app_rows::by_entity_id(txn, &entity_id))
            .await?;
        if let Some(application) = &found {
            self.remembered.keep(application);
        }
        Ok(found)
    }

    /// An application as it was when it was last read by its entity id or client id. It may have been changed or deleted since: compare
    /// it with what a decision has read before anything rests on it.
    pub fn remembered(&self, identifier: &str) -> Option<Arc<Application>> {
        self.remembered.find(identifier)
    }

    /// An application by its client id.
    ///
    /// # Errors
    /// The store's.
    pub async fn by_client_id(&self, id: &ClientId) -> Result<Option<Application>, StoreError> {
        let id = id.clone();
        let found = self
            .store
            .read(move |txn| app_rows::by_client_id(txn, &id))
            .await?;
        if let Some(application) = &found {
            self.remembered.keep(application);
        }
        Ok(found)
    }

    /// Every application, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.store.read(app_rows::list).await
    }

    /// Every assignment of an application.
    ///
    /// # Errors
    /// The store's.
    pub async fn app_assignments(&self) -> Result<Vec<AppAssignment>, StoreError> {
        self.store.read(assignment_rows::apps).await
    }

    /// Every AWS account, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn accounts(&self) -> Result<Vec<AwsAccount>, StoreError> {
        self.store.read(aws::accounts).await
    }

    /// Every permission set, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn permission_sets(&self) -> Result<Vec<PermissionSet>, StoreError> {
        self.store.read(aws::permission_sets).await
    }

    /// Every assignment of a permission set in an account.
    ///
    /// # Errors
    /// The store's.
    pub async fn account_assignments(&self) -> Result<Vec<AccountAssignment>, StoreError> {
        self.store.read(assignment_rows::accounts).await
    }

    /// An account and a permission set, by number and name, when both are there.
    ///
    /// # Errors
    /// The store's.
    pub async fn account_and_permission_set(
        &self,
        account_id: &AccountId,
        name: &str,
    ) -> Result<Option<(AwsAccount, PermissionSet)>, StoreError> {
        let (account_id, name) = (account_id.clone(), name.to_owned());
        self.store
            .read(move |txn| {
                let account = aws::account_by_id(txn, &account_id)?;
                let set = aws::permission_set_by_name(txn, &name)?;
                Ok(account.zip(set))
            })
            .await
    }

    /// Whoever may not make a change is told so, even where there is nothing to do.
    async fn ask(&self, op: &Op, asked: Asked) -> Result<(), AppsError> {
        let place = (&self.store, &self.audit);
        Ok(authority::write_as(place, op, asked, |_| Ok(())).await?)
    }

    /// One change and its record, in one transaction, if the actor may make it.
    async fn commit<F>(
        &self,
        op: &Op,
        (asked, event): (Asked, &AuditEvent),
        work: F,
    ) -> Result<bool, AppsError>
    where
        F: Fn(&mut dyn Txn) -> Result<Attempt, StoreError> + Send + 'static,
    {
        let entry = self.audit.prepare(op, event).await?;
        let write = move |txn: &mut dyn Txn| {
            let outcome = work(txn)?;
            if matches!(outcome, Attempt::Done) {
                crate::store::configuration::raise_revision(txn)?;
                txn.append_audit(&entry)?;
            }
            Ok(outcome)
        };
        let outcome = authority::write_as((&self.store, &self.audit), op, asked, write);
        match outcome.await? {
            Attempt::Done => Ok(true),
            Attempt::Lost => Ok(false),
            Attempt::Refused(error) => Err(error),
        }
    }
}

/// A text that every place it goes to can carry.
fn plain(field: &'static str, text: &str, longest: usize) -> Result<String, AppsError> {
    if text.chars().count() > longest {
        return Err(invalid(field, format!("at most {longest} characters")));
    }
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        return Err(invalid(field, "no control characters"));
    }
    Ok(text.trim().to_owned())
}

/// A source of a value: a field of the person, their groups, or one of their attributes.
fn check_source(field: &'static str, source: &str) -> Result<(), AppsError> {
    const FIELDS: [&str; 7] = [
        "user_name",
        "email",
        "display_name",
        "given_name",
        "family_name",
        "id",
        "groups",
    ];
    let is_attribute = source
        .strip_prefix("attributes.")
        .is_some_and(|name| !name.is_empty());
    if FIELDS.contains(&source) || is_attribute {
        return Ok(());
    }
    let fields = FIELDS.join(", ");
    let reason = format!("\"{source}\" is no source; use {fields} or attributes.<name>");
    Err(invalid(field, reason))
}
