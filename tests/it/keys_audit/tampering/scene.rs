//! The audit that is tampered with, and the tools for it.

use signet::audit::{CheckpointFile, Finding, verify};
use signet::store::{
    AuditEntry, ChainedRecord, FIRST_PREVIOUS_HASH, StoreOptions, Value, record_hash,
};

use crate::keys_audit::{Instance, wait};
use crate::store::engines::{EngineKind, TestDatabase, rows};

/// An audit of one stream: six records of the instance's making, two people before the first checkpoint, three
/// before the second, one after it.
pub(super) struct Scene<'a> {
    pub(super) instance: Instance<'a>,
    pub(super) file: CheckpointFile,
    /// The two checkpoints, the older first.
    pub(super) checkpoints: Vec<String>,
}

/// The last record that the first, the second checkpoint and nobody saw.
pub(super) const SEEN_BY_FIRST: i64 = 8;
pub(super) const SEEN_BY_SECOND: i64 = 11;
pub(super) const LAST: i64 = 12;

pub(super) fn database(kind: EngineKind) -> TestDatabase {
    let options = StoreOptions {
        connections: 1,
        ..StoreOptions::default()
    };
    TestDatabase::with(kind, options)
}

impl<'a> Scene<'a> {
    pub(super) fn new(database: &'a TestDatabase) -> Self {
        let instance = Instance::new(database);
        let file = CheckpointFile::new(instance.folder.path().join("checkpoints"));
        let mut scene = Self {
            instance,
            file,
            checkpoints: Vec::new(),
        };
        for names in [["alice", "bob"].as_slice(), &["dave", "erin", "frank"]] {
            for name in names {
                scene.instance.person(name);
            }
            scene.checkpoint();
        }
        scene.instance.person("grace");
        scene
    }

    pub(super) fn checkpoint(&mut self) {
        let (op, keys) = (self.instance.op(), &self.instance.keys);
        let made = self.instance.audit.checkpoint(&op, keys, Some(&self.file));
        self.checkpoints.push(wait(made).unwrap().unwrap().id);
    }

    pub(super) fn execute(&self, sql: &str, params: Vec<Value>) -> u64 {
        let sql = sql.to_owned();
        self.instance
            .store
            .write_blocking(move |txn| txn.execute(&sql, &params))
            .unwrap()
    }

    /// Changes one record in a way that nothing but its contents tells.
    pub(super) fn edit(&self, sequence: i64) {
        let sql = "UPDATE audit_records SET body = REPLACE(body, 'active', 'retired') WHERE sequence = $1";
        assert_eq!(self.execute(sql, vec![sequence.into()]), 1);
    }

    pub(super) fn renumber(&self, from: i64, to: i64) {
        let sql = "UPDATE audit_records SET sequence = $1 WHERE sequence = $2";
        assert_eq!(self.execute(sql, vec![to.into(), from.into()]), 1);
    }

    pub(super) fn delete(&self, sequence: i64) {
        let sql = "DELETE FROM audit_records WHERE sequence = $1";
        assert_eq!(self.execute(sql, vec![sequence.into()]), 1);
    }

    pub(super) fn delete_behind(&self, sequence: i64) {
        let sql = "DELETE FROM audit_records WHERE sequence > $1";
        assert!(self.execute(sql, vec![sequence.into()]) > 0);
    }

    pub(super) fn delete_checkpoints(&self) {
        assert_eq!(self.execute("DELETE FROM audit_checkpoints", vec![]), 2);
    }

    /// Gives the records fitting hashes, as anybody can compute them: all, or only the one.
    pub(super) fn rehash(&self, only: Option<i64>) {
        let mut previous_hash = FIRST_PREVIOUS_HASH.to_owned();
        let sql = "SELECT stream_id, sequence, id, at, kind, body, hash FROM audit_records ORDER BY sequence";
        for row in rows(self.instance.store, sql, vec![]) {
            let entry = AuditEntry {
                id: row.text("id").unwrap(),
                at: row.int("at").unwrap(),
                kind: row.text("kind").unwrap(),
                body: row.text("body").unwrap(),
            };
            let sequence = row.int("sequence").unwrap();
            let hash = if only.is_none_or(|only| only == sequence) {
                record_hash(&ChainedRecord {
                    stream_id: &row.text("stream_id").unwrap(),
                    sequence,
                    previous_hash: &previous_hash,
                    entry: &entry,
                })
            } else {
                row.text("hash").unwrap()
            };
            if only.is_none_or(|only| only == sequence) {
                self.execute(
                    "UPDATE audit_records SET previous_hash = $1, hash = $2 WHERE sequence = $3",
                    vec![
                        previous_hash.as_str().into(),
                        hash.as_str().into(),
                        sequence.into(),
                    ],
                );
            }
            previous_hash = hash;
        }
    }

    /// Without the file, and with it.
    pub(super) fn findings(&self) -> (Vec<Finding>, Vec<Finding>) {
        let found = |file| {
            let (store, pins) = (self.instance.store, self.instance.pins());
            wait(verify(store, &pins, file)).unwrap().findings
        };
        (found(None), found(Some(self.file.path())))
    }
}
