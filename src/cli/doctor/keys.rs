//! The master key's file.

use super::finding::Finding;
use super::instance::Instance;
use crate::keys::{Keys, KeysError, MASTER_KEY_FILE, MasterKeyError};

/// It is there, its owner's alone, and the one that sealed this database.
pub(super) fn master_key(instance: &Instance) -> Vec<Finding> {
    let path = instance.config.keys.directory.join(MASTER_KEY_FILE);
    let subject = path.display().to_string();
    if let Err(error) = Keys::check_master_key(&instance.config.keys.directory) {
        return vec![refused(&subject, &error)];
    }
    match &instance.keys {
        Some(Err(error @ KeysError::Master(_))) => vec![refused(&subject, error)],
        Some(Ok(_)) => vec![Finding::ok(
            "MASTER_KEY",
            subject,
            "its owner's alone, and it opens the database",
        )],
        _ => vec![Finding::ok(
            "MASTER_KEY",
            subject,
            "its owner's alone; not tried on the database",
        )],
    }
}

/// What is to be said of a master key that is not used.
pub fn refused(subject: &str, error: &KeysError) -> Finding {
    let KeysError::Master(error) = error else {
        let fix = "restore the database and the keys directory from a backup";
        return Finding::broken("MASTER_KEY_UNREADABLE", subject, (error.to_string(), fix));
    };
    match error {
        MasterKeyError::Missing(_) => Finding::broken(
            "MASTER_KEY_MISSING",
            subject,
            (
                "it is not there; nothing in the database can be opened without it",
                "put the file back from your copy of the keys directory, or correct keys.directory",
            ),
        ),
        MasterKeyError::Wrong(_) => Finding::broken(
            "MASTER_KEY_WRONG",
            subject,
            (
                "it is another instance's: it does not open this database",
                "put back the file that belongs to this database, or correct database.url",
            ),
        ),
        MasterKeyError::Garbage(_) => Finding::broken(
            "MASTER_KEY_GARBAGE",
            subject,
            (
                "it does not hold a master key",
                "put the file back from your copy of the keys directory",
            ),
        ),
        MasterKeyError::Mode { path, mode } => Finding::broken(
            "MASTER_KEY_MODE",
            subject,
            (
                format!("its mode is {mode:04o}, so that others may read or change it"),
                format!("chmod 0600 '{}'", path.display()),
            ),
        ),
        MasterKeyError::DirectoryMode { path, mode } => Finding::broken(
            "KEYS_DIRECTORY_MODE",
            path.display().to_string(),
            (
                format!("its mode is {mode:04o}, so that others may replace the master key"),
                format!("chmod 0700 '{}'", path.display()),
            ),
        ),
        MasterKeyError::Owner { path, owner, user } => Finding::broken(
            "MASTER_KEY_OWNER",
            path.display().to_string(),
            (
                format!("it belongs to user {owner}, and this is user {user}"),
                format!(
                    "run this as that user; or, if Signet runs as user {user}: chown {user} '{}'",
                    path.display()
                ),
            ),
        ),
        MasterKeyError::NotThat(..) | MasterKeyError::Io { .. } => Finding::broken(
            "MASTER_KEY_UNREADABLE",
            subject,
            (
                error.to_string(),
                "make it a file that the user who runs Signet can read, or correct keys.directory",
            ),
        ),
    }
}
