//! The authentication context that a protocol asks for (SAML core, 3.3.2.2.1): stated truly, or not at all.

use signet::model::Factor;
use signet::policy::{
    AccessRequest, AuthnContextClass, ContextComparison, Decision, DenyReason, RequestedContext,
    Requirement, decide,
};

use super::*;
use AuthnContextClass::{
    Password, PasswordProtectedTransport, RefedsMfa, TimeSyncToken, Unspecified,
};
use ContextComparison::{Better, Exact, Maximum, Minimum};

fn wanting(comparison: ContextComparison, classes: &[AuthnContextClass]) -> AccessRequest {
    AccessRequest {
        context: Some(RequestedContext {
            comparison,
            classes: classes.to_vec(),
        }),
        ..application()
    }
}

fn stated(
    comparison: ContextComparison,
    classes: &[AuthnContextClass],
    satisfied: Vec<SatisfiedFactor>,
) -> AuthnContextClass {
    allowed(&wanting(comparison, classes), &facts(satisfied)).context()
}

fn with_recovery() -> Vec<SatisfiedFactor> {
    vec![
        proof(Factor::Password, NOW),
        proof(Factor::RecoveryCode, NOW),
    ]
}

#[test]
fn the_first_true_class_of_the_list_is_stated() {
    for comparison in [Exact, Minimum, Maximum] {
        assert_eq!(stated(comparison, &[Password], two()), Password);
        assert_eq!(stated(comparison, &[Unspecified], two()), Unspecified);
        assert_eq!(
            stated(comparison, &[PasswordProtectedTransport, RefedsMfa], two()),
            PasswordProtectedTransport
        );
        assert_eq!(stated(comparison, &[RefedsMfa, Password], two()), RefedsMfa);
        assert_eq!(stated(comparison, &[TimeSyncToken], two()), TimeSyncToken);
        // A recovery code is no time-synchronised one.
        assert_eq!(
            stated(comparison, &[TimeSyncToken, RefedsMfa], with_recovery()),
            RefedsMfa
        );
    }
}

#[test]
fn better_is_two_factors_where_one_was_named() {
    for class in [Unspecified, Password, PasswordProtectedTransport] {
        assert_eq!(stated(Better, &[class], two()), RefedsMfa);
    }
    let denied = Decision::Deny(DenyReason::NoAuthnContext);
    for classes in [
        &[RefedsMfa][..],
        &[TimeSyncToken],
        &[Password, RefedsMfa],
        &[],
    ] {
        assert_eq!(
            decide(&wanting(Better, classes), &facts(two()), NOW),
            denied
        );
    }
}

#[test]
fn an_empty_list_is_met_by_nothing() {
    for comparison in [Exact, Minimum, Maximum, Better] {
        let denied = Decision::Deny(DenyReason::NoAuthnContext);
        assert_eq!(
            decide(&wanting(comparison, &[]), &facts(two()), NOW),
            denied
        );
    }
}

#[test]
fn the_protocol_may_ask_for_more_than_policy_and_never_for_less() {
    let password = vec![proof(Factor::Password, NOW)];
    let lenient = under(facts(password.clone()), &[one_factor()]);
    assert_eq!(
        allowed(&wanting(Exact, &[Password]), &lenient).context(),
        Password
    );
    for comparison in [Exact, Minimum] {
        assert!(matches!(
            asks(&wanting(comparison, &[RefedsMfa]), &lenient),
            Requirement::SecondFactor { .. }
        ));
    }
    assert!(matches!(
        asks(&wanting(Better, &[Password]), &lenient),
        Requirement::SecondFactor { .. }
    ));
    // Policy asks for two, whatever the request would be content with.
    assert!(matches!(
        asks(&wanting(Exact, &[Password]), &facts(password)),
        Requirement::SecondFactor { .. }
    ));
    // The weakest class of a list is enough to be asked for no more.
    assert_eq!(
        allowed(&wanting(Exact, &[RefedsMfa, Password]), &lenient).context(),
        Password
    );
}

/// Without a password an authenticator app is set up for nothing: a passkey is two factors.
#[test]
fn no_app_is_set_up_where_passkeys_alone_sign_in() {
    let policy = Policy {
        allowed_factors: Some(vec![Factor::Passkey, Factor::Totp]),
        ..Policy::default()
    };
    let facts = with(facts(vec![proof(Factor::Passkey, NOW)]), |person| {
        person.enrolled = Enrolled {
            passkey: true,
            ..Enrolled::default()
        };
    });
    assert_eq!(
        decide(
            &wanting(Exact, &[TimeSyncToken]),
            &under(facts, &[policy]),
            NOW
        ),
        Decision::Deny(DenyReason::NoFactorAllowed)
    );
}

#[test]
fn where_only_a_code_of_the_app_would_be_true_no_other_is_asked_for() {
    let password = || facts(vec![proof(Factor::Password, NOW)]);
    let second = |allowed: &[Factor]| Requirement::SecondFactor {
        allowed: allowed.to_vec(),
    };
    assert_eq!(
        asks(&wanting(Exact, &[TimeSyncToken]), &password()),
        second(&[Factor::Totp])
    );
    let both = second(&[Factor::Totp, Factor::RecoveryCode]);
    assert_eq!(
        asks(&wanting(Exact, &[TimeSyncToken, RefedsMfa]), &password()),
        both
    );
    // Two factors are there, and the class is still not true.
    assert_eq!(
        asks(&wanting(Exact, &[TimeSyncToken]), &facts(with_recovery())),
        second(&[Factor::Totp])
    );
    let without_app = with(password(), |person| person.enrolled.totp = false);
    let denied = Decision::Deny(DenyReason::NoAuthnContext);
    assert_eq!(
        decide(&wanting(Exact, &[TimeSyncToken]), &without_app, NOW),
        denied
    );
    let with_nothing = with(without_app, |person| person.enrolled.recovery_codes = false);
    assert_eq!(
        asks(&wanting(Exact, &[TimeSyncToken]), &with_nothing),
        Requirement::EnrollFactor {
            allowed: vec![Factor::Totp]
        }
    );
}

#[test]
fn classes_are_known_by_their_uris() {
    for class in AuthnContextClass::ALL {
        assert_eq!(AuthnContextClass::from_uri(class.uri()), Some(class));
    }
    assert_eq!(
        AuthnContextClass::from_uri("urn:oasis:names:tc:SAML:2.0:ac:classes:X509"),
        None
    );
    assert_eq!(RefedsMfa.uri(), "https://refeds.org/profile/mfa");
    assert_eq!(
        Password.uri(),
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
    );
    let ones = AuthnContextClass::ALL
        .iter()
        .filter(|class| class.assurance() == Assurance::One);
    assert_eq!(ones.count(), 3);
}
