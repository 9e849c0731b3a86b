//! The audit's streams: positions and hashes.

use std::collections::BTreeMap;
use std::thread;

use signet::store::{
    AuditEntry, ChainedRecord, FIRST_PREVIOUS_HASH, Store, StoreError, record_hash,
};

use super::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(
    the_chain_goes_on_after_a_rollback,
    the_chain_goes_on_after_a_refused_record,
    streams_of_many_threads_verify,
);

pub(crate) fn entry(id: &str) -> AuditEntry {
    AuditEntry {
        id: id.into(),
        at: 1_700_000_000_000,
        kind: "test.happened".into(),
        body: format!("{{\"id\":\"{id}\"}}"),
    }
}

fn append(store: &Store, id: &str) -> Result<(), StoreError> {
    let entry = entry(id);
    store.write_blocking(move |txn| txn.append_audit(&entry))
}

/// Recomputes every hash and position; returns the ids in each stream.
pub(crate) fn verified(store: &Store) -> BTreeMap<String, Vec<String>> {
    let mut streams: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut previous = FIRST_PREVIOUS_HASH.to_owned();
    for row in rows(
        store,
        "SELECT stream_id, sequence, id, at, kind, body, previous_hash, hash FROM audit_records
         ORDER BY stream_id, sequence",
        vec![],
    ) {
        let stream_id = row.text("stream_id").unwrap();
        let ids = streams.entry(stream_id.clone()).or_default();
        if ids.is_empty() {
            previous = FIRST_PREVIOUS_HASH.to_owned();
        }
        let entry = AuditEntry {
            id: row.text("id").unwrap(),
            at: row.int("at").unwrap(),
            kind: row.text("kind").unwrap(),
            body: row.text("body").unwrap(),
        };
        let record = ChainedRecord {
            stream_id: &stream_id,
            sequence: row.int("sequence").unwrap(),
            previous_hash: &row.text("previous_hash").unwrap(),
            entry: &entry,
        };
        assert_eq!(
            record.sequence,
            ids.len() as i64 + 1,
            "no gap in the sequence"
        );
        assert_eq!(record.previous_hash, previous);
        assert_eq!(row.text("hash").unwrap(), record_hash(&record));
        previous = row.text("hash").unwrap();
        ids.push(entry.id);
    }
    streams
}

fn the_chain_goes_on_after_a_rollback(db: &TestDatabase) {
    for round in 0..5 {
        append(db.store(), &format!("kept-{round}")).unwrap();
        let undone = db.store().write_blocking(|txn| {
            txn.append_audit(&entry("undone-1"))?;
            txn.append_audit(&entry("undone-2"))?;
            Err::<(), _>(StoreError::Data("no".into()))
        });
        assert!(undone.is_err());
        let panicked: Result<(), _> = db.store().write_blocking(|txn| {
            txn.append_audit(&entry("undone-1"))?;
            panic!("a test's panic");
        });
        assert!(panicked.is_err());
        db.store()
            .write_blocking(move |txn| {
                txn.append_audit(&entry(&format!("two-{round}")))?;
                txn.append_audit(&entry(&format!("three-{round}")))
            })
            .unwrap();
    }
    let ids: Vec<_> = verified(db.store()).into_values().flatten().collect();
    assert_eq!(ids.len(), 15);
    assert!(ids.iter().all(|id| !id.starts_with("undone")));
}

/// The insert itself fails: an id used twice.
fn the_chain_goes_on_after_a_refused_record(db: &TestDatabase) {
    append(db.store(), "once").unwrap();
    assert!(matches!(
        append(db.store(), "once"),
        Err(StoreError::Sql(_))
    ));
    append(db.store(), "after").unwrap();
    let ids: Vec<_> = verified(db.store()).into_values().flatten().collect();
    assert_eq!(ids.len(), 2);
}

fn streams_of_many_threads_verify(db: &TestDatabase) {
    let threads: Vec<_> = (0..16)
        .map(|t| {
            let store = db.store().clone();
            thread::spawn(move || {
                for i in 0..10 {
                    append(&store, &format!("{t}-{i}")).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let streams = verified(db.store());
    assert_eq!(streams.values().map(Vec::len).sum::<usize>(), 160);
    if db.kind != EngineKind::Postgres {
        assert_eq!(streams.len(), 1, "SQLite has one connection that writes");
    }
}

/// Every field is under the hash, and no two fields can trade characters.
#[test]
fn the_hash_covers_every_field() {
    let entry = entry("e");
    let record = ChainedRecord {
        stream_id: "s",
        sequence: 1,
        previous_hash: "p",
        entry: &entry,
    };
    let mut hashes = vec![record_hash(&record)];
    hashes.push(record_hash(&ChainedRecord {
        stream_id: "t",
        ..record
    }));
    hashes.push(record_hash(&ChainedRecord {
        sequence: 2,
        ..record
    }));
    hashes.push(record_hash(&ChainedRecord {
        previous_hash: "q",
        ..record
    }));
    hashes.push(record_hash(&ChainedRecord {
        stream_id: "s1",
        previous_hash: "",
        ..record
    }));
    for changed in [
        AuditEntry {
            id: "f".into(),
            ..entry.clone()
        },
        AuditEntry {
            at: 1,
            ..entry.clone()
        },
        AuditEntry {
            kind: "k".into(),
            ..entry.clone()
        },
        AuditEntry {
            body: "b".into(),
            ..entry.clone()
        },
        AuditEntry {
            kind: format!("{}{{", entry.kind),
            body: entry.body[1..].into(),
            ..entry.clone()
        },
    ] {
        hashes.push(record_hash(&ChainedRecord {
            entry: &changed,
            ..record
        }));
    }
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
    assert!(hashes.iter().all(|h| h.len() == 64));
}

/// The form that other people's verifiers compute: changing it breaks every chain that exists.
#[test]
fn the_hash_is_what_the_documentation_says() {
    let entry = AuditEntry {
        id: "i".into(),
        at: 12,
        kind: "k".into(),
        body: "{}".into(),
    };
    let mut octets = Vec::new();
    for field in ["s", "7", "", "i", "12", "k", "{}"] {
        octets.extend((field.len() as u64).to_be_bytes());
        octets.extend(field.as_bytes());
    }
    let expected = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &octets);
    let record = ChainedRecord {
        stream_id: "s",
        sequence: 7,
        previous_hash: "",
        entry: &entry,
    };
    assert_eq!(record_hash(&record), hex::encode(expected));
}
