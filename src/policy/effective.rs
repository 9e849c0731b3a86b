//! Policies, and how several become one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::{Assurance, Factor, GroupId, Network, Span};

/// AWS's shortest session, in seconds (AssumeRoleWithSAML, DurationSeconds).
pub(super) const AWS_SHORTEST_SECONDS: u32 = 900;
const AWS_LONGEST_SECONDS: u32 = 43_200;

/// One policy, as an administrator set it for everybody, a group, an application or a permission set. What it does not
/// say, it leaves to the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// How strongly the person must be authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_assurance: Option<Assurance>,
    /// With what they may be: what is proved by anything else does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_factors: Option<Vec<Factor>>,
    /// From where they may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<Network>>,
    /// How long ago the proof may lie, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_authentication_age_seconds: Option<u32>,
    /// How long a session at an application may last, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_application_session_seconds: Option<u32>,
    /// How long a session in AWS may last, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_aws_session_seconds: Option<u32>,
    /// Groups whose members may make a pass for those over whom the policy is, beside the administrators. Of everybody's
    /// policy and of groups' alone; an empty list: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes_from: Option<Vec<GroupId>>,
}

/// Why a policy cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No factor at all would do.
    #[error("required_assurance must be \"one\", \"two\" or \"phishing_resistant\"")]
    NoAssurance,
    /// Something that is no factor of a sign-in.
    #[error(
        "allowed_factors may name passkey, password, security_key, totp and recovery_code, each of them once"
    )]
    NotAFactor,
    /// Nobody could reach with them what is asked for.
    #[error(
        "nobody can reach {0} with these allowed_factors; allow a passkey, or a password and a second factor"
    )]
    OutOfReach(&'static str),
    /// Nobody could come from anywhere.
    #[error(
        "networks must name at least one range; leave it out to let people come from everywhere"
    )]
    NoNetwork,
    /// Shorter than anybody could sign in.
    #[error("max_authentication_age_seconds must be at least 900")]
    AuthenticationAge,
    /// Shorter than a minute.
    #[error("max_application_session_seconds must be at least 60")]
    ApplicationSession,
    /// Outside AWS's limits.
    #[error("max_aws_session_seconds must lie between 900 and 43200, AWS's own limits")]
    AwsSession,
}

impl Policy {
    /// Checks the limits.
    ///
    /// # Errors
    /// The first value outside its limits.
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.required_assurance == Some(Assurance::None) {
            return Err(PolicyError::NoAssurance);
        }
        if let Some(factors) = &self.allowed_factors {
            let named: BTreeSet<Factor> = factors.iter().copied().collect();
            let is_known = |factor: &Factor| Factor::CHOICES.contains(factor);
            if named.len() != factors.len() || !factors.iter().all(is_known) {
                return Err(PolicyError::NotAFactor);
            }
            let wanted = self.required_assurance.unwrap_or(Assurance::One);
            if most(&|factor| named.contains(&factor)) < wanted {
                return Err(PolicyError::OutOfReach(wanted.as_str()));
            }
        }
        if self.networks.as_ref().is_some_and(Vec::is_empty) {
            return Err(PolicyError::NoNetwork);
        }
        if self
            .max_authentication_age_seconds
            .is_some_and(|s| s < AWS_SHORTEST_SECONDS)
        {
            return Err(PolicyError::AuthenticationAge);
        }
        if self.max_application_session_seconds.is_some_and(|s| s < 60) {
            return Err(PolicyError::ApplicationSession);
        }
        let aws = AWS_SHORTEST_SECONDS..=AWS_LONGEST_SECONDS;
        if self
            .max_aws_session_seconds
            .is_some_and(|s| !aws.contains(&s))
        {
            return Err(PolicyError::AwsSession);
        }
        Ok(())
    }
}

impl Policy {
    /// Whether this one, in the place of another, lets somebody do what they could not before. `unsaid` is what is asked for
    /// where a policy of this scope names no assurance.
    pub fn loosens(&self, before: &Self, unsaid: Assurance) -> bool {
        let weaker =
            self.required_assurance.unwrap_or(unsaid) < before.required_assurance.unwrap_or(unsaid);
        let more = |after: Option<u32>, before: Option<u32>| {
            before.is_some_and(|before| after.is_none_or(|after| after > before))
        };
        weaker
            || adds(
                self.allowed_factors.as_deref(),
                before.allowed_factors.as_deref(),
            )
            || adds(self.networks.as_deref(), before.networks.as_deref())
            || more(
                self.max_authentication_age_seconds,
                before.max_authentication_age_seconds,
            )
            || more(
                self.max_application_session_seconds,
                before.max_application_session_seconds,
            )
            || more(self.max_aws_session_seconds, before.max_aws_session_seconds)
            || self.may_let_more_make_passes(before)
    }

    /// Who is named by another policy as well can do more where this one names nobody any more.
    fn may_let_more_make_passes(&self, before: &Self) -> bool {
        let former = before.passes_from.as_deref().unwrap_or_default();
        match &self.passes_from {
            None => before.passes_from.is_some(),
            Some(groups) => groups.iter().any(|group| !former.contains(group)),
        }
    }
}

