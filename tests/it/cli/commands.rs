//! `init`, `check-config`, `migrate`, `admin recover`, `audit`, and what the program says to mistakes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::program::Place;

#[test]
fn init_makes_an_instance_for_its_owner_alone() {
    let place = Place::empty();
    let link = place.init();
    assert!(link.starts_with("http://localhost:"), "{link}");
    assert!(link.contains("/invite/"), "{link}");
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("signet.toml"), 0o600);
    assert_eq!(mode("keys"), 0o700);
    assert_eq!(mode("data"), 0o700);
    assert_eq!(mode("keys/master.key") & 0o077, 0);
    place.run(&["init", "--yes"]).failed("is there already");
    place.run(&["check-config"]).ok();
    assert!(place.run(&["migrate"]).ok().err.contains("already"));
}

/// A folder may be called anything, and hold a second instance.
#[test]
fn the_unit_names_its_files_as_systemd_reads_them() {
    let place = Place::empty();
    let folder = place.path("id & 100% $HOME");
    fs::create_dir(&folder).unwrap();
    for (config, unit, checkpoints) in [
        ("signet.toml", "signet.service", "checkpoints.jsonl"),
        ("b.toml", "signet-b.service", "b-checkpoints.jsonl"),
    ] {
        let config = folder.join(config);
        let path = config.to_str().unwrap();
        let database = format!(
            "sqlite:{config}.db",
            config = config.file_stem().unwrap().display()
        );
        let init = ["init", "--yes", "--public-url", "http://localhost:1"];
        let rest = ["--config", path, "--database", &database];
        place.run(&[&init[..], &rest].concat()).ok();
        let text = fs::read_to_string(folder.join(unit)).unwrap();
        let literal = folder.to_str().unwrap().replace('%', "%%");
        let argument = path.replace('%', "%%").replace('$', "$$");
        for line in [
            format!("signet\" serve --config \"{argument}\"\n"),
            format!("\nWorkingDirectory={literal}\n"),
            format!("\nReadWritePaths=\"{literal}\"\n"),
        ] {
            assert!(text.contains(&line), "{line} is not in {text}");
        }
        let settings = fs::read_to_string(&config).unwrap();
        assert!(
            settings.contains(&format!("\"{checkpoints}\"")),
            "{settings}"
        );
    }
}

