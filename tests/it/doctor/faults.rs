//! Rows that cannot be, or that somebody changed from outside.

use std::fs;

use super::{Examined, Server, edit, instance};
use crate::cli::program::Place;

fn change(place: &Place, sql: &str) {
    let database = rusqlite::Connection::open(place.path("data/signet.db")).unwrap();
    let changed = database.execute(sql, []).unwrap();
    assert!(changed > 0, "{sql}");
}

#[test]
fn another_public_url_is_named_with_the_one_to_put_back() {
    let place = instance();
    edit(
        &place,
        "public_url = \"http://localhost:",
        "public_url = \"http://127.0.0.1:",
    );
    Examined::of(&place).broken("IDENTITY", "set public_url = \\\"http://localhost:");
}

#[test]
fn a_signing_key_that_was_changed_is_found() {
    let place = instance();
    change(
        &place,
        "UPDATE signing_keys SET sealed_private = 'v1.x' WHERE purpose = 'saml'",
    );
    Examined::of(&place).broken("SIGNING_KEYS", "signet restore");
}

#[test]
fn what_aws_would_refuse_is_found() {
    let place = instance();
    fs::write(
        place.path("org.toml"),
        "[[accounts]]\nid = \"123456789012\"\nname = \"Production\"\n[[permission_sets]]\nname = \"ReadOnly\"\n",
    )
    .unwrap();
    place.run(&["config", "apply", "org.toml"]).ok();
    Examined::of(&place).finds("ACCOUNTS", "ok", "1 accounts");
    change(
        &place,
        "UPDATE aws_accounts SET partition_name = 'aws-moon'",
    );
    Examined::of(&place).broken("ACCOUNT_PARTITION", "aws-moon");
    change(
        &place,
        "UPDATE permission_sets SET body = replace(body, ':3600', ':60')",
    );
    Examined::of(&place).broken("PERMISSION_SET_DURATION", "ReadOnly");
    change(&place, "UPDATE users SET state = 'disabled'");
    Examined::of(&place).broken("ADMINISTRATOR_MISSING", "signet admin recover");
    change(&place, "UPDATE users SET state = 'asleep'");
    Examined::of(&place).broken("ORGANISATION", "asleep");
}

#[test]
fn administrators_need_a_second_factor() {
    let place = instance();
    Examined::of(&place).warns("ADMINISTRATOR_FACTOR", "ada can administer");
    change(
        &place,
        "INSERT INTO totp_devices (id, user_id, sealed_secret, confirmed_at, last_step, created_at)
         SELECT 'd1', id, 'x', 1, 0, 1 FROM users",
    );
    Examined::of(&place).finds("ADMINISTRATORS", "ok", "second factor");
}

/// With the checkpoint that a server signs once a second.
fn checkpointed() -> Place {
    let place = instance();
    edit(&place, "[audit]", "[audit]\ncheckpoint_every_seconds = 1");
    let server = Server::start(&place);
    let file = place.path("checkpoints.jsonl");
    for _ in 0..500 {
        if fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n')) {
            drop(server);
            return place;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    panic!("no checkpoint within ten seconds");
}

#[test]
fn a_checkpoint_file_that_is_behind_is_found() {
    let place = checkpointed();
    Examined::of(&place).finds("CHECKPOINT_FILE", "ok", "holds the last checkpoint");
    let file = place.path("checkpoints.jsonl");
    fs::write(&file, "").unwrap();
    Examined::of(&place).broken("CHECKPOINT_FILE_BEHIND", "not its last line");
    fs::remove_file(&file).unwrap();
    Examined::of(&place).broken("CHECKPOINT_FILE_BEHIND", "when it starts");
    fs::create_dir(&file).unwrap();
    Examined::of(&place).broken("CHECKPOINT_FILE_UNREADABLE", "audit.checkpoint_file");
}

/// The second sink is where a cut end is seen: that it is gone is no small thing.
#[test]
fn a_verification_without_the_second_sink_is_none() {
    let place = checkpointed();
    let verify = || place.run(&["audit", "verify"]);
    verify().ok();
    let file = place.path("checkpoints.jsonl");
    let kept = fs::read_to_string(&file).unwrap();
    for left in [None, Some("")] {
        match left {
            None => fs::remove_file(&file).unwrap(),
            Some(text) => fs::write(&file, text).unwrap(),
        }
        let said = verify().failed("NOT intact");
        assert!(said.out.contains("has no checkpoint"), "{}", said.out);
    }
    let elsewhere = place.path("kept.jsonl");
    fs::write(&elsewhere, kept).unwrap();
    let by_name = ["audit", "verify", "--checkpoint", "kept.jsonl"];
    place.run(&by_name).ok();
    let cut =
        "DELETE FROM audit_records WHERE sequence = (SELECT MAX(sequence) FROM audit_records)";
    change(&place, cut);
    let said = place.run(&by_name).failed("NOT intact");
    assert!(
        said.out.contains("in the checkpoint file saw"),
        "{}",
        said.out
    );
}

#[test]
fn an_audit_that_is_not_what_was_signed_is_found() {
    let place = checkpointed();
    Examined::of(&place).finds("AUDIT", "ok", "stands in the database");
    change(
        &place,
        "UPDATE audit_records SET body = replace(body, 'link.issued', 'link.used')
         WHERE sequence = (SELECT MAX(sequence) FROM audit_records)",
    );
    Examined::of(&place).broken("AUDIT_NOT_INTACT", "signet audit verify");
    let cut =
        "DELETE FROM audit_records WHERE sequence = (SELECT MAX(sequence) FROM audit_records)";
    change(&place, cut);
    Examined::of(&place).broken("AUDIT_NOT_INTACT", "its end was cut off");
}

#[test]
fn the_mail_server_is_asked_and_what_it_refuses_is_found() {
    use crate::mail::MailServer;
    let place = instance();
    Examined::of(&place).finds("MAIL_OFF", "ok", "links");
    let server = MailServer::start();
    let config = fs::read_to_string(place.path("signet.toml")).unwrap();
    let with = |port: u16| {
        let mail = format!(
            "\n[mail]\nsmtp_url = \"smtp://127.0.0.1:{port}\"\nfrom = \"signet@example.com\"\n"
        );
        fs::write(place.path("signet.toml"), config.clone() + &mail).unwrap();
    };
    with(server.port);
    Examined::of(&place).finds("MAIL_SERVER", "ok", "lets Signet in");
    let said = place.run(&["mail", "test", "zoe@example.com"]).ok().err;
    assert!(said.contains("250 taken"), "{said}");
    assert_eq!(server.next()["to"][0], "zoe@example.com");
    let refused = place.run(&["mail", "test", "refused@example.com"]);
    refused.failed("nobody of that name");
    // A mail that nobody takes stays to be seen.
    let invited = place.run(&["users", "invite", "refused@example.com"]).ok();
    assert!(invited.err.contains("mailed"), "{}", invited.err);
    let listed = place.run(&["mail", "list"]).ok().out;
    assert!(listed.contains("waiting"), "{listed}");
    change(&place, "UPDATE mail_outbox SET state = 'failed'");
    Examined::of(&place).warns("MAIL_FAILED", "signet mail list");
    change(
        &place,
        "UPDATE users SET email = 'nobody' WHERE user_name = 'refused@example.com'",
    );
    Examined::of(&place).broken("MAIL_OUTBOX", "signet restore");
    let port = server.port;
    drop(server);
    with(port);
    Examined::of(&place).broken("MAIL_SERVER", "mail.smtp_url");
}
