//! Session policies: as much of their form as STS asks before it takes one. They decide nothing here, because nothing
//! stands behind the credentials.

use actix_web::http::StatusCode;
use serde_json::Value;

use super::fault::Fault;

/// What inline and managed session policies may have together, in characters.
pub(super) const MAX_CHARACTERS: usize = 2_048;

/// Whether a text is a policy: JSON with statements that allow or deny.
pub(super) fn check(text: &str) -> Result<(), Fault> {
    let policy: Value = serde_json::from_str(text)
        .map_err(|e| malformed("This policy contains invalid Json", &e.to_string()))?;
    let version = policy.get("Version").and_then(Value::as_str);
    let statements = match policy.get("Statement") {
        Some(Value::Array(several)) => several.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    };
    let is_known = matches!(version, None | Some("2012-10-17" | "2008-10-17"));
    let is_policy = !statements.is_empty() && statements.iter().all(is_statement);
    if is_known && is_policy {
        Ok(())
    } else {
        Err(malformed(
            "Syntax errors in policy.",
            "a policy is an object with a known Version and statements with Effect, an action and a resource",
        ))
    }
}

fn is_statement(statement: &Value) -> bool {
    let has = |name| statement.get(name).is_some();
    let effect = statement.get("Effect").and_then(Value::as_str);
    matches!(effect, Some("Allow" | "Deny"))
        && (has("Action") || has("NotAction"))
        && (has("Resource") || has("NotResource"))
}

/// The percentage of what is allowed. AWS packs in a format of its own before it measures; here it is the plain text.
pub(super) fn packed_size(characters: usize) -> Result<usize, Fault> {
    if characters > MAX_CHARACTERS {
        return Err(Fault::plain(
            "PackedPolicyTooLarge",
            StatusCode::BAD_REQUEST,
            format!(
                "Packed policy consumes {}% of allotted space, please use smaller policy.",
                percent(characters)
            ),
        ));
    }
    Ok(percent(characters))
}

fn percent(characters: usize) -> usize {
    characters.saturating_mul(100).div_ceil(MAX_CHARACTERS)
}

fn malformed(message: &'static str, cause: &str) -> Fault {
    Fault::new(
        "MalformedPolicyDocument",
        StatusCode::BAD_REQUEST,
        message,
        cause,
    )
}
