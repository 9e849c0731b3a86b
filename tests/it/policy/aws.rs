//! How long a role's session in AWS may be.

use signet::model::{AccountId, Factor, PermissionSetId, Span};
use signet::policy::{AccessRequest, Decision, DenyReason, Policy, Requirement, Target, decide};

use super::*;

fn role(seconds: u32) -> AccessRequest {
    AccessRequest {
        aws_session_seconds: Some(seconds),
        ..AccessRequest::plain(Target::Aws {
            account_id: AccountId::parse("123456789012").unwrap(),
            permission_set_id: PermissionSetId::from_random([3; 16]),
        })
    }
}

fn proved(age: Span) -> Vec<SatisfiedFactor> {
    vec![
        proof(Factor::Password, ago(age)),
        proof(Factor::Totp, ago(age)),
    ]
}

fn capped(seconds: u32) -> Policy {
    Policy {
        max_aws_session_seconds: Some(seconds),
        ..Policy::default()
    }
}

fn aged(seconds: u32) -> Policy {
    Policy {
        max_authentication_age_seconds: Some(seconds),
        ..Policy::default()
    }
}

#[test]
fn it_is_the_permission_sets_capped_by_policy_and_not_by_the_browser_session() {
    let seconds = |asked, policy: Policy| {
        let soon = with(under(facts(two()), &[policy]), |person| {
            person.session_ends_at = Some(NOW.plus(Span::minutes(1)));
        });
        allowed(&role(asked), &soon).aws_session_seconds()
    };
    assert_eq!(seconds(3_600, Policy::default()), Some(3_600));
    assert_eq!(seconds(43_200, capped(1_800)), Some(1_800));
    assert_eq!(seconds(900, capped(1_800)), Some(900));
    assert_eq!(seconds(3_600, capped(900)), Some(900));
}

#[test]
fn shorter_than_aws_takes_is_denied() {
    let denied = Decision::Deny(DenyReason::AwsSessionTooShort);
    assert_eq!(decide(&role(899), &facts(two()), NOW), denied);
    assert_eq!(
        decide(&role(3_600), &under(facts(two()), &[capped(899)]), NOW),
        denied
    );
    assert_eq!(
        allowed(&role(900), &facts(two())).aws_session_seconds(),
        Some(900)
    );
}

#[test]
fn an_old_proof_shortens_it_and_below_the_least_is_renewed_first() {
    let at = |age: Span| under(facts(proved(age)), &[aged(3_600)]);
    let seconds = |age| allowed(&role(43_200), &at(age)).aws_session_seconds();
    assert_eq!(seconds(Span::seconds(0)), Some(3_600));
    assert_eq!(seconds(Span::minutes(30)), Some(1_800));
    assert_eq!(seconds(Span::seconds(2_700)), Some(900));
    let again = Requirement::Reauthenticate {
        max_age: Some(Span::hours(1)),
        allowed: vec![Factor::Passkey, Factor::Password],
    };
    assert_eq!(asks(&role(43_200), &at(Span::seconds(2_701))), again);
    // What is asked for stays the most.
    assert_eq!(
        allowed(&role(1_000), &at(Span::minutes(30))).aws_session_seconds(),
        Some(1_000)
    );
}

#[test]
fn nobody_is_asked_again_where_that_could_not_help() {
    let denied = Decision::Deny(DenyReason::AwsSessionTooShort);
    let just_now = under(facts(proved(Span::seconds(0))), &[aged(899)]);
    assert_eq!(decide(&role(3_600), &just_now, NOW), denied);
    let a_moment_ago = under(facts(proved(Span::seconds(1))), &[aged(899)]);
    assert_eq!(decide(&role(3_600), &a_moment_ago, NOW), denied);
    // At exactly the least, a proof of this moment is enough and one of a second ago is renewed.
    let exact = under(facts(proved(Span::seconds(0))), &[aged(900)]);
    assert_eq!(
        allowed(&role(3_600), &exact).aws_session_seconds(),
        Some(900)
    );
    let late = under(facts(proved(Span::seconds(1))), &[aged(900)]);
    let again = Requirement::Reauthenticate {
        max_age: Some(Span::seconds(900)),
        allowed: vec![Factor::Passkey, Factor::Password],
    };
    assert_eq!(asks(&role(3_600), &late), again);
}

#[test]
fn it_is_for_roles_alone() {
    let other = AccessRequest {
        aws_session_seconds: Some(1),
        ..application()
    };
    assert_eq!(allowed(&other, &facts(two())).aws_session_seconds(), None);
    let without = AccessRequest {
        aws_session_seconds: None,
        ..role(900)
    };
    assert_eq!(allowed(&without, &facts(two())).aws_session_seconds(), None);
}
