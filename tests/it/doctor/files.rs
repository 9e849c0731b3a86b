//! The configuration, the master key, and the database's files.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::{Examined, edit, instance};
use crate::cli::program::{Place, free_port};

fn mode(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.path(name), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_instance_has_nothing_broken() {
    let place = instance();
    let seen = Examined::of(&place);
    assert_eq!(seen.codes("broken"), [""; 0]);
    assert_eq!(
        seen.codes("warning"),
        ["SERVER_STOPPED", "ADMINISTRATOR_FACTOR"]
    );
    for code in [
        "CONFIGURATION",
        "MASTER_KEY",
        "DATABASE_FILES",
        "DATABASE",
        "DATABASE_VERSION",
        "IDENTITY",
        "SIGNING_KEY",
        "LISTEN_ADDRESS",
        "CHECKPOINT_FILE",
        "AUDIT",
        "ACCOUNTS",
    ] {
        seen.finds(code, "ok", "");
    }
    // For people: one line each, what needs them first.
    let said = place.run(&["doctor"]).ok();
    assert_eq!(said.out, "");
    let first = said.err.lines().next().unwrap();
    assert!(first.starts_with("warning  SERVER_STOPPED"), "{}", said.err);
    assert!(
        first.contains("To mend it: signet serve --config"),
        "{}",
        said.err
    );
}

#[test]
fn a_configuration_that_cannot_be_read_is_all_there_is_to_say() {
    let place = instance();
    edit(&place, "[database]", "[datbase]");
    let seen = Examined::of(&place);
    seen.broken("CONFIGURATION", "did you mean database");
    assert_eq!(seen.findings.len(), 1);
    let said = place.run(&["doctor"]).failed("1 broken");
    assert!(said.err.starts_with("broken"), "{}", said.err);
}

#[test]
fn what_is_wrong_with_the_master_key_is_named_with_its_fix() {
    let place = instance();
    let key = place.path("keys/master.key");
    mode(&place, "keys/master.key", 0o640);
    Examined::of(&place).broken("MASTER_KEY_MODE", "chmod 0600");
    mode(&place, "keys/master.key", 0o600);
    mode(&place, "keys", 0o777);
    Examined::of(&place).broken("KEYS_DIRECTORY_MODE", "chmod 0700");
    mode(&place, "keys", 0o700);
    let whole = fs::read(&key).unwrap();
    fs::write(&key, "no key").unwrap();
    Examined::of(&place).broken("MASTER_KEY_GARBAGE", "put the file back");
    fs::copy(instance().path("keys/master.key"), &key).unwrap();
    Examined::of(&place).broken("MASTER_KEY_WRONG", "another instance's");
    fs::remove_file(&key).unwrap();
    Examined::of(&place).broken("MASTER_KEY_MISSING", "put the file back");
    fs::create_dir(&key).unwrap();
    Examined::of(&place).broken("MASTER_KEY_UNREADABLE", "not a file");
    fs::remove_dir(&key).unwrap();
    fs::write(&key, whole).unwrap();
    mode(&place, "keys/master.key", 0o600);
    Examined::of(&place).finds("MASTER_KEY", "ok", "opens the database");
}

#[test]
fn what_is_wrong_with_the_database_is_named_with_its_fix() {
    let place = instance();
    mode(&place, "data/signet.db", 0o644);
    Examined::of(&place).warns("DATABASE_MODE", "chmod 0600");
    mode(&place, "data/signet.db", 0o600);
    mode(&place, "data", 0o777);
    Examined::of(&place).broken("DATABASE_FOLDER_MODE", "chmod 0700");
    mode(&place, "data", 0o700);

    let database = rusqlite::Connection::open(place.path("data/signet.db")).unwrap();
    let kept = "CREATE TABLE kept AS SELECT * FROM schema_migrations";
    database.execute_batch(kept).unwrap();
    database
        .execute("DELETE FROM schema_migrations", [])
        .unwrap();
    Examined::of(&place).broken("MIGRATIONS_PENDING", "signet migrate");
    let back = "INSERT INTO schema_migrations SELECT * FROM kept; DROP TABLE kept;";
    database.execute_batch(back).unwrap();
    let newer = "INSERT INTO schema_migrations (name, checksum) VALUES ('9999_later', 'x')";
    database.execute(newer, []).unwrap();
    Examined::of(&place).broken("DATABASE_NEWER", "9999_later");
    drop(database);

    let file = place.path("data/signet.db");
    fs::remove_file(&file).unwrap();
    Examined::of(&place).broken("DATABASE_MISSING", "signet restore");
    assert!(!file.exists(), "the doctor has made a database");
    fs::write(&file, "").unwrap();
    Examined::of(&place).broken("DATABASE_EMPTY", "signet init");
    fs::write(
        &file,
        "this is no database at all, only a text of some length",
    )
    .unwrap();
    Examined::of(&place).broken("DATABASE_UNREACHABLE", "");
    edit(&place, "sqlite:data/signet.db", "mysql://x");
    Examined::of(&place).broken("DATABASE_URL", "sqlite:PATH");
    let nowhere = format!("postgres://signet@127.0.0.1:{}/signet", free_port());
    edit(&place, "mysql://x", &nowhere);
    Examined::of(&place).broken("DATABASE_UNREACHABLE", "start the database");
}

#[test]
fn an_instance_on_postgres_has_nothing_broken() {
    let place = Place::with_postgres();
    place.init();
    let seen = Examined::of(&place);
    assert_eq!(seen.codes("broken"), [""; 0]);
    // Another node may serve: public_url is asked, and does not answer.
    seen.warns("PUBLIC_URL_UNREACHABLE", "does not answer");
    seen.finds("DATABASE", "ok", "postgres://");
}
