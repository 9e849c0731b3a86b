//! The shapes in which a record leaves: our own, and those that others' tools read.

mod cloudtrail;
mod ocsf;

pub(super) use cloudtrail::cloudtrail;
pub(super) use ocsf::ocsf;

use serde_json::{Value, json};

use super::RecordedActor;
use super::viewer::SeenRecord;
use crate::model::UserId;

/// Our own, without the chain.
pub(super) fn native(seen: &SeenRecord) -> Value {
    json!({
        "actor": seen.actor,
        "event": seen.event,
        "id": seen.id,
        "kind": seen.kind,
        "remote_addr": seen.remote_addr,
        "request_id": seen.request_id,
        "time": seen.at.to_rfc3339(),
    })
}

/// Who acted, or about whom it is while nobody has proved who they are.
fn subject(seen: &SeenRecord) -> Option<&UserId> {
    match &seen.actor {
        RecordedActor::User { id } => Some(id),
        _ => seen.about.as_ref(),
    }
}

/// What is refused or failed by its kind's last word.
pub(super) fn is_failure(kind: &str) -> bool {
    [".refused", ".denied", ".locked", ".failed", "_refused"]
        .iter()
        .any(|end| kind.ends_with(end))
}
