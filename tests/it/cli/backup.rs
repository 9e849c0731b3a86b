//! `signet backup` and `signet restore`: what is restored is whole, and nothing that may have been used comes back.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use signet::store::{DatabaseUrl, Store, StoreOptions};

use super::program::Place;
use crate::store::engines::rows;

fn instance(place: Place) -> Place {
    place.init();
    place
}

/// Rows as they may lie in any instance, without going through the pages.
fn plant(place: &Place) {
    let store = store(place);
    let planted = store.write_blocking(|txn| {
        let user = txn.query_opt("SELECT id FROM users", &[])?.unwrap().text("id")?;
        let user = || user.as_str().into();
        txn.execute(
            "INSERT INTO browser_sessions (id, secret_hash, user_id, authenticated_at, factors, created_at, last_seen_at, \
             idle_ends_at, ends_at, user_agent, csrf_key) VALUES ('s1', 'h', $1, 1, '[]', 1, 1, 9999999999999, 9999999999999, '', 'k')",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO pending_sign_ins (id, browser_hash, request_key, continuation, progress, created_at, expires_at, revision) \
             VALUES ('p1', 'b', 'r', '{}', '{}', 1, 9999999999999, 0)",
            &[],
        )?;
        txn.execute(
            "INSERT INTO applications (id, name, name_key, state, entity_id, registration, created_at, revision, protocol) \
             VALUES ('a0123456789abcdef0123456789abcdef', 'a', 'a', 'disabled', 'a', $1, 1, 0, 'oauth')",
            &[r#"{"client_id":"a"}"#.into()],
        )?;
        txn.execute(
            "INSERT INTO token_families (id, app_id, user_id, session_id, offline, granted, created_at, ends_at) \
             VALUES ('f1', 'a0123456789abcdef0123456789abcdef', $1, 's1', 1, '{}', 1, 9999999999999)",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO api_tokens (id, token_hash, user_id, name, scopes, created_at, expires_at) \
             VALUES ('y1', 'h', $1, 'n', '[]', 1, 9999999999999)",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO mail_outbox (id, user_id, kind, state, attempts, created_at, next_try_at, deadline, expires_at) \
             VALUES ('m1', $1, 'invitation', 'waiting', 0, 1, 1, 9999999999999, 9999999999999)",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO approvals (id, fingerprint, change_name, about, detail, requested_by, created_at, expires_at, agreed_by, agreed_at) \
             VALUES ('v1', 'f', 'role', '[]', '', $1, 1, 9999999999999, $1, 1)",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO address_changes (user_id, email, former_hash, new_hash, former_email, begun_at, expires_at) \
             VALUES ($1, 'e', 'f', 'n', 'e', 1, 9999999999999)",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO recovery_passes (user_id, pass_hash, expires_at, required) VALUES ($1, 'h', 9999999999999, 0)",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ($1, 'c', 1)",
            &[user()],
        )?;
        txn.execute(
            "INSERT INTO totp_devices (id, user_id, sealed_secret, confirmed_at, last_step, created_at) \
             VALUES ('d1', $1, 'x', 1, 5, 1)",
            &[user()],
        )
    });
    assert_eq!(planted.unwrap(), 1);
}

pub(super) fn store(place: &Place) -> Store {
    let url = DatabaseUrl::parse(&place.database_url()).unwrap();
    Store::open(
        &url.relative_to(place.folder.path()),
        StoreOptions::default(),
    )
    .unwrap()
}

/// The keys and settings of one place, over another database.
fn beside(from: &Place, to: &Place) {
    fs::create_dir(to.path("keys")).unwrap();
    fs::set_permissions(to.path("keys"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::copy(from.path("keys/master.key"), to.path("keys/master.key")).unwrap();
    let text = fs::read_to_string(from.path("signet.toml")).unwrap();
    fs::write(
        to.path("signet.toml"),
        text.replace(&from.database_url(), &to.database_url()),
    )
    .unwrap();
    fs::create_dir(to.path("data")).unwrap();
    fs::copy(from.path("it.backup"), to.path("it.backup")).unwrap();
}

fn comes_back_safe(place: &Place, new: &Place) {
    plant(place);
    place.run(&["config", "apply", "/dev/null"]).ok();
    let said = place.run(&["backup", "it.backup"]).ok();
    assert!(
        said.err.contains("opened again and found whole"),
        "{}",
        said.err
    );
    let mode = fs::metadata(place.path("it.backup"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let sealed = fs::read(place.path("it.backup")).unwrap();
    for plain in [&b"SQLite format"[..], b"PGDMP", b"ada@example.com"] {
        assert!(!sealed.windows(plain.len()).any(|w| w == plain));
    }
    place
        .run(&["backup", "it.backup"])
        .failed("is there already");
    place
        .run(&["restore", "it.backup"])
        .failed("is there already");

    beside(place, new);
    let said = new.run(&["restore", "it.backup"]).ok();
    assert!(
        said.err
            .contains("1 sessions, 1 sign-ins in progress, 1 one-time links, 1 recovery codes"),
        "{}",
        said.err
    );
    let store = store(new);
    let left = |sql| rows(&store, sql, vec![]).len();
    assert_eq!(
        left("SELECT id FROM browser_sessions WHERE revoked_at IS NULL"),
        0
    );
    assert_eq!(left("SELECT id FROM pending_sign_ins"), 0);
    assert_eq!(
        left("SELECT id FROM api_tokens WHERE revoked_at IS NULL"),
        0
    );
    assert_eq!(left("SELECT id FROM mail_outbox"), 0);
    assert_eq!(left("SELECT id FROM approvals"), 0);
    assert_eq!(left("SELECT user_id FROM address_changes"), 0);
    assert_eq!(
        left("SELECT user_id FROM recovery_passes WHERE pass_hash IS NOT NULL"),
        0
    );
    assert_eq!(
        left("SELECT id FROM token_families WHERE revoked_at IS NULL"),
        0
    );
    assert_eq!(
        left("SELECT token_hash FROM one_time_links WHERE used_at IS NULL"),
        0
    );
    assert_eq!(
        left("SELECT code_hash FROM recovery_codes WHERE used_at IS NULL"),
        0
    );
    let now = std::process::Command::new("date")
        .arg("+%s")
        .output()
        .unwrap();
    let now: i64 = String::from_utf8(now.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let step = rows(&store, "SELECT last_step FROM totp_devices", vec![])[0]
        .int("last_step")
        .unwrap();
    // The code of the next step is accepted by a server whose clock is behind: it must not be usable either.
    assert!((now / 30..=now / 30 + 1).contains(&step), "{step}");
    drop(store);
    assert!(new.run(&["audit", "verify"]).ok().err.contains("intact"));
    let export = new.run(&["audit", "export"]).ok().out;
    assert!(export.contains("\"backup.restored\""), "{export}");
    assert_eq!(
        new.run(&["config", "export"]).ok().out,
        place.run(&["config", "export"]).ok().out
    );
    new.run(&["restore", "it.backup"])
        .failed("is there already");
}

#[test]
fn an_sqlite_instance_comes_back_safe() {
    comes_back_safe(&instance(Place::empty()), &Place::empty());
}

#[test]
fn a_postgres_instance_comes_back_safe() {
    comes_back_safe(&instance(Place::with_postgres()), &Place::with_postgres());
}

/// Before a migration is when a copy is wanted most; and every message asks for it there.
#[test]
fn a_database_that_is_older_than_the_program_is_copied() {
    let place = instance(Place::empty());
    let last = signet::store::known_migrations().last().unwrap();
    let file = place.path("data/signet.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    let forget = "DELETE FROM schema_migrations WHERE name = ?1";
    assert_eq!(database.execute(forget, [last]).unwrap(), 1);
    drop(database);
    place.run(&["config", "export"]).failed("make a backup");
    place.run(&["backup", "it.backup"]).ok();
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_looking() {
    let place = instance(Place::empty());
    fs::remove_dir_all(place.path("data")).unwrap();
    fs::create_dir(place.path("data")).unwrap();
    let said = place.run(&["keys", "list"]).failed("is not there");
    assert!(said.err.contains("move"), "{}", said.err);
    assert_eq!(fs::read_dir(place.path("data")).unwrap().count(), 0);
}

#[test]
fn a_changed_cut_or_foreign_backup_makes_nothing() {
    let place = instance(Place::empty());
    place.run(&["backup", "it.backup"]).ok();
    let whole = fs::read(place.path("it.backup")).unwrap();
    let new = Place::empty();
    beside(&place, &new);
    let try_it = |octets: &[u8], says: &str| {
        fs::write(new.path("it.backup"), octets).unwrap();
        new.run(&["restore", "it.backup"]).failed(says);
        assert_eq!(fs::read_dir(new.path("data")).unwrap().count(), 0, "{says}");
    };
    let mut changed = whole.clone();
    let middle = whole.len() / 2;
    changed[middle] ^= 1;
    try_it(&changed, "damaged or was changed");
    try_it(&whole[..whole.len() - 20], "damaged or was changed");
    let head = whole.iter().position(|b| *b == b'\n').unwrap();
    try_it(&whole[..=head], "damaged or was changed");
    // The head is open to read, and bound to every block.
    let text = String::from_utf8(whole[..head].to_vec()).unwrap();
    let other = text.replace("\"version\":\"", "\"version\":\"9");
    assert_ne!(text, other);
    try_it(
        &[other.as_bytes(), &whole[head..]].concat(),
        "damaged or was changed",
    );
    try_it(b"SQLite format 3\0", "not a backup");
    try_it(b"", "not a backup");
    let newer = text.replace("\"signet_backup\":1", "\"signet_backup\":2");
    try_it(&[newer.as_bytes(), &whole[head..]].concat(), "newer Signet");

    let stranger = instance(Place::empty());
    fs::remove_dir_all(stranger.path("data")).unwrap();
    fs::write(stranger.path("it.backup"), &whole).unwrap();
    stranger
        .run(&["restore", "it.backup"])
        .failed("put the master key of the backup's time there");
}

#[test]
fn the_checkpoints_of_what_was_lost_are_kept() {
    let place = instance(Place::empty());
    place.run(&["backup", "it.backup"]).ok();
    fs::write(place.path("checkpoints.jsonl"), "{}\n").unwrap();
    fs::remove_dir_all(place.path("data")).unwrap();
    fs::create_dir(place.path("data")).unwrap();
    let said = place.run(&["restore", "it.backup"]).ok();
    assert!(said.err.contains("a new one begins"), "{}", said.err);
    assert!(!place.path("checkpoints.jsonl").exists());
    place.run(&["audit", "verify"]).ok();
}
