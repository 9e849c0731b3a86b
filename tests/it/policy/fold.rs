//! Policies fold to the strictest: in any order, as often as one likes, and never to something looser.

use proptest::prelude::*;
use signet::model::{Factor, GroupId, Network, Span};
use signet::policy::{Decision, Policy, PolicyError, decide};

use super::*;

fn policy() -> impl Strategy<Value = Policy> {
    let assurance = prop::option::of(prop::sample::select(vec![
        Assurance::One,
        Assurance::Two,
        Assurance::PhishingResistant,
    ]));
    let factors = prop::option::of(prop::sample::subsequence(Factor::CHOICES.to_vec(), 1..=5));
    let networks = prop::option::of(prop::sample::select(vec![
        vec!["192.0.2.0/24"],
        vec!["10.0.0.0/8", "192.0.2.7"],
        vec!["10.0.0.0/8"],
    ]));
    let networks = networks.prop_map(|texts| {
        texts.map(|texts| {
            let all = texts.iter().map(|text| Network::parse(text).unwrap());
            all.collect()
        })
    });
    let seconds = || {
        prop::option::of(prop::sample::select(vec![
            60u32, 899, 900, 901, 1_800, 3_600, 43_200,
        ]))
    };
    let passes_from = prop::option::of(prop::sample::subsequence(vec![1u8, 2, 3], 0..=3));
    let all = (
        assurance,
        factors,
        networks,
        passes_from,
        seconds(),
        seconds(),
        seconds(),
    );
    all.prop_map(
        |(required_assurance, allowed_factors, networks, named, age, session, aws)| Policy {
            required_assurance,
            allowed_factors,
            networks,
            max_authentication_age_seconds: age,
            max_application_session_seconds: session,
            max_aws_session_seconds: aws,
            passes_from: named.map(|named| {
                let groups = named.iter().map(|n| GroupId::from_random([*n; 16]));
                groups.collect()
            }),
        },
    )
}

fn proofs() -> impl Strategy<Value = Vec<SatisfiedFactor>> {
    let factor = prop::sample::select(vec![
        Factor::Password,
        Factor::Totp,
        Factor::RecoveryCode,
        Factor::Passkey,
        Factor::SecurityKey,
        Factor::Pass,
        Factor::SetupLink,
    ]);
    let one =
        (factor, 0i64..4_000).prop_map(|(factor, age)| proof(factor, ago(Span::seconds(age))));
    prop::collection::vec(one, 0..5)
}

fn role() -> AccessRequest {
    AccessRequest {
        aws_session_seconds: Some(3_600),
        ..AccessRequest::plain(Target::Aws {
            account_id: signet::model::AccountId::parse("123456789012").unwrap(),
            permission_set_id: signet::model::PermissionSetId::from_random([3; 16]),
        })
    }
}

proptest! {
    #[test]
    fn the_order_and_repetition_of_policies_are_nothing(
        global in policy(),
        others in prop::collection::vec(policy(), 0..5),
        turn in 0usize..5,
    ) {
        let one = EffectivePolicy::strictest(&global, &others);
        let mut turned = others.clone();
        turned.rotate_left(turn.min(others.len()));
        turned.reverse();
        prop_assert_eq!(&EffectivePolicy::strictest(&global, &turned), &one);
        let twice: Vec<&Policy> = others.iter().chain(&others).chain([&global]).collect();
        prop_assert_eq!(&EffectivePolicy::strictest(&global, twice), &one);
    }

    /// Whatever is not allowed stays not allowed, and what is allowed is never more.
    #[test]
    fn a_further_policy_never_loosens(
        global in policy(),
        others in prop::collection::vec(policy(), 0..3),
        further in policy(),
        proofs in proofs(),
    ) {
        for request in [application(), role()] {
            let before = Facts { policy: EffectivePolicy::strictest(&global, &others), ..facts(proofs.clone()) };
            let with_it: Vec<&Policy> = others.iter().chain([&further]).collect();
            let after = Facts { policy: EffectivePolicy::strictest(&global, with_it), ..before.clone() };
            match (decide(&request, &before, NOW), decide(&request, &after, NOW)) {
                (Decision::Allow(before), Decision::Allow(after)) => {
                    prop_assert!(after.ends_at() <= before.ends_at());
                    prop_assert!(after.aws_session_seconds() <= before.aws_session_seconds());
                    prop_assert!(after.satisfied().len() <= before.satisfied().len());
                }
                (Decision::Allow(_), _) => {}
                (_, after) => prop_assert!(!matches!(after, Decision::Allow(_)), "{after:?}"),
            }
        }
    }

    /// Nobody is allowed anything without a password or a passkey that still counts, from a network that is not allowed, or
    /// by a factor that is not.
    #[test]
    fn no_grant_without_a_first_factor(global in policy(), proofs in proofs()) {
        let facts = Facts { policy: EffectivePolicy::strictest(&global, []), ..facts(proofs) };
        if let Decision::Allow(grant) = decide(&application(), &facts, NOW) {
            let proved = grant.satisfied();
            prop_assert!(proved.iter().any(|p| p.factor.is_first()));
            prop_assert!(proved.iter().all(|p| !matches!(p.factor, Factor::SetupLink | Factor::Pass)));
            let named = global.allowed_factors.clone().unwrap_or(Factor::CHOICES.to_vec());
            prop_assert!(proved.iter().all(|p| named.contains(&p.factor)));
            prop_assert!(grant.assurance() >= global.required_assurance.unwrap_or(Assurance::Two));
            let here = [192, 0, 2, 7].into();
            let is_in = |all: &Vec<Network>| all.iter().any(|network| network.contains(here));
            prop_assert!(global.networks.as_ref().is_none_or(is_in));
        }
    }
}

