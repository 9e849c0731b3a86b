//! What the service provider asks of a response, one function a rule, in the order of the two lists.

use super::Unsolicited;
use super::memory::{RequestState, SentRequest};
use super::request::Kind;
use crate::demo::form::FormProblem;
use crate::demo::identity_provider::MetadataProblem;
use crate::demo::names::{CONFIRMATION_BEARER, STATUS_SUCCESS};
use crate::demo::response::{Assertion, Confirmation, ReadProblem, Response, Status};
use crate::demo::signature::{SignatureProblem, Signed};
use crate::model::{Span, Timestamp};

/// How old a response may be. Nothing may come from the future: both clocks are one machine's in the demo.
const MAX_AGE: Span = Span::minutes(5);

/// Why a response was refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Form(#[from] FormProblem),
    #[error(transparent)]
    Metadata(#[from] MetadataProblem),
    #[error(transparent)]
    Read(#[from] ReadProblem),
    #[error(transparent)]
    Signature(#[from] SignatureProblem),
    #[error("the response is not signed")]
    ResponseUnsigned,
    #[error("the assertion is not signed")]
    AssertionUnsigned,
    #[error("the response was issued by {found:?}, and the identity provider is {expected:?}")]
    ResponseIssuer { found: String, expected: String },
    #[error("the assertion was issued by {found:?}, and the identity provider is {expected:?}")]
    AssertionIssuer { found: String, expected: String },
    #[error("the response is for {found:?}, and this is {expected:?}")]
    Destination { found: String, expected: String },
    #[error("the response says that it was issued in the future")]
    ResponseFromFuture,
    #[error("the response was issued more than five minutes ago")]
    ResponseTooOld,
    #[error("the response answers a request that was not sent from here")]
    UnknownRequest,
    #[error("the request that the response answers has been answered before")]
    AlreadyAnswered,
    #[error("the response answers no request, and sign-ins that start elsewhere are refused here")]
    Unsolicited,
    #[error("a successful response must have an assertion, and one with an error must have none")]
    StatusAndAssertion,
    #[error("the assertion says that it was issued in the future")]
    AssertionFromFuture,
    #[error("the assertion was issued more than five minutes ago")]
    AssertionTooOld,
    #[error("the subject must have exactly one confirmation, by bearer")]
    Confirmation,
    #[error("the subject's confirmation must not have NotBefore")]
    ConfirmationNotBefore,
    #[error("the subject's confirmation is for {found:?}, and this is {expected:?}")]
    Recipient { found: String, expected: String },
    #[error("the time in which the assertion could be presented is over, or it has no end")]
    ConfirmationExpired,
    #[error("the subject's confirmation answers another request than the response")]
    ConfirmationInResponseTo,
    #[error("the assertion has no conditions")]
    NoConditions,
    #[error("the assertion is not valid yet")]
    NotYetValid,
    #[error("the assertion has expired")]
    Expired,
    #[error("the assertion is not for this service provider, {expected:?}, but for {found:?}")]
    Audience { found: String, expected: String },
    #[error(
        "the assertion does not say how and when the person signed in, or not for which session"
    )]
    AuthnStatement,
    #[error("the session at the identity provider has ended")]
    SessionEnded,
    #[error("the request asked for a new sign-in, and the person signed in before it")]
    NotForced,
    #[error("the request asked for another authentication context than the one that was reached")]
    AuthnContext,
    #[error("the subject has no name")]
    NameId,
    #[error("the request asked for another format of the name")]
    NameIdFormat,
    #[error("the assertion has been presented before")]
    Replayed,
}

/// A response with all that it is held against.
pub(super) struct Presented<'a> {
    pub(super) response: &'a Response,
    pub(super) signed: Signed,
    /// The identity provider's entity id.
    pub(super) issuer: &'a str,
    pub(super) acs_url: &'a str,
    /// Ours.
    pub(super) entity_id: &'a str,
    pub(super) unsolicited: Unsolicited,
    /// The request that the response names, if we sent it.
    pub(super) request: Option<&'a SentRequest>,
    pub(super) now: Timestamp,
}

/// A response that keeps every rule.
#[derive(Debug)]
pub(super) enum Accepted {
    /// It says that the person is not signed in, and why.
    Status(Status),
    /// It says who signed in.
    Assertion(Box<Assertion>),
}

