//! Passkeys, security keys, passes, and what policies allow of them.

use signet::model::Network;
use signet::policy::{DenyReason, PolicyError};

use super::*;
use Requirement::EnrollFactor;

fn with_key(facts: Facts) -> Facts {
    with(facts, |person| person.enrolled.passkey = true)
}

fn second(allowed: &[Factor]) -> Requirement {
    Requirement::SecondFactor {
        allowed: allowed.to_vec(),
    }
}

fn phishing_resistant() -> Policy {
    Policy {
        required_assurance: Some(Assurance::PhishingResistant),
        ..Policy::default()
    }
}

fn only(factors: &[Factor]) -> Policy {
    Policy {
        allowed_factors: Some(factors.to_vec()),
        ..Policy::default()
    }
}

fn proved(factors: &[Factor]) -> Vec<SatisfiedFactor> {
    factors.iter().map(|factor| proof(*factor, NOW)).collect()
}

/// The table of what each combination is worth: a passkey by itself is two factors, a key that verifies nobody is one.
#[test]
fn what_is_proved_is_worth_this_much() {
    let worth = |factors: &[Factor]| {
        let facts = under(with_key(facts(proved(factors))), &[one_factor()]);
        match decide(&application(), &facts, NOW) {
            Decision::Allow(grant) => grant.assurance(),
            _ => Assurance::None,
        }
    };
    use Factor::*;
    for (factors, assurance) in [
        (&[Passkey][..], Assurance::PhishingResistant),
        (&[Password, SecurityKey], Assurance::PhishingResistant),
        (&[Password, Totp], Assurance::Two),
        (&[Password, RecoveryCode], Assurance::Two),
        (&[Password], Assurance::One),
        (&[Password, Pass], Assurance::One),
        (&[SecurityKey], Assurance::None),
        (&[SecurityKey, Totp], Assurance::None),
        (&[Totp, RecoveryCode], Assurance::None),
        (&[Pass], Assurance::None),
        (&[SetupLink, Pass], Assurance::None),
    ] {
        assert_eq!(worth(factors), assurance, "{factors:?}");
    }
}

#[test]
fn each_second_factor_is_one() {
    let one = |set: fn(&mut Enrolled)| {
        let mut enrolled = Enrolled::default();
        set(&mut enrolled);
        enrolled.second_factor()
    };
    assert!(one(|e| e.totp = true));
    assert!(one(|e| e.recovery_codes = true));
    assert!(one(|e| e.passkey = true));
    assert!(one(|e| e.security_key = true));
    assert!(!one(
        |e| (e.password, e.pass, e.needs_pass) = (true, true, true)
    ));
}

/// Nobody is asked for a code after a passkey (design: assurance is a level reached, not a list of steps).
#[test]
fn a_passkey_alone_opens_what_asks_for_two_factors() {
    let grant = allowed(&application(), &with_key(facts(proved(&[Factor::Passkey]))));
    assert_eq!(grant.assurance(), Assurance::PhishingResistant);
    assert_eq!(grant.authenticated_at(), NOW);
}

#[test]
fn where_phishing_must_fail_a_code_is_not_enough() {
    let strict = |facts| under(facts, &[phishing_resistant()]);
    let with_codes = strict(facts(two()));
    // What the person has is not enough, and they have proved it: another one is set up.
    assert_eq!(
        asks(&application(), &with_codes),
        Requirement::EnrollFactor {
            allowed: vec![Factor::Passkey, Factor::SecurityKey]
        }
    );
    // Nobody sets one up by the password alone.
    let password = strict(facts(proved(&[Factor::Password])));
    assert_eq!(
        asks(&application(), &password),
        second(&[Factor::Totp, Factor::RecoveryCode])
    );
    // Nor by what was shown ten minutes ago.
    let at = |time| {
        let shown = [Factor::Password, Factor::Totp].map(|factor| proof(factor, time));
        asks(&application(), &strict(facts(shown.to_vec())))
    };
    let limit = ago(Span::minutes(10));
    assert_eq!(at(limit), second(&[Factor::Totp, Factor::RecoveryCode]));
    let EnrollFactor { .. } = at(limit.plus(Span::millis(1))) else {
        panic!("it was shown within ten minutes");
    };
    let with_a_key = strict(with_key(facts(two())));
    assert_eq!(
        asks(&application(), &with_a_key),
        second(&[Factor::Passkey, Factor::SecurityKey])
    );
    let shown = strict(with_key(facts(proved(&[
        Factor::Password,
        Factor::SecurityKey,
    ]))));
    allowed(&application(), &shown);
}

