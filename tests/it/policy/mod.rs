//! The decision and the fold of policies: pure, so every rule has its line here, and what holds for all inputs is a
//! property.

mod api;
mod aws;
mod change;
mod client;
mod consent;
mod context;
mod factors;
mod fold;
mod grants;
mod loosens;
mod order;

use signet::model::{
    AppId, Assurance, Factor, SatisfiedFactor, Span, Timestamp, UserId, UserState,
};
use signet::policy::{
    AccessRequest, ConsentFacts, Decision, EffectivePolicy, Enrolled, Entitlement, Facts, Grant,
    Origin, Person, Policy, Requirement, Target, decide,
};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn ago(span: Span) -> Timestamp {
    NOW.minus(span)
}

fn user() -> UserId {
    UserId::from_random([7; 16])
}

fn proof(factor: Factor, at: Timestamp) -> SatisfiedFactor {
    SatisfiedFactor { factor, at }
}

/// Password and code, a minute ago.
fn two() -> Vec<SatisfiedFactor> {
    vec![
        proof(Factor::Password, ago(Span::minutes(1))),
        proof(Factor::Totp, ago(Span::seconds(50))),
    ]
}

fn effective(policies: &[Policy]) -> EffectivePolicy {
    let (global, others) = policies.split_first().unwrap();
    EffectivePolicy::strictest(global, others)
}

/// Somebody with everything set up, who is assigned.
fn facts(satisfied: Vec<SatisfiedFactor>) -> Facts {
    Facts {
        person: Some(Person {
            user_id: user(),
            state: UserState::Active,
            starts_at: None,
            ends_at: None,
            enrolled: Enrolled {
                password: true,
                totp: true,
                recovery_codes: true,
                ..Enrolled::default()
            },
            satisfied,
            session_ends_at: Some(NOW.plus(Span::hours(8))),
        }),
        policy: effective(&[Policy::default()]),
        entitlement: Entitlement::Assigned,
        consent: ConsentFacts::Implied,
        origin: Origin::Person(Some([192, 0, 2, 7].into())),
    }
}

/// Asked who one is, with whatever there is for it.
fn who() -> Requirement {
    Requirement::FirstFactor {
        allowed: vec![Factor::Passkey, Factor::Password],
    }
}

/// Asked to set up any second factor.
fn enroll() -> Requirement {
    Requirement::EnrollFactor {
        allowed: vec![Factor::Passkey, Factor::SecurityKey, Factor::Totp],
    }
}

fn with(facts: Facts, change: impl FnOnce(&mut Person)) -> Facts {
    let mut facts = facts;
    change(facts.person.as_mut().unwrap());
    facts
}

fn under(facts: Facts, policies: &[Policy]) -> Facts {
    Facts {
        policy: effective(policies),
        ..facts
    }
}

fn one_factor() -> Policy {
    Policy {
        required_assurance: Some(Assurance::One),
        ..Policy::default()
    }
}

fn application() -> AccessRequest {
    AccessRequest::plain(Target::Application {
        app_id: AppId::from_random([1; 16]),
    })
}

fn allowed(request: &AccessRequest, facts: &Facts) -> Grant {
    match decide(request, facts, NOW) {
        Decision::Allow(grant) => grant,
        other => panic!("{other:?}"),
    }
}

fn asks(request: &AccessRequest, facts: &Facts) -> Requirement {
    match decide(request, facts, NOW) {
        Decision::StepUp(requirement) => requirement,
        other => panic!("{other:?}"),
    }
}
