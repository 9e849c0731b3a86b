//! What is wrong with the assertion, and what AWS calls it.

use signet::demo::TrustPolicy;
use signet::model::{AccountId, Partition, Span};
use signet::protocol::saml::{Status, StatusCode, SubStatus};

use super::{Call, LONG, ROLE};
use crate::demo::aws::Case;
use crate::demo::responses::{Forgery, NOW, PROVIDER, role};
use crate::demo::{Aws, Metadata, OTHER_ACCOUNT};
use crate::saml::keys::{other_rsa, rsa};

const DENIED: &str = "Not authorized to perform sts:AssumeRoleWithSAML";
const INVALID: &str = "Your request included an invalid SAML response";
const EXPIRED: &str = "Token must be redeemed within 5 minutes of issuance";

/// Each is refused so, and spoils nothing.
fn assert_faults(status: u16, code: &str, message: &str, cases: &[Case]) {
    let aws = Aws::new(rsa());
    for (change, cause) in cases {
        let answer = Call::federation(&change(Forgery::aws()).xml()).to(&aws);
        answer.assert_fault(status, code, message);
        let found = answer.header("x-demo-cause");
        assert!(found.contains(cause), "not \"{cause}\" but: {found}");
    }
    assert_eq!(Call::good().to(&aws).status, 200);
}

#[test]
fn the_signature_must_be_the_providers() {
    assert_faults(
        400,
        "InvalidIdentityToken",
        "Response signature invalid",
        &[
            (|f| f.signing(false, false), "neither the response nor"),
            (
                |mut f| {
                    f.key = other_rsa();
                    f
                },
                "does not verify",
            ),
        ],
    );
    let aws = Aws::new(rsa());
    let changed = Forgery::aws()
        .xml()
        .replace("Signet_ReadOnly", "Signet_Long");
    let answer = Call::federation(&changed).set("RoleArn", LONG).to(&aws);
    answer.assert_fault(400, "InvalidIdentityToken", "Response signature invalid");
}

#[test]
fn issuer_provider_and_audience_must_fit() {
    assert_faults(
        400,
        "InvalidIdentityToken",
        "Issuer not present in specified provider",
        &[(
            |f| f.assertion(|a| a.issuer = "https://evil.example/idp".into()),
            "issued by \"https://evil.example/idp\"",
        )],
    );
    assert_faults(
        400,
        "InvalidIdentityToken",
        "Response does not contain the required audience",
        &[(
            |f| f.assertion(|a| a.audience = "urn:amazon:webservices:govcloud".into()),
            "urn:amazon:webservices:govcloud",
        )],
    );
    let aws = Aws::new(rsa());
    for (from, to) in [("123456789012", OTHER_ACCOUNT), ("/Signet\"", "/Other\"")] {
        let (role_arn, provider) = (
            ROLE.replace(from, to),
            format!("{PROVIDER}\"").replace(from, to),
        );
        let provider = provider.trim_end_matches('"');
        let pair = format!("{role_arn},{provider}");
        let xml = Forgery::aws().set("Role", &[&pair]).xml();
        Call::federation(&xml)
            .set("RoleArn", &role_arn)
            .set("PrincipalArn", provider)
            .to(&aws)
            .assert_fault(
                400,
                "InvalidIdentityToken",
                "Specified provider doesn't exist",
            );
    }
}

#[test]
fn five_minutes_and_the_assertions_own_times_count() {
    assert_faults(
        400,
        "ExpiredTokenException",
        EXPIRED,
        &[
            (
                |f| f.assertion(|a| a.issue_instant = NOW.minus(Span::seconds(301))),
                "more than five minutes ago",
            ),
            (
                |f| f.assertion(|a| a.not_on_or_after = NOW),
                "NotOnOrAfter is missing or past",
            ),
            (
                |f| f.assertion(|a| a.session_not_on_or_after = Some(NOW)),
                "SessionNotOnOrAfter is past",
            ),
        ],
    );
    assert_faults(
        400,
        "InvalidIdentityToken",
        INVALID,
        &[(
            |f| f.assertion(|a| a.issue_instant = NOW.plus(Span::seconds(1))),
            "in the future",
        )],
    );
}

