//! Each thing that can be done, and how it shows.

use signet::audit::{CheckpointPlace, Finding};
use signet::keys::Purpose;
use signet::store::Value;

use super::scene::{LAST, SEEN_BY_FIRST, SEEN_BY_SECOND, Scene};
use crate::keys_audit::wait;
use crate::store::engines::rows;

/// One thing to do, and how it shows.
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Scene<'_>),
    /// What must be among the findings.
    pub(super) found: fn(&Finding, &Scene<'_>) -> bool,
    /// Whether nothing but the file tells.
    pub(super) proof: Proof,
}

#[derive(PartialEq, Eq)]
pub(super) enum Proof {
    Database,
    FileAlone,
}

fn edited(finding: &Finding, at: i64) -> bool {
    matches!(finding, Finding::Edited { sequence, .. } if *sequence == at)
}

fn rewritten(finding: &Finding, at: i64, by: CheckpointPlace) -> bool {
    matches!(finding, Finding::Rewritten { sequence, place, .. } if *sequence == at && *place == by)
}

fn cut(finding: &Finding, end: i64, by: CheckpointPlace) -> bool {
    matches!(
        finding,
        Finding::Truncated { found, signed: SEEN_BY_SECOND, place, .. } if *found == end && *place == by
    )
}

pub(super) fn missing_checkpoint(finding: &Finding, id: &str) -> bool {
    matches!(finding, Finding::MissingCheckpoint { checkpoint } if checkpoint == id)
}

fn forged(finding: &Finding, id: &str, at: CheckpointPlace) -> bool {
    matches!(finding, Finding::ForgedCheckpoint { checkpoint, place } if checkpoint == id && *place == at)
}

pub(super) fn on_records() -> Vec<Attack> {
    use CheckpointPlace::{Database, File};
    vec![
        Attack {
            name: "a record is edited",
            run: |scene| scene.edit(3),
            found: |finding, _| edited(finding, 3),
            proof: Proof::Database,
        },
        Attack {
            name: "its time is changed",
            run: |scene| {
                scene.execute(
                    "UPDATE audit_records SET at = at - 1 WHERE sequence = 7",
                    vec![],
                );
            },
            found: |finding, _| edited(finding, 7),
            proof: Proof::Database,
        },
        Attack {
            name: "its kind is changed",
            run: |scene| {
                scene.execute(
                    "UPDATE audit_records SET kind = 'user.enabled' WHERE sequence = 12",
                    vec![],
                );
            },
            found: |finding, _| edited(finding, LAST),
            proof: Proof::Database,
        },
        Attack {
            name: "its id is changed",
            run: |scene| {
                scene.execute(
                    "UPDATE audit_records SET id = 'e0' WHERE sequence = 6",
                    vec![],
                );
            },
            found: |finding, _| edited(finding, 6),
            proof: Proof::Database,
        },
        Attack {
            name: "a record is edited and its hash fitted",
            run: |scene| {
                scene.edit(3);
                scene.rehash(Some(3));
            },
            found: |finding, _| matches!(finding, Finding::Unlinked { sequence: 4, .. }),
            proof: Proof::Database,
        },
        Attack {
            name: "a record is edited and all hashes fitted",
            run: |scene| {
                scene.edit(3);
                scene.rehash(None);
            },
            found: |finding, _| rewritten(finding, SEEN_BY_SECOND, Database),
            proof: Proof::Database,
        },
        Attack {
            name: "the same, and the database's checkpoints are deleted",
            run: |scene| {
                scene.edit(3);
                scene.rehash(None);
                scene.delete_checkpoints();
            },
            found: |finding, _| rewritten(finding, SEEN_BY_SECOND, File),
            proof: Proof::FileAlone,
        },
        Attack {
            name: "a record is deleted",
            run: |scene| scene.delete(4),
            found: |finding, _| {
                matches!(
                    finding,
                    Finding::Missing {
                        first: 4,
                        last: 4,
                        ..
                    }
                )
            },
            proof: Proof::Database,
        },
        Attack {
            name: "the first record is deleted",
            run: |scene| scene.delete(1),
            found: |finding, _| {
                matches!(
                    finding,
                    Finding::Missing {
                        first: 1,
                        last: 1,
                        ..
                    }
                )
            },
            proof: Proof::Database,
        },
        Attack {
            name: "a record is deleted, the others renumbered",
            run: |scene| {
                scene.delete(4);
                (5..=LAST).for_each(|n| scene.renumber(n, n - 1));
            },
            found: |finding, _| edited(finding, 4),
            proof: Proof::Database,
        },
        Attack {
            name: "the same, and all hashes fitted",
            run: |scene| {
                scene.delete(4);
                (5..=LAST).for_each(|n| scene.renumber(n, n - 1));
                scene.rehash(None);
            },
            found: |finding, _| rewritten(finding, SEEN_BY_SECOND, Database),
            proof: Proof::Database,
        },
        Attack {
            name: "two records change places",
            run: |scene| exchange(scene, 5, 6),
            found: |finding, _| edited(finding, 6),
            proof: Proof::Database,
        },
        Attack {
            name: "the same, and all hashes fitted",
            run: |scene| {
                exchange(scene, 5, 6);
                scene.rehash(None);
            },
            found: |finding, _| rewritten(finding, SEEN_BY_SECOND, Database),
            proof: Proof::Database,
        },
        Attack {
            name: "records are moved to a stream of their own",
            run: |scene| {
                scene.execute(
                    "UPDATE audit_records SET stream_id = 'other' WHERE sequence > 8",
                    vec![],
                );
            },
            found: |finding, _| cut(finding, SEEN_BY_FIRST, Database),
            proof: Proof::Database,
        },
    ]
}

