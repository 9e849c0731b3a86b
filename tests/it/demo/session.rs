//! The session that an assertion asks the simulated AWS for: role, duration, names and tags, each within AWS's limits.

use actix_web::http::Method;
use signet::model::Span;

use super::aws::{assert_accepted, assert_refused};
use super::responses::{Forgery, NOW, PROVIDER, role};
use super::{Aws, OTHER_ACCOUNT};
use crate::saml::keys::rsa;

#[test]
fn the_role_must_be_one_of_the_account_of_the_provider() {
    const FORM: &str = "not a role and a SAML provider of this partition";
    assert_refused(&[
        (|f| f.without("Role"), FORM),
        (|f| f.set("Role", &[]), FORM),
        (
            |f| f.set("Role", &["arn:aws:iam::123456789012:role/x"]),
            FORM,
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&format!(
                        "arn:aws-cn:iam::123456789012:role/signet/Signet_ReadOnly,{PROVIDER}"
                    )],
                )
            },
            FORM,
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&format!(
                        "arn:aws:iam::12345678901:role/signet/Signet_ReadOnly,{PROVIDER}"
                    )],
                )
            },
            FORM,
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&format!("arn:aws:iam::123456789012:role/,{PROVIDER}")],
                )
            },
            FORM,
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&format!("arn:aws:iam::123456789012:user/x,{PROVIDER}")],
                )
            },
            FORM,
        ),
        (
            |f| f.set("Role", &[&role("Signet_Admin")]),
            "there is no role arn:aws:iam::123456789012:role/signet/Signet_Admin",
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&format!(
                        "arn:aws:iam::123456789012:role/Signet_ReadOnly,{PROVIDER}"
                    )],
                )
            },
            "there is no role",
        ),
        (
            |f| f.set("Role", &[&role("signet_readonly")]),
            "there is no role",
        ),
        (
            |f| f.set("Role", &[&role("Signet_ReadOnly"), &role("Signet_Long")]),
            "there are several roles",
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&format!(
                        "arn:aws:iam::{OTHER_ACCOUNT}:role/signet/Signet_ReadOnly,{PROVIDER}"
                    )],
                )
            },
            "role and SAML provider are in different accounts",
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&role("Signet_ReadOnly").replace("123456789012", OTHER_ACCOUNT)],
                )
            },
            "account 999999999999 has no SAML provider Signet",
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&role("Signet_ReadOnly").replace("123456789012", "000000000000")],
                )
            },
            "account 000000000000 has no SAML provider Signet",
        ),
        (
            |f| {
                f.set(
                    "Role",
                    &[&role("Signet_ReadOnly").replace("provider/Signet", "provider/Other")],
                )
            },
            "account 123456789012 has no SAML provider Other",
        ),
    ]);
    assert_accepted(&[|f| {
        f.set(
            "Role",
            &[&format!(
                "{PROVIDER}, arn:aws:iam::123456789012:role/signet/Signet_ReadOnly"
            )],
        )
    }]);
}

#[test]
fn the_duration_is_within_awss_limits_and_the_roles() {
    const LIMITS: &str = "and must be 900 to 43200 seconds";
    assert_refused(&[
        (|f| f.set("SessionDuration", &["899"]), LIMITS),
        (
            |f| {
                f.set("Role", &[&role("Signet_Long")])
                    .set("SessionDuration", &["43201"])
            },
            LIMITS,
        ),
        (|f| f.set("SessionDuration", &["+900"]), LIMITS),
        (|f| f.set("SessionDuration", &["900.0"]), LIMITS),
        (|f| f.set("SessionDuration", &[""]), LIMITS),
        (
            |f| f.set("SessionDuration", &["99999999999999999999"]),
            LIMITS,
        ),
        (
            |f| f.set("SessionDuration", &["900", "900"]),
            "SessionDuration must have exactly one value",
        ),
        (
            |f| f.set("SessionDuration", &["7201"]),
            "SessionDuration is 7201 s, and the role's MaxSessionDuration 7200 s",
        ),
    ]);
    for (change, seconds) in [
        (
            (|f| f.set("SessionDuration", &["900"])) as fn(Forgery) -> Forgery,
            "900",
        ),
        (|f| f.set("SessionDuration", &["7200"]), "7200"),
        (|f| f.without("SessionDuration"), "3600"),
        (
            |f| f.assertion(|a| a.session_not_on_or_after = Some(NOW.plus(Span::seconds(1_000)))),
            "1000",
        ),
        (
            |f| {
                f.set("Role", &[&role("Signet_Long")])
                    .set("SessionDuration", &["43200"])
                    .assertion(|a| a.session_not_on_or_after = None)
            },
            "43200",
        ),
    ] {
        let console = Aws::new(rsa()).console(&change(Forgery::aws()).xml(), None);
        assert_eq!(console.at("session-duration"), seconds);
    }
}

