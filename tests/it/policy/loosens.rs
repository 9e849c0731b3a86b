//! What in a policy's change lets somebody do what they could not before: each field by itself, to both sides.

use signet::model::{Factor, GroupId, Network};
use signet::policy::Policy;

use super::*;

fn networks(ranges: &[&str]) -> Option<Vec<Network>> {
    Some(ranges.iter().map(|r| Network::parse(r).unwrap()).collect())
}

fn groups(ids: &[u8]) -> Option<Vec<GroupId>> {
    Some(
        ids.iter()
            .map(|id| GroupId::from_random([*id; 16]))
            .collect(),
    )
}

/// From left to right a step is looser; back it is not, and to stay is not either.
fn looser(stricter: &Policy, looser: &Policy) {
    assert!(
        looser.loosens(stricter, Assurance::Two),
        "{stricter:?} {looser:?}"
    );
    assert!(
        !stricter.loosens(looser, Assurance::Two),
        "{stricter:?} {looser:?}"
    );
    for same in [stricter, looser] {
        assert!(!same.loosens(same, Assurance::Two), "{same:?}");
    }
}

fn steps(steps: &[Policy]) {
    for pair in steps.windows(2) {
        looser(&pair[0], &pair[1]);
    }
}

#[test]
fn less_assurance_and_what_is_meant_where_none_is_named() {
    let asks = |required_assurance| Policy {
        required_assurance,
        ..Policy::default()
    };
    let [one, two, most] = [Assurance::One, Assurance::Two, Assurance::PhishingResistant]
        .map(|assurance| asks(Some(assurance)));
    steps(&[most, two.clone(), one]);
    // Two are meant where none is named.
    for (left, right) in [(&two, &asks(None)), (&asks(None), &two)] {
        assert!(!left.loosens(right, Assurance::Two));
    }
    assert!(asks(None).loosens(&two, Assurance::One));
}

#[test]
fn more_factors_and_more_networks() {
    let factors = |factors: &[Factor]| Policy {
        allowed_factors: Some(factors.to_vec()),
        ..Policy::default()
    };
    steps(&[
        factors(&[Factor::Passkey]),
        factors(&[Factor::Password, Factor::Passkey]),
        Policy::default(),
    ]);
    let from = |ranges| Policy {
        networks: networks(ranges),
        ..Policy::default()
    };
    steps(&[
        from(&["10.0.0.0/8"]),
        from(&["10.0.0.0/8", "192.0.2.0/24"]),
        Policy::default(),
    ]);
}

#[test]
fn longer_times() {
    type Field = fn(&mut Policy) -> &mut Option<u32>;
    let fields: [Field; 3] = [
        |policy| &mut policy.max_authentication_age_seconds,
        |policy| &mut policy.max_application_session_seconds,
        |policy| &mut policy.max_aws_session_seconds,
    ];
    for field in fields {
        let lasts = |seconds| {
            let mut policy = Policy::default();
            *field(&mut policy) = seconds;
            policy
        };
        steps(&[lasts(Some(900)), lasts(Some(901)), lasts(None)]);
    }
}

/// Nobody named is less than somebody; to name nobody at all leaves it to other policies, which may name more.
#[test]
fn more_who_make_passes() {
    let from = |passes_from| Policy {
        passes_from,
        ..Policy::default()
    };
    looser(&from(groups(&[])), &from(groups(&[1])));
    looser(&from(groups(&[1])), &from(groups(&[1, 2])));
    assert!(from(groups(&[2])).loosens(&from(groups(&[1])), Assurance::Two));
    assert!(from(None).loosens(&from(groups(&[1])), Assurance::Two));
    assert!(!from(groups(&[])).loosens(&from(None), Assurance::Two));
}

/// Where one field is looser and another one stricter, the change is looser.
#[test]
fn what_is_stricter_beside_it_excuses_nothing() {
    let before = Policy {
        required_assurance: Some(Assurance::Two),
        max_aws_session_seconds: Some(900),
        ..Policy::default()
    };
    let after = Policy {
        required_assurance: Some(Assurance::PhishingResistant),
        max_aws_session_seconds: Some(3_600),
        ..Policy::default()
    };
    assert!(after.loosens(&before, Assurance::Two));
    assert!(before.loosens(&after, Assurance::Two));
}