fn exchange(scene: &Scene<'_>, one: i64, two: i64) {
    scene.renumber(one, 1_000);
    scene.renumber(two, one);
    scene.renumber(1_000, two);
}

pub(super) fn on_ends_and_checkpoints() -> Vec<Attack> {
    use CheckpointPlace::{Database, File};
    vec![
        Attack {
            name: "the end is cut off",
            run: |scene| scene.delete_behind(10),
            found: |finding, _| cut(finding, 10, Database),
            proof: Proof::Database,
        },
        Attack {
            name: "the end is cut off, with the checkpoint that saw it",
            run: |scene| {
                scene.delete_behind(SEEN_BY_FIRST);
                let last = scene.checkpoints[1].as_str().into();
                scene.execute("DELETE FROM audit_checkpoints WHERE id = $1", vec![last]);
            },
            found: |finding, _| cut(finding, SEEN_BY_FIRST, File),
            proof: Proof::FileAlone,
        },
        Attack {
            name: "everything is deleted",
            run: |scene| {
                scene.delete_behind(0);
                scene.delete_checkpoints();
            },
            found: |finding, _| cut(finding, 0, File),
            proof: Proof::FileAlone,
        },
        Attack {
            name: "the last checkpoint is deleted",
            run: |scene| {
                let last = scene.checkpoints[1].as_str().into();
                scene.execute("DELETE FROM audit_checkpoints WHERE id = $1", vec![last]);
            },
            found: |finding, scene| missing_checkpoint(finding, &scene.checkpoints[1]),
            proof: Proof::FileAlone,
        },
        Attack {
            name: "the first checkpoint is deleted",
            run: |scene| {
                let first = scene.checkpoints[0].as_str().into();
                scene.execute("DELETE FROM audit_checkpoints WHERE id = $1", vec![first]);
            },
            found: |finding, scene| missing_checkpoint(finding, &scene.checkpoints[0]),
            proof: Proof::Database,
        },
        Attack {
            name: "all checkpoints are deleted, and the program makes a new first one",
            run: |scene| {
                scene.delete_checkpoints();
                let op = scene.instance.op();
                wait(
                    scene
                        .instance
                        .audit
                        .checkpoint(&op, &scene.instance.keys, None),
                )
                .unwrap();
            },
            found: |finding, scene| missing_checkpoint(finding, &scene.checkpoints[0]),
            proof: Proof::FileAlone,
        },
        Attack {
            name: "a checkpoint's text is exchanged for that of the older one",
            run: |scene| exchange_checkpoint(scene, "body"),
            found: |finding, scene| forged(finding, &scene.checkpoints[1], Database),
            proof: Proof::Database,
        },
        Attack {
            name: "its text and signature are",
            run: |scene| {
                exchange_checkpoint(scene, "body");
                exchange_checkpoint(scene, "signature");
            },
            found: |finding, scene| forged(finding, &scene.checkpoints[1], Database),
            proof: Proof::Database,
        },
        Attack {
            name: "its time is changed",
            run: |scene| {
                scene.execute("UPDATE audit_checkpoints SET at = at + 1", vec![]);
            },
            found: |finding, scene| forged(finding, &scene.checkpoints[0], Database),
            proof: Proof::Database,
        },
        Attack {
            name: "the stream is rewritten, and the hash in the checkpoint fitted",
            run: fit_checkpoint,
            found: |finding, scene| forged(finding, &scene.checkpoints[1], Database),
            proof: Proof::Database,
        },
        Attack {
            name: "a checkpoint is signed with a key of another purpose",
            run: sign_with_another_key,
            found: |finding, scene| matches!(finding, Finding::UnknownKey { checkpoint, place: Database, .. } if *checkpoint == scene.checkpoints[1]),
            proof: Proof::Database,
        },
    ]
}

