//! What a person has agreed to, and when that counts.

use signet::model::Span;
use signet::policy::{ConsentRequest, DenyReason, Interaction};

use super::*;

fn scopes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn wants(names: &[&str], since: Option<Timestamp>) -> AccessRequest {
    AccessRequest {
        consent: Some(ConsentRequest {
            scopes: scopes(names),
            since,
        }),
        ..application()
    }
}

fn having(consent: ConsentFacts) -> Facts {
    Facts {
        consent,
        ..facts(two())
    }
}

fn given(names: &[&str], at: Timestamp) -> ConsentFacts {
    ConsentFacts::Given {
        scopes: scopes(names),
        at,
    }
}

fn asked(names: &[&str]) -> Requirement {
    Requirement::Consent {
        scopes: scopes(names),
    }
}

#[test]
fn who_asks_for_none_needs_none() {
    for consent in [ConsentFacts::Implied, ConsentFacts::Missing] {
        allowed(&application(), &having(consent));
    }
}

#[test]
fn implied_consent_suffices_unless_the_client_wants_the_person_asked() {
    allowed(&wants(&["email"], None), &having(ConsentFacts::Implied));
    let anew = wants(&["email"], Some(ago(Span::minutes(1))));
    assert_eq!(
        asks(&anew, &having(ConsentFacts::Implied)),
        asked(&["email"])
    );
    for since in [None, Some(ago(Span::minutes(1)))] {
        let request = wants(&["email"], since);
        assert_eq!(
            asks(&request, &having(ConsentFacts::Missing)),
            asked(&["email"])
        );
    }
}

#[test]
fn consent_covers_the_scopes_that_it_names_and_no_other() {
    let has = having(given(&["email", "phone"], ago(Span::days(9))));
    allowed(&wants(&["email"], None), &has);
    allowed(&wants(&["phone", "email"], None), &has);
    let more = ["email", "groups"];
    assert_eq!(asks(&wants(&more, None), &has), asked(&more));
}

#[test]
fn a_consent_from_before_does_not_answer_a_new_question() {
    let begun = ago(Span::minutes(1));
    let request = wants(&["email"], Some(begun));
    let at = |at| having(given(&["email"], at));
    assert_eq!(
        asks(&request, &at(begun.minus(Span::millis(1)))),
        asked(&["email"])
    );
    allowed(&request, &at(begun));
    allowed(&request, &at(begun.plus(Span::millis(1))));
    // However new: of other scopes it says nothing.
    let other = having(given(&["phone"], NOW));
    assert_eq!(asks(&request, &other), asked(&["email"]));
}

#[test]
fn whoever_must_not_be_asked_is_refused_by_its_name() {
    let passive = AccessRequest {
        interaction: Interaction::Passive,
        ..wants(&["email"], None)
    };
    let refused = decide(&passive, &having(ConsentFacts::Missing), NOW);
    assert_eq!(refused, Decision::Deny(DenyReason::ConsentRequired));
}
