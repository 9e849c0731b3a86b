//! The decision itself.

use super::effective::{AWS_SHORTEST_SECONDS, most};
use super::second_factor::{Wanted, second_factor};
use super::{
    AccessRequest, AuthnContextClass, ConsentFacts, EffectivePolicy, Entitlement, Facts, Grant,
    Interaction, Origin, Person, Target,
};
use crate::model::{Assurance, Factor, SatisfiedFactor, Span, Timestamp, last_first_factor};

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes, with what may be issued.
    Allow(Grant),
    /// Not yet.
    StepUp(Requirement),
    /// No.
    Deny(DenyReason),
}

/// What must be done first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Say who you are.
    FirstFactor {
        /// With which.
        allowed: Vec<Factor>,
    },
    /// Prove it with one of these as well.
    SecondFactor {
        /// Which.
        allowed: Vec<Factor>,
    },
    /// Prove it again: the last time lies too far back.
    Reauthenticate {
        /// No longer ago than this; none: since this request began.
        max_age: Option<Span>,
        /// With which.
        allowed: Vec<Factor>,
    },
    /// Set up a second factor.
    EnrollFactor {
        /// Which would do.
        allowed: Vec<Factor>,
    },
    /// Set up what one signs in with.
    SetCredential {
        /// Which would do.
        allowed: Vec<Factor>,
    },
    /// Agree that the client may have these.
    Consent {
        /// The scopes.
        scopes: Vec<String>,
    },
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenyReason {
    /// The person is suspended, has left, or has not come yet.
    UserDisabled,
    /// The person is not assigned to the target.
    NotAssigned,
    /// The target is switched off.
    TargetDisabled,
    /// There is no such target.
    TargetUnknown,
    /// The person would have to be asked, and must not be.
    NoPassive,
    /// The person would have to be asked for consent, and must not be.
    ConsentRequired,
    /// The requested authentication context cannot be met.
    NoAuthnContext,
    /// What policy leaves of an AWS session is shorter than AWS accepts.
    AwsSessionTooShort,
    /// Policy lets nobody come from there.
    NetworkNotAllowed,
    /// Policy allows no factor with which what it asks for could be reached.
    NoFactorAllowed,
}

impl DenyReason {
    /// The name in the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserDisabled => "user_disabled",
            Self::NotAssigned => "not_assigned",
            Self::TargetDisabled => "target_disabled",
            Self::TargetUnknown => "target_unknown",
            Self::NoPassive => "no_passive",
            Self::ConsentRequired => "consent_required",
            Self::NoAuthnContext => "no_authn_context",
            Self::AwsSessionTooShort => "aws_session_too_short",
            Self::NetworkNotAllowed => "network_not_allowed",
            Self::NoFactorAllowed => "no_factor_allowed",
        }
    }
}

/// Decides. Pure and total: the same request, facts and time give the same decision.
///
/// The rules stand in the order in which they are asked; the first that does not hold is the answer.
pub fn decide(request: &AccessRequest, facts: &Facts, now: Timestamp) -> Decision {
    match rules(request, facts, now) {
        Ok(grant) => Decision::Allow(grant),
        Err(No::Deny(reason)) => Decision::Deny(reason),
        Err(No::StepUp(requirement)) => match (request.interaction, &requirement) {
            (Interaction::Allowed, _) => Decision::StepUp(requirement),
            (Interaction::Passive, Requirement::Consent { .. }) => {
                Decision::Deny(DenyReason::ConsentRequired)
            }
            (Interaction::Passive, _) => Decision::Deny(DenyReason::NoPassive),
        },
    }
}

pub(super) enum No {
    StepUp(Requirement),
    Deny(DenyReason),
}

fn rules(request: &AccessRequest, facts: &Facts, now: Timestamp) -> Result<Grant, No> {
    let person = someone_is_there(facts)?;
    may_sign_in(person, now)?;
    comes_from_an_allowed_network(facts)?;
    has_a_credential_of_their_own(facts, person)?;
    let fresh = proved_recently_enough(request, facts, person, now)?;
    is_entitled(facts)?;
    let least = least_assurance(&request.target, person).max(facts.policy.required_assurance());
    let wanted = Wanted::of(request.context.as_ref(), least)?;
    is_assured_enough(&wanted, facts, (person, now), &fresh)?;
    let context = states_the_context(&wanted, facts, (person, now), &fresh)?;
    let authenticated_at = last_first_factor(&fresh).unwrap_or(now);
    has_consented(request, facts)?;
    let aws_session_seconds = leaves_aws_a_session(request, facts, authenticated_at, now)?;
    Ok(Grant {
        subject: person.user_id.clone(),
        target: request.target.clone(),
        assurance: assurance_of(&fresh),
        context,
        authenticated_at,
        ends_at: earliest_end(facts, person, now),
        satisfied: fresh,
        aws_session_seconds,
    })
}

