//! The database: reachable, at this program's version, and this instance's.

use super::finding::Finding;
use super::instance::{Database, Instance};
use crate::cli::services::database_url;
use crate::keys::KeysError;

fn subject(instance: &Instance) -> String {
    database_url(&instance.config).map_or_else(|_| "database.url".to_owned(), |url| url.to_string())
}

/// It can be opened.
pub(super) fn reachable(instance: &Instance) -> Vec<Finding> {
    let subject = subject(instance);
    let finding = match &instance.database {
        Database::NoUrl(error) => Finding::broken(
            "DATABASE_URL",
            subject,
            (
                error.to_string(),
                "set database.url to sqlite:PATH or postgres://USER@HOST/DATABASE",
            ),
        ),
        Database::Missing(path) => Finding::broken(
            "DATABASE_MISSING",
            subject,
            (
                format!("there is no {}", path.display()),
                "correct database.url; or make an instance with `signet init`, or bring one back with `signet restore`",
            ),
        ),
        // Said with the files.
        Database::OthersFile => return Vec::new(),
        Database::Closed(error) => Finding::broken(
            "DATABASE_UNREACHABLE",
            subject,
            (
                error.to_string(),
                "start the database, and check user, password and host in database.url",
            ),
        ),
        Database::Open(..) | Database::Empty(_) => Finding::ok("DATABASE", subject, "reachable"),
    };
    vec![finding]
}

/// Its schema is this program's.
pub(super) fn version(instance: &Instance) -> Vec<Finding> {
    let subject = subject(instance);
    let pending = match &instance.database {
        Database::Open(_, pending) => pending,
        Database::Empty(_) => {
            let cause = "it is empty";
            let fix = "correct database.url, or make an instance with `signet init`";
            return vec![Finding::broken("DATABASE_EMPTY", subject, (cause, fix))];
        }
        _ => return Vec::new(),
    };
    let finding = match pending {
        Ok(pending) if pending.is_empty() => {
            Finding::ok("DATABASE_VERSION", subject, "at this program's version")
        }
        Ok(pending) => Finding::broken(
            "MIGRATIONS_PENDING",
            subject,
            (
                format!(
                    "it is older than this program: it lacks {}",
                    pending.join(", ")
                ),
                "signet backup FILE, then signet migrate",
            ),
        ),
        Err(error) => Finding::broken(
            "DATABASE_NEWER",
            subject,
            (
                error.to_string(),
                "start the version of signet that made the database, or a later one",
            ),
        ),
    };
    vec![finding]
}

/// It is known by the configuration's public_url.
pub(super) fn identity(instance: &Instance) -> Vec<Finding> {
    let subject = instance.config.public_url.to_string();
    match (&instance.keys, instance.config.identity()) {
        (Some(Ok(keys)), Ok(wanted)) if *keys.identity() == wanted => vec![Finding::ok(
            "IDENTITY",
            subject,
            "the instance is known by this address",
        )],
        (Some(Ok(keys)), _) => vec![Finding::broken(
            "IDENTITY",
            subject,
            (
                format!(
                    "the instance is known as {}; everybody who trusts it would refuse it under another address",
                    keys.identity().public_url
                ),
                format!("set public_url = \"{}\"", keys.identity().public_url),
            ),
        )],
        (Some(Err(KeysError::NoInstance)), _) => vec![Finding::broken(
            "DATABASE_EMPTY",
            subject,
            (
                "the database holds no instance",
                "correct database.url, or make an instance with `signet init`",
            ),
        )],
        _ => Vec::new(),
    }
}
