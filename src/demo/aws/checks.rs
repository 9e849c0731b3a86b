//! What the simulated AWS asks of a response and of the role that it names, one function a rule, in the order of the
//! lists.

use super::refusal::Refusal;
use super::session_request::SessionRequest;
use super::trust_policy::FederatedRequest;
use super::{SimulatedAccount, SimulatedRole};
use crate::demo::names::{CONFIRMATION_BEARER, STATUS_SUCCESS};
use crate::demo::response::{Assertion, Confirmation, Response};
use crate::demo::signature::Signed;
use crate::model::{Partition, Span, Timestamp};

/// "Token must be redeemed within 5 minutes of issuance."
const MAX_AGE: Span = Span::minutes(5);
/// A response with all that it is held against.
pub(super) struct Presented<'a> {
    pub(super) response: &'a Response,
    pub(super) signed: Signed,
    /// The entity id of the metadata in the SAML provider.
    pub(super) issuer: &'a str,
    pub(super) partition: &'a Partition,
    pub(super) now: Timestamp,
}

type Check = fn(&Presented<'_>, &Assertion) -> Result<(), Refusal>;
const CHECKS: [Check; 10] = [
    assertion_is_signed,
    issuer_is_the_providers,
    destination_is_here,
    issued_within_five_minutes,
    subject_is_named_and_confirmed,
    recipient_is_here,
    confirmation_has_not_ended,
    conditions_hold_now,
    audience_is_aws,
    authentication_is_stated,
];

/// Applies the list: the assertion that keeps every rule.
pub(super) fn judge<'a>(presented: &Presented<'a>) -> Result<&'a Assertion, Refusal> {
    let response = presented.response;
    ensure(response.status.code == STATUS_SUCCESS, || Refusal::Status {
        code: response.status.code.clone(),
    })?;
    let assertion = response.assertion.as_ref().ok_or(Refusal::NoAssertion)?;
    for check in CHECKS {
        check(presented, assertion)?;
    }
    Ok(assertion)
}

/// By itself, or as part of the signed response.
fn assertion_is_signed(presented: &Presented<'_>, _: &Assertion) -> Result<(), Refusal> {
    let signed = presented.signed;
    ensure(signed.assertion || signed.response, || Refusal::Unsigned)
}

fn issuer_is_the_providers(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let of_response = presented.response.issuer.iter();
    for found in of_response.chain([&assertion.issuer]) {
        ensure(found == presented.issuer, || Refusal::Issuer {
            found: found.clone(),
            expected: presented.issuer.to_owned(),
        })?;
    }
    Ok(())
}

fn destination_is_here(presented: &Presented<'_>, _: &Assertion) -> Result<(), Refusal> {
    let expected = &presented.partition.sign_in_url;
    match &presented.response.destination {
        Some(found) if found != expected => Err(Refusal::ResponseDestination {
            found: found.clone(),
            expected: expected.clone(),
        }),
        _ => Ok(()),
    }
}

fn issued_within_five_minutes(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    for issued in [presented.response.issue_instant, assertion.issue_instant] {
        ensure(issued <= presented.now, || Refusal::FromFuture)?;
        ensure(presented.now.since(issued) <= MAX_AGE, || Refusal::TooOld)?;
    }
    Ok(())
}

fn subject_is_named_and_confirmed(_: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let is_named = assertion
        .name_id
        .as_ref()
        .is_some_and(|name_id| !name_id.value.is_empty());
    let confirmation = confirmation(assertion)?;
    ensure(
        is_named && confirmation.method == CONFIRMATION_BEARER,
        || Refusal::Subject,
    )
}

fn recipient_is_here(presented: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let found = confirmation(assertion)?
        .recipient
        .clone()
        .unwrap_or_default();
    let expected = &presented.partition.sign_in_url;
    ensure(found == *expected, || Refusal::Recipient {
        found,
        expected: expected.clone(),
    })
}

fn confirmation_has_not_ended(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let end = confirmation(assertion)?.not_on_or_after;
    ensure(end.is_some_and(|end| presented.now < end), || {
        Refusal::ConfirmationExpired
    })
}

fn conditions_hold_now(presented: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let Some(conditions) = &assertion.conditions else {
        return Ok(());
    };
    let has_begun = conditions
        .not_before
        .is_none_or(|start| start <= presented.now);
    ensure(has_begun, || Refusal::NotYetValid)?;
    let goes_on = conditions
        .not_on_or_after
        .is_none_or(|end| presented.now < end);
    ensure(goes_on, || Refusal::Expired)
}

/// AWS's entity id or the sign-in address itself; every restriction names one of them, and there is one.
fn audience_is_aws(presented: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let partition = presented.partition;
    let restrictions = assertion
        .conditions
        .as_ref()
        .map(|conditions| conditions.audience_restrictions.as_slice())
        .unwrap_or_default();
    let names_aws = |audiences: &Vec<String>| {
        audiences
            .iter()
            .any(|audience| *audience == partition.audience || *audience == partition.sign_in_url)
    };
    let is_aws = !restrictions.is_empty() && restrictions.iter().all(names_aws);
    ensure(is_aws, || Refusal::Audience {
        found: restrictions.concat().join(" "),
        expected: partition.audience.clone(),
    })
}