fn someone_is_there(facts: &Facts) -> Result<&Person, No> {
    let proved_something = |person: &&Person| !person.satisfied.is_empty();
    facts
        .person
        .as_ref()
        .filter(proved_something)
        .ok_or_else(|| says_who(facts, |allowed| Requirement::FirstFactor { allowed }))
}

/// The requirement to say who one is, with what policy allows.
pub(super) fn says_who(facts: &Facts, requirement: impl FnOnce(Vec<Factor>) -> Requirement) -> No {
    let first = [Factor::Passkey, Factor::Password].into_iter();
    let allowed: Vec<_> = first.filter(|f| facts.policy.allows(*f)).collect();
    if allowed.is_empty() {
        No::Deny(DenyReason::NoFactorAllowed)
    } else {
        No::StepUp(requirement(allowed))
    }
}

fn may_sign_in(person: &Person, now: Timestamp) -> Result<(), No> {
    let dates = (person.starts_at, person.ends_at);
    if person.state.may_sign_in_at(dates, now) {
        Ok(())
    } else {
        Err(No::Deny(DenyReason::UserDisabled))
    }
}

fn comes_from_an_allowed_network(facts: &Facts) -> Result<(), No> {
    match facts.origin {
        Origin::Person(address) if !facts.policy.lets_in(address) => {
            Err(No::Deny(DenyReason::NetworkNotAllowed))
        }
        Origin::Person(_) | Origin::Client => Ok(()),
    }
}

/// A one-time link is worth a new credential and nothing else: until one is set, nothing further is asked or given. A
/// passkey is two factors at once, and so nothing that a link could stand for where there is a second factor already.
fn has_a_credential_of_their_own(facts: &Facts, person: &Person) -> Result<(), No> {
    let Some(link) = times(&person.satisfied, Factor::SetupLink).max() else {
        return Ok(());
    };
    if last_first_factor(&person.satisfied).is_some_and(|own| own >= link) {
        return Ok(());
    }
    let is_new = !person.enrolled.second_factor() && !person.enrolled.needs_pass;
    let mut allowed = Vec::with_capacity(2);
    if is_new && facts.policy.allows(Factor::Passkey) {
        allowed.push(Factor::Passkey);
    }
    if allowed.is_empty() || facts.policy.allows(Factor::Password) {
        allowed.push(Factor::Password);
    }
    Err(No::StepUp(Requirement::SetCredential { allowed }))
}

/// Keeps of what was proved the part that still counts; who they are must be in it.
fn proved_recently_enough(
    request: &AccessRequest,
    facts: &Facts,
    person: &Person,
    now: Timestamp,
) -> Result<Vec<SatisfiedFactor>, No> {
    let max_age = facts.policy.max_authentication_age();
    let counts = |proof: &SatisfiedFactor| {
        proves_something(proof.factor)
            && request
                .authenticated_since
                .is_none_or(|since| proof.at >= since)
            && max_age.is_none_or(|max| now.since(proof.at) < max)
    };
    let proved = person.satisfied.iter().copied();
    let proved = proved.filter_map(|proof| as_allowed(&facts.policy, proof));
    let fresh: Vec<_> = proved.filter(counts).collect();
    if last_first_factor(&fresh).is_some() {
        return Ok(fresh);
    }
    Err(match last_first_factor(&person.satisfied) {
        Some(_) => says_who(facts, |allowed| Requirement::Reauthenticate {
            max_age: max_age.filter(|_| request.authenticated_since.is_none()),
            allowed,
        }),
        None => says_who(facts, |allowed| Requirement::FirstFactor { allowed }),
    })
}

/// As what a proof counts: a key that has verified its person, where policy allows keys beside a password alone, is that.
fn as_allowed(policy: &EffectivePolicy, proof: SatisfiedFactor) -> Option<SatisfiedFactor> {
    let factor = match proof.factor {
        Factor::Passkey if !policy.allows(Factor::Passkey) => Factor::SecurityKey,
        other => other,
    };
    policy.allows(factor).then_some(SatisfiedFactor {
        factor,
        at: proof.at,
    })
}

/// A link and a pass are good for setting something up.
const fn proves_something(factor: Factor) -> bool {
    !matches!(factor, Factor::SetupLink | Factor::Pass)
}

fn is_entitled(facts: &Facts) -> Result<(), No> {
    match facts.entitlement {
        Entitlement::Assigned => Ok(()),
        Entitlement::NotAssigned => Err(No::Deny(DenyReason::NotAssigned)),
        Entitlement::TargetDisabled => Err(No::Deny(DenyReason::TargetDisabled)),
        Entitlement::TargetUnknown => Err(No::Deny(DenyReason::TargetUnknown)),
    }
}

