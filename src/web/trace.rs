//! What is noted of an application's request for its trace: values that help, and never a secret.

use actix_web::HttpResponse;

use super::error::PageError;
use super::extract::Visitor;
use super::{App, routes};
use crate::access::{Exchange, Known, Outcome, Resolved};
use crate::apps::ClientRefusal;
use crate::issue::{IssueError, OauthError};
use crate::model::{Application, Cause, ServiceProvider, TraceProtocol};
use crate::policy::DenyReason;
use crate::protocol::oauth::TokenResponse;
use crate::protocol::saml::{AuthnRequest, Signed, SubStatus};
use crate::signin::{Continuation, PendingSignIn};
use crate::traces::diagnosis::{
    Diagnosis, Seen, of_client, of_denial, of_issue, of_status, of_token_request,
};

/// Parameters of OAuth whose values are no secrets and say nothing about a person. Of all others it is noted that they
/// were there.
const SHOWN: [&str; 16] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "prompt",
    "max_age",
    "display",
    "ui_locales",
    "acr_values",
    "resource",
    "code_challenge_method",
    "grant_type",
    "token_type_hint",
    "client_assertion_type",
    "post_logout_redirect_uri",
];

/// What was asked for, what is registered, and who asks, together.
pub(super) fn diagnose(
    app: &App,
    visitor: &Visitor,
    (application, known): (Option<&Application>, Option<&Known>),
    look: impl FnOnce(&Seen<'_>) -> Diagnosis,
) -> Diagnosis {
    let asked = visitor.trace.asked();
    let ours = match visitor.trace.protocol() {
        Some(TraceProtocol::Oauth) => app.keys.identity().oidc_issuer.clone(),
        _ => app.site.url(routes::SAML_SSO),
    };
    look(&Seen {
        asked: &asked,
        application,
        user_name: known.map(|known| known.user.user_name.as_str()),
        ours: &ours,
        now: visitor.op.now,
    })
}

/// The values of a SAML request.
pub(super) fn saml_request(visitor: &Visitor, request: &AuthnRequest, relay_state: Option<&str>) {
    let mut values = vec![
        ("ID", request.id.clone()),
        ("IssueInstant", request.issue_instant.to_rfc3339()),
        (
            "signed",
            if request.signed == Signed::Yes {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
        ),
    ];
    let mut note = |name, value: Option<String>| {
        if let Some(value) = value {
            values.push((name, value));
        }
    };
    note("Destination", request.destination.clone());
    note(
        "AssertionConsumerServiceURL",
        request.acs_url.as_deref().map(without_query),
    );
    note(
        "AssertionConsumerServiceIndex",
        request.acs_index.map(|index| index.to_string()),
    );
    note("ProtocolBinding", request.protocol_binding.clone());
    if let Some(policy) = &request.name_id_policy {
        note("NameIDPolicy Format", policy.format.clone());
        note(
            "NameIDPolicy SPNameQualifier",
            policy.sp_name_qualifier.clone(),
        );
        note(
            "NameIDPolicy AllowCreate",
            policy.allow_create.map(|allow| allow.to_string()),
        );
    }
    let context = request.requested_authn_context.as_ref();
    note(
        "RequestedAuthnContext",
        context.map(|wanted| wanted.class_refs.join(" ")),
    );
    note("ForceAuthn", request.force_authn.then(|| "true".to_owned()));
    note("IsPassive", request.is_passive.then(|| "true".to_owned()));
    note("RelayState", relay_state.map(present));
    visitor.trace.asks(values);
}

/// The values of an assertion that was sent; of the person, only the names of what is said about them.
pub(super) fn saml_response(visitor: &Visitor, saml: &ServiceProvider, exchange: &Exchange) {
    let attributes: Vec<&str> = saml.attributes.iter().map(|a| a.name.as_str()).collect();
    let mut values = vec![
        ("Destination and Recipient", exchange.acs_url.clone()),
        ("Audience", saml.entity_id.as_str().to_owned()),
        ("NameID Format", exchange.name_id_format.uri().to_owned()),
        ("Attributes", attributes.join(", ")),
        (
            "valid for seconds",
            saml.assertion_lifetime_seconds.to_string(),
        ),
    ];
    if let Some(id) = &exchange.request_id {
        values.push(("InResponseTo", id.clone()));
    }
    visitor.trace.sent(values);
}

/// The application was told by a status that there is no assertion; a reason that was noted before goes before.
pub(super) fn status(app: &App, visitor: &Visitor, application: &Application, sub: SubStatus) {
    let status = sub.uri().to_owned();
    let why = visitor.trace.reason().unwrap_or_else(|| {
        diagnose(app, visitor, (Some(application), None), |seen| {
            of_status(sub, seen)
        })
    });
    visitor.trace.told(why, vec![("Status", status)]);
}

/// The parameters of a client's request.
pub(super) fn parameters(visitor: &Visitor, pairs: &[(String, String)], method: Option<&str>) {
    let mut values: Vec<(&str, String)> = pairs
        .iter()
        .map(|(name, value)| {
            let shown = SHOWN.contains(&name.as_str());
            (
                name.as_str(),
                if shown {
                    without_query(value)
                } else {
                    present(value)
                },
            )
        })
        .collect();
    if let Some(method) = method {
        values.push(("client authentication", method.to_owned()));
    }
    visitor.trace.asks(values);
}

/// What tokens were given.
pub(super) fn tokens(visitor: &Visitor, response: &TokenResponse) {
    let kinds = [
        ("access token", true),
        ("ID token", response.has_id_token()),
        ("refresh token", response.has_refresh_token()),
    ];
    let kinds: Vec<&str> = kinds
        .iter()
        .filter_map(|(kind, is)| is.then_some(*kind))
        .collect();
    visitor.trace.sent(vec![
        ("tokens", kinds.join(", ")),
        ("scope", response.scope().to_owned()),
    ]);
}

/// A client that nobody knows, or that is disabled.
pub(super) fn unknown_client(
    app: &App,
    visitor: &Visitor,
    disabled: Option<&Application>,
    id: &str,
) {
    let why = match disabled {
        Some(application) => {
            visitor.trace.is_from(&application.id, id);
            let of = (disabled, None);
            diagnose(app, visitor, of, |seen| {
                of_client("client_disabled", None, seen)
            })
        }
        None => Diagnosis::stranger("unknown_client", "client id", id),
    };
    visitor.trace.ended(why.outcome(), why);
}

/// A client that did not prove who it is.
pub(super) fn unproved_client(
    app: &App,
    visitor: &Visitor,
    refusal: &ClientRefusal,
    (error, id): (&OauthError, &str),
) {
    if let Some(application) = &refusal.application {
        visitor.trace.is_from(&application.id, id);
    }
    let of = (refusal.application.as_deref(), None);
    let detail = refusal.detail.as_deref();
    let why = match refusal.rule {
        rule @ "unknown_client" => Diagnosis::stranger(rule, "client id", id),
        rule => diagnose(app, visitor, of, |seen| of_client(rule, detail, seen)),
    };
    told_because(visitor, error, why);
}

/// A client was told an error; what was noted about it before goes before.
pub(super) fn told(
    app: &App,
    visitor: &Visitor,
    application: Option<&Application>,
    error: &OauthError,
) {
    if visitor.trace.is_open() {
        let found = diagnose(app, visitor, (application, None), |seen| {
            of_token_request(error, seen)
        });
        told_because(visitor, error, found);
    }
}

/// The same, for a reason that is known.
pub(super) fn told_because(visitor: &Visitor, error: &OauthError, why: Diagnosis) {
    visitor.trace.told(
        why,
        vec![
            ("error", error.code.to_string()),
            ("error_description", error.description.clone()),
        ],
    );
}

/// The decision says no: noted, and handed on for whoever is told.
pub(super) fn denied(
    app: &App,
    visitor: &Visitor,
    reason: DenyReason,
    outcome: &Outcome,
) -> Diagnosis {
    let application = match &outcome.target {
        Resolved::Application(application) => Some(&**application),
        _ => None,
    };
    if let Some(known) = &outcome.known {
        visitor.trace.is_about(&known.user.id);
    }
    let of = (application, outcome.known.as_ref());
    let why = diagnose(app, visitor, of, |seen| of_denial(reason, seen));
    visitor.trace.ended(why.outcome(), why.clone());
    why
}

/// Goes on with the trace of a sign-in that an application asked for.
pub(super) fn resume(visitor: &Visitor, pending: &PendingSignIn) {
    let (protocol, app_id) = match &pending.continuation {
        Continuation::Saml(exchange) => (TraceProtocol::Saml, &exchange.app_id),
        Continuation::Oauth(exchange) => (TraceProtocol::Oauth, &exchange.app_id),
        _ => return,
    };
    visitor
        .trace
        .resume(&visitor.op, protocol, &pending.id, app_id);
}

/// Nothing could be issued.
pub(super) fn not_issued(
    app: &App,
    visitor: &Visitor,
    of: (Option<&Application>, Option<&Known>),
    error: &IssueError,
) {
    let why = diagnose(app, visitor, of, |seen| of_issue(error, seen));
    visitor.trace.ended(why.outcome(), why);
}

/// The request is answered: its trace, if it has one, is kept.
pub(super) fn close(app: &App, visitor: &Visitor, result: &Result<HttpResponse, PageError>) {
    if let Err(error) = result {
        let why = if error.status().is_server_error() {
            Diagnosis::internal()
        } else {
            let fix = "correct it at the application, or start there again";
            Diagnosis::one("bad_request", Cause::certain(error.to_string(), fix))
        };
        visitor.trace.ended(why.outcome(), why);
    }
    keep(app, visitor);
}

/// The same at an endpoint for programs.
pub(super) fn keep(app: &App, visitor: &Visitor) {
    if let Some(trace) = visitor.trace.take() {
        app.traces.note(trace);
    }
}

fn present(value: impl AsRef<str>) -> String {
    format!("present, {} characters", value.as_ref().chars().count())
}

/// An address's query may have somebody's secret in it.
fn without_query(value: &str) -> String {
    match value.split_once('?') {
        Some((address, query)) if address.contains("://") => {
            format!("{address}?({} characters)", query.chars().count())
        }
        _ => value.to_owned(),
    }
}
