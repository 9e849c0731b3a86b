//! Many people at once, from another system: checked as a whole, written as a whole.
//!
//! [`Directory::plan_import`] reads and writes nothing: it finds every problem of every row, against the others and
//! against who is there. [`Directory::import`] writes the plan in one transaction with a record of each change, and only
//! over the organisation that was read: whatever anybody changed in between, nothing is imported.

mod check;
mod columns;
mod csv;
mod json;
mod write;

use std::collections::BTreeMap;

use super::DirectoryError;
use crate::credentials::{CredentialError, ImportedHash, TotpSeed};
use crate::model::{Group, GroupId, Secret, User, UserName};

/// One person, as the other system writes them. Nothing is checked yet.
#[derive(Debug, Default)]
pub struct ImportRow {
    /// Where it stands: named by every problem.
    pub line: u64,
    /// Signs in with this name.
    pub user_name: String,
    /// The mail address.
    pub email: String,
    /// The whole name; empty: the user name.
    pub display_name: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// `active`, `suspended` or `deactivated`; empty: active.
    pub state: String,
    /// The names of groups.
    pub groups: Vec<String>,
    /// Further attributes.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// The other system's hash.
    pub password_hash: Option<Secret>,
    /// The authenticator's seed.
    pub totp_secret: Option<Secret>,
}

const MOST_ROWS: usize = 100_000;

/// A file as it was read: its rows, and what could not be read as one.
#[derive(Debug)]
pub struct ImportTable {
    /// What a row is called: its line, or its place in the list.
    pub unit: &'static str,
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// What is wrong with others.
    pub problems: Vec<ImportProblem>,
}

impl ImportTable {
    /// Reads CSV (RFC 4180) with a line of column names.
    ///
    /// # Errors
    /// When it is no table at all, in words.
    pub fn from_csv(octets: &[u8]) -> Result<Self, String> {
        csv::read(octets)
    }

    /// Reads a JSON list of objects.
    ///
    /// # Errors
    /// When it is no list at all, in words.
    pub fn from_json(octets: &[u8]) -> Result<Self, String> {
        json::read(octets)
    }
}

/// What is wrong with a row. Never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProblem {
    /// Which row.
    pub line: u64,
    /// Which column.
    pub column: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// What becomes of groups that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewGroups {
    /// Each is a problem.
    Refuse,
    /// They are made.
    Make,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Rows that cannot be, in their order.
    #[error("{} problems in the rows", .0.len())]
    Problems(Vec<ImportProblem>),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A credential.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
}

impl From<crate::store::StoreError> for ImportError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Directory(error.into())
    }
}

impl From<crate::audit::AuditError> for ImportError {
    fn from(error: crate::audit::AuditError) -> Self {
        Self::Directory(error.into())
    }
}

/// Somebody who will be made.
#[derive(Debug)]
pub struct PlannedUser {
    user: User,
    groups: Vec<GroupId>,
    hash: Option<ImportedHash>,
    seed: Option<TotpSeed>,
}

impl PlannedUser {
    /// Their name.
    pub fn user_name(&self) -> &UserName {
        &self.user.user_name
    }

    /// The form of their password's hash, when they bring one.
    pub fn hash_name(&self) -> Option<&'static str> {
        self.hash.as_ref().map(ImportedHash::name)
    }

    /// Whether they bring an authenticator.
    pub fn has_authenticator(&self) -> bool {
        self.seed.is_some()
    }

    /// In how many groups they will be.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }
}

/// A whole import without a problem.
#[derive(Debug)]
pub struct ImportPlan {
    users: Vec<PlannedUser>,
    new_groups: Vec<Group>,
    /// The organisation's revision that it was checked against.
    revision: i64,
}

impl ImportPlan {
    /// Who will be made, in the order of the rows.
    pub fn users(&self) -> &[PlannedUser] {
        &self.users
    }

    /// The groups that will be made.
    pub fn new_groups(&self) -> &[Group] {
        &self.new_groups
    }
}
