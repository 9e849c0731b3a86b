//! The authorization endpoint (RFC 6749, section 3.1; OpenID Connect core, 3.1.2).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::{Reply, form_pairs, pairs, record, refuse, respond};
use crate::access::{AuthorizationExchange, Proof, Resolved};
use crate::issue::{AuthorizationProblem, OauthError, validate_authorization, validate_redirect};
use crate::model::{AppState, Application, Cause, Client, ClientId, TraceProtocol};
use crate::policy::{Decision, Interaction};
use crate::protocol::jose::{Expiry, TokenType};
use crate::protocol::oauth::{ClientAndRedirect, ErrorCode};
use crate::signin::Continuation;
use crate::traces::diagnosis::{Diagnosis, of_authorization, of_authorization_rule};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::signin::oauth_error_of;
use crate::web::{App, headers, routes, trace};

/// By GET.
pub(in crate::web) async fn get(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
) -> HttpResponse {
    visitor
        .trace
        .begin(&visitor.op, TraceProtocol::Oauth, "authorize");
    let result = match pairs(request.query_string()) {
        Ok(pairs) => match at_once(&app, &visitor, &pairs).await {
            Ok(None) => run(&app, &mut visitor, &pairs, Came::ByGet).await,
            Ok(Some(response)) => Ok(response),
            Err(error) => Err(error),
        },
        Err(error) => Err(PageError::BadRequest(error.description)),
    };
    answer(&app, &visitor, result)
}

/// By POST: from another site it comes without our cookies, so it is kept, and gone on with by GET.
pub(in crate::web) async fn post(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    visitor
        .trace
        .begin(&visitor.op, TraceProtocol::Oauth, "authorize");
    let result = match form_pairs(&request, &body) {
        Ok(pairs) => run(&app, &mut visitor, &pairs, Came::ByPost).await,
        Err(error) => Err(PageError::BadRequest(error.description)),
    };
    answer(&app, &visitor, result)
}

/// As it mostly goes: a client that is remembered, a request that is right, a session that suffices. As with SAML, the
/// decision reads the registration with everything else, and only when it is still the remembered one does the check
/// count. Whatever else is the case: none, and the whole way is gone.
async fn at_once(
    app: &App,
    visitor: &Visitor,
    pairs: &[(String, String)],
) -> Result<Option<HttpResponse>, PageError> {
    let Ok(request) = ClientAndRedirect::read(pairs) else {
        return Ok(None);
    };
    let remembered = app.apps.remembered(&request.client_id);
    let Some((remembered, client)) = remembered.as_ref().and_then(|a| Some((a, a.client()?)))
    else {
        return Ok(None);
    };
    let Ok(redirect_uri) = validate_redirect(client, &request) else {
        return Ok(None);
    };
    let now = visitor.op.now;
    let Ok(exchange) = validate_authorization(remembered, client, redirect_uri, pairs, now) else {
        return Ok(None);
    };
    if pairs.iter().any(|(name, _)| name == "id_token_hint") {
        return Ok(None);
    }
    let proof = Proof::session(visitor.browser.session.clone());
    let request = exchange.access_request();
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    let is_unchanged =
        matches!(&outcome.target, Resolved::Application(found) if **found == **remembered);
    if !is_unchanged || !outcome.is_allowed() {
        return Ok(None);
    }
    trace::parameters(visitor, pairs, None);
    visitor
        .trace
        .is_from(&remembered.id, client.client_id.as_str());
    respond(app, visitor, &exchange, outcome).await.map(Some)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    ByGet,
    ByPost,
}

async fn run(
    app: &App,
    visitor: &mut Visitor,
    pairs: &[(String, String)],
    came: Came,
) -> Result<HttpResponse, PageError> {
    trace::parameters(visitor, pairs, None);
    let request = ClientAndRedirect::read(pairs).map_err(|e| PageError::Client(e.to_string()))?;
    visitor.trace.calls_itself(&request.client_id);
    let application = find_client(app, visitor, &request.client_id).await?;
    let client = application.client().ok_or(PageError::UnknownClient)?;
    visitor
        .trace
        .is_from(&application.id, client.client_id.as_str());
    let redirect_uri = match validate_redirect(client, &request) {
        Ok(uri) => uri,
        Err(error) => {
            let of = (Some(&application), None);
            let why = trace::diagnose(app, visitor, of, |seen| of_authorization_rule(&error, seen));
            visitor.trace.ended(why.outcome(), why);
            let id = Some(request.client_id.clone());
            record(app, visitor, "redirect_uri", id, Some(&application.id)).await;
            return Err(PageError::Client(error.to_string()));
        }
    };
    match validate_authorization(&application, client, redirect_uri, pairs, visitor.op.now) {
        Ok(exchange) => {
            let exchange = hinted(app, client, pairs, exchange)?;
            proceed(app, visitor, exchange, came).await
        }
        Err(problem) => {
            let AuthorizationProblem {
                redirect_uri,
                response_mode,
                state,
                error,
            } = &problem;
            let reply = Reply {
                redirect_uri,
                response_mode: *response_mode,
                state: state.as_deref(),
            };
            let of = (Some(&application), None);
            let why = trace::diagnose(app, visitor, of, |seen| of_authorization(error, seen));
            refuse(app, visitor, &reply, (error, why), Some(&application.id)).await
        }
    }
}

