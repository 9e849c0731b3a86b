//! What the demo service provider refuses: each refusal names its cause.

use signet::demo::Unsolicited;
use signet::model::{NameIdFormat, ResponseSigning, Span, Timestamp};
use signet::protocol::saml::{
    SignatureRequirement, Status, StatusCode, SubStatus, decode_redirect, write_response,
};

use super::responses::{Forgery, NOW, element};
use super::{BASE, Metadata, Sp};
use crate::saml::keys::{other_rsa, rsa};

/// Sends a request of this kind, and gives its id.
fn begin(sp: &Sp, options: &str) -> String {
    let answer = sp.get(&format!("/sign-in?{options}"));
    assert_eq!(answer.status, 303, "{}", answer.body);
    let (endpoint, query) = answer.location.split_once('?').unwrap();
    assert_eq!(endpoint, "https://idp.example/saml/sso");
    let request = decode_redirect(query).unwrap();
    let request = request.verify(&[], SignatureRequirement::Optional).unwrap();
    assert_eq!(request.issuer.as_str(), format!("{BASE}/metadata"));
    request.id
}

type Case = (fn(Forgery) -> Forgery, &'static str);

/// Each change of a good answer to a request is refused, and uses up nothing: the good answer is accepted after them.
fn assert_refused_for(options: &str, cases: &[Case]) {
    let sp = Sp::new(rsa(), Unsolicited::Refused);
    let id = begin(&sp, options);
    for (change, cause) in cases {
        let refusal = sp.refusal(&change(Forgery::sp(Some(&id))).xml());
        assert!(refusal.contains(cause), "not \"{cause}\" but: {refusal}");
    }
    sp.accepted(&Forgery::sp(Some(&id)).xml());
}

fn assert_refused(cases: &[Case]) {
    assert_refused_for("how=redirect", cases);
}

fn assert_accepted(options: &str, changes: &[fn(Forgery) -> Forgery]) {
    for change in changes {
        let sp = Sp::new(rsa(), Unsolicited::Refused);
        let id = begin(&sp, options);
        sp.accepted(&change(Forgery::sp(Some(&id))).xml());
    }
}

#[test]
fn a_good_answer_is_shown_with_all_that_it_says() {
    let sp = Sp::new(rsa(), Unsolicited::Refused);
    let id = begin(&sp, "how=redirect");
    let page = sp.accepted(&Forgery::sp(Some(&id)).xml());
    for (id, text) in [
        ("name-id", "p-1"),
        (
            "name-id-format",
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        ),
        ("session-index", "_session"),
        ("authn-context", "https://refeds.org/profile/mfa"),
        ("issuer", super::IDP),
    ] {
        assert_eq!(page.at(id), text);
    }
    assert!(
        page.body.contains("&lt;alice&gt;@example.com"),
        "{}",
        page.body
    );
}

#[test]
fn what_our_own_writer_writes_is_accepted() {
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let forgery = Forgery::sp(None);
    let xml = write_response(&forgery.content, ResponseSigning::Both, rsa()).unwrap();
    sp.accepted(&xml);
}

#[test]
fn both_signatures_must_be_there_and_the_identity_providers() {
    const INVALID: &str = "a signature does not verify";
    assert_refused(&[
        (|f| f.signing(false, true), "the response is not signed"),
        (|f| f.signing(true, false), "the assertion is not signed"),
        (|f| f.signing(false, false), "the response is not signed"),
        (
            |mut f| {
                f.key = other_rsa();
                f
            },
            INVALID,
        ),
    ]);
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let good = Forgery::sp(None).xml();
    for (from, to) in [
        (">p-1<", ">p-2<"),
        ("status:Success", "status:Sucess"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        ("<ds:DigestValue>", "<ds:DigestValue>AAAA"),
    ] {
        assert!(good.contains(from));
        assert!(sp.refusal(&good.replace(from, to)).contains(INVALID));
    }
    sp.accepted(&good);
}

#[test]
fn a_changed_key_is_believed_when_the_metadata_has_it_and_not_before() {
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let mut forgery = Forgery::sp(None);
    forgery.key = other_rsa();
    let xml = forgery.xml();
    assert!(sp.refusal(&xml).contains("a signature does not verify"));
    sp.metadata.publish(&Metadata::xml(&[rsa(), other_rsa()]));
    sp.accepted(&xml);
}

#[test]
fn it_must_be_from_the_identity_provider_and_for_this_place() {
    const EVIL: &str = "https://evil.example";
    assert_refused(&[
        (
            |f| f.response(|r| r.issuer = EVIL.into()),
            "the response was issued by \"https://evil.example\"",
        ),
        (
            |f| f.assertion(|a| a.issuer = EVIL.into()),
            "the assertion was issued by \"https://evil.example\"",
        ),
        (
            |f| f.response(|r| r.destination = EVIL.into()),
            "the response is for \"https://evil.example\"",
        ),
        (
            |f| f.edit(format!(" Destination=\"{BASE}/acs\""), ""),
            "the response is for \"\"",
        ),
        (
            |f| f.assertion(|a| a.recipient = EVIL.into()),
            "the subject's confirmation is for \"https://evil.example\"",
        ),
        (
            |f| f.assertion(|a| a.recipient = format!("{BASE}/acs/")),
            "the subject's confirmation is for",
        ),
        (
            |f| f.edit(format!(" Recipient=\"{BASE}/acs\""), ""),
            "the subject's confirmation is for \"\"",
        ),
        (
            |f| f.assertion(|a| a.audience = EVIL.into()),
            "is not for this service provider",
        ),
        (
            |f| f.remove("saml:AudienceRestriction"),
            "is not for this service provider",
        ),
        (
            |f| {
                let other = "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>";
                f.edit("</saml:AudienceRestriction>", other)
            },
            "is not for this service provider",
        ),
    ]);
    assert_accepted(
        "how=redirect",
        &[|f| {
            let other = "</saml:Audience><saml:Audience>urn:other</saml:Audience>";
            f.edit("</saml:Audience>", other)
        }],
    );
}

#[test]
fn it_must_be_presented_within_five_minutes() {
    assert_refused(&[
        (
            |f| f.response(|r| r.issue_instant = NOW.minus(Span::seconds(301))),
            "the response was issued more than five minutes ago",
        ),
        (
            |f| f.assertion(|a| a.issue_instant = NOW.minus(Span::seconds(301))),
            "the assertion was issued more than five minutes ago",
        ),
        (
            |f| f.response(|r| r.issue_instant = NOW.plus(Span::seconds(1))),
            "the response says that it was issued in the future",
        ),
        (
            |f| f.assertion(|a| a.issue_instant = NOW.plus(Span::seconds(1))),
            "the assertion says that it was issued in the future",
        ),
    ]);
    for (after, is_accepted) in [
        (Span::minutes(5), true),
        (Span::millis(5 * 60_000 + 1), false),
    ] {
        let sp = Sp::new(rsa(), Unsolicited::Accepted);
        sp.clock.advance(after);
        let answer = sp.post(&Forgery::sp(None).xml());
        assert_eq!(answer.status == 200, is_accepted, "{}", answer.body);
    }
}

fn confirmation_ends(f: Forgery, at: Timestamp) -> Forgery {
    let text = |at: Timestamp| format!("NotOnOrAfter=\"{}\" Recipient", at.to_xs_date_time());
    let end = f.content.assertion.as_ref().unwrap().not_on_or_after;
    f.edit(text(end), text(at))
}

/// What stands behind the conditions' beginning.
fn conditions_end(f: Forgery, at: Timestamp) -> Forgery {
    let assertion = f.content.assertion.as_ref().unwrap();
    let start = assertion.not_before.to_xs_date_time();
    let end = assertion.not_on_or_after.to_xs_date_time();
    let text = |end: &str| format!("NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"");
    let (from, to) = (text(&end), text(&at.to_xs_date_time()));
    f.edit(from, to)
}

#[test]
fn its_times_must_hold() {
    assert_refused(&[
        (
            |f| confirmation_ends(f, NOW),
            "the time in which the assertion could be presented is over",
        ),
        (
            |f| {
                let end = f.content.assertion.as_ref().unwrap().not_on_or_after;
                let text = format!(" NotOnOrAfter=\"{}\" Recipient", end.to_xs_date_time());
                f.edit(text, " Recipient")
            },
            "or it has no end",
        ),
        (|f| conditions_end(f, NOW), "the assertion has expired"),
        (
            |f| f.assertion(|a| a.not_before = NOW.plus(Span::seconds(1))),
            "the assertion is not valid yet",
        ),
        (
            |f| f.remove("saml:Conditions"),
            "the assertion has no conditions",
        ),
        (
            |f| f.assertion(|a| a.session_not_on_or_after = Some(NOW)),
            "the session at the identity provider has ended",
        ),
    ]);
    assert_accepted(
        "how=redirect",
        &[
            |f| confirmation_ends(f, NOW.plus(Span::seconds(1))),
            |f| conditions_end(f, NOW.plus(Span::seconds(1))),
            |f| f.assertion(|a| a.not_before = NOW),
            |f| f.assertion(|a| a.session_not_on_or_after = None),
        ],
    );
}

#[test]
fn the_confirmation_is_one_bearers_for_the_same_request() {
    const ONE: &str = "exactly one confirmation, by bearer";
    assert_refused(&[
        (|f| f.remove("saml:SubjectConfirmation"), ONE),
        (|f| f.edit("cm:bearer", "cm:sender-vouches"), ONE),
        (
            |f| {
                let xml = f.unsigned();
                let one = element(&xml, "saml:SubjectConfirmation").to_owned();
                f.edit(one.clone(), one.repeat(2))
            },
            ONE,
        ),
        (
            |f| {
                let now = NOW.to_xs_date_time();
                let start = "<saml:SubjectConfirmationData InResponseTo=";
                let xml = f.unsigned();
                let data = element(&xml, "saml:SubjectConfirmationData").to_owned();
                assert!(data.starts_with(start));
                let begun = data.replace(
                    " NotOnOrAfter",
                    &format!(" NotBefore=\"{now}\" NotOnOrAfter"),
                );
                f.edit(data, begun)
            },
            "must not have NotBefore",
        ),
        (
            |f| f.assertion(|a| a.in_response_to = Some("_other".into())),
            "answers another request than the response",
        ),
        (
            |f| f.assertion(|a| a.in_response_to = None),
            "answers another request than the response",
        ),
    ]);
}

#[test]
fn it_must_say_how_and_who() {
    const STATED: &str = "does not say how and when the person signed in";
    assert_refused(&[
        (|f| f.remove("saml:AuthnStatement"), STATED),
        (|f| f.edit(" SessionIndex=\"_session\"", ""), STATED),
        (
            |f| f.assertion(|a| a.authn_instant = NOW.plus(Span::seconds(1))),
            STATED,
        ),
        (|f| f.remove("saml:NameID"), "the subject has no name"),
        (
            |f| f.assertion(|a| a.name_id.value = String::new()),
            "the subject has no name",
        ),
        (
            |f| {
                f.edit(
                    "</saml:AudienceRestriction>",
                    "</saml:AudienceRestriction><saml:OneTimeUse></saml:OneTimeUse>",
                )
            },
            "a condition that this receiver does not know",
        ),
        (
            |f| f.edit(">p-1<", "><x></x>p-1<"),
            "NameID is missing or is not in its form",
        ),
    ]);
}

#[test]
fn a_forced_sign_in_must_be_a_new_one() {
    let before: fn(Forgery) -> Forgery =
        |f| f.assertion(|a| a.authn_instant = NOW.minus(Span::seconds(1)));
    let cause = "the person signed in before it";
    assert_refused_for("how=force", &[(before, cause)]);
    assert_accepted("how=redirect", &[before]);
}

#[test]
fn the_context_and_the_name_are_those_that_were_asked_for() {
    let password: fn(Forgery) -> Forgery = |f| {
        let class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
        f.assertion(|a| a.authn_context_class_ref = class.into())
    };
    let cause = "another authentication context than the one that was reached";
    assert_refused_for("context=mfa", &[(password, cause)]);
    assert_accepted("context=password", &[password]);
    assert_accepted("how=redirect", &[password]);

    let transient: fn(Forgery) -> Forgery =
        |f| f.assertion(|a| a.name_id.format = NameIdFormat::Transient);
    let cause = "another format of the name";
    assert_refused_for("format=persistent", &[(transient, cause)]);
    assert_accepted("format=transient", &[transient]);
    assert_accepted("format=unspecified", &[transient]);
}

#[test]
fn it_must_answer_a_request_of_ours_that_still_waits() {
    const UNKNOWN: &str = "answers a request that was not sent from here";
    const UNSOLICITED: &str = "sign-ins that start elsewhere are refused here";
    let sp = Sp::new(rsa(), Unsolicited::Refused);
    assert!(
        sp.refusal(&Forgery::sp(Some("_unknown")).xml())
            .contains(UNKNOWN)
    );
    assert!(sp.refusal(&Forgery::sp(None).xml()).contains(UNSOLICITED));
    let accepting = Sp::new(rsa(), Unsolicited::Accepted);
    let unknown = accepting.refusal(&Forgery::sp(Some("_unknown")).xml());
    assert!(unknown.contains(UNKNOWN), "{unknown}");

    let id = begin(&sp, "how=redirect");
    let other = begin(&sp, "how=redirect");
    assert_ne!(id, other);
    sp.accepted(&Forgery::sp(Some(&id)).xml());
    let again = Forgery::sp(Some(&id)).assertion(|a| a.id = "_another".into());
    assert!(
        sp.refusal(&again.xml())
            .contains("has been answered before")
    );
    let answer = Forgery::sp(Some(&other)).assertion(|a| a.id = "_third".into());
    sp.accepted(&answer.xml());
}

#[test]
fn an_assertion_is_presented_once() {
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let xml = Forgery::sp(None).xml();
    sp.accepted(&xml);
    let replayed = "the assertion has been presented before";
    assert_eq!(sp.refusal(&xml), replayed);
    sp.clock.advance(Span::minutes(5));
    assert_eq!(sp.refusal(&xml), replayed);
    // Another response around the same assertion, for a request of ours.
    let id = begin(&sp, "how=redirect");
    let wrapped = Forgery::sp(Some(&id)).response(|r| r.id = "_another".into());
    let wrapped = wrapped.response(|r| r.issue_instant = NOW.plus(Span::minutes(5)));
    assert_eq!(sp.refusal(&wrapped.xml()), replayed);
    let other = Forgery::sp(Some(&id)).assertion(|a| a.id = "_other".into());
    sp.accepted(&other.xml());
}

#[test]
fn a_refusal_of_the_identity_provider_is_shown_and_must_be_without_assertion() {
    let failed = |f: Forgery| {
        f.response(|r| {
            r.status = Status {
                top: StatusCode::Responder,
                sub: Some(SubStatus::NoPassive),
                message: Some("<not now>".into()),
            };
        })
    };
    let sp = Sp::new(rsa(), Unsolicited::Refused);
    let id = begin(&sp, "how=passive");
    let alone = failed(Forgery::sp(Some(&id)))
        .response(|r| r.assertion = None)
        .signing(true, false);
    let unsigned = failed(Forgery::sp(Some(&id)))
        .response(|r| r.assertion = None)
        .signing(false, false);
    assert_eq!(sp.refusal(&unsigned.xml()), "the response is not signed");
    let agree =
        "a successful response must have an assertion, and one with an error must have none";
    let with_assertion = Forgery::sp(Some(&id)).edit("status:Success", "status:Responder");
    assert_eq!(sp.refusal(&with_assertion.xml()), agree);
    let without = Forgery::sp(Some(&id)).remove("saml:Assertion");
    assert_eq!(sp.refusal(&without.signing(true, false).xml()), agree);

    let page = sp.accepted(&alone.xml());
    assert!(page.at("status-code").ends_with(":Responder"));
    assert!(page.at("status-sub").ends_with(":NoPassive"));
    assert_eq!(page.at("status-message"), "<not now>");
    assert!(
        sp.refusal(&alone.xml())
            .contains("has been answered before")
    );
}

#[test]
fn a_choice_that_the_start_page_has_not_sends_no_request() {
    let sp = Sp::new(rsa(), Unsolicited::Refused);
    for query in ["how=magic", "format=x", "context=x", "other=1"] {
        assert_eq!(sp.get(&format!("/sign-in?{query}")).status, 400, "{query}");
    }
    sp.metadata.take_down();
    let answer = sp.get("/sign-in?how=redirect");
    assert_eq!(answer.status, 503);
    assert!(answer.at("unavailable").contains("nobody answers"));
}