fn exchange_checkpoint(scene: &Scene<'_>, column: &str) {
    let sql = format!(
        "UPDATE audit_checkpoints SET {column} = (SELECT o.{column} FROM audit_checkpoints o WHERE o.id = $1) WHERE id = $2"
    );
    let [older, newer] = [0, 1].map(|n| Value::from(scene.checkpoints[n].as_str()));
    assert_eq!(scene.execute(&sql, vec![older, newer]), 1);
}

/// Everything fits but the signature.
fn fit_checkpoint(scene: &mut Scene<'_>) {
    let hash = || {
        let sql = "SELECT hash FROM audit_records WHERE sequence = $1";
        let found = rows(scene.instance.store, sql, vec![SEEN_BY_SECOND.into()]);
        found[0].text("hash").unwrap()
    };
    let before = hash();
    scene.edit(3);
    scene.rehash(None);
    let changed = scene.execute(
        "UPDATE audit_checkpoints SET body = REPLACE(body, $1, $2) WHERE id = $3",
        vec![
            before.into(),
            hash().into(),
            scene.checkpoints[1].as_str().into(),
        ],
    );
    assert_eq!(changed, 1);
}

/// A good signature by a key of this instance, which is for tokens.
fn sign_with_another_key(scene: &mut Scene<'_>) {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let key = scene.instance.keys.active(Purpose::OpenIdConnect).unwrap();
    let id = scene.checkpoints[1].as_str();
    let sql = "SELECT body FROM audit_checkpoints WHERE id = $1";
    let found = rows(scene.instance.store, sql, vec![id.into()]);
    let text = found[0].text("body").unwrap();
    let mut body: serde_json::Value = serde_json::from_str(&text).unwrap();
    body["key_id"] = key.id().as_str().into();
    body["public_key"] = STANDARD.encode(key.public_key_der()).into();
    let text = body.to_string();
    let signature = URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()).unwrap());
    scene.execute(
        "UPDATE audit_checkpoints SET body = $1, key_id = $2, signature = $3 WHERE id = $4",
        vec![
            text.as_str().into(),
            key.id().as_str().into(),
            signature.as_str().into(),
            id.into(),
        ],
    );
}
