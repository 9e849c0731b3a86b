//! The single sign-on endpoint (SAML profiles, 4.1.4.1): HTTP-Redirect and HTTP-POST.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{begin, decide, proceed, refuse, respond};
use crate::access::{Exchange, Resolved};
use crate::audit::AuditEvent;
use crate::issue::{RequestProblem, validate_request};
use crate::model::{AppId, Application, TraceProtocol};
use crate::protocol::saml::{
    ReceiveError, Received, SignatureRequirement, SubStatus, decode_post_form, decode_redirect,
};
use crate::traces::diagnosis::{Diagnosis, of_received, of_rule};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, routes, trace};

/// HTTP-Redirect. The query is taken as it came: signatures are over its octets.
pub(in crate::web) async fn redirect(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
) -> HttpResponse {
    visitor.trace.begin(&visitor.op, TraceProtocol::Saml, "sso");
    let result = async {
        if let Some(response) = at_once(&app, &visitor, request.query_string()).await? {
            return Ok(response);
        }
        match receive(&app, &visitor, decode_redirect(request.query_string())).await? {
            Checked::Exchange(exchange) => proceed(&app, &mut visitor, exchange).await,
            Checked::Status(exchange, sub) => refuse(&app, &visitor, &exchange, sub).await,
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Single sign-on as it mostly goes: a registration that is remembered, a request that is right, a session that suffices.
/// The decision reads the registration together with everything else; that it is still the remembered one makes the check
/// as good as one made now. Whatever else is the case: none, and the whole way is gone.
async fn at_once(
    app: &App,
    visitor: &Visitor,
    query: &str,
) -> Result<Option<HttpResponse>, PageError> {
    let Ok(received) = decode_redirect(query) else {
        return Ok(None);
    };
    let Some(remembered) = app.apps.remembered(received.issuer().as_str()) else {
        return Ok(None);
    };
    let Ok(Checked::Exchange(exchange)) = check(app, visitor, received, &remembered) else {
        return Ok(None);
    };
    let outcome = decide(app, visitor, &exchange).await?;
    let is_unchanged =
        matches!(&outcome.target, Resolved::Application(now) if **now == *remembered);
    if is_unchanged && outcome.is_allowed() {
        return respond(app, visitor, &exchange, outcome).await.map(Some);
    }
    Ok(None)
}

/// HTTP-POST, from another site and so without our cookies: kept, and gone on with by GET.
pub(in crate::web) async fn post(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    visitor.trace.begin(&visitor.op, TraceProtocol::Saml, "sso");
    let result = async {
        let body = form_text(&request, &body)?;
        match receive(&app, &visitor, decode_post_form(body)).await? {
            Checked::Exchange(exchange) => begin(&app, &visitor, None, exchange).await,
            Checked::Status(exchange, sub) => refuse(&app, &visitor, &exchange, sub).await,
        }
    };
    answer(&app, &visitor, result.await)
}

fn form_text<'a>(request: &HttpRequest, body: &'a Bytes) -> Result<&'a str, PageError> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let reason = "a SAML request by POST is a form (application/x-www-form-urlencoded)";
        return Err(PageError::BadRequest(reason.into()));
    }
    std::str::from_utf8(body).map_err(|_| PageError::BadRequest("the form is not UTF-8".into()))
}

/// A request that was checked in every way.
enum Checked {
    Exchange(Exchange),
    Status(Exchange, SubStatus),
}

async fn receive(
    app: &App,
    visitor: &Visitor,
    received: Result<Received, ReceiveError>,
) -> Result<Checked, PageError> {
    let received = match received {
        Ok(received) => received,
        Err(error) => {
            let rule = rule_of(&error);
            let why = trace::diagnose(app, visitor, (None, None), |seen| of_received(&error, seen));
            visitor.trace.ended(why.outcome(), why);
            record(app, visitor, rule, None, None).await;
            return Err(error.into());
        }
    };
    let issuer = received.issuer().as_str().to_owned();
    visitor.trace.calls_itself(&issuer);
    let Some(application) = app.apps.by_entity_id(received.issuer()).await? else {
        let why = Diagnosis::stranger("unknown_issuer", "entity id", &issuer);
        visitor.trace.ended(why.outcome(), why);
        record(app, visitor, "unknown_issuer".into(), Some(issuer), None).await;
        return Err(PageError::UnknownIssuer);
    };
    match check(app, visitor, received, &application) {
        Ok(checked) => Ok(checked),
        Err(error) => {
            let rule = match &error {
                PageError::Received(error) => rule_of(error),
                PageError::Rule(rule) => rule.name().to_owned(),
                _ => "unreadable".to_owned(),
            };
            let of = (Some(&application), None);
            let why = trace::diagnose(app, visitor, of, |seen| match &error {
                PageError::Received(error) => of_received(error, seen),
                PageError::Rule(rule) => of_rule(*rule, seen),
                _ => Diagnosis::internal(),
            });
            visitor.trace.ended(why.outcome(), why);
            record(app, visitor, rule, Some(issuer), Some(&application.id)).await;
            Err(error)
        }
    }
}

fn check(
    app: &App,
    visitor: &Visitor,
    received: Received,
    application: &Application,
) -> Result<Checked, PageError> {
    let relay_state = received.relay_state().map(str::to_owned);
    visitor
        .trace
        .is_from(&application.id, application.registration.identifier());
    let saml = application.saml().ok_or(PageError::UnknownIssuer)?;
    let requirement = if saml.require_signed_requests {
        SignatureRequirement::Required
    } else {
        SignatureRequirement::Optional
    };
    let certificates: Vec<Vec<u8>> = saml
        .signing_certificates
        .iter()
        .filter_map(|certificate| STANDARD.decode(certificate).ok())
        .collect();
    let request = received.verify(&certificates, requirement)?;
    trace::saml_request(visitor, &request, relay_state.as_deref());
    let sso_url = app.site.url(routes::SAML_SSO);
    let relay_state = relay_state.as_deref();
    match validate_request(
        (&application.id, saml),
        &request,
        &sso_url,
        relay_state,
        visitor.op.now,
    ) {
        Ok(exchange) => Ok(Checked::Exchange(exchange)),
        Err(RequestProblem::Status(exchange, sub)) => Ok(Checked::Status(*exchange, sub)),
        Err(RequestProblem::Page(rule)) => Err(rule.into()),
    }
}

/// The variant's name, such as `SignatureInvalid`: it names the rule and holds nothing of the request.
fn rule_of(error: &ReceiveError) -> String {
    let debug = format!("{error:?}");
    debug
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}

/// A refusal is recorded; that it could not be recorded makes it no less refused.
async fn record(
    app: &App,
    visitor: &Visitor,
    rule: String,
    issuer: Option<String>,
    app_id: Option<&AppId>,
) {
    let event = AuditEvent::SamlRequestRefused {
        rule,
        issuer,
        app_id: app_id.cloned(),
    };
    if let Err(error) = app.audit.record(&visitor.op, &event).await {
        let request_id = visitor.op.request_id.as_str();
        tracing::error!(request_id, %error, "a refused SAML request was not recorded");
    }
}