/// Groups, by their numbers.
type Named = Option<&'static [u8]>;

fn passes(named: Named) -> Policy {
    let group = |n: &u8| GroupId::from_random([*n; 16]);
    Policy {
        passes_from: named.map(|named| named.iter().map(group).collect()),
        ..Policy::default()
    }
}

/// In each list that there is, whoever makes a pass is in one group.
#[test]
fn a_colleague_is_named_by_every_policy_that_names_any() {
    let cases: [(&[Named], &[u8], bool); 9] = [
        (&[], &[1, 2], false),
        (&[None], &[1, 2], false),
        (&[Some(&[1])], &[1], true),
        (&[Some(&[1])], &[2], false),
        (&[Some(&[1, 2])], &[2], true),
        (&[Some(&[1]), None], &[1], true),
        (&[Some(&[1]), Some(&[2])], &[1], false),
        (&[Some(&[1]), Some(&[2])], &[1, 2], true),
        (&[Some(&[1]), Some(&[])], &[1, 2], false),
    ];
    for (policies, own, expected) in cases {
        let policies: Vec<Policy> = policies.iter().map(|named| passes(*named)).collect();
        let own = own.iter().map(|n| GroupId::from_random([*n; 16])).collect();
        let folded = EffectivePolicy::strictest(&Policy::default(), &policies);
        assert_eq!(folded.lets_make_passes(&own), expected, "{policies:?}");
    }
}

#[test]
fn to_name_more_colleagues_or_to_say_nothing_any_more_loosens() {
    let cases: [(Named, Named, bool); 8] = [
        (None, None, false),
        (None, Some(&[1]), true),
        (None, Some(&[]), false),
        (Some(&[1]), Some(&[1]), false),
        (Some(&[1, 2]), Some(&[1]), false),
        (Some(&[1]), Some(&[1, 2]), true),
        (Some(&[1]), Some(&[2]), true),
        (Some(&[]), None, true),
    ];
    for (before, after, expected) in cases {
        let loosens = passes(after).loosens(&passes(before), Assurance::None);
        assert_eq!(loosens, expected, "{before:?} {after:?}");
    }
}

#[test]
fn each_value_is_the_strictest_that_anybody_names() {
    let policies = [
        Policy {
            max_authentication_age_seconds: Some(3_600),
            ..one_factor()
        },
        Policy {
            max_authentication_age_seconds: Some(1_800),
            max_aws_session_seconds: Some(7_200),
            ..Policy::default()
        },
        Policy {
            max_application_session_seconds: Some(600),
            max_aws_session_seconds: Some(3_600),
            ..one_factor()
        },
    ];
    let folded = effective(&policies);
    assert_eq!(folded.required_assurance(), Assurance::One);
    assert_eq!(folded.max_authentication_age(), Some(Span::minutes(30)));
    assert_eq!(folded.max_application_session(), Some(Span::minutes(10)));
    assert_eq!(folded.max_aws_session_seconds(), Some(3_600));
    let nothing = effective(&[Policy::default()]);
    assert_eq!(nothing.required_assurance(), Assurance::Two);
    assert_eq!(nothing.max_authentication_age(), None);
}

#[test]
fn a_policy_that_cannot_be_kept_is_refused() {
    let check = |change: &dyn Fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        policy.check()
    };
    assert_eq!(check(&|_| {}), Ok(()));
    assert_eq!(
        check(&|p| p.required_assurance = Some(Assurance::None)),
        Err(PolicyError::NoAssurance)
    );
    assert_eq!(
        check(&|p| p.required_assurance = Some(Assurance::One)),
        Ok(())
    );
    assert_eq!(
        check(&|p| p.max_authentication_age_seconds = Some(899)),
        Err(PolicyError::AuthenticationAge)
    );
    assert_eq!(
        check(&|p| p.max_authentication_age_seconds = Some(900)),
        Ok(())
    );
    assert_eq!(
        check(&|p| p.max_application_session_seconds = Some(59)),
        Err(PolicyError::ApplicationSession)
    );
    assert_eq!(
        check(&|p| p.max_application_session_seconds = Some(60)),
        Ok(())
    );
    for (seconds, ok) in [(899, false), (900, true), (43_200, true), (43_201, false)] {
        let checked = check(&|p| p.max_aws_session_seconds = Some(seconds));
        assert_eq!(checked.is_ok(), ok, "{seconds}");
    }
    let text = PolicyError::AwsSession.to_string();
    assert!(text.contains("900") && text.contains("43200"), "{text}");
}

/// What is asked for may be all that the allowed factors can do.
#[test]
fn factors_that_just_reach_what_is_asked_for_are_enough() {
    for (factors, required_assurance) in [
        (vec![Factor::Password], None),
        (vec![Factor::Password], Some(Assurance::One)),
        (vec![Factor::Password, Factor::Totp], Some(Assurance::Two)),
        (vec![Factor::Passkey], Some(Assurance::PhishingResistant)),
    ] {
        let policy = Policy {
            allowed_factors: Some(factors),
            required_assurance,
            ..Policy::default()
        };
        assert_eq!(policy.check(), Ok(()), "{policy:?}");
    }
}
