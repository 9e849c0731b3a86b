//! The one text form of a JSON value: keys sorted by their octets, no white space, no floating point.
//!
//! Records are hashed and checkpoints signed as text; the same event must give the same text whatever the order in
//! which a library keeps its keys.

use serde_json::Value;

use super::AuditError;

/// The canonical text.
///
/// # Errors
/// [`AuditError::NotCanonical`] when the value holds a number that is not an integer.
pub(super) fn to_text(value: &Value) -> Result<String, AuditError> {
    let mut out = String::with_capacity(512);
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), AuditError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(n) if n.is_i64() || n.is_u64() => out.push_str(&n.to_string()),
        Value::Number(_) => return Err(AuditError::NotCanonical),
        Value::String(text) => write_text(text, out)?,
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (index, (key, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out)?;
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// NUL has no place in a text column of PostgreSQL; JSON's escape of it has, so nothing is lost.
fn write_text(text: &str, out: &mut String) -> Result<(), AuditError> {
    out.push_str(&serde_json::to_string(text).map_err(|_| AuditError::NotCanonical)?);
    Ok(())
}
