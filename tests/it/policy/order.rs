//! The rules in their order: what is asked first, what is denied, and that nothing is allowed by default.

use signet::model::{Factor, Span, UserState};
use signet::policy::{
    AccessRequest, Decision, DenyReason, Enrolled, Entitlement, Interaction, Policy, Requirement,
    Target, decide,
};

use super::*;

#[test]
fn nobody_is_asked_who_they_are() {
    let nobody = Facts {
        person: None,
        ..facts(two())
    };
    assert_eq!(asks(&application(), &nobody), who());
    assert_eq!(asks(&application(), &facts(vec![])), who());
}

#[test]
fn a_disabled_person_is_denied_whatever_they_prove() {
    let disabled = with(facts(two()), |person| person.state = UserState::Deactivated);
    let denied = Decision::Deny(DenyReason::UserDisabled);
    assert_eq!(decide(&application(), &disabled, NOW), denied);
    // And before anything else is asked of them.
    let linked = with(disabled, |p| {
        p.satisfied = vec![proof(Factor::SetupLink, NOW)]
    });
    assert_eq!(
        decide(&application(), &linked, NOW),
        Decision::Deny(DenyReason::UserDisabled)
    );
}

fn set_credential(allowed: &[Factor]) -> Requirement {
    Requirement::SetCredential {
        allowed: allowed.to_vec(),
    }
}

#[test]
fn a_link_is_worth_a_new_password_and_nothing_else() {
    let at = ago(Span::minutes(2));
    let link = proof(Factor::SetupLink, at);
    assert_eq!(
        asks(&application(), &facts(vec![link])),
        set_credential(&[Factor::Password])
    );
    // A password from before the link does not count, one from the same moment on does.
    let before = proof(Factor::Password, at.minus(Span::millis(1)));
    assert_eq!(
        asks(&application(), &facts(vec![before, link])),
        set_credential(&[Factor::Password])
    );
    for later in [at, at.plus(Span::millis(1))] {
        let facts = facts(vec![link, proof(Factor::Password, later)]);
        assert!(matches!(
            asks(&application(), &facts),
            Requirement::SecondFactor { .. }
        ));
    }
    // A link is no factor: with a code alone there is still no password.
    let coded = facts(vec![link, proof(Factor::Totp, NOW)]);
    assert_eq!(
        asks(&application(), &coded),
        set_credential(&[Factor::Password])
    );
    let satisfied = vec![link, proof(Factor::Password, NOW), proof(Factor::Totp, NOW)];
    let grant = allowed(&application(), &facts(satisfied));
    assert!(
        grant
            .satisfied()
            .iter()
            .all(|p| p.factor != Factor::SetupLink)
    );
}

#[test]
fn two_factors_are_asked_for_unless_everybodys_policy_says_less() {
    let password = vec![proof(Factor::Password, NOW)];
    let both = Requirement::SecondFactor {
        allowed: vec![Factor::Totp, Factor::RecoveryCode],
    };
    assert_eq!(asks(&application(), &facts(password.clone())), both);
    let less = under(facts(password.clone()), &[one_factor()]);
    assert_eq!(allowed(&application(), &less).assurance(), Assurance::One);
    // A group cannot say less than everybody's.
    let group = under(facts(password), &[Policy::default(), one_factor()]);
    assert_eq!(asks(&application(), &group), both);
}

/// Whatever the policies say.
#[test]
fn the_console_is_never_opened_by_one_factor() {
    let password = vec![proof(Factor::Password, NOW)];
    let less = under(facts(password), &[one_factor()]);
    let console = AccessRequest::plain(Target::Admin);
    let both = Requirement::SecondFactor {
        allowed: vec![Factor::Totp, Factor::RecoveryCode],
    };
    assert_eq!(asks(&console, &less), both);
    let portal = AccessRequest::plain(Target::Portal);
    assert_eq!(allowed(&portal, &less).assurance(), Assurance::One);
    assert_eq!(allowed(&console, &facts(two())).assurance(), Assurance::Two);
}

