//! OAuth clients by the command line; an instance of before there were any.

use super::program::Place;

const FILE: &str = r#"
[[applications]]
name = "Wiki"
client = { client_id = "wiki", redirect_uris = ["https://wiki.example.com/callback"], grant_types = ["authorization_code", "refresh_token"], scopes = ["openid", "email", "offline_access"] }
"#;

#[test]
fn a_client_comes_from_the_file_and_its_secrets_from_the_command() {
    let place = Place::empty();
    place.init();
    std::fs::write(place.path("org.toml"), FILE).unwrap();
    place.run(&["config", "apply", "org.toml"]).ok();
    let exported = place.run(&["config", "export"]).ok().out;
    assert!(exported.contains("client_id = \"wiki\""), "{exported}");
    let again = place
        .run(&["config", "apply", "org.toml", "--dry-run"])
        .ok();
    assert!(
        !again.out.contains("Wiki") && !again.err.contains("~ application"),
        "{}",
        again.err
    );

    let secret = || place.run(&["client", "secret", "wiki"]);
    let first = secret().ok().out;
    assert!(first.trim().len() >= 32, "{first}");
    let second = secret().ok().out;
    assert_ne!(first, second);
    secret().failed("two already");
    let third = place
        .run(&["client", "secret", "wiki", "--remove-former"])
        .ok();
    assert_ne!(third.out, second);
    assert!(
        !place
            .run(&["config", "export"])
            .ok()
            .out
            .contains(third.out.trim())
    );
    place
        .run(&["client", "secret", "nobody"])
        .failed("no client");

    let bad = FILE.replace(
        "https://wiki.example.com/callback",
        "http://wiki.example.com/callback",
    );
    std::fs::write(place.path("org.toml"), bad).unwrap();
    place
        .run(&["config", "apply", "org.toml"])
        .failed("redirect_uris");
}

/// The database as the version before made it.
fn without_openid_connect(place: &Place) {
    let undone = [
        "DROP INDEX audit_records_time",
        "DROP INDEX audit_records_kind",
        "DROP INDEX users_search",
        "ALTER TABLE users DROP COLUMN search_key",
        "CREATE INDEX audit_records_at ON audit_records (at)",
        "DROP TABLE role_marks",
        "DROP TABLE address_changes",
        "DROP TABLE protected",
        "DROP TABLE approvals",
        "DROP INDEX users_ends",
        "ALTER TABLE users DROP COLUMN starts_at",
        "ALTER TABLE users DROP COLUMN ends_at",
        "DROP TABLE webauthn_credentials",
        "DROP TABLE recovery_passes",
        "ALTER TABLE totp_devices DROP COLUMN begun_in",
        "ALTER TABLE totp_devices DROP COLUMN name",
        "ALTER TABLE totp_devices DROP COLUMN last_used_at",
        "ALTER TABLE users DROP COLUMN second_factors_from",
        "DROP TABLE logout_outbox",
        "DROP TABLE consents",
        "DROP TABLE revoked_tokens",
        "DROP TABLE refresh_tokens",
        "DROP TABLE authorization_codes",
        "DROP TABLE token_families",
        "DROP TABLE client_assertions",
        "DROP TABLE client_secrets",
        "ALTER TABLE applications DROP COLUMN protocol",
        "DELETE FROM signing_keys WHERE purpose = 'openid_connect_rsa'",
        "DROP TABLE traces",
        "DROP TABLE mail_outbox",
        "DROP TABLE api_tokens",
        "ALTER TABLE users DROP COLUMN proofs_from",
        "DROP TABLE portal_addresses",
        "DROP TABLE role_checks",
        "DROP TABLE group_rules",
        "DROP TABLE nested_groups",
        "DROP TABLE account_rules",
        "DROP TABLE account_labels",
        "ALTER TABLE aws_accounts DROP COLUMN path",
        "ALTER TABLE aws_accounts DROP COLUMN labels",
        "ALTER TABLE aws_accounts DROP COLUMN colour",
        "DELETE FROM schema_migrations WHERE name > '0002'",
    ];
    let database = rusqlite::Connection::open(place.path("data/signet.db")).unwrap();
    database.execute_batch(&undone.join("; ")).unwrap();
}

#[test]
fn an_instance_of_before_is_brought_here_with_the_key_that_it_lacks() {
    let place = Place::empty();
    place.init();
    without_openid_connect(&place);
    place.run(&["keys", "list"]).failed("signet migrate");
    let said = place.run(&["migrate"]).ok();
    assert!(said.err.contains("0002_openid_connect"), "{}", said.err);
    let keys = place.run(&["keys", "list"]).ok().out;
    let rsa = keys
        .lines()
        .find(|line| line.contains("openid_connect_rsa"));
    assert!(rsa.is_some_and(|line| line.contains("active")), "{keys}");
    place.run(&["audit", "verify"]).ok();
}