fn authentication_is_stated(_: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    ensure(assertion.authn_statement.is_some(), || {
        Refusal::NoAuthnStatement
    })
}

/// How long a session is asked for, and by what.
#[derive(Debug, Clone, Copy)]
pub(super) struct AskedDuration {
    /// The attribute or the parameter.
    pub(super) name: &'static str,
    pub(super) span: Span,
}

/// What a role is asked for, with the role.
struct Assumption<'a> {
    request: &'a SessionRequest,
    role: &'a SimulatedRole,
    duration: AskedDuration,
    /// The values of the condition keys that a trust policy may name.
    federated: FederatedRequest<'a>,
}

type TrustCheck = fn(&Assumption<'_>) -> Result<(), Refusal>;
const TRUST_CHECKS: [TrustCheck; 4] = [
    trust_policy_allows_assuming,
    trust_policy_allows_tagging,
    trust_policy_allows_source_identity,
    duration_is_within_the_roles,
];

/// Finds provider and role, and asks the role's trust policy: the account.
pub(super) fn authorize<'a>(
    request: &SessionRequest,
    duration: AskedDuration,
    presented: &Presented<'_>,
    accounts: &'a [SimulatedAccount],
) -> Result<&'a SimulatedAccount, Refusal> {
    let account = account_with_provider(request, accounts)?;
    let role = account
        .roles
        .iter()
        .find(|role| role.path_and_name == request.role.path_and_name)
        .ok_or_else(|| Refusal::NoRole {
            role: request.role.arn.clone(),
        })?;
    let assumption = Assumption {
        request,
        role,
        duration,
        federated: FederatedRequest {
            provider_arn: &request.role.provider_arn,
            audience: &presented.partition.sign_in_url,
            issuer: presented.issuer,
        },
    };
    for check in TRUST_CHECKS {
        check(&assumption)?;
    }
    Ok(account)
}

fn account_with_provider<'a>(
    request: &SessionRequest,
    accounts: &'a [SimulatedAccount],
) -> Result<&'a SimulatedAccount, Refusal> {
    accounts
        .iter()
        .find(|account| account.id == request.role.account)
        .filter(|account| account.saml_providers.contains(&request.role.provider))
        .ok_or_else(|| Refusal::NoProvider {
            account: request.role.account.to_string(),
            provider: request.role.provider.clone(),
        })
}

fn trust_policy_allows_assuming(assumption: &Assumption<'_>) -> Result<(), Refusal> {
    allowed(assumption, "sts:AssumeRoleWithSAML")
}

fn trust_policy_allows_tagging(assumption: &Assumption<'_>) -> Result<(), Refusal> {
    if assumption.request.tags.is_empty() {
        return Ok(());
    }
    allowed(assumption, "sts:TagSession")
}

fn trust_policy_allows_source_identity(assumption: &Assumption<'_>) -> Result<(), Refusal> {
    if assumption.request.source_identity.is_none() {
        return Ok(());
    }
    allowed(assumption, "sts:SetSourceIdentity")
}

fn allowed(assumption: &Assumption<'_>, action: &'static str) -> Result<(), Refusal> {
    let policy = &assumption.role.trust_policy;
    ensure(policy.allows(action, &assumption.federated), || {
        Refusal::TrustPolicy { action }
    })
}

fn duration_is_within_the_roles(assumption: &Assumption<'_>) -> Result<(), Refusal> {
    let AskedDuration { name, span } = assumption.duration;
    let max = assumption.role.max_session_duration;
    ensure(span <= max, || Refusal::ExceedsMaximum {
        name,
        asked: span.as_seconds(),
        max: max.as_seconds(),
    })
}

/// The least of what is asked for, SessionDuration and the time until SessionNotOnOrAfter.
pub(super) fn effective_duration(
    asked: AskedDuration,
    request: &SessionRequest,
    assertion: &Assertion,
    now: Timestamp,
) -> Result<Span, Refusal> {
    let asked = request
        .duration
        .map_or(asked.span, |limit| limit.min(asked.span));
    let end = assertion
        .authn_statement
        .as_ref()
        .and_then(|statement| statement.session_not_on_or_after);
    match end {
        None => Ok(asked),
        Some(end) if end <= now => Err(Refusal::SessionEnded),
        Some(end) => Ok(asked.min(end.since(now))),
    }
}

fn confirmation(assertion: &Assertion) -> Result<&Confirmation, Refusal> {
    match assertion.confirmations.as_slice() {
        [only] => Ok(only),
        _ => Err(Refusal::Subject),
    }
}

/// Turns a rule that does not hold into its refusal.
fn ensure<F>(holds: bool, otherwise: F) -> Result<(), Refusal>
where
    F: FnOnce() -> Refusal,
{
    if holds { Ok(()) } else { Err(otherwise()) }
}
