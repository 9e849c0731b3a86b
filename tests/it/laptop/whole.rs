//! The command line against `signet demo`: sign-in in the browser, roles, and credentials from the simulated STS, which
//! verifies the assertion with code of its own.

use serde_json::Value;
use signet::clock::Clock;

use super::demo::Demo;
use super::machine::Machine;
use crate::app::Browser;

#[test]
fn a_person_signs_in_and_takes_credentials_from_the_simulated_sts() {
    let demo = Demo::start();
    let machine = Machine::new();
    demo.sign_in("alice", &machine);

    let listed = machine.run(&["aws", "list", "--json"]).ok();
    let roles: Value = serde_json::from_str(&listed.out).unwrap();
    let role = &roles["roles"]
        .as_array()
        .unwrap_or_else(|| panic!("{roles}"))[0];
    let (account, name) = (
        role["account_id"].as_str().unwrap(),
        role["role_name"].as_str().unwrap(),
    );
    let given = machine.creds(account, name).ok();
    let given: Value = serde_json::from_str(&given.out).unwrap();
    assert_eq!(given["Version"], 1);
    assert_eq!(given["AccountId"], account);
    for key in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
    ] {
        assert!(
            given[key].as_str().is_some_and(|v| !v.is_empty()),
            "{key}: {given}"
        );
    }
    machine.creds(account, "NoSuchRole").ended(4, "");
    // The sign-in ends here and at the instance.
    machine.run(&["logout"]).ok();
    machine.creds(account, name).ended(3, "");
}

/// The path of one of the demo's own addresses.
fn path_at(url: &str, origin: &str) -> String {
    let path = url.strip_prefix(origin);
    path.unwrap_or_else(|| panic!("{url} is not at {origin}"))
        .to_owned()
}

#[test]
fn the_demo_client_verifies_what_it_is_told_and_signs_out() {
    let demo = Demo::start();
    let bob = demo.person("bob");
    let registered = &demo.says["oauth_clients"][0];
    let redirect_uri = registered["redirect_uri"].as_str().unwrap();
    let client_url = redirect_uri.strip_suffix("/callback").unwrap();
    let address = client_url.strip_prefix("http://").unwrap();
    let mut client = Browser::new(address.parse().unwrap());
    let begun = client.get("/start");
    assert_eq!(begun.status, 303, "{}", begun.body);
    let mut browser = demo.browser();
    let page = browser.open(&path_at(begun.location(), &demo.url()));
    let second = browser.submit_password(&page, "bob", &bob.password);
    let code = bob.code_at(Clock::System.now());
    let signed_in = browser.submit(&second, &[("code", &code)]);
    let consent = browser.follow(signed_in);
    consent.assert(200, "id=\"consent\"");
    let agreed = browser.submit(&consent, &[]);
    let back = browser.open_until_left(agreed.location());
    let answer = client.get(&path_at(back.location(), client_url));
    let home = client.follow(answer);
    home.assert(200, "bob@example.com");
    client.post("/refresh", &[]);
    let home = client.open("/");
    home.assert(200, "bob@example.com");
    let ended = client.post("/sign-out", &[]);
    assert_eq!(ended.status, 303, "{}", ended.body);
    let gone = browser.get(&path_at(ended.location(), &demo.url()));
    assert!(gone.location().starts_with(client_url), "{}", gone.body);
    assert!(!browser.is_signed_in());
}
