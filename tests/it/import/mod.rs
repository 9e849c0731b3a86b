//! `signet users import`: what people had elsewhere works here, and one bad row imports nobody.

mod command;
mod hashes;
mod people;
mod refused;

use signet::directory::{ImportError, ImportRow, NewGroups};
use signet::model::Secret;

use crate::app::TestApp;
use crate::keys_audit::wait;

pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Made by libxcrypt.
pub(crate) const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuuFiPhXf1sVd3pCCRO.uVh34H/qI/ZsuS";
/// `12345678901234567890`, RFC 6238's seed of appendix B.
pub(crate) const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn row(line: u64, name: &str) -> ImportRow {
    ImportRow {
        line,
        user_name: name.into(),
        email: format!("{name}@example.com"),
        ..ImportRow::default()
    }
}

fn with_hash(line: u64, name: &str, hash: &str) -> ImportRow {
    ImportRow {
        password_hash: Some(Secret::from_text(hash.into())),
        ..row(line, name)
    }
}

fn import(app: &TestApp, rows: Vec<ImportRow>, new_groups: NewGroups) -> Result<(), ImportError> {
    let op = app.op();
    let directory = &app.services.directory;
    let plan = wait(directory.plan_import(&op, rows, new_groups))?;
    wait(directory.import(&op, &app.services.credentials, plan))
}

/// The problems, as `line column: reason`.
fn problems(refused: Result<(), ImportError>) -> Vec<String> {
    match refused {
        Err(ImportError::Problems(problems)) => problems
            .iter()
            .map(|p| format!("{} {}: {}", p.line, p.column, p.reason))
            .collect(),
        other => panic!("{other:?}"),
    }
}
