//! What somebody with write access to the database can do to the audit, and how each of it is found.

mod attacks;
mod scene;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use signet::audit::{CheckpointPlace, Finding, verify};
use signet::store::{Store, StoreOptions, Value};

use super::wait;
use crate::store::engines::{EngineKind, TestDatabase, TestFolder, rows};
use attacks::{Attack, Proof, missing_checkpoint, on_ends_and_checkpoints, on_records};
use scene::{LAST, Scene, database};

/// What an attack in a database of its own was not found by.
fn unfound(kind: EngineKind, attack: &Attack) -> Option<String> {
    let database = database(kind);
    let mut scene = Scene::new(&database);
    assert_eq!(scene.findings(), (vec![], vec![]));
    (attack.run)(&mut scene);
    let (without_file, with_file) = scene.findings();
    let among = |findings: &[Finding]| findings.iter().any(|f| (attack.found)(f, &scene));
    let found = among(&with_file)
        && match attack.proof {
            Proof::Database => among(&without_file),
            Proof::FileAlone => without_file.is_empty(),
        };
    let name = attack.name;
    (!found).then(|| format!("{name}: {without_file:?}; with the file {with_file:?}"))
}

fn are_found(kind: EngineKind, attacks: &[Attack]) {
    let unfound: Vec<String> = attacks.iter().filter_map(|a| unfound(kind, a)).collect();
    assert!(unfound.is_empty(), "{kind:?}:\n{}", unfound.join("\n"));
}

#[test]
fn changed_records_are_found_on_sqlite() {
    are_found(EngineKind::SqliteOnDisk, &on_records());
}

#[test]
fn changed_records_are_found_on_postgres() {
    are_found(EngineKind::Postgres, &on_records());
}

#[test]
fn cut_ends_and_changed_checkpoints_are_found_on_sqlite() {
    are_found(EngineKind::SqliteOnDisk, &on_ends_and_checkpoints());
}

#[test]
fn cut_ends_and_changed_checkpoints_are_found_on_postgres() {
    are_found(EngineKind::Postgres, &on_ends_and_checkpoints());
}

/// A whole stream, as one connection wrote it, is missing.
#[test]
fn a_deleted_stream_is_found() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let database = database(kind);
        let mut scene = Scene::new(&database);
        let store = database.open_again(StoreOptions {
            connections: 1,
            ..StoreOptions::default()
        });
        let first = rows(
            scene.instance.store,
            "SELECT stream_id FROM audit_records",
            vec![],
        );
        let first = first[0].text("stream_id").unwrap();
        scene.instance.beside(&store).person("heidi");
        scene.checkpoint();
        let seen = wait(verify(
            &store,
            &scene.instance.pins(),
            Some(scene.file.path()),
        ))
        .unwrap();
        assert_eq!((seen.streams, seen.findings.len()), (2, 0), "{kind:?}");
        let sql = "DELETE FROM audit_records WHERE stream_id <> $1";
        assert_eq!(scene.execute(sql, vec![first.as_str().into()]), 1);
        let (without_file, with_file) = scene.findings();
        let gone = |f: &Finding| matches!(f, Finding::Truncated { found: 0, signed: 1, stream_id, .. } if *stream_id != first);
        assert!(without_file.iter().any(gone), "{kind:?}: {without_file:?}");
        assert_eq!(
            with_file.iter().filter(|f| gone(f)).count(),
            2,
            "both places"
        );
    }
}

/// A copy of the database as another database, and its handle.
fn restored(database: &TestDatabase, copy: PathBuf) -> (TestDatabase, Option<Store>) {
    if database.kind == EngineKind::SqliteOnDisk {
        let url = signet::store::DatabaseUrl::SqliteFile(copy);
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        return (TestDatabase::new(EngineKind::SqliteInMemory), Some(store));
    }
    let target = TestDatabase::empty(EngineKind::Postgres, StoreOptions::default());
    let done = Command::new("pg_restore")
        .args([
            "--no-owner",
            "--exit-on-error",
            "--dbname",
            &target.url_text(),
        ])
        .arg(&copy)
        .status()
        .unwrap();
    assert!(done.success());
    (target, None)
}

