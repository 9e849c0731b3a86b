//! What is wanted of a second factor, and which comes next: one that the person has, or one that is set up.

use super::decision::{DenyReason, No, Requirement, says_who};
use super::{AuthnContextClass, ContextComparison, Enrolled, Facts, Person, RequestedContext};
use crate::model::{Assurance, Factor, SatisfiedFactor, Span, Timestamp, last_first_factor};

/// As the account pages ask for before a factor is added.
const SETS_UP_WITHIN: Span = Span::minutes(10);

/// What the policies and the protocol want together.
pub(super) struct Wanted {
    pub(super) assurance: Assurance,
    /// The classes that may be stated, in order of preference; empty: nothing special was asked for.
    pub(super) classes: Vec<AuthnContextClass>,
}

impl Wanted {
    /// An exact, a minimum and a maximum are all met by stating a class of the list that is true; a better one by
    /// stating two factors where one was named (SAML core, 3.3.2.2.1).
    pub(super) fn of(requested: Option<&RequestedContext>, policy: Assurance) -> Result<Self, No> {
        let Some(requested) = requested else {
            return Ok(Self {
                assurance: policy,
                classes: Vec::new(),
            });
        };
        let classes = match requested.comparison {
            ContextComparison::Exact | ContextComparison::Minimum | ContextComparison::Maximum => {
                requested.classes.clone()
            }
            ContextComparison::Better => {
                let beatable = |class: &AuthnContextClass| class.assurance() < Assurance::Two;
                if requested.classes.iter().all(beatable) && !requested.classes.is_empty() {
                    vec![AuthnContextClass::RefedsMfa]
                } else {
                    Vec::new()
                }
            }
        };
        let least = classes.iter().map(|class| class.assurance()).min();
        let least = least.ok_or(No::Deny(DenyReason::NoAuthnContext))?;
        Ok(Self {
            assurance: policy.max(least),
            classes,
        })
    }

    /// Whether a second factor of this kind makes what is wanted true.
    fn is_met_by(&self, factor: Factor) -> bool {
        let is_a_key = matches!(factor, Factor::Passkey | Factor::SecurityKey);
        match factor {
            Factor::Totp => self.assurance < Assurance::PhishingResistant,
            _ if self.only_by_totp() => false,
            _ => is_a_key || self.assurance < Assurance::PhishingResistant,
        }
    }

    /// Whether anything but the code of an authenticator app would leave every class of the list a lie.
    fn only_by_totp(&self) -> bool {
        !self.classes.is_empty()
            && self
                .classes
                .iter()
                .all(|class| *class == AuthnContextClass::TimeSyncToken)
    }
}

/// What is to be proved next, of what the person has; or set up, where nothing that they have would do.
pub(super) fn second_factor(
    wanted: &Wanted,
    facts: &Facts,
    (person, now): (&Person, Timestamp),
) -> No {
    let enrolled = person.enrolled;
    let would_do = |factor: &Factor| facts.policy.allows(*factor) && wanted.is_met_by(*factor);
    let mut allowed: Vec<Factor> = owned(enrolled).into_iter().filter(would_do).collect();
    if !allowed.is_empty() {
        allowed.extend(enrolled.pass.then_some(Factor::Pass));
        return No::StepUp(Requirement::SecondFactor { allowed });
    }
    let mut setting_up: Vec<Factor> = [Factor::Passkey, Factor::SecurityKey, Factor::Totp]
        .into_iter()
        .filter(would_do)
        .collect();
    if !facts.policy.allows(Factor::Password) {
        setting_up.retain(|factor| *factor == Factor::Passkey);
    }
    if setting_up.is_empty() {
        return No::Deny(DenyReason::NoFactorAllowed);
    }
    if wanted.only_by_totp() && enrolled.second_factor() {
        return No::Deny(DenyReason::NoAuthnContext);
    }
    // Whoever sets one up shows another one first, or the pass that stands for those that are lost.
    let recent: Vec<_> = person
        .satisfied
        .iter()
        .copied()
        .filter(|proof| now.since(proof.at) < SETS_UP_WITHIN)
        .collect();
    let before = shown_before(person, &recent);
    if !before.is_empty() {
        return No::StepUp(Requirement::SecondFactor { allowed: before });
    }
    if last_first_factor(&recent).is_none() {
        return says_who(facts, |allowed| Requirement::Reauthenticate {
            max_age: Some(SETS_UP_WITHIN),
            allowed,
        });
    }
    No::StepUp(Requirement::EnrollFactor {
        allowed: setting_up,
    })
}

/// What must be shown before another factor is set up: any second factor, or a pass; nothing where neither was there.
/// A browser that was left alone does not set one up: what was shown counts for a few minutes.
fn shown_before(person: &Person, recent: &[SatisfiedFactor]) -> Vec<Factor> {
    let enrolled = person.enrolled;
    let stands_for_one = [
        Factor::Passkey,
        Factor::SecurityKey,
        Factor::Totp,
        Factor::RecoveryCode,
        Factor::Pass,
    ];
    if recent
        .iter()
        .any(|proof| stands_for_one.contains(&proof.factor))
    {
        return Vec::new();
    }
    let mut allowed = owned(enrolled);
    if enrolled.pass || enrolled.needs_pass {
        allowed.push(Factor::Pass);
    }
    allowed
}

/// The second factors that a person has, in the order in which they are offered.
fn owned(enrolled: Enrolled) -> Vec<Factor> {
    let mut owned = Vec::with_capacity(4);
    // A passkey that does not verify its person is a security key.
    owned.extend(enrolled.passkey.then_some(Factor::Passkey));
    owned.extend((enrolled.passkey || enrolled.security_key).then_some(Factor::SecurityKey));
    owned.extend(enrolled.totp.then_some(Factor::Totp));
    owned.extend(enrolled.recovery_codes.then_some(Factor::RecoveryCode));
    owned
}