#[test]
fn what_is_no_response_for_aws_is_invalid() {
    assert_faults(
        400,
        "InvalidIdentityToken",
        INVALID,
        &[
            (
                |f| f.assertion(|a| a.recipient = "https://signin.aws.amazon.com/saml/".into()),
                "Recipient is",
            ),
            (
                |f| f.response(|r| r.destination = "https://evil.example/saml".into()),
                "Destination is",
            ),
            (|f| f.without("Role"), "the attribute Role is missing"),
            (
                |f| f.set("SessionDuration", &["899"]),
                "900 to 43200 seconds",
            ),
            (
                |f| f.set("PrincipalTag:team", &["a;b"]),
                "the value of the session tag",
            ),
            (
                |f| f.set("TransitiveTagKeys", &["nothing"]),
                "is not the key of a session tag",
            ),
            (
                |f| {
                    f.edit("samlp:Response ", "samlp:Answer ")
                        .edit("</samlp:Response>", "</samlp:Answer>")
                        .signing(false, false)
                },
                "not a samlp:Response",
            ),
        ],
    );
    assert_faults(
        403,
        "IDPRejectedClaim",
        "The identity provider (IdP) reported that authentication failed",
        &[(
            |f| {
                f.signing(true, false).response(|r| {
                    r.assertion = None;
                    r.status = Status {
                        top: StatusCode::Responder,
                        sub: Some(SubStatus::AuthnFailed),
                        message: None,
                    };
                })
            },
            "the sign-in failed",
        )],
    );
}

#[test]
fn session_name_and_source_identity_have_texts_of_their_own() {
    assert_faults(
        400,
        "InvalidIdentityToken",
        "RoleSessionName is required in AuthnResponse",
        &[(|f| f.without("RoleSessionName"), "is missing")],
    );
    assert_faults(
        400,
        "InvalidIdentityToken",
        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
        &[
            (|f| f.set("RoleSessionName", &["a"]), "is \"a\""),
            (|f| f.set("RoleSessionName", &["a b"]), "is \"a b\""),
        ],
    );
    assert_faults(
        400,
        "InvalidIdentityToken",
        "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"",
        &[(|f| f.set("SourceIdentity", &["aws:alice"]), "aws:alice")],
    );
}

#[test]
fn a_role_that_is_not_offered_or_does_not_trust_is_denied() {
    assert_faults(
        403,
        "AccessDenied",
        DENIED,
        &[
            (
                |f| f.set("Role", &[&role("Signet_Long")]),
                "the attribute Role does not offer",
            ),
            (|f| f.remove("saml:NameID"), "a NameID"),
        ],
    );
    let aws = Aws::new(rsa());
    let other = PROVIDER.replace("/Signet", "/Other");
    let answer = Call::good().set("PrincipalArn", &other).to(&aws);
    answer.assert_fault(403, "AccessDenied", DENIED);
    let missing = ROLE.replace("ReadOnly", "Nothing");
    let xml = Forgery::aws().set("Role", &[&role("Signet_Nothing")]).xml();
    let answer = Call::federation(&xml).set("RoleArn", &missing).to(&aws);
    answer.assert_fault(403, "AccessDenied", DENIED);
    assert!(answer.header("x-demo-cause").contains("there is no role"));
}

fn trusting(actions: &str, audience: &str) -> Aws {
    let json = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},"Action":{actions},"Condition":{{"StringEquals":{{"SAML:aud":"{audience}"}}}}}}]}}"#
    );
    Aws::with_policy(rsa(), &|_: &Partition, _: &AccountId| {
        TrustPolicy::parse(&json).unwrap()
    })
}

#[test]
fn the_trust_policy_must_allow_audience_tags_and_source_identity() {
    const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
    const ALL: &str = r#"["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"]"#;
    assert_eq!(Call::good().to(&trusting(ALL, SIGN_IN)).status, 200);
    for (actions, audience, action) in [
        (ALL, "urn:amazon:webservices", "sts:AssumeRoleWithSAML"),
        (
            r#"["sts:AssumeRoleWithSAML","sts:SetSourceIdentity"]"#,
            SIGN_IN,
            "sts:TagSession",
        ),
        (
            r#"["sts:AssumeRoleWithSAML","sts:TagSession"]"#,
            SIGN_IN,
            "sts:SetSourceIdentity",
        ),
    ] {
        let answer = Call::good().to(&trusting(actions, audience));
        answer.assert_fault(403, "AccessDenied", DENIED);
        let cause = answer.header("x-demo-cause");
        assert!(cause.contains(&format!("allow {action} with")), "{cause}");
    }
}

#[test]
fn the_roles_maximum_counts_against_what_is_asked_for() {
    let aws = Aws::new(rsa());
    let call = Call::good();
    let answer = call.clone().set("DurationSeconds", "7201").to(&aws);
    answer.assert_fault(
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    assert_eq!(call.set("DurationSeconds", "7200").to(&aws).status, 200);
}

#[test]
fn without_metadata_it_is_the_servers_fault() {
    let aws = Aws::new(rsa());
    aws.metadata.take_down();
    let answer = Call::good().to(&aws);
    assert_eq!(answer.status, 503);
    assert_eq!(answer.xml("Type"), "Receiver");
    assert_eq!(answer.xml("Code"), "ServiceUnavailable");
    aws.metadata.publish(&Metadata::xml(&[rsa()]));
    assert_eq!(Call::good().to(&aws).status, 200);
}
