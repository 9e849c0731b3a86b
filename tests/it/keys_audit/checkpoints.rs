//! Signed checkpoints: when one is made, what it names, and how the file survives a crash.

use std::fs;

use signet::audit::{AuditError, CheckpointFile, Verification, verify};
use signet::keys::ring::Retirement;
use signet::keys::{KeyAlgorithm, Purpose};
use signet::model::Span;

use super::{Instance, in_memory, wait};
use crate::store::engines::{EngineKind, TestDatabase, TestFolder, rows};

/// Whether one was made.
fn checkpoint(instance: &Instance<'_>, file: &CheckpointFile) -> bool {
    let op = instance.op();
    let made = instance.audit.checkpoint(&op, &instance.keys, Some(file));
    wait(made).unwrap().is_some()
}

fn verified(instance: &Instance<'_>, file: &CheckpointFile) -> Verification {
    let path = Some(file.path());
    wait(verify(instance.store, &instance.pins(), path)).unwrap()
}

fn lines(file: &CheckpointFile) -> Vec<String> {
    let text = fs::read_to_string(file.path()).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

fn in_database(instance: &Instance<'_>) -> usize {
    rows(instance.store, "SELECT id FROM audit_checkpoints", vec![]).len()
}

#[test]
fn one_is_made_when_something_was_recorded_and_stands_in_both_places() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let file = CheckpointFile::new(instance.folder.path().join("checkpoints"));
    assert!(checkpoint(&instance, &file));
    assert!(!checkpoint(&instance, &file), "nothing new");
    instance.person("alice");
    assert!(checkpoint(&instance, &file));
    assert_eq!(lines(&file).len(), 2);
    assert_eq!(in_database(&instance), 2);
    let seen = verified(&instance, &file);
    assert_eq!(seen.findings, []);
    assert_eq!((seen.checkpoints, seen.file_checkpoints), (2, 2));
}

#[test]
fn the_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let database = in_memory();
    let instance = Instance::new(&database);
    let file = CheckpointFile::new(instance.folder.path().join("checkpoints"));
    checkpoint(&instance, &file);
    let mode = fs::metadata(file.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A crash between the two places, or within the line: the next run makes it whole.
#[test]
fn a_line_that_was_lost_or_half_written_is_written_again() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let file = CheckpointFile::new(instance.folder.path().join("checkpoints"));
    checkpoint(&instance, &file);
    instance.person("alice");
    checkpoint(&instance, &file);
    let whole = fs::read(file.path()).unwrap();
    let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    for kept in [0, 7, first, first + 1, whole.len() - 1] {
        fs::write(file.path(), &whole[..kept]).unwrap();
        assert!(!checkpoint(&instance, &file), "nothing new was recorded");
        let text = lines(&file);
        let last = String::from_utf8(whole[first..].to_vec()).unwrap();
        assert_eq!(text.last().unwrap(), last.trim_end(), "{kept}");
        assert_eq!(verified(&instance, &file).findings, [], "{kept}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_and_is_made_up_for() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let folder = TestFolder::new();
    let below = folder.path().join("missing");
    let file = CheckpointFile::new(below.join("checkpoints"));
    let op = instance.op();
    let failed = wait(instance.audit.checkpoint(&op, &instance.keys, Some(&file)));
    assert!(
        matches!(&failed, Err(AuditError::File { path, .. }) if path == file.path()),
        "{failed:?}"
    );
    assert_eq!(in_database(&instance), 1, "it stands in the database");
    fs::create_dir(&below).unwrap();
    assert!(!checkpoint(&instance, &file));
    assert_eq!(lines(&file).len(), 1);
    assert_eq!(verified(&instance, &file).findings, []);
}

/// Checkpoints of a former key stay valid: the ring keeps the public halves of all audit keys.
#[test]
fn checkpoints_verify_over_a_rotation_of_the_key() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let file = CheckpointFile::new(instance.folder.path().join("checkpoints"));
    let (keys, audit) = (&instance.keys, &instance.audit);
    checkpoint(&instance, &file);
    let first = keys.active(Purpose::Audit).unwrap().id().clone();
    let (op, algorithm) = (instance.op(), KeyAlgorithm::P256);
    wait(keys.rotate(&op, audit, Purpose::Audit, algorithm)).unwrap();
    let retired = keys.retire(&op, audit, &first, Retirement::Compromised);
    wait(retired).unwrap();
    assert!(checkpoint(&instance, &file));
    let seen = verified(&instance, &file);
    assert_eq!((seen.checkpoints, seen.file_checkpoints), (2, 2));
    assert_eq!(seen.findings, []);
}

/// Streams that have rested for hours are left out; those that move are named, and none is lost from sight.
#[test]
fn a_checkpoint_names_the_streams_that_may_have_grown() {
    let database = TestDatabase::new(EngineKind::SqliteOnDisk);
    let instance = Instance::new(&database);
    let file = CheckpointFile::new(instance.folder.path().join("checkpoints"));
    assert!(checkpoint(&instance, &file));
    let heads = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let body: serde_json::Value = serde_json::from_str(line["body"].as_str().unwrap()).unwrap();
        body["heads"].as_array().unwrap().len()
    };
    let store = database.open_again(signet::store::StoreOptions::default());
    let other = instance.beside(&store);
    for name in ["alice", "bob"] {
        instance.clock.advance(Span::hours(2));
        other.person(name);
        assert!(checkpoint(&instance, &file));
    }
    let named: Vec<usize> = lines(&file).iter().map(|line| heads(line)).collect();
    assert_eq!(named, [1, 2, 1]);
    let seen = verified(&instance, &file);
    assert_eq!((seen.streams, seen.findings.len()), (2, 0));
}

/// A clock that went back: the order of checkpoints stays that of their making.
#[test]
fn a_checkpoint_is_always_later_than_the_one_before() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let file = CheckpointFile::new(instance.folder.path().join("checkpoints"));
    checkpoint(&instance, &file);
    instance.clock.advance(Span::millis(-86_400_000));
    instance.person("alice");
    assert!(checkpoint(&instance, &file));
    let times: Vec<i64> = rows(
        instance.store,
        "SELECT at FROM audit_checkpoints ORDER BY at",
        vec![],
    )
    .iter()
    .map(|row| row.int("at").unwrap())
    .collect();
    assert_eq!(times[1], times[0] + 1);
    assert_eq!(verified(&instance, &file).findings, []);
}
