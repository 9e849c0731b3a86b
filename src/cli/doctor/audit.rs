//! The audit's checkpoints: in both places, recent, and true.

use super::finding::Finding;
use super::instance::{AuditState, Instance, Running};
use crate::audit::CheckpointFile;
use crate::model::{Span, Timestamp};

/// Checkpoints may be late by so many of their intervals, and by this much.
const INTERVALS: i64 = 3;
const GRACE: Span = Span::minutes(2);

/// The file holds the last checkpoint; and while the server runs, what was recorded is soon covered by one.
pub(super) fn checkpoint_file(instance: &Instance) -> Vec<Finding> {
    let Some(Ok(state)) = &instance.audit else {
        return Vec::new();
    };
    let every = instance.config.audit.checkpoint_every;
    if instance.running == Running::Here
        && let Some(late) = lateness(
            state.last.as_ref().map(|(_, at)| *at),
            state.newest,
            (instance.now, every),
        )
    {
        return vec![late];
    }
    match &instance.config.audit.checkpoint_file {
        Some(path) => vec![in_file(&CheckpointFile::new(path), state, instance.running)],
        None => Vec::new(),
    }
}

/// Records that no checkpoint has covered for too long.
pub fn lateness(
    last: Option<Timestamp>,
    newest: Option<Timestamp>,
    (now, every): (Timestamp, Span),
) -> Option<Finding> {
    let newest = newest?;
    let patience = Span::millis(every.as_millis().saturating_mul(INTERVALS));
    let is_covered = last.is_some_and(|at| at >= newest);
    if is_covered || now.since(newest) <= patience.max(GRACE) {
        return None;
    }
    Some(Finding::broken(
        "CHECKPOINTS_STOPPED",
        "the audit's checkpoints",
        (
            format!(
                "the server runs, and nothing signed what was recorded up to {}",
                newest.to_xs_date_time()
            ),
            "look for \"checkpoint\" in the server's log; make audit.checkpoint_file writable for its user",
        ),
    ))
}

fn in_file(file: &CheckpointFile, state: &AuditState, running: Running) -> Finding {
    let subject = file.path().display().to_string();
    let Some((last, at)) = &state.last else {
        return Finding::ok("CHECKPOINT_FILE", subject, "no checkpoint was made yet");
    };
    let found = if file.path().exists() {
        file.last_id()
    } else {
        Ok(None)
    };
    match found {
        Ok(Some(id)) if id == *last => Finding::ok(
            "CHECKPOINT_FILE",
            subject,
            format!("holds the last checkpoint, of {}", at.to_xs_date_time()),
        ),
        Ok(_) => {
            let cause = "the last checkpoint of the database is not its last line";
            let fix = match running {
                Running::Here => {
                    "make the file and its folder writable for the user that runs Signet"
                }
                _ => {
                    "put the file back if it was moved; the server writes the last checkpoint again when it starts"
                }
            };
            Finding::broken("CHECKPOINT_FILE_BEHIND", subject, (cause, fix))
        }
        Err(error) => Finding::broken(
            "CHECKPOINT_FILE_UNREADABLE",
            subject,
            (
                error.to_string(),
                "make it readable and writable for the user that runs Signet, or correct audit.checkpoint_file",
            ),
        ),
    }
}

/// What the last checkpoint signed stands in the database.
pub(super) fn head(instance: &Instance) -> Vec<Finding> {
    let subject = "the audit";
    let broken = |cause: String| {
        let fix = "signet audit verify shows all of it; keep the database and the checkpoint file as they are, and find out who wrote to them";
        Finding::broken("AUDIT_NOT_INTACT", subject, (cause, fix))
    };
    match &instance.audit {
        None => Vec::new(),
        Some(Err(error)) => vec![broken(error.to_string())],
        Some(Ok(state)) => match &state.findings {
            Err(error) => vec![broken(error.to_string())],
            Ok(findings) if findings.is_empty() => vec![Finding::ok(
                "AUDIT",
                subject,
                "what the last checkpoint signed stands in the database",
            )],
            Ok(findings) => findings.iter().map(|f| broken(f.to_string())).collect(),
        },
    }
}
