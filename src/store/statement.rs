//! What both engines check of a statement before it is prepared, and what they remember of it afterwards.

use super::{StoreError, Value};

/// How many prepared statements a connection keeps. More than the program has; lists by generated placeholders make
/// further ones.
pub(super) const KEPT_STATEMENTS: usize = 512;

/// Words that a closure's statement may begin with.
const ALLOWED: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES"];

/// `$from, ..`, so many: a list in a statement.
pub(super) fn placeholders(from: usize, count: usize) -> String {
    let numbered = (from..from.saturating_add(count)).map(|n| format!("${n}"));
    numbered.collect::<Vec<_>>().join(", ")
}

/// A closure reads and changes rows, nothing else. Its transaction belongs to the engine: a COMMIT in a closure would
/// break the other closures of the same commit. A list of what is allowed, for comments could hide what is not.
pub(super) fn check_text(sql: &str) -> Result<(), StoreError> {
    let first = sql.split_whitespace().next().unwrap_or_default();
    if ALLOWED.iter().any(|w| w.eq_ignore_ascii_case(first)) {
        return Ok(());
    }
    Err(StoreError::Sql(format!(
        "a closure's statement begins with one of {}, not with {first}",
        ALLOWED.join(", ")
    )))
}

/// The count in the text and the count bound must be equal: SQLite would bind a forgotten one as NULL. Text holds no
/// NUL: PostgreSQL refuses it, and C code behind SQLite would cut it off there.
pub(super) fn check_params(expected: usize, params: &[Value]) -> Result<(), StoreError> {
    if expected != params.len() {
        return Err(StoreError::Parameters {
            expected,
            given: params.len(),
        });
    }
    let with_nul = params
        .iter()
        .any(|p| matches!(p, Value::Text(text) if text.contains('\0')));
    if with_nul {
        return Err(StoreError::Data("a text with a NUL character".into()));
    }
    Ok(())
}

pub(super) fn returned_rows() -> StoreError {
    StoreError::Sql("the statement returns rows: run it with query, not execute".into())
}

pub(super) fn read_only() -> StoreError {
    StoreError::Sql("a read transaction changes nothing: use write".into())
}

/// The pattern of LIKE, with `\\` as its escape, of texts in which this one stands: what is special to LIKE is taken as it
/// stands.
pub(super) fn containing(text: &str) -> String {
    let text = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{text}%")
}
