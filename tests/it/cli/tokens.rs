//! Tokens of the API, and invitations, from the shell.

use super::program::Place;

#[test]
fn a_token_is_made_listed_and_revoked() {
    let place = Place::empty();
    place.init();
    let said = place.run(&[
        "token",
        "create",
        "ci",
        "--user",
        "ada",
        "--scope",
        "users:read",
    ]);
    let secret = said.ok().out;
    assert!(secret.starts_with("signet_"), "{secret}");
    let listed = place.run(&["token", "list", "--json"]).ok().out;
    let listed: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(listed["state"], "works");
    assert_eq!(listed["scopes"], serde_json::json!(["users:read"]));
    assert!(!listed.to_string().contains(secret.trim()));
    let id = listed["id"].as_str().unwrap();
    place.run(&["token", "revoke", id]).ok();
    place
        .run(&["token", "revoke", id])
        .failed("revoked already");
    assert!(place.run(&["token", "list"]).ok().out.contains("revoked"));
    place
        .run(&[
            "token",
            "create",
            "x",
            "--user",
            "nobody",
            "--scope",
            "users:read",
        ])
        .failed("there is no user \"nobody\"");
}

#[test]
fn people_are_invited_and_whoever_cannot_be_is_named() {
    let place = Place::empty();
    place.init();
    let said = place.run(&[
        "users",
        "invite",
        "dora@example.com",
        "Erik <erik@example.com>",
    ]);
    let said = said.ok();
    assert_eq!(said.out.matches("/invite/").count(), 2, "{}", said.out);
    assert!(said.err.contains("no mail server"), "{}", said.err);
    place
        .run(&[
            "users",
            "invite",
            "frida@example.com",
            "--group",
            "Nobodies",
        ])
        .failed("there is no group \"Nobodies\"");
    place
        .run(&["users", "invite", "nobody", "frida@example.com"])
        .failed("1 of 2");
    place
        .run(&["mail", "test", "x@example.com"])
        .failed("names no mail server");
}
