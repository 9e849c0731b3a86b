//! The Open Cybersecurity Schema Framework (aws.md 8.2): the class by what an event is about, the activity by its last word.

use serde_json::{Map, Value, json};

use super::{is_failure, subject};
use crate::audit::RecordedActor;
use crate::audit::viewer::SeenRecord;

/// A class of OCSF's category 3, Identity and Access Management.
struct Class {
    uid: u32,
    activity: u32,
}

pub(in crate::audit) fn ocsf(seen: &SeenRecord, issuer: &str) -> Value {
    let class = class(&seen.kind);
    let is_failure = is_failure(&seen.kind);
    let mut record = Map::new();
    let mut put = |key: &str, value: Value| record.insert(key.to_owned(), value);
    put("activity_id", class.activity.into());
    put("category_uid", 3.into());
    put("class_uid", class.uid.into());
    put(
        "type_uid",
        class
            .uid
            .saturating_mul(100)
            .saturating_add(class.activity)
            .into(),
    );
    put("severity_id", if is_failure { 2.into() } else { 1.into() });
    put("status_id", if is_failure { 2.into() } else { 1.into() });
    put("time", seen.at.as_millis().into());
    put("message", seen.kind.clone().into());
    put(
        "metadata",
        json!({
            "version": "1.8.0",
            "uid": seen.id,
            "correlation_uid": seen.request_id,
            "event_code": seen.kind,
            "product": { "name": "Signet", "vendor_name": "Signet", "url_string": issuer },
        }),
    );
    put("service", json!({ "name": "Signet" }));
    put("user", user(seen));
    put("actor", actor(seen));
    if let Some(address) = &seen.remote_addr {
        put("src_endpoint", json!({ "ip": address }));
    }
    if let Some(group) = seen.event.get("group_id") {
        put("group", json!({ "uid": group }));
    }
    if class.uid == 3002 {
        put("is_mfa", is_mfa(seen).into());
        put("logon_type_id", 2.into());
    }
    put("unmapped", seen.event.clone());
    Value::Object(record)
}

fn is_mfa(seen: &SeenRecord) -> bool {
    let is_one_of = |field, words: &[&str]| {
        let value = seen.event.get(field).and_then(Value::as_str);
        value.is_some_and(|value| words.contains(&value))
    };
    seen.kind == "sign_in.second_factor_verified"
        || is_one_of("assurance", &["two", "phishing_resistant"])
        || (seen.kind == "sign_in.passkey_verified" && is_one_of("factor", &["passkey"]))
}

fn user(seen: &SeenRecord) -> Value {
    let about = seen.about.as_ref().or_else(|| subject(seen));
    match about {
        Some(id) => json!({ "uid": id, "type_id": 1 }),
        None => json!({ "name": "unknown", "type_id": 0 }),
    }
}

fn actor(seen: &SeenRecord) -> Value {
    match &seen.actor {
        RecordedActor::User { id } => json!({ "user": { "uid": id } }),
        RecordedActor::Host { name } => json!({ "process": { "name": format!("signet {name}") } }),
        RecordedActor::Job { name } => json!({ "app_name": format!("signet job {name}") }),
        RecordedActor::Anonymous => json!({ "app_name": "anonymous" }),
    }
}

/// Authentication 3002, Authorize Session 3003, Entity Management 3004, Group Management 3006, User Management 3007.
fn class(kind: &str) -> Class {
    let (family, act) = kind.split_once('.').unwrap_or((kind, ""));
    let (uid, activity) = match (family, act) {
        ("sign_in", "completed") => (3002, 1),
        // A step of a sign-in, not yet the whole.
        ("sign_in", _) => (3002, 6),
        ("session", _) => (3002, 2),
        ("assertion" | "aws_assertion" | "tokens" | "code" | "client_token", "issued") => (3003, 3),
        ("membership", "added") => (3006, 3),
        ("membership", "removed") => (3006, 4),
        ("group", _) => (3006, 99),
        ("user" | "person", "created") => (3007, 1),
        ("user" | "person", "updated") => (3007, 3),
        ("user" | "person", "deleted" | "erased") => (3007, 4),
        ("user", "enabled" | "activated") => (3007, 5),
        ("user", "disabled" | "suspended") => (3007, 6),
        ("password", "set") => (3007, 8),
        ("totp" | "recovery_codes" | "passkey", "enrolled" | "made" | "added") => (3007, 12),
        ("totp" | "passkey", "removed") => (3007, 13),
        (_, "created" | "added" | "made") => (3004, 1),
        (_, "updated" | "set" | "changed") => (3004, 3),
        (_, "deleted" | "removed" | "revoked") => (3004, 4),
        _ => (3004, 99),
    };
    Class { uid, activity }
}