async fn find_client(
    app: &App,
    visitor: &Visitor,
    client_id: &str,
) -> Result<Application, PageError> {
    let found = match ClientId::parse(client_id) {
        Ok(id) => app.apps.by_client_id(&id).await?,
        Err(_) => None,
    };
    let (enabled, disabled) = match found {
        Some(application) if application.state == AppState::Enabled => (Some(application), None),
        other => (None, other),
    };
    match enabled {
        Some(application) => Ok(application),
        None => {
            trace::unknown_client(app, visitor, disabled.as_ref(), client_id);
            let id = Some(client_id.to_owned());
            record(app, visitor, "unknown_client", id, None).await;
            Err(PageError::UnknownClient)
        }
    }
}

/// `id_token_hint`: a token of ours for this client, which may have expired, names the person.
fn hinted(
    app: &App,
    client: &Client,
    pairs: &[(String, String)],
    exchange: AuthorizationExchange,
) -> Result<AuthorizationExchange, PageError> {
    let hint = pairs.iter().find(|(name, _)| name == "id_token_hint");
    let Some((_, token)) = hint else {
        return Ok(exchange);
    };
    let verified = app
        .issuer
        .verify_own(token, TokenType::IdToken, Expiry::Ignored);
    let subject = verified.ok().and_then(|claims| {
        let is_theirs = claims.text("aud") == Some(client.client_id.as_str());
        claims.text("sub").filter(|_| is_theirs).map(str::to_owned)
    });
    let subject = subject.ok_or_else(|| {
        PageError::Client("id_token_hint is no ID token of this client".to_owned())
    })?;
    Ok(AuthorizationExchange {
        subject_hint: Some(subject),
        ..exchange
    })
}

/// Answers at once when the session suffices, and begins a sign-in when it does not.
async fn proceed(
    app: &App,
    visitor: &mut Visitor,
    exchange: AuthorizationExchange,
    came: Came,
) -> Result<HttpResponse, PageError> {
    if came == Came::ByPost && visitor.browser.session.is_none() {
        let id = app
            .sign_ins
            .begin(&visitor.op, None, Continuation::Oauth(Box::new(exchange)))
            .await?;
        visitor.trace.waits_for(&id);
        return Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish());
    }
    let proof = Proof::session(visitor.browser.session.clone());
    let request = exchange.access_request();
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    if outcome.is_allowed() {
        return respond(app, visitor, &exchange, outcome).await;
    }
    if let (Decision::Deny(reason), Interaction::Passive, Resolved::Application(_)) =
        (&outcome.decision, exchange.interaction, &outcome.target)
    {
        let error: OauthError = oauth_error_of(*reason);
        let why = trace::denied(app, visitor, *reason, &outcome);
        let app_id = exchange.app_id.clone();
        return refuse(
            app,
            visitor,
            &Reply::to(&exchange),
            (&error, why),
            Some(&app_id),
        )
        .await;
    }
    let binding = visitor.bind();
    let continuation = Continuation::Oauth(Box::new(exchange));
    let id = app
        .sign_ins
        .begin(&visitor.op, Some(&binding), continuation)
        .await?;
    visitor.trace.waits_for(&id);
    Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish())
}

/// The person gives up.
pub(in crate::web) async fn declined(
    app: &App,
    visitor: &Visitor,
    exchange: &AuthorizationExchange,
) -> Result<HttpResponse, PageError> {
    let error = OauthError::new(ErrorCode::AccessDenied, "the person declined");
    let why = Diagnosis::one(
        "declined",
        Cause::certain(
            "the person declined at the consent page or gave up",
            "nothing",
        ),
    );
    let reply = Reply::to(exchange);
    refuse(app, visitor, &reply, (&error, why), Some(&exchange.app_id)).await
}