/// Whether a list of what is allowed has become longer; none: everything.
fn adds<T: PartialEq>(after: Option<&[T]>, before: Option<&[T]>) -> bool {
    match (after, before) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(after), Some(before)) => after.iter().any(|one| !before.contains(one)),
    }
}

/// How strong a proof by all factors of a kind would be.
pub(super) fn most(has: &dyn Fn(Factor) -> bool) -> Assurance {
    let password = has(Factor::Password);
    if has(Factor::Passkey) || (password && has(Factor::SecurityKey)) {
        Assurance::PhishingResistant
    } else if password && (has(Factor::Totp) || has(Factor::RecoveryCode)) {
        Assurance::Two
    } else if password {
        Assurance::One
    } else {
        Assurance::None
    }
}

/// The policies that apply, folded to the strictest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectivePolicy {
    required_assurance: Assurance,
    /// None: each.
    allowed_factors: Option<BTreeSet<Factor>>,
    /// Of each of these lists the person must be in one range.
    networks: BTreeSet<Vec<Network>>,
    /// Whoever makes a pass must be in one group of each of these lists; where there is none, administrators alone do.
    passes_from: BTreeSet<Vec<GroupId>>,
    max_authentication_age: Option<Span>,
    max_application_session: Option<Span>,
    max_aws_session_seconds: Option<u32>,
}

impl EffectivePolicy {
    /// Folds the policy for everybody with those of groups, application and permission set, in any order. Adding one
    /// never loosens, but that it may let colleagues make passes. Where the policy for everybody names no assurance, two factors are asked for: whoever wants less
    /// says so there.
    pub fn strictest<'a>(global: &Policy, others: impl IntoIterator<Item = &'a Policy>) -> Self {
        let base = Self {
            required_assurance: global.required_assurance.unwrap_or(Assurance::Two),
            allowed_factors: None,
            networks: BTreeSet::new(),
            passes_from: BTreeSet::new(),
            max_authentication_age: None,
            max_application_session: None,
            max_aws_session_seconds: None,
        };
        others.into_iter().fold(base.and(global), Self::and)
    }

    fn and(self, policy: &Policy) -> Self {
        let span = |seconds: Option<u32>| seconds.map(|s| Span::seconds(i64::from(s)));
        let named = policy.required_assurance.unwrap_or(Assurance::None);
        let mut networks = self.networks;
        networks.extend(policy.networks.clone());
        let mut passes_from = self.passes_from;
        passes_from.extend(policy.passes_from.clone());
        Self {
            required_assurance: self.required_assurance.max(named),
            allowed_factors: both(self.allowed_factors, policy.allowed_factors.as_deref()),
            networks,
            passes_from,
            max_authentication_age: shorter(
                self.max_authentication_age,
                span(policy.max_authentication_age_seconds),
            ),
            max_application_session: shorter(
                self.max_application_session,
                span(policy.max_application_session_seconds),
            ),
            max_aws_session_seconds: shorter(
                self.max_aws_session_seconds,
                policy.max_aws_session_seconds,
            ),
        }
    }

    /// How strongly the person must be authenticated.
    pub fn required_assurance(&self) -> Assurance {
        self.required_assurance
    }

    /// Whether what is proved by a factor counts.
    pub fn allows(&self, factor: Factor) -> bool {
        self.allowed_factors
            .as_ref()
            .is_none_or(|allowed| allowed.contains(&factor))
    }

    /// Whether somebody may come from an address. From one that nobody knows they may not, where it matters.
    pub fn lets_in(&self, from: Option<IpAddr>) -> bool {
        let is_in = |ranges: &Vec<Network>| {
            from.is_some_and(|address| ranges.iter().any(|range| range.contains(address)))
        };
        self.networks.iter().all(is_in)
    }

    /// Whether a colleague who is in these groups may make a pass.
    pub fn lets_make_passes(&self, groups: &BTreeSet<GroupId>) -> bool {
        let is_in = |named: &Vec<GroupId>| named.iter().any(|group| groups.contains(group));
        !self.passes_from.is_empty() && self.passes_from.iter().all(is_in)
    }

    /// How long ago the proof may lie.
    pub fn max_authentication_age(&self) -> Option<Span> {
        self.max_authentication_age
    }

    /// How long a session at an application may last.
    pub fn max_application_session(&self) -> Option<Span> {
        self.max_application_session
    }

    /// How long a session in AWS may last, in seconds.
    pub fn max_aws_session_seconds(&self) -> Option<u32> {
        self.max_aws_session_seconds
    }
}

/// What both allow.
fn both(folded: Option<BTreeSet<Factor>>, named: Option<&[Factor]>) -> Option<BTreeSet<Factor>> {
    let named = named.map(|factors| factors.iter().copied().collect::<BTreeSet<_>>());
    match (folded, named) {
        (Some(folded), Some(named)) => Some(folded.intersection(&named).copied().collect()),
        (folded, named) => folded.or(named),
    }
}

fn shorter<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