/// The console is never opened by one factor, nor another's way back, whatever the policies say; nor is a factor changed without the other one,
/// where there is another one.
const fn least_assurance(target: &Target, person: &Person) -> Assurance {
    match target {
        Target::Admin | Target::AwsVerification { .. } | Target::ColleaguePass => Assurance::Two,
        Target::OwnCredentials if person.enrolled.second_factor() || person.enrolled.needs_pass => {
            Assurance::Two
        }
        Target::OwnCredentials => Assurance::One,
        Target::Application { .. } | Target::Aws { .. } | Target::Portal | Target::Account => {
            Assurance::None
        }
    }
}

fn is_assured_enough(
    wanted: &Wanted,
    facts: &Facts,
    (person, now): (&Person, Timestamp),
    fresh: &[SatisfiedFactor],
) -> Result<(), No> {
    if assurance_of(fresh) >= wanted.assurance {
        return Ok(());
    }
    Err(second_factor(wanted, facts, (person, now)))
}

/// The first class of the list that is true; where none was asked for, the one that every service provider knows.
fn states_the_context(
    wanted: &Wanted,
    facts: &Facts,
    (person, now): (&Person, Timestamp),
    fresh: &[SatisfiedFactor],
) -> Result<AuthnContextClass, No> {
    let is_true = |class: &AuthnContextClass| match class {
        AuthnContextClass::TimeSyncToken => times(fresh, Factor::Totp).next().is_some(),
        other => assurance_of(fresh) >= other.assurance(),
    };
    if wanted.classes.is_empty() {
        return Ok(AuthnContextClass::PasswordProtectedTransport);
    }
    let stated = wanted.classes.iter().copied().find(is_true);
    stated.ok_or_else(|| second_factor(wanted, facts, (person, now)))
}

/// Consent is asked for last: what a person agrees to is given at once. `prompt=consent` asks even where it is implied.
fn has_consented(request: &AccessRequest, facts: &Facts) -> Result<(), No> {
    let Some(wanted) = &request.consent else {
        return Ok(());
    };
    let is_given = match (&facts.consent, wanted.since) {
        (ConsentFacts::Implied, None) => true,
        (ConsentFacts::Implied | ConsentFacts::Missing, _) => false,
        (ConsentFacts::Given { scopes, at }, since) => {
            since.is_none_or(|since| *at >= since)
                && wanted.scopes.iter().all(|scope| scopes.contains(scope))
        }
    };
    if is_given {
        return Ok(());
    }
    Err(No::StepUp(Requirement::Consent {
        scopes: wanted.scopes.clone(),
    }))
}

/// What of the permission set's duration the policies leave. A proof that is older than policy allows during the session
/// is renewed first; what a fresh one cannot lengthen is refused.
fn leaves_aws_a_session(
    request: &AccessRequest,
    facts: &Facts,
    authenticated_at: Timestamp,
    now: Timestamp,
) -> Result<Option<u32>, No> {
    if matches!(request.target, Target::AwsVerification { .. }) {
        return Ok(Some(AWS_SHORTEST_SECONDS));
    }
    let (Target::Aws { .. }, Some(asked)) = (&request.target, request.aws_session_seconds) else {
        return Ok(None);
    };
    let capped = facts
        .policy
        .max_aws_session_seconds()
        .map_or(asked, |max| max.min(asked));
    if capped < AWS_SHORTEST_SECONDS {
        return Err(No::Deny(DenyReason::AwsSessionTooShort));
    }
    let Some(max_age) = facts.policy.max_authentication_age() else {
        return Ok(Some(capped));
    };
    let left = authenticated_at.plus(max_age).since(now).as_seconds();
    let left = u32::try_from(left).unwrap_or(u32::MAX).min(capped);
    if left >= AWS_SHORTEST_SECONDS {
        Ok(Some(left))
    } else if max_age.as_seconds() < i64::from(AWS_SHORTEST_SECONDS) || authenticated_at == now {
        Err(No::Deny(DenyReason::AwsSessionTooShort))
    } else {
        Err(says_who(facts, |allowed| Requirement::Reauthenticate {
            max_age: Some(max_age),
            allowed,
        }))
    }
}

fn earliest_end(facts: &Facts, person: &Person, now: Timestamp) -> Timestamp {
    let by_policy = facts
        .policy
        .max_application_session()
        .map(|max| now.plus(max));
    [person.session_ends_at, by_policy]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(now)
}

pub(super) fn assurance_of(proofs: &[SatisfiedFactor]) -> Assurance {
    most(&|factor| times(proofs, factor).next().is_some())
}

pub(super) fn times(proofs: &[SatisfiedFactor], factor: Factor) -> impl Iterator<Item = Timestamp> {
    proofs
        .iter()
        .filter(move |p| p.factor == factor)
        .map(|p| p.at)
}
