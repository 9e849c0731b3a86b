//! What cannot be made to happen in a test is judged as a value: other users' files, disks, years, clocks.

use std::path::Path;

use signet::cli::doctor::{Severity, audit, disk, keys, network, signing_keys};
use signet::keys::{KeysError, MasterKeyError};
use signet::model::{KeyFacts, KeyState, Purpose, Span};

use crate::keys_audit::{Instance, START};
use crate::store::engines::{EngineKind, TestDatabase};

#[test]
fn a_file_of_another_user_is_not_opened() {
    let file = Path::new("data/signet.db");
    assert!(disk::owner(file, 1_000, 1_000).is_none());
    let found = disk::owner(file, 1_000, 0).unwrap();
    assert_eq!(
        (found.code, found.severity),
        ("DATABASE_OWNER", Severity::Broken)
    );
    assert!(found.fix.contains("sudo -u '#1000'"), "{found}");
}

#[test]
fn a_database_belongs_on_a_local_disk() {
    let folder = Path::new("data");
    // ext4, Btrfs, XFS, tmpfs, overlayfs.
    for local in [0xef53, 0x9123_683e, 0x5846_5342, 0x0102_1994, 0x794c_7630] {
        assert!(disk::file_system(folder, local).is_none(), "{local:x}");
    }
    for (number, name) in [(0x6969, "NFS"), (0xfe53_4d42, "SMB"), (0x6573_5546, "FUSE")] {
        let found = disk::file_system(folder, number).unwrap();
        assert_eq!(
            (found.code, found.severity),
            ("DATABASE_ON_NETWORK", Severity::Broken)
        );
        assert!(found.cause.contains(name), "{found}");
    }
}

#[test]
fn a_disk_that_fills_is_told_in_time() {
    let of = |mebibytes: u64| {
        let found = disk::space(Path::new("data"), mebibytes * 1024 * 1024);
        assert_eq!(found.code, "DISK_SPACE");
        found.severity
    };
    assert_eq!(of(63), Severity::Broken);
    assert_eq!(of(64), Severity::Warning);
    assert_eq!(of(1_023), Severity::Warning);
    assert_eq!(of(1_024), Severity::Ok);
}

#[test]
fn two_clocks_may_differ_a_little() {
    let of = |seconds: i64| {
        let found = network::skew(START.plus(Span::seconds(seconds)), START);
        let same = network::skew(START, START.plus(Span::seconds(seconds)));
        assert_eq!(found, same);
        (found.code, found.severity)
    };
    assert_eq!(of(10), ("CLOCK", Severity::Ok));
    assert_eq!(of(11), ("CLOCK_SKEW", Severity::Warning));
    assert_eq!(of(60), ("CLOCK_SKEW", Severity::Warning));
    assert_eq!(of(61), ("CLOCK_SKEW", Severity::Broken));
}

#[test]
fn records_that_nothing_signs_are_told() {
    let every = Span::seconds(60);
    let of = |last: Option<i64>, newest: Option<i64>| {
        let at = |seconds: i64| START.plus(Span::seconds(seconds));
        let times = (at(1_000), every);
        audit::lateness(last.map(at), newest.map(at), times).map(|f| (f.code, f.severity))
    };
    assert_eq!(of(None, None), None);
    assert_eq!(of(Some(500), Some(500)), None);
    assert_eq!(of(Some(500), Some(821)), None);
    let stopped = Some(("CHECKPOINTS_STOPPED", Severity::Broken));
    assert_eq!(of(Some(500), Some(819)), stopped);
    assert_eq!(of(None, Some(1)), stopped);
}

#[test]
fn a_key_is_told_of_before_it_ends() {
    let database = TestDatabase::new(EngineKind::SqliteInMemory);
    let keys = Instance::new(&database).keys.list();
    let end = keys.iter().map(|k| k.not_after).min().unwrap();
    let codes = |keys: &[KeyFacts], now| {
        let found = signing_keys::life(keys, now);
        let saml = found
            .iter()
            .find(|f| f.subject.starts_with("saml"))
            .unwrap();
        (saml.code, saml.severity)
    };
    let soon = end.minus(Span::days(59));
    assert_eq!(codes(&keys, START), ("SIGNING_KEY", Severity::Ok));
    assert_eq!(
        codes(&keys, end.minus(Span::days(61))),
        ("SIGNING_KEY", Severity::Ok)
    );
    assert_eq!(codes(&keys, soon), ("NEXT_KEY_MISSING", Severity::Warning));
    assert_eq!(codes(&keys, end), ("SIGNING_KEY_EXPIRED", Severity::Broken));
    let mut two = keys.clone();
    two.extend(keys.iter().cloned().map(|key| KeyFacts {
        state: KeyState::Next,
        ..key
    }));
    assert_eq!(
        codes(&two, soon),
        ("SIGNING_KEY_EXPIRING", Severity::Warning)
    );
    let without: Vec<_> = keys
        .into_iter()
        .filter(|k| k.purpose != Purpose::Saml)
        .collect();
    assert_eq!(
        codes(&without, START),
        ("SIGNING_KEY_MISSING", Severity::Broken)
    );
}

#[test]
fn a_master_key_of_another_user_is_named_with_both() {
    let error = KeysError::Master(MasterKeyError::Owner {
        path: "keys/master.key".into(),
        owner: 1_000,
        user: 0,
    });
    let found = keys::refused("keys/master.key", &error);
    assert_eq!(
        (found.code, found.severity),
        ("MASTER_KEY_OWNER", Severity::Broken)
    );
    assert!(
        found.cause.contains("user 1000") && found.cause.contains("user 0"),
        "{found}"
    );
    assert!(found.fix.contains("run this as that user"), "{found}");
}