/// An old copy is whole in itself: only what lies elsewhere knows that there was more. It stays found after the program
/// has gone on from it.
#[test]
fn an_old_copy_that_was_put_back_is_found() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let database = database(kind);
        let mut scene = Scene::new(&database);
        let copies = TestFolder::new();
        let copy = copies.path().join("copy");
        database.store().backup_to(&copy).unwrap();
        scene.instance.person("heidi");
        scene.checkpoint();

        let (target, store) = restored(&database, copy);
        let store = store.as_ref().unwrap_or_else(|| target.store());
        let found = |file| {
            wait(verify(store, &scene.instance.pins(), file))
                .unwrap()
                .findings
        };
        let is_the_copy = |findings: &[Finding]| {
            let cut = |f: &Finding| {
                matches!(
                    f,
                    Finding::Truncated {
                        found: LAST,
                        signed: 13,
                        place: CheckpointPlace::File,
                        ..
                    }
                )
            };
            let lost = |f: &Finding| missing_checkpoint(f, &scene.checkpoints[2]);
            findings.iter().any(cut) && findings.iter().any(lost)
        };
        assert_eq!(found(None), [], "{kind:?}");
        let findings = found(Some(scene.file.path()));
        assert!(is_the_copy(&findings), "{kind:?}: {findings:?}");

        let instance = scene.instance.beside(store);
        instance.person("ivan");
        wait(
            instance
                .audit
                .checkpoint(&instance.op(), &instance.keys, Some(&scene.file)),
        )
        .unwrap();
        let findings = found(Some(scene.file.path()));
        assert!(is_the_copy(&findings), "{kind:?}: {findings:?}");
    }
}

fn with_file(change: impl Fn(Vec<String>) -> Vec<String>) -> Vec<Finding> {
    let database = database(EngineKind::SqliteInMemory);
    let scene = Scene::new(&database);
    let text = fs::read_to_string(scene.file.path()).unwrap();
    let changed = change(text.lines().map(str::to_owned).collect());
    fs::write(scene.file.path(), changed.join("\n") + "\n").unwrap();
    scene.findings().1
}

#[test]
fn a_changed_line_of_the_file_is_found() {
    let no_checkpoint = with_file(|lines| vec![lines[0].clone(), "{}".into(), lines[1].clone()]);
    assert_eq!(no_checkpoint, [Finding::BadLine { line: 2 }]);
    let other_time = with_file(|lines| {
        let mut line: serde_json::Value = serde_json::from_str(&lines[1]).unwrap();
        line["at"] = 5.into();
        vec![lines[0].clone(), line.to_string()]
    });
    let is_forged = |f: &Finding| {
        matches!(
            f,
            Finding::ForgedCheckpoint {
                place: CheckpointPlace::File,
                ..
            }
        )
    };
    assert!(other_time.iter().any(is_forged), "{other_time:?}");
    let strangers = with_file(|_| {
        let other = database(EngineKind::SqliteInMemory);
        let other = Scene::new(&other);
        let text = fs::read_to_string(other.file.path()).unwrap();
        text.lines().map(str::to_owned).collect()
    });
    let is_strangers = |f: &Finding| {
        matches!(
            f,
            Finding::UnknownKey {
                place: CheckpointPlace::File,
                ..
            }
        )
    };
    assert_eq!(strangers.iter().filter(|f| is_strangers(f)).count(), 2);
}

/// Whoever holds the signing key of a checkpoint could begin a second chain of them: that shows as well.
#[test]
fn a_second_chain_of_checkpoints_is_found() {
    let database = database(EngineKind::SqliteOnDisk);
    let scene = Scene::new(&database);
    let sql = "SELECT id, at, body, key_id, signature FROM audit_checkpoints";
    let aside = rows(scene.instance.store, sql, vec![]);
    scene.delete_checkpoints();
    let op = scene.instance.op();
    let second = scene
        .instance
        .audit
        .checkpoint(&op, &scene.instance.keys, None);
    wait(second).unwrap().unwrap();
    for row in aside {
        let text = |column: &str| Value::from(row.text(column).unwrap());
        let at = Value::from(row.int("at").unwrap());
        scene.execute(
            "INSERT INTO audit_checkpoints (id, at, body, key_id, signature) VALUES ($1, $2, $3, $4, $5)",
            vec![text("id"), at, text("body"), text("key_id"), text("signature")],
        );
    }
    let (findings, _) = scene.findings();
    assert!(
        matches!(findings.as_slice(), [Finding::SecondFirst { .. }]),
        "{findings:?}"
    );
}
