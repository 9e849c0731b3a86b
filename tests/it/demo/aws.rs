//! What the simulated AWS refuses: each refusal names its cause, and says what AWS would say.

use signet::model::{Span, Timestamp};
use signet::protocol::saml::{Status, StatusCode, SubStatus};

use super::responses::{ASSERTION, Forgery, NOW};
use super::{Aws, IDP, Metadata};
use crate::saml::keys::{other_rsa, p256, rsa};

/// A change and the cause that must be named.
pub(super) type Case = (fn(Forgery) -> Forgery, &'static str);

pub(super) fn assert_refused(cases: &[Case]) {
    let aws = Aws::new(rsa());
    for (change, cause) in cases {
        let refusal = aws.refusal(&change(Forgery::aws()).xml());
        assert!(refusal.contains(cause), "not \"{cause}\" but: {refusal}");
    }
    // None of them spoilt anything.
    aws.console(&Forgery::aws().xml(), None);
}

pub(super) fn assert_accepted(changes: &[fn(Forgery) -> Forgery]) {
    let aws = Aws::new(rsa());
    for change in changes {
        aws.console(&change(Forgery::aws()).xml(), None);
    }
}

#[test]
fn a_good_response_opens_a_console_that_shows_the_session() {
    let aws = Aws::new(rsa());
    let console = aws.console(&Forgery::aws().xml(), None);
    for (id, text) in [
        ("account-id", "123456789012"),
        ("account-name", "Account 123456789012"),
        ("role-name", "Signet_ReadOnly"),
        ("role-session-name", "alice@example.com"),
        ("session-duration", "3600"),
        ("source-identity", "alice"),
        ("destination", "https://console.aws.amazon.com/console/home"),
    ] {
        assert_eq!(console.at(id), text);
    }
    let tags =
        "<th scope=\"row\">department</th><td>Research and Development</td><td>passed on</td>";
    assert!(console.body.contains(tags), "{}", console.body);
    let tags = "<th scope=\"row\">team</th><td>Blue</td><td>not passed on</td>";
    assert!(console.body.contains(tags), "{}", console.body);
}

#[test]
fn the_signature_must_be_the_providers() {
    const INVALID: &str = "a signature does not verify";
    assert_refused(&[
        (
            |f| f.signing(false, false),
            "neither the response nor the assertion is signed",
        ),
        (
            |mut f| {
                f.key = other_rsa();
                f
            },
            INVALID,
        ),
        (
            |mut f| {
                f.key = p256();
                f
            },
            INVALID,
        ),
    ]);
    let aws = Aws::new(rsa());
    let good = Forgery::aws().xml();
    for (from, to) in [
        ("Signet_ReadOnly", "Signet_Long"),
        ("alice@example.com", "mallory@example.com"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
    ] {
        assert!(good.contains(from));
        assert!(aws.refusal(&good.replace(from, to)).contains(INVALID));
    }
    let answer = aws.post(&good.replace("Signet_ReadOnly", "Signet_Long"), None);
    assert!(
        answer
            .at("refused")
            .starts_with("Response signature invalid")
    );
}

#[test]
fn either_signature_is_enough_and_a_bad_one_beside_a_good_one_is_not() {
    assert_accepted(&[|f| f.signing(true, false), |f| f.signing(false, true)]);
    let aws = Aws::new(rsa());
    let assertion_only = Forgery::aws().signing(false, true);
    let mut other = Forgery::aws().signing(false, false);
    other.key = other_rsa();
    let both = other.sign(&assertion_only.xml(), super::responses::RESPONSE);
    assert!(aws.refusal(&both).contains("a signature does not verify"));
}

#[test]
fn it_must_be_for_this_place() {
    assert_refused(&[
        (
            |f| f.response(|r| r.destination = "https://evil.example/saml".into()),
            "Destination is \"https://evil.example/saml\"",
        ),
        (
            |f| f.assertion(|a| a.recipient = "https://signin.aws.amazon.com/saml/".into()),
            "Recipient is \"https://signin.aws.amazon.com/saml/\"",
        ),
        (
            |f| f.edit(" Recipient=\"https://signin.aws.amazon.com/saml\"", ""),
            "Recipient is \"\"",
        ),
        (
            |f| f.assertion(|a| a.audience = "urn:amazon:webservices:govcloud".into()),
            "the audience is \"urn:amazon:webservices:govcloud\"",
        ),
        (
            |f| f.remove("saml:AudienceRestriction"),
            "the audience is \"\"",
        ),
        (|f| f.remove("saml:Conditions"), "the audience is \"\""),
        (
            |f| {
                f.edit("</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>")
            },
            "the audience is \"urn:amazon:webservices urn:other\"",
        ),
        (
            |f| f.response(|r| r.issuer = "https://evil.example/idp".into()),
            "issued by \"https://evil.example/idp\"",
        ),
        (
            |f| f.assertion(|a| a.issuer = "https://evil.example/idp".into()),
            "issued by \"https://evil.example/idp\"",
        ),
    ]);
    assert_accepted(&[
        |f| f.assertion(|a| a.audience = "https://signin.aws.amazon.com/saml".into()),
        |f| f.edit(" Destination=\"https://signin.aws.amazon.com/saml\"", ""),
        |f| {
            f.edit(
                "</saml:Audience>",
                "</saml:Audience><saml:Audience>urn:other</saml:Audience>",
            )
        },
    ]);
}

#[test]
fn it_must_be_presented_within_five_minutes() {
    const OLD: &str = "issued more than five minutes ago";
    let aws = Aws::new(rsa());
    let xml = Forgery::aws().xml();
    aws.clock.advance(Span::minutes(5));
    aws.console(&xml, None);
    aws.clock.advance(Span::millis(1));
    assert!(aws.refusal(&xml).contains(OLD));
    let answer = aws.post(&xml, None);
    assert!(
        answer
            .at("refused")
            .starts_with("Token must be redeemed within 5 minutes")
    );

    assert_refused(&[
        (
            |f| f.response(|r| r.issue_instant = NOW.minus(Span::seconds(301))),
            OLD,
        ),
        (
            |f| f.assertion(|a| a.issue_instant = NOW.minus(Span::seconds(301))),
            OLD,
        ),
        (
            |f| f.response(|r| r.issue_instant = NOW.plus(Span::seconds(1))),
            "in the future",
        ),
        (
            |f| f.assertion(|a| a.issue_instant = NOW.plus(Span::seconds(1))),
            "in the future",
        ),
    ]);
}

/// One instant for the two that the writer writes as one.
fn ends(f: Forgery, element: &str, at: Timestamp) -> Forgery {
    let end = f.content.assertion.as_ref().unwrap().not_on_or_after;
    let start = f.content.assertion.as_ref().unwrap().not_before;
    let text = |at: Timestamp| format!("NotOnOrAfter=\"{}\"", at.to_xs_date_time());
    let (from, to) = match element {
        "Conditions" => {
            let start = format!("NotBefore=\"{}\" ", start.to_xs_date_time());
            (
                format!("{start}{}", text(end)),
                format!("{start}{}", text(at)),
            )
        }
        _ => (
            format!("{} Recipient", text(end)),
            format!("{} Recipient", text(at)),
        ),
    };
    f.edit(from, to)
}

#[test]
fn its_times_must_hold() {
    assert_refused(&[
        (
            |f| ends(f, "SubjectConfirmationData", NOW),
            "confirmation's NotOnOrAfter is missing or past",
        ),
        (
            |f| ends(f, "Conditions", NOW),
            "conditions' NotOnOrAfter is past",
        ),
        (
            |f| f.assertion(|a| a.not_before = NOW.plus(Span::seconds(1))),
            "conditions' NotBefore is in the future",
        ),
        (
            |f| f.assertion(|a| a.session_not_on_or_after = Some(NOW)),
            "SessionNotOnOrAfter is past",
        ),
        (
            |f| {
                f.edit(
                    format!("IssueInstant=\"{}\"", NOW.to_xs_date_time()),
                    "IssueInstant=\"2026-11-24T00:00:00+01:00\"",
                )
            },
            "IssueInstant is missing or is not in its form",
        ),
    ]);
    assert_accepted(&[
        |f| ends(f, "SubjectConfirmationData", NOW.plus(Span::seconds(1))),
        |f| ends(f, "Conditions", NOW.plus(Span::seconds(1))),
        |f| f.assertion(|a| a.not_before = NOW),
        |f| f.assertion(|a| a.session_not_on_or_after = None),
    ]);
}

#[test]
fn the_subject_must_be_named_and_confirmed_by_bearer_once() {
    const SUBJECT: &str = "a NameID and exactly one bearer confirmation";
    assert_refused(&[
        (|f| f.remove("saml:NameID"), SUBJECT),
        (
            |f| f.assertion(|a| a.name_id.value = String::new()),
            SUBJECT,
        ),
        (|f| f.remove("saml:SubjectConfirmation"), SUBJECT),
        (|f| f.edit("cm:bearer", "cm:holder-of-key"), SUBJECT),
        (
            |f| {
                let xml = f.unsigned();
                let one = super::responses::element(&xml, "saml:SubjectConfirmation").to_owned();
                f.edit(one.clone(), one.repeat(2))
            },
            SUBJECT,
        ),
        (
            |f| f.remove("saml:AuthnStatement"),
            "there is no AuthnStatement",
        ),
    ]);
}

#[test]
fn it_must_say_success_and_have_an_assertion() {
    let aws = Aws::new(rsa());
    let failed = Forgery::aws().signing(true, false).response(|r| {
        r.assertion = None;
        r.status = Status {
            top: StatusCode::Responder,
            sub: Some(SubStatus::AuthnFailed),
            message: None,
        };
    });
    assert!(aws.refusal(&failed.xml()).contains("the sign-in failed"));
    let empty = Forgery::aws().signing(true, false).remove("saml:Assertion");
    assert_eq!(aws.refusal(&empty.xml()), "the response has no assertion");
}

#[test]
fn the_relay_state_is_a_place_in_the_console_or_none() {
    let aws = Aws::new(rsa());
    let xml = Forgery::aws().xml();
    for good in [
        "https://console.aws.amazon.com/s3/home",
        "https://eu-central-1.console.aws.amazon.com/ec2?x=1#y",
    ] {
        assert_eq!(aws.console(&xml, Some(good)).at("destination"), good);
    }
    for bad in [
        "https://evil.example/",
        "https://evilconsole.aws.amazon.com.evil.example/",
        "https://xconsole.aws.amazon.com/",
        "https://console.aws.amazon.com@evil.example/",
        "javascript://console.aws.amazon.com/",
        "/console/home",
    ] {
        let refusal = aws.refusal_of(&aws.post(&xml, Some(bad)));
        assert_eq!(refusal, "the RelayState is not an address of the console");
    }
}

/// AWS keeps no memory of assertions: documented, and so here.
#[test]
fn a_response_may_be_presented_again_within_its_time() {
    let aws = Aws::new(rsa());
    let xml = Forgery::aws().xml();
    let first = aws.post(&xml, None).location;
    let second = aws.post(&xml, None).location;
    assert_ne!(first, second);
}

#[test]
fn a_provider_whose_metadata_is_of_another_or_gone_refuses() {
    let aws = Aws::new(rsa());
    let xml = Forgery::aws().xml();
    let other = Metadata::xml(&[rsa()]).replace(IDP, "https://other.example");
    aws.metadata.publish(&other);
    assert!(
        aws.refusal(&xml)
            .contains("the provider's metadata is of \"https://other.example\"")
    );
    aws.metadata.publish("<x/>");
    assert!(aws.refusal(&xml).contains("is not one EntityDescriptor"));
    aws.metadata.take_down();
    assert!(
        aws.refusal(&xml)
            .contains("could not be had: nobody answers")
    );
}

#[test]
fn a_changed_key_is_believed_when_the_metadata_has_it_and_not_before() {
    let aws = Aws::new(rsa());
    let mut forgery = Forgery::aws();
    forgery.key = other_rsa();
    let xml = forgery.xml();
    assert!(aws.refusal(&xml).contains("a signature does not verify"));
    aws.metadata.publish(&Metadata::xml(&[rsa(), other_rsa()]));
    aws.console(&xml, None);
    aws.console(&Forgery::aws().xml(), None);
    aws.metadata.publish(&Metadata::xml(&[other_rsa()]));
    let old = aws.refusal(&Forgery::aws().xml());
    assert!(old.contains("a signature does not verify"));
}

#[test]
fn an_encrypted_assertion_and_a_second_one_are_refused() {
    assert_refused(&[
        (
            |f| {
                f.signing(true, false).edit("<saml:Assertion ", "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"></saml:EncryptedAssertion><saml:Assertion ")
            },
            "the assertion is encrypted",
        ),
        (
            |f| {
                let xml = f.unsigned();
                let one = super::responses::element(&xml, "saml:Assertion").to_owned();
                let other = one.replace(ASSERTION, "_another");
                f.signing(true, false)
                    .edit(one.clone(), format!("{one}{other}"))
            },
            "Assertion is there more than once",
        ),
    ]);
}