type ResponseCheck = fn(&Presented<'_>) -> Result<(), Refusal>;
/// Of every response.
const RESPONSE_CHECKS: [ResponseCheck; 6] = [
    response_is_signed,
    response_is_from_the_identity_provider,
    response_is_for_this_address,
    response_is_fresh,
    response_answers_a_request_of_ours,
    status_and_assertion_agree,
];

type AssertionCheck = fn(&Presented<'_>, &Assertion) -> Result<(), Refusal>;
/// Of the assertion of a successful response.
const ASSERTION_CHECKS: [AssertionCheck; 15] = [
    assertion_is_signed,
    assertion_is_from_the_identity_provider,
    assertion_is_fresh,
    confirmation_is_one_bearer,
    confirmation_has_no_beginning,
    confirmation_is_for_this_address,
    confirmation_has_not_ended,
    confirmation_answers_the_same_request,
    conditions_hold_now,
    audience_is_us,
    authentication_is_stated,
    session_has_not_ended,
    authentication_is_new_if_asked,
    context_is_the_requested_one,
    subject_has_the_requested_name,
];

/// Applies both lists, in order.
pub(super) fn judge(presented: &Presented<'_>) -> Result<Accepted, Refusal> {
    for check in RESPONSE_CHECKS {
        check(presented)?;
    }
    let Some(assertion) = &presented.response.assertion else {
        return Ok(Accepted::Status(presented.response.status.clone()));
    };
    for check in ASSERTION_CHECKS {
        check(presented, assertion)?;
    }
    Ok(Accepted::Assertion(Box::new(assertion.clone())))
}

fn response_is_signed(presented: &Presented<'_>) -> Result<(), Refusal> {
    ensure(presented.signed.response, || Refusal::ResponseUnsigned)
}

fn response_is_from_the_identity_provider(presented: &Presented<'_>) -> Result<(), Refusal> {
    let found = presented.response.issuer.clone().unwrap_or_default();
    ensure(found == presented.issuer, || Refusal::ResponseIssuer {
        found,
        expected: presented.issuer.to_owned(),
    })
}

/// A signed response over HTTP-POST must name where it goes (SAML bindings, 3.5.5.2).
fn response_is_for_this_address(presented: &Presented<'_>) -> Result<(), Refusal> {
    let found = presented.response.destination.clone().unwrap_or_default();
    ensure(found == presented.acs_url, || Refusal::Destination {
        found,
        expected: presented.acs_url.to_owned(),
    })
}

fn response_is_fresh(presented: &Presented<'_>) -> Result<(), Refusal> {
    let issued = presented.response.issue_instant;
    ensure(issued <= presented.now, || Refusal::ResponseFromFuture)?;
    ensure(presented.now.since(issued) <= MAX_AGE, || {
        Refusal::ResponseTooOld
    })
}

/// Whether the request still waits is asked again, and settled, when all else has been found good.
fn response_answers_a_request_of_ours(presented: &Presented<'_>) -> Result<(), Refusal> {
    match (&presented.response.in_response_to, presented.request) {
        (None, _) if presented.unsolicited == Unsolicited::Accepted => Ok(()),
        (None, _) => Err(Refusal::Unsolicited),
        (Some(_), None) => Err(Refusal::UnknownRequest),
        (Some(_), Some(request)) => ensure(request.state == RequestState::Waiting, || {
            Refusal::AlreadyAnswered
        }),
    }
}

fn status_and_assertion_agree(presented: &Presented<'_>) -> Result<(), Refusal> {
    let is_success = presented.response.status.code == STATUS_SUCCESS;
    ensure(is_success == presented.response.assertion.is_some(), || {
        Refusal::StatusAndAssertion
    })
}

fn assertion_is_signed(presented: &Presented<'_>, _: &Assertion) -> Result<(), Refusal> {
    ensure(presented.signed.assertion, || Refusal::AssertionUnsigned)
}

fn assertion_is_from_the_identity_provider(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    ensure(assertion.issuer == presented.issuer, || {
        Refusal::AssertionIssuer {
            found: assertion.issuer.clone(),
            expected: presented.issuer.to_owned(),
        }
    })
}

fn assertion_is_fresh(presented: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let issued = assertion.issue_instant;
    ensure(issued <= presented.now, || Refusal::AssertionFromFuture)?;
    ensure(presented.now.since(issued) <= MAX_AGE, || {
        Refusal::AssertionTooOld
    })
}

fn confirmation_is_one_bearer(_: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let confirmation = confirmation(assertion)?;
    ensure(confirmation.method == CONFIRMATION_BEARER, || {
        Refusal::Confirmation
    })
}

/// SAML profiles, 4.1.4.2.
fn confirmation_has_no_beginning(_: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let confirmation = confirmation(assertion)?;
    ensure(confirmation.not_before.is_none(), || {
        Refusal::ConfirmationNotBefore
    })
}

fn confirmation_is_for_this_address(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let found = confirmation(assertion)?
        .recipient
        .clone()
        .unwrap_or_default();
    ensure(found == presented.acs_url, || Refusal::Recipient {
        found,
        expected: presented.acs_url.to_owned(),
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

fn confirmation_answers_the_same_request(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let named = &confirmation(assertion)?.in_response_to;
    ensure(*named == presented.response.in_response_to, || {
        Refusal::ConfirmationInResponseTo
    })
}

fn conditions_hold_now(presented: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let conditions = assertion.conditions.as_ref().ok_or(Refusal::NoConditions)?;
    let has_begun = conditions
        .not_before
        .is_none_or(|start| start <= presented.now);
    ensure(has_begun, || Refusal::NotYetValid)?;
    let has_ended = conditions
        .not_on_or_after
        .is_some_and(|end| end <= presented.now);
    ensure(!has_ended, || Refusal::Expired)
}

/// Every restriction names us, and there is one (SAML profiles, 4.1.4.2; SAML core, 2.5.1.4).
fn audience_is_us(presented: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let restrictions = assertion
        .conditions
        .as_ref()
        .map(|conditions| conditions.audience_restrictions.as_slice())
        .unwrap_or_default();
    let names_us = |audiences: &Vec<String>| audiences.iter().any(|a| a == presented.entity_id);
    let is_ours = !restrictions.is_empty() && restrictions.iter().all(names_us);
    ensure(is_ours, || Refusal::Audience {
        found: restrictions.concat().join(" "),
        expected: presented.entity_id.to_owned(),
    })
}

fn authentication_is_stated(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let is_stated = assertion.authn_statement.as_ref().is_some_and(|statement| {
        statement.session_index.is_some() && statement.authn_instant <= presented.now
    });
    ensure(is_stated, || Refusal::AuthnStatement)
}

fn session_has_not_ended(presented: &Presented<'_>, assertion: &Assertion) -> Result<(), Refusal> {
    let end = assertion
        .authn_statement
        .as_ref()
        .and_then(|statement| statement.session_not_on_or_after);
    ensure(end.is_none_or(|end| presented.now < end), || {
        Refusal::SessionEnded
    })
}

/// `ForceAuthn` (SAML core, 3.4.1). The assertion's times are in whole seconds.
fn authentication_is_new_if_asked(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let Some(request) = presented.request.filter(|r| r.options.kind == Kind::Force) else {
        return Ok(());
    };
    let is_new = assertion.authn_statement.as_ref().is_some_and(|statement| {
        statement.authn_instant.as_seconds() >= request.sent_at.as_seconds()
    });
    ensure(is_new, || Refusal::NotForced)
}

/// `RequestedAuthnContext` with an exact comparison (SAML core, 3.3.2.2.1).
fn context_is_the_requested_one(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let Some(class) = presented.request.and_then(|r| r.options.authn_context) else {
        return Ok(());
    };
    let is_requested = assertion
        .authn_statement
        .as_ref()
        .is_some_and(|statement| statement.authn_context_class_ref == class);
    ensure(is_requested, || Refusal::AuthnContext)
}

/// Unspecified asks for no format in particular (SAML core, 3.4.1.1).
fn subject_has_the_requested_name(
    presented: &Presented<'_>,
    assertion: &Assertion,
) -> Result<(), Refusal> {
    let name_id = assertion
        .name_id
        .as_ref()
        .filter(|name_id| !name_id.value.is_empty())
        .ok_or(Refusal::NameId)?;
    let asked = presented.request.and_then(|r| r.options.name_id_format);
    let is_requested = match asked {
        None | Some(crate::model::NameIdFormat::Unspecified) => true,
        Some(format) => name_id.format.as_deref() == Some(format.uri()),
    };
    ensure(is_requested, || Refusal::NameIdFormat)
}

fn confirmation(assertion: &Assertion) -> Result<&Confirmation, Refusal> {
    match assertion.confirmations.as_slice() {
        [only] => Ok(only),
        _ => Err(Refusal::Confirmation),
    }
}

/// Turns a rule that does not hold into its refusal.
fn ensure<F>(holds: bool, otherwise: F) -> Result<(), Refusal>
where
    F: FnOnce() -> Refusal,
{
    if holds { Ok(()) } else { Err(otherwise()) }
}