#[test]
fn a_session_ends_when_its_duration_is_over() {
    let aws = Aws::new(rsa());
    let location = aws.post(&Forgery::aws().xml(), None).location;
    aws.clock.advance(Span::seconds(3_599));
    assert_eq!(aws.send(Method::GET, &location, None).status, 200);
    aws.clock.advance(Span::seconds(1));
    assert_eq!(aws.send(Method::GET, &location, None).status, 401);
    let unknown = aws.send(Method::GET, "/console/home?state=0", None);
    assert_eq!(unknown.status, 401);
}

#[test]
fn the_session_name_and_the_source_identity_are_of_their_characters() {
    const NAME: &str = "the attribute RoleSessionName is ";
    const SOURCE: &str = "the attribute SourceIdentity is ";
    assert_refused(&[
        (
            |f| f.without("RoleSessionName"),
            "the attribute RoleSessionName is missing",
        ),
        (|f| f.set("RoleSessionName", &["a"]), NAME),
        (|f| f.set("RoleSessionName", &[&"a".repeat(65)]), NAME),
        (|f| f.set("RoleSessionName", &["alice example"]), NAME),
        (|f| f.set("RoleSessionName", &["alice/1"]), NAME),
        (|f| f.set("RoleSessionName", &["älice"]), NAME),
        (
            |f| f.set("RoleSessionName", &["alice", "bob"]),
            "RoleSessionName must have exactly one value",
        ),
        (
            |f| f.add("RoleSessionName", &["bob"]),
            "the attribute RoleSessionName is there more than once",
        ),
        (|f| f.set("SourceIdentity", &["a"]), SOURCE),
        (|f| f.set("SourceIdentity", &["aws:alice"]), SOURCE),
        (|f| f.set("SourceIdentity", &[&"a".repeat(65)]), SOURCE),
        (|f| f.set("SourceIdentity", &["a b"]), SOURCE),
    ]);
    assert_accepted(&[
        |f| f.set("RoleSessionName", &["aZ_0+=,.@-"]),
        |f| f.set("RoleSessionName", &[&"a".repeat(64)]),
        |f| f.set("RoleSessionName", &["ab"]),
        |f| f.without("SourceIdentity"),
    ]);
}

fn tags(f: Forgery, count: usize) -> Forgery {
    let bare = f
        .without("PrincipalTag:department")
        .without("PrincipalTag:team");
    let bare = bare.without("TransitiveTagKeys");
    (0..count).fold(bare, |f, i| f.add(&format!("PrincipalTag:tag{i}"), &["x"]))
}

#[test]
fn tags_are_at_most_fifty_short_and_of_their_characters() {
    const KEY: &str = "must have 1 to 128 letters";
    const VALUE: &str = "must have at most 256 letters";
    assert_refused(&[
        (|f| tags(f, 51), "there are 51 session tags"),
        (|f| f.add("PrincipalTag:", &["x"]), KEY),
        (
            |f| f.add(&format!("PrincipalTag:{}", "k".repeat(129)), &["x"]),
            KEY,
        ),
        (|f| f.add("PrincipalTag:a;b", &["x"]), KEY),
        (|f| f.add("PrincipalTag:AWS:x", &["x"]), KEY),
        (|f| f.set("PrincipalTag:team", &[&"v".repeat(257)]), VALUE),
        (|f| f.set("PrincipalTag:team", &["a;b"]), VALUE),
        (|f| f.set("PrincipalTag:team", &["a\tb"]), VALUE),
        // Marks are no letters, nor are letters in circles.
        (|f| f.set("PrincipalTag:team", &["\u{939}\u{93f}"]), VALUE),
        (|f| f.set("PrincipalTag:team", &["Ⓐ"]), VALUE),
        (
            |f| f.set("PrincipalTag:team", &["a", "b"]),
            "PrincipalTag:team must have exactly one value",
        ),
        (
            |f| f.add("PrincipalTag:Team", &["x"]),
            "\"Team\" and \"team\" differ in case only",
        ),
        (
            |f| f.add("PrincipalTag:team", &["x"]),
            "PrincipalTag:team is there more than once",
        ),
        (
            |f| f.set("TransitiveTagKeys", &["nothing"]),
            "the transitive tag key \"nothing\" is not the key of a session tag",
        ),
        (
            |f| f.set("TransitiveTagKeys", &["Department"]),
            "the transitive tag key \"Department\"",
        ),
    ]);
    assert_accepted(&[
        |f| tags(f, 50),
        |f| tags(f, 0),
        |f| {
            f.add(
                &format!("PrincipalTag:{}", "é".repeat(128)),
                &[&"ü".repeat(256)],
            )
        },
        |f| f.set("PrincipalTag:team", &["a b_.:/=+-@9"]),
        |f| f.set("PrincipalTag:team", &[""]),
    ]);
}
