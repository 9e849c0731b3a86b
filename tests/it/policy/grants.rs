//! What a grant carries.

use signet::model::{Factor, Span};
use signet::policy::{AuthnContextClass, Policy};

use super::*;

#[test]
fn a_grant_names_who_what_and_how() {
    let request = application();
    let grant = allowed(&request, &facts(two()));
    assert_eq!(*grant.subject(), user());
    assert_eq!(*grant.target(), request.target);
    assert_eq!(grant.assurance(), Assurance::Two);
    assert_eq!(grant.authenticated_at(), ago(Span::minutes(1)));
    assert_eq!(grant.satisfied(), two());
    assert_eq!(
        grant.context(),
        AuthnContextClass::PasswordProtectedTransport
    );
    assert_eq!(grant.aws_session_seconds(), None);
}

#[test]
fn the_last_password_is_when_somebody_authenticated() {
    let mut proofs = two();
    proofs.push(proof(Factor::Password, ago(Span::seconds(5))));
    proofs.push(proof(Factor::Password, ago(Span::hours(2))));
    assert_eq!(
        allowed(&application(), &facts(proofs)).authenticated_at(),
        ago(Span::seconds(5))
    );
}

#[test]
fn the_end_is_the_earliest() {
    let session = Policy {
        max_application_session_seconds: Some(3_600),
        ..Policy::default()
    };
    let ends = |session_in: Option<Span>, policy: &Policy| {
        let facts = with(
            under(facts(two()), std::slice::from_ref(policy)),
            |person| {
                person.session_ends_at = session_in.map(|span| NOW.plus(span));
            },
        );
        allowed(&application(), &facts).ends_at()
    };
    let free = Policy::default();
    assert_eq!(ends(Some(Span::hours(8)), &free), NOW.plus(Span::hours(8)));
    assert_eq!(
        ends(Some(Span::hours(8)), &session),
        NOW.plus(Span::hours(1))
    );
    assert_eq!(
        ends(Some(Span::minutes(5)), &session),
        NOW.plus(Span::minutes(5))
    );
    assert_eq!(ends(None, &session), NOW.plus(Span::hours(1)));
    // Nothing says how long: nothing is given beyond now.
    assert_eq!(ends(None, &free), NOW);
}
