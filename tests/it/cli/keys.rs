//! `signet keys`: the signing key is changed in steps, and the metadata tells each of them.

use super::program::Place;

fn column(list: &str, purpose: &str, state: &str) -> Option<String> {
    list.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words[1] == purpose && words[3] == state)
        .map(|words| words[0].to_owned())
}

#[test]
fn a_key_is_published_activated_and_its_former_one_withdrawn() {
    let place = Place::empty();
    place.init();
    let list = || place.run(&["keys", "list"]).ok().out;
    assert_eq!(list().lines().count(), 5);
    let first = column(&list(), "saml", "active").unwrap();
    let next = place
        .run(&["keys", "publish", "saml", "--algorithm", "rsa-3072"])
        .ok();
    let next = next.out.trim().to_owned();
    assert_eq!(column(&list(), "saml", "next"), Some(next.clone()));
    assert_eq!(column(&list(), "saml", "active"), Some(first.clone()));
    let pem = place.run(&["keys", "export-cert", &next]).ok().out;
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
    place.run(&["keys", "publish", "saml"]).failed("next key");

    place.run(&["keys", "activate", &next]).ok();
    assert_eq!(column(&list(), "saml", "active"), Some(next.clone()));
    assert_eq!(column(&list(), "saml", "retained"), Some(first.clone()));
    place.run(&["keys", "retire", &next]).failed("");
    // What it has signed may still be on its way, unless nobody should believe it any more.
    place.run(&["keys", "retire", &first]).failed("");
    place.run(&["keys", "retire", &first, "--compromised"]).ok();
    assert_eq!(column(&list(), "saml", "retired"), Some(first.clone()));
    place
        .run(&["keys", "export-cert", &first])
        .failed("no published SAML key");
    assert!(place.run(&["audit", "verify"]).ok().err.contains("intact"));
    assert_eq!(place.run(&["keys", "publish", "paper"]).code, 2);
}