#[test]
fn what_is_asked_for_is_what_the_person_has() {
    let enrolled = |totp, recovery_codes| {
        with(facts(vec![proof(Factor::Password, NOW)]), |person| {
            person.enrolled = Enrolled {
                password: true,
                totp,
                recovery_codes,
                ..Enrolled::default()
            };
        })
    };
    let second = |allowed: &[Factor]| Requirement::SecondFactor {
        allowed: allowed.to_vec(),
    };
    assert_eq!(
        asks(&application(), &enrolled(true, false)),
        second(&[Factor::Totp])
    );
    assert_eq!(
        asks(&application(), &enrolled(false, true)),
        second(&[Factor::RecoveryCode])
    );
    assert_eq!(asks(&application(), &enrolled(false, false)), enroll());
}

#[test]
fn a_recovery_code_is_a_second_factor_and_a_code_alone_is_none() {
    let with_recovery = facts(vec![
        proof(Factor::Password, NOW),
        proof(Factor::RecoveryCode, NOW),
    ]);
    assert_eq!(
        allowed(&application(), &with_recovery).assurance(),
        Assurance::Two
    );
    for factor in [Factor::Totp, Factor::RecoveryCode] {
        assert_eq!(
            asks(&application(), &facts(vec![proof(factor, NOW)])),
            who()
        );
    }
    let twice = facts(vec![
        proof(Factor::Password, NOW),
        proof(Factor::Password, NOW),
    ]);
    assert!(matches!(
        asks(&application(), &twice),
        Requirement::SecondFactor { .. }
    ));
}

#[test]
fn entitlement_is_needed_and_told_before_a_second_factor_is_asked_for() {
    for (entitlement, reason) in [
        (Entitlement::NotAssigned, DenyReason::NotAssigned),
        (Entitlement::TargetDisabled, DenyReason::TargetDisabled),
        (Entitlement::TargetUnknown, DenyReason::TargetUnknown),
    ] {
        for satisfied in [two(), vec![proof(Factor::Password, NOW)]] {
            let facts = Facts {
                entitlement,
                ..facts(satisfied)
            };
            assert_eq!(decide(&application(), &facts, NOW), Decision::Deny(reason));
        }
        // Without a password nobody learns of it.
        let facts = Facts {
            entitlement,
            ..facts(vec![])
        };
        assert_eq!(asks(&application(), &facts), who());
    }
}

#[test]
fn whoever_must_not_be_asked_is_denied_where_others_are_asked() {
    let passive = AccessRequest {
        interaction: Interaction::Passive,
        ..application()
    };
    let no_passive = Decision::Deny(DenyReason::NoPassive);
    for satisfied in [
        vec![],
        vec![proof(Factor::Password, NOW)],
        vec![proof(Factor::SetupLink, NOW)],
    ] {
        assert_eq!(decide(&passive, &facts(satisfied), NOW), no_passive);
    }
    assert!(matches!(
        decide(&passive, &facts(two()), NOW),
        Decision::Allow(_)
    ));
    // A denial stays the denial that it is.
    let unassigned = Facts {
        entitlement: Entitlement::NotAssigned,
        ..facts(two())
    };
    assert_eq!(
        decide(&passive, &unassigned, NOW),
        Decision::Deny(DenyReason::NotAssigned)
    );
}

#[test]
fn only_what_was_proved_since_counts() {
    let since = ago(Span::minutes(10));
    let forced = AccessRequest {
        authenticated_since: Some(since),
        ..application()
    };
    let at = |password: Timestamp, code: Timestamp| {
        facts(vec![
            proof(Factor::Password, password),
            proof(Factor::Totp, code),
        ])
    };
    let early = since.minus(Span::millis(1));
    assert!(matches!(
        decide(&forced, &at(since, since), NOW),
        Decision::Allow(_)
    ));
    let again = Requirement::Reauthenticate {
        max_age: None,
        allowed: vec![Factor::Passkey, Factor::Password],
    };
    assert_eq!(asks(&forced, &at(early, since)), again);
    assert!(matches!(
        asks(&forced, &at(since, early)),
        Requirement::SecondFactor { .. }
    ));
    // With an age by policy as well, the request's own moment is the one to name.
    let aged = Policy {
        max_authentication_age_seconds: Some(3_600),
        ..Policy::default()
    };
    assert_eq!(asks(&forced, &under(at(early, since), &[aged])), again);
}