#[test]
fn what_policy_does_not_allow_does_not_count() {
    let passkey_alone = [only(&[Factor::Passkey])];
    let facts_of = |factors: &[Factor]| under(with_key(facts(proved(factors))), &passkey_alone);
    // Signed in another way: again, by what is allowed.
    assert_eq!(
        asks(&application(), &facts_of(&[Factor::Password, Factor::Totp])),
        Requirement::Reauthenticate {
            max_age: None,
            allowed: vec![Factor::Passkey]
        }
    );
    allowed(&application(), &facts_of(&[Factor::Passkey]));
    // A key that has verified its person does as a key beside the password, where that is what is allowed.
    let beside = [only(&[Factor::Password, Factor::SecurityKey])];
    let shown = |factors: &[Factor]| under(with_key(facts(proved(factors))), &beside);
    allowed(&application(), &shown(&[Factor::Password, Factor::Passkey]));
    assert!(matches!(
        asks(&application(), &shown(&[Factor::Passkey])),
        Requirement::FirstFactor { .. } | Requirement::Reauthenticate { .. }
    ));
}

#[test]
fn policies_that_leave_nothing_let_nobody_in() {
    let apart = [
        only(&[Factor::Passkey]),
        only(&[Factor::Password, Factor::Totp]),
    ];
    let facts = under(with_key(facts(proved(&[Factor::Passkey]))), &apart);
    assert_eq!(
        decide(&application(), &facts, NOW),
        Decision::Deny(DenyReason::NoFactorAllowed)
    );
}

#[test]
fn nobody_comes_from_another_network() {
    let from = |texts: &[&str]| Policy {
        networks: Some(texts.iter().map(|t| Network::parse(t).unwrap()).collect()),
        ..Policy::default()
    };
    let here = facts(two());
    allowed(
        &application(),
        &under(here.clone(), &[from(&["192.0.2.0/24"])]),
    );
    let denied = Decision::Deny(DenyReason::NetworkNotAllowed);
    for policies in [
        vec![from(&["10.0.0.0/8"])],
        vec![from(&["192.0.2.0/24"]), from(&["10.0.0.0/8"])],
    ] {
        let facts = under(here.clone(), &policies);
        assert_eq!(decide(&application(), &facts, NOW), denied);
    }
    // From nowhere that is known: no.
    let unknown = Facts {
        origin: Origin::Person(None),
        ..under(here.clone(), &[from(&["192.0.2.0/24"])])
    };
    assert_eq!(decide(&application(), &unknown, NOW), denied);
    // A client's server stands elsewhere; where the person was is asked at the sign-in.
    let client = Facts {
        origin: Origin::Client,
        ..under(here, &[from(&["10.0.0.0/8"])])
    };
    allowed(&application(), &client);
}

/// A link is one factor. A passkey is two, and so nothing that a link may stand for where there is a second one.
#[test]
fn a_link_makes_a_passkey_for_somebody_new_alone() {
    let link = || facts(proved(&[Factor::SetupLink]));
    let new = with(link(), |person| person.enrolled = Enrolled::default());
    assert_eq!(
        asks(&application(), &new),
        Requirement::SetCredential {
            allowed: vec![Factor::Passkey, Factor::Password]
        }
    );
    let password_alone = Requirement::SetCredential {
        allowed: vec![Factor::Password],
    };
    assert_eq!(asks(&application(), &link()), password_alone);
    let reset = with(new, |person| person.enrolled.needs_pass = true);
    assert_eq!(asks(&application(), &reset), password_alone);
    let made = with(link(), |person| {
        person.enrolled = Enrolled {
            passkey: true,
            ..Enrolled::default()
        };
        person.satisfied.push(proof(Factor::Passkey, NOW));
    });
    allowed(&application(), &made);
}