#[test]
fn an_answer_that_cannot_be_leaves_nothing_behind() {
    let place = Place::empty();
    for (option, value) in [
        ("--public-url", "ftp://id.example.com"),
        ("--public-url", "http://id.example.com"),
        ("--tls", "no-such-folder"),
        ("--database", "mysql://x"),
        ("--admin", "nobody"),
    ] {
        let said = place.run(&["init", "--yes", option, value]);
        assert!(said.code == 1 || said.code == 2, "{said:?}");
        assert!(
            said.err.contains(value) || said.err.contains(option.trim_start_matches('-')),
            "{said:?}"
        );
        let left: Vec<_> = fs::read_dir(place.folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{option} {value}: {left:?}");
    }
}

#[test]
fn a_key_is_never_made_over_an_existing_database() {
    let place = Place::empty();
    place.init();
    fs::remove_file(place.path("signet.toml")).unwrap();
    fs::rename(place.path("keys"), place.path("elsewhere")).unwrap();
    let said = place.run(&[
        "init",
        "--yes",
        "--public-url",
        "http://localhost:1",
        "--database",
        "sqlite:data/signet.db",
    ]);
    said.failed("already holds an instance");
    assert!(!place.path("keys/master.key").exists());
    assert!(!place.path("signet.toml").exists());
}

#[test]
fn a_wrong_or_open_master_key_is_named_with_its_fix() {
    let place = Place::empty();
    place.init();
    let key = place.path("keys/master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    place.run(&["serve"]).failed("chmod");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let other = Place::empty();
    other.init();
    fs::copy(other.path("keys/master.key"), &key).unwrap();
    place.run(&["serve"]).failed("master.key");
}

#[test]
fn a_database_that_is_newer_older_or_empty_is_refused() {
    let place = Place::empty();
    place.init();
    let database = rusqlite::Connection::open(place.path("data/signet.db")).unwrap();
    database
        .execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES ('9999_later', 'x')",
            [],
        )
        .unwrap();
    drop(database);
    place.run(&["serve"]).failed("newer");
    fs::remove_file(place.path("data/signet.db")).unwrap();
    place.run(&["serve"]).failed("signet init");
}

#[test]
fn another_public_url_lists_what_would_break() {
    let place = Place::empty();
    place.init();
    let file = place.path("signet.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("http://localhost:", "http://127.0.0.1:"),
    )
    .unwrap();
    let said = place.run(&["serve"]).failed("every AWS account");
    assert!(said.err.contains("signet.toml"), "{}", said.err);
    assert!(said.err.contains("public_url"), "{}", said.err);
}

#[test]
fn recover_makes_a_new_link_each_time() {
    let place = Place::empty();
    let first = place.init();
    let second = place.run(&["admin", "recover"]).ok().out;
    let third = place
        .run(&["admin", "recover", "--user", "ADA@example.com"])
        .ok()
        .out;
    assert_ne!(first, second.trim());
    assert_ne!(second, third);
    place
        .run(&["admin", "recover", "--user", "nobody"])
        .failed("there is no user \"nobody\"");
    let export = place.run(&["audit", "export"]).ok().out;
    assert_eq!(
        export
            .lines()
            .filter(|line| line.contains("\"link.issued\""))
            .count(),
        3
    );
    let token = third.trim().rsplit('/').next().unwrap();
    assert!(!export.contains(token), "a link's token is in the audit");
}

#[test]
fn who_can_do_nothing_is_told_what_would_lead_there() {
    let place = Place::empty();
    place.init();
    let account = "[[accounts]]\nid = \"111111111111\"\nname = \"Sandbox\"\n";
    fs::write(place.path("org.toml"), account).unwrap();
    place.run(&["config", "apply", "org.toml"]).ok();
    for (question, says) in [
        (
            &["why", "ada"][..],
            "ada can take no role in AWS: no assignment",
        ),
        (
            &["why", "ada", "--account", "Sandbox"],
            "ada can take no role in Sandbox: ",
        ),
        (&["who", "Sandbox"], "nobody can take a role in Sandbox: "),
    ] {
        let said = place.run(&[&["access"][..], question].concat()).ok();
        assert_eq!(said.out, "");
        assert!(said.err.contains(says), "{}", said.err);
    }
}

#[test]
fn the_audit_is_verified_replayed_and_exported() {
    let place = Place::empty();
    place.init();
    let seen = place.run(&["audit", "verify", "--json"]).ok().out;
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["findings"].as_array().unwrap().len(), 0);
    let past = place
        .run(&["audit", "replay", "--at", "2001-01-01T00:00:00Z"])
        .ok()
        .out;
    assert!(!past.contains("ada@example.com"));
    let now = place
        .run(&["audit", "replay", "--at", "2999-01-01T00:00:00Z"])
        .ok()
        .out;
    assert!(now.contains("ada@example.com"), "{now}");
    let sealed = place.run(&["audit", "export", "--sealed"]).ok().out;
    assert!(!sealed.contains("ada@example.com"));
    let said = place.run(&["audit", "replay", "--at", "yesterday"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("2026-11-24T12:00:00Z"), "{}", said.err);

    let database = rusqlite::Connection::open(place.path("data/signet.db")).unwrap();
    database
        .execute("DELETE FROM audit_records WHERE sequence = 2", [])
        .unwrap();
    drop(database);
    place.run(&["audit", "verify"]).failed("not intact");
}

#[test]
fn a_mistake_in_the_arguments_gets_the_nearest_right_one() {
    let place = Place::empty();
    let said = place.run(&["serv"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("serve"), "{}", said.err);
    let said = place.run(&["serve", "--confg", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--config"), "{}", said.err);
    let said = place
        .run(&["serve", "--config", "none.toml"])
        .failed("none.toml");
    assert!(said.err.contains("signet init"), "{}", said.err);
}