#[test]
fn a_proof_counts_until_it_is_as_old_as_policy_allows() {
    let policy = Policy {
        max_authentication_age_seconds: Some(900),
        ..Policy::default()
    };
    let at = |age: Span| {
        under(
            facts(vec![
                proof(Factor::Password, ago(age)),
                proof(Factor::Totp, NOW),
            ]),
            std::slice::from_ref(&policy),
        )
    };
    assert!(matches!(
        decide(&application(), &at(Span::millis(899_999)), NOW),
        Decision::Allow(_)
    ));
    let again = Requirement::Reauthenticate {
        max_age: Some(Span::seconds(900)),
        allowed: vec![Factor::Passkey, Factor::Password],
    };
    for age in [Span::seconds(900), Span::hours(3)] {
        assert_eq!(asks(&application(), &at(age)), again);
    }
    let code_is_old = under(
        facts(vec![
            proof(Factor::Password, NOW),
            proof(Factor::Totp, ago(Span::seconds(900))),
        ]),
        &[policy],
    );
    assert!(matches!(
        asks(&application(), &code_is_old),
        Requirement::SecondFactor { .. }
    ));
}

#[test]
fn every_reason_has_a_name_of_its_own() {
    let reasons = [
        (DenyReason::UserDisabled, "user_disabled"),
        (DenyReason::NotAssigned, "not_assigned"),
        (DenyReason::TargetDisabled, "target_disabled"),
        (DenyReason::TargetUnknown, "target_unknown"),
        (DenyReason::NoPassive, "no_passive"),
        (DenyReason::NoAuthnContext, "no_authn_context"),
        (DenyReason::AwsSessionTooShort, "aws_session_too_short"),
    ];
    for (reason, name) in reasons {
        assert_eq!(reason.name(), name);
    }
    assert!(matches!(
        decide(&AccessRequest::plain(Target::Portal), &facts(two()), NOW),
        Decision::Allow(_)
    ));
}

/// Whoever gives others their way back has shown two factors, whatever the policies ask for.
#[test]
fn a_pass_for_a_colleague_takes_two_factors() {
    let pass = AccessRequest::plain(Target::ColleaguePass);
    let password = || vec![proof(Factor::Password, ago(Span::minutes(1)))];
    let has = under(facts(password()), &[one_factor()]);
    assert!(matches!(
        asks(&pass, &has),
        Requirement::SecondFactor { .. }
    ));
    allowed(&pass, &under(facts(two()), &[one_factor()]));
    let without = with(under(facts(password()), &[one_factor()]), |person| {
        person.enrolled = Enrolled {
            password: true,
            ..Enrolled::default()
        };
    });
    assert_eq!(asks(&pass, &without), enroll());
}

/// Whoever has a second factor changes no factor without it, whatever the policies ask for elsewhere.
#[test]
fn a_factor_is_changed_with_every_factor_that_there_is() {
    let change = AccessRequest::plain(Target::OwnCredentials);
    let password = vec![proof(Factor::Password, ago(Span::minutes(1)))];
    let has = under(facts(password.clone()), &[one_factor()]);
    assert!(matches!(
        asks(&change, &has),
        Requirement::SecondFactor { .. }
    ));
    allowed(&change, &under(facts(two()), &[one_factor()]));
    let without = with(under(facts(password), &[one_factor()]), |person| {
        person.enrolled = Enrolled {
            password: true,
            totp: false,
            recovery_codes: false,
            ..Enrolled::default()
        };
    });
    allowed(&change, &without);
    let strict = with(without, |_| {});
    let strict = under(strict, &[Policy::default()]);
    assert_eq!(asks(&change, &strict), enroll());
    // What was proved a while ago does not count.
    let recent = AccessRequest {
        authenticated_since: Some(ago(Span::seconds(55))),
        ..change
    };
    assert!(matches!(
        asks(&recent, &facts(two())),
        Requirement::Reauthenticate { .. }
    ));
}