/// Recovery never skips a second factor: after a reset, whoever knows the password shows a pass before anything is set up.
#[test]
fn a_pass_stands_for_what_is_lost_and_for_nothing_else() {
    let lost = |factors: &[Factor]| {
        with(facts(proved(factors)), |person| {
            person.enrolled = Enrolled {
                password: true,
                needs_pass: true,
                ..Enrolled::default()
            };
        })
    };
    assert_eq!(
        asks(&application(), &lost(&[Factor::Password])),
        second(&[Factor::Pass])
    );
    assert_eq!(
        asks(&application(), &lost(&[Factor::Password, Factor::Pass])),
        enroll()
    );
    // On the account pages too, whatever the policies ask for elsewhere.
    let change = AccessRequest::plain(Target::OwnCredentials);
    assert_eq!(
        asks(&change, &under(lost(&[Factor::Password]), &[one_factor()])),
        second(&[Factor::Pass])
    );
    // Where there are factors still, a pass is one more way beside them.
    let has_pass = with(facts(proved(&[Factor::Password])), |person| {
        person.enrolled.pass = true;
    });
    assert_eq!(
        asks(&application(), &has_pass),
        second(&[Factor::Totp, Factor::RecoveryCode, Factor::Pass])
    );
}

#[test]
fn a_policy_that_nobody_could_meet_is_refused() {
    let reach = |assurance, factors: &[Factor]| {
        let policy = Policy {
            required_assurance: assurance,
            ..only(factors)
        };
        policy.check()
    };
    use Factor::*;
    assert_eq!(reach(None, &[Password, Passkey]), Ok(()));
    assert_eq!(
        reach(Some(Assurance::PhishingResistant), &[Password, Totp]),
        Err(PolicyError::OutOfReach("phishing_resistant"))
    );
    assert_eq!(
        reach(None, &[Totp, SecurityKey]),
        Err(PolicyError::OutOfReach("one"))
    );
    assert_eq!(
        reach(Some(Assurance::Two), &[Password]),
        Err(PolicyError::OutOfReach("two"))
    );
    for wrong in [&[Passkey, Passkey][..], &[Passkey, Pass], &[SetupLink]] {
        assert_eq!(reach(None, wrong), Err(PolicyError::NotAFactor));
    }
    let nowhere = Policy {
        networks: Some(Vec::new()),
        ..Policy::default()
    };
    assert_eq!(nowhere.check(), Err(PolicyError::NoNetwork));
}

/// Somebody whose key is not the kind that counts is not asked for it for ever: another factor first, then the right one.
#[test]
fn a_key_of_the_wrong_kind_leads_to_one_of_the_right_kind() {
    let passkeys_alone = only(&[Factor::Password, Factor::Passkey]);
    let policy = [passkeys_alone, phishing_resistant()];
    let asked = |proved: Vec<SatisfiedFactor>| {
        let facts = with(facts(proved), |person| {
            person.enrolled.security_key = true;
            person.enrolled.recovery_codes = true;
        });
        match decide(&application(), &under(facts, &policy), NOW) {
            Decision::StepUp(requirement) => requirement,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        asked(proved(&[Factor::Password])),
        second(&[Factor::SecurityKey, Factor::Totp, Factor::RecoveryCode])
    );
    assert_eq!(
        asked(proved(&[Factor::Password, Factor::SecurityKey])),
        Requirement::EnrollFactor {
            allowed: vec![Factor::Passkey]
        }
    );
}
