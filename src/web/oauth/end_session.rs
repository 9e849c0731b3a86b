//! RP-initiated sign-out (OpenID Connect RP-initiated logout): a client asks that the person be signed out here, too.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::{form_pairs, pairs};
use crate::model::{Application, BrowserSession, ClientId, TraceProtocol};
use crate::protocol::jose::{Expiry, TokenType, VerifiedClaims};
use crate::protocol::oauth::{
    EndSessionRequest, post_logout_redirect_uri_matches, post_logout_redirect_url,
};
use crate::traces::diagnosis::of_sign_out;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::signin::sign_out;
use crate::web::{App, headers, routes, trace};

/// By GET.
pub(in crate::web) async fn get(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
) -> HttpResponse {
    let result = match pairs(request.query_string()) {
        Ok(pairs) => traced(&app, &visitor, &pairs).await,
        Err(error) => Err(PageError::BadRequest(error.description)),
    };
    answer(&app, &visitor, result)
}

/// By POST: from another site it comes without our cookies, so it is gone on with by GET. Answered as it came, it would leave
/// the session as it is, and tell everybody that it has ended.
pub(in crate::web) async fn post(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let result = match form_pairs(&request, &body) {
        Ok(pairs) if visitor.browser.session.is_none() => Ok(by_get(&app, &visitor, &pairs)),
        Ok(pairs) => traced(&app, &visitor, &pairs).await,
        Err(error) => Err(PageError::BadRequest(error.description)),
    };
    answer(&app, &visitor, result)
}

fn by_get(app: &App, visitor: &Visitor, pairs: &[(String, String)]) -> HttpResponse {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let path = format!("{}?{query}", routes::OAUTH_END_SESSION);
    headers::see_other(app, visitor, &path).finish()
}

/// Only what goes wrong is traced: a person who signs out asks for nothing.
async fn traced(
    app: &App,
    visitor: &Visitor,
    pairs: &[(String, String)],
) -> Result<HttpResponse, PageError> {
    visitor
        .trace
        .begin(&visitor.op, TraceProtocol::Oauth, "end_session");
    trace::parameters(visitor, pairs, None);
    let result = run(app, visitor, pairs).await;
    if result.is_ok() {
        visitor.trace.take();
    }
    result
}

/// A client that shows an ID token of the very session is believed, and the browser goes back to it. Any other request is
/// a stranger's link: the person is asked, and stays here (GET from elsewhere must not sign anybody out).
async fn run(
    app: &App,
    visitor: &Visitor,
    pairs: &[(String, String)],
) -> Result<HttpResponse, PageError> {
    let request =
        EndSessionRequest::parse(pairs).map_err(|e| PageError::BadRequest(e.to_string()))?;
    let session = app
        .sessions
        .find(&visitor.op, visitor.browser.session.as_ref())
        .await?;
    let Some((application, claims)) = shown(app, &request).await? else {
        return match request.id_token_hint {
            Some(_) => Err(PageError::Client(
                "id_token_hint is no ID token of ours, or another client's".to_owned(),
            )),
            None => sign_out::page(app, visitor, session.as_ref()),
        };
    };
    visitor
        .trace
        .is_from(&application.id, application.registration.identifier());
    let back = match &request.post_logout_redirect_uri {
        None => None,
        Some(uri) => {
            let found = registered(&application, uri).inspect_err(|_| {
                let why = trace::diagnose(app, visitor, (Some(&application), None), of_sign_out);
                visitor.trace.ended(why.outcome(), why);
            });
            Some(found?)
        }
    };
    if let Some(session) = &session {
        if !is_of(app, &claims, session, &application) {
            return sign_out::page(app, visitor, Some(session));
        }
        let op = visitor.op.as_user(&session.user_id);
        app.sessions.sign_out(&op, session).await?;
    }
    let response = match back {
        Some(uri) => {
            let url = post_logout_redirect_url(uri, request.state.as_deref());
            headers::see_other(app, visitor, &url).finish()
        }
        None => return sign_out::signed_out(app, visitor),
    };
    sign_out::without_session(app, visitor, response)
}

/// The client that shows a hint, and what the hint says. The hint may have expired: it names, and proves nothing.
async fn shown(
    app: &App,
    request: &EndSessionRequest,
) -> Result<Option<(Application, VerifiedClaims)>, PageError> {
    let Some(hint) = &request.id_token_hint else {
        return Ok(None);
    };
    let verified = app
        .issuer
        .verify_own(hint, TokenType::IdToken, Expiry::Ignored);
    let Ok(claims) = verified else {
        return Ok(None);
    };
    let audience = claims.text("aud").unwrap_or_default().to_owned();
    if request.client_id.as_ref().is_some_and(|id| *id != audience) {
        return Ok(None);
    }
    let Ok(client_id) = ClientId::parse(&audience) else {
        return Ok(None);
    };
    let found = app.apps.by_client_id(&client_id).await?;
    Ok(found.map(|application| (application, claims)))
}

fn registered<'r>(application: &Application, uri: &'r str) -> Result<&'r str, PageError> {
    let client = application.client().ok_or(PageError::UnknownClient)?;
    if post_logout_redirect_uri_matches(&client.post_logout_redirect_uris, uri) {
        return Ok(uri);
    }
    Err(PageError::Client(
        "post_logout_redirect_uri is not one of the client's registered ones".to_owned(),
    ))
}

fn is_of(
    app: &App,
    claims: &VerifiedClaims,
    session: &BrowserSession,
    application: &Application,
) -> bool {
    let sid = app.issuer.client_session_id(&session.id, &application.id);
    claims.text("sid") == Some(sid.as_str())
}
