//! Whether an AuthnRequest may be answered, and where: the rules that need the registration and the time.

use crate::access::Exchange;
use crate::model::{
    AppId, AssertionConsumerService, NameIdFormat, ServiceProvider, Span, Timestamp,
};
use crate::policy::{AuthnContextClass, ContextComparison, Interaction, RequestedContext};
use crate::protocol::saml::{AuthnRequest, Comparison, Signed, SubStatus};

/// How old a request may be. Clocks differ, and people reload.
const MAX_AGE: Span = Span::minutes(5);
/// How far a request's clock may be ahead of ours.
const MAX_AHEAD: Span = Span::minutes(2);

const BINDING_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// A rule that a request breaks, for which there is nowhere to answer to but a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestRule {
    /// Meant for another.
    #[error("Destination is not this identity provider's single sign-on URL")]
    Destination,
    /// SAML bindings, 3.4.5.2 and 3.5.5.2: a signed message says whom it is for.
    #[error("a signed request must have a Destination")]
    DestinationMissing,
    /// Too old, or from the future.
    #[error(
        "IssueInstant lies more than five minutes back or two minutes ahead; check both clocks"
    )]
    IssueInstant,
    /// Only HTTP-POST carries our responses.
    #[error("ProtocolBinding must be HTTP-POST")]
    ProtocolBinding,
    /// The one thing that must never be taken from a request.
    #[error("the AssertionConsumerServiceURL is not one of the application's registered ones")]
    AcsUrl,
    /// No such endpoint.
    #[error("the AssertionConsumerServiceIndex is not one of the application's registered ones")]
    AcsIndex,
    /// Nothing to answer to.
    #[error("the application has no assertion consumer service")]
    NoAcs,
}

impl RequestRule {
    /// The rule's name in the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Destination => "destination",
            Self::DestinationMissing => "destination_missing",
            Self::IssueInstant => "issue_instant",
            Self::ProtocolBinding => "protocol_binding",
            Self::AcsUrl => "acs_url",
            Self::AcsIndex => "acs_index",
            Self::NoAcs => "no_acs",
        }
    }
}

/// Why a request goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestProblem {
    /// Nothing goes to the application: the person sees a page.
    Page(RequestRule),
    /// The application is told, at an endpoint that it registered.
    Status(Box<Exchange>, SubStatus),
}

impl From<RequestRule> for RequestProblem {
    fn from(rule: RequestRule) -> Self {
        Self::Page(rule)
    }
}

/// Checks a request against its sender's registration; each rule is a function, in this order.
///
/// # Errors
/// The first rule that it breaks.
pub fn validate_request(
    (app_id, saml): (&AppId, &ServiceProvider),
    request: &AuthnRequest,
    sso_url: &str,
    relay_state: Option<&str>,
    now: Timestamp,
) -> Result<Exchange, RequestProblem> {
    is_meant_for_us(request, sso_url)?;
    is_fresh(request, now)?;
    wants_a_post(request)?;
    let acs = registered_acs(saml, request)?;
    let exchange = exchange(app_id, saml, request, acs, relay_state, now);
    let tell = |sub| RequestProblem::Status(Box::new(exchange.clone()), sub);
    if request.subject_name_id.is_some() {
        return Err(tell(SubStatus::RequestUnsupported));
    }
    let name_id_format = name_id_format(saml, request).map_err(tell)?;
    let context = requested_context(request).map_err(tell)?;
    Ok(Exchange {
        name_id_format,
        context,
        ..exchange
    })
}

fn exchange(
    app_id: &AppId,
    sp: &ServiceProvider,
    request: &AuthnRequest,
    acs: &AssertionConsumerService,
    relay_state: Option<&str>,
    now: Timestamp,
) -> Exchange {
    let policy = request.name_id_policy.as_ref();
    Exchange {
        app_id: app_id.clone(),
        request_id: Some(request.id.clone()),
        acs_url: acs.acs_url.clone(),
        name_id_format: sp.default_name_id_format,
        allow_create: policy.and_then(|p| p.allow_create).unwrap_or(true),
        relay_state: relay_state.map(str::to_owned),
        interaction: if request.is_passive {
            Interaction::Passive
        } else {
            Interaction::Allowed
        },
        authenticated_since: request.force_authn.then_some(now),
        context: None,
    }
}

