//! Why a command failed, for people; the causes in it say what to do.

use std::process::ExitCode;

use crate::apps::AppsError;
use crate::audit::AuditError;
use crate::config::ConfigError;
use crate::credentials::CredentialError;
use crate::directory::{DirectoryError, ImportError};
use crate::keys::{KeysError, SealedFileError};
use crate::store::StoreError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] SealedFileError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// People and groups.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// An import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Applications and accounts.
    #[error(transparent)]
    Apps(#[from] AppsError),
    /// Credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// Not possible as things are; the text says what to do.
    #[error("{0}")]
    Refused(String),
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(String),
    /// Nobody is signed in, and the browser cannot be asked; the text names the command that signs in.
    #[error("{0}")]
    SignInFirst(String),
    /// The person may not have what was asked for.
    #[error("{0}")]
    Denied(String),
    /// It took too long; the text says what to repeat.
    #[error("{0}")]
    Expired(String),
    /// The system refuses.
    #[error("{what}: {reason}")]
    Failed {
        /// What was tried.
        what: String,
        /// The system's words.
        reason: String,
    },
    /// A verification found something; it has been shown.
    #[error("the audit is not intact: {0} findings")]
    Findings(usize),
    /// The doctor found something broken; it has been shown.
    #[error("{0} broken; each line above says how to mend it")]
    Broken(usize),
}

impl CliError {
    /// What was tried, and what the system said.
    pub fn failed(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Failed {
            what: what.into(),
            reason: reason.to_string(),
        }
    }

    /// 2 for a mistake in the arguments, 3 where signing in would help, 4 for what is denied, 5 for what has expired, 1 for
    /// everything else.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::SignInFirst(_) => ExitCode::from(3),
            Self::Denied(_) => ExitCode::from(4),
            Self::Expired(_) => ExitCode::from(5),
            _ => ExitCode::from(1),
        }
    }
}