/// SAML bindings, 3.4.5.2 and 3.5.5.2; core, 3.2.1.
fn is_meant_for_us(request: &AuthnRequest, sso_url: &str) -> Result<(), RequestRule> {
    match (&request.destination, request.signed) {
        (Some(destination), _) if destination == sso_url => Ok(()),
        (Some(_), _) => Err(RequestRule::Destination),
        (None, Signed::Yes) => Err(RequestRule::DestinationMissing),
        (None, Signed::No) => Ok(()),
    }
}

/// security.md S-07.
fn is_fresh(request: &AuthnRequest, now: Timestamp) -> Result<(), RequestRule> {
    let made = request.issue_instant;
    if made < now.minus(MAX_AGE) || made > now.plus(MAX_AHEAD) {
        return Err(RequestRule::IssueInstant);
    }
    Ok(())
}

/// SAML profiles, 4.1.4.1: responses go by HTTP-POST; nothing else is offered.
fn wants_a_post(request: &AuthnRequest) -> Result<(), RequestRule> {
    match request.protocol_binding.as_deref() {
        None | Some(BINDING_POST) => Ok(()),
        Some(_) => Err(RequestRule::ProtocolBinding),
    }
}

/// security.md S-03: exactly a registered one, whether the request is signed or not.
fn registered_acs<'a>(
    sp: &'a ServiceProvider,
    request: &AuthnRequest,
) -> Result<&'a AssertionConsumerService, RequestRule> {
    let registered = &sp.assertion_consumer_services;
    if let Some(url) = &request.acs_url {
        let found = registered.iter().find(|acs| acs.acs_url == *url);
        return found.ok_or(RequestRule::AcsUrl);
    }
    if let Some(index) = request.acs_index {
        let found = registered.iter().find(|acs| acs.index == index);
        return found.ok_or(RequestRule::AcsIndex);
    }
    default_acs(sp).ok_or(RequestRule::NoAcs)
}

/// The endpoint that is marked as the default, or the first (SAML metadata, lines 263-275).
pub(super) fn default_acs(sp: &ServiceProvider) -> Option<&AssertionConsumerService> {
    let registered = &sp.assertion_consumer_services;
    registered
        .iter()
        .find(|acs| acs.is_default)
        .or_else(|| registered.first())
}

/// SAML core, 3.4.1.1: the format and the name space that the request asks for, among those of the registration.
fn name_id_format(sp: &ServiceProvider, request: &AuthnRequest) -> Result<NameIdFormat, SubStatus> {
    let Some(policy) = &request.name_id_policy else {
        return Ok(sp.default_name_id_format);
    };
    let qualifier = policy.sp_name_qualifier.as_deref();
    if qualifier.is_some_and(|qualifier| qualifier != sp.entity_id.as_str()) {
        return Err(SubStatus::InvalidNameIdPolicy);
    }
    match policy.format.as_deref() {
        None => Ok(sp.default_name_id_format),
        Some(uri) if uri == NameIdFormat::Unspecified.uri() => Ok(sp.default_name_id_format),
        Some(uri) => NameIdFormat::from_uri(uri)
            .filter(|format| sp.name_id_formats.contains(format))
            .ok_or(SubStatus::InvalidNameIdPolicy),
    }
}

/// SAML core, 3.3.2.2.1. Classes that Signet does not know can be met by nothing; a request for only such ones is
/// answered before the person is asked for anything.
fn requested_context(request: &AuthnRequest) -> Result<Option<RequestedContext>, SubStatus> {
    let Some(wanted) = &request.requested_authn_context else {
        return Ok(None);
    };
    let classes: Vec<_> = wanted
        .class_refs
        .iter()
        .filter_map(|uri| AuthnContextClass::from_uri(uri))
        .collect();
    let unknown_to_beat =
        wanted.comparison == Comparison::Better && classes.len() != wanted.class_refs.len();
    if classes.is_empty() || wanted.has_declarations || unknown_to_beat {
        return Err(SubStatus::NoAuthnContext);
    }
    let comparison = match wanted.comparison {
        Comparison::Exact => ContextComparison::Exact,
        Comparison::Minimum => ContextComparison::Minimum,
        Comparison::Maximum => ContextComparison::Maximum,
        Comparison::Better => ContextComparison::Better,
    };
    Ok(Some(RequestedContext {
        comparison,
        classes,
    }))
}
