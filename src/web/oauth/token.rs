//! The token endpoint (RFC 6749, section 3.2).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::client::authenticate;
use super::{Failure, failed, form_pairs, json, record};
use crate::issue::{OauthError, TokenAudience};
use crate::model::{Application, TraceProtocol};
use crate::protocol::oauth::{
    ClientCredentialsRequest, ErrorCode, StandardScope, TokenRequest, TokenResponse,
};
use crate::web::extract::Visitor;
use crate::web::{App, trace};

/// Exchanges what the client has for tokens.
pub(in crate::web) async fn exchange(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    visitor
        .trace
        .begin(&visitor.op, TraceProtocol::Oauth, "token");
    let result = run(&app, &visitor, &request, &body).await;
    let response = match result {
        Ok(response) => {
            trace::tokens(&visitor, &response);
            json(&app, StatusCode::OK, &response)
        }
        Err(failure) => failed(&app, &visitor, failure),
    };
    trace::keep(&app, &visitor);
    response
}

async fn run(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    body: &[u8],
) -> Result<TokenResponse, Failure> {
    let pairs = form_pairs(request, body)?;
    let application = authenticate(app, visitor, request, &pairs).await?;
    let request =
        TokenRequest::parse(&pairs).map_err(|error| OauthError::new(error.code(), error))?;
    let redeemed = match &request {
        TokenRequest::AuthorizationCode(code) => {
            app.issuer
                .redeem_code(&visitor.op, &application, code)
                .await?
        }
        TokenRequest::RefreshToken(refresh) => {
            app.issuer
                .refresh(&visitor.op, &application, refresh)
                .await?
        }
        TokenRequest::ClientCredentials(wanted) => {
            client_credentials(app, visitor, &application, wanted).await?
        }
    };
    match redeemed {
        Ok(response) => Ok(response),
        Err(error) => {
            trace::told(app, visitor, Some(&application), &error);
            let id = Some(application.registration.identifier().to_owned());
            record(app, visitor, error.code.as_str(), id, Some(&application.id)).await;
            Err(error.into())
        }
    }
}

/// Scopes that say something about a person.
fn about_people(scope: &str) -> bool {
    scope == "aws"
        || StandardScope::ALL
            .iter()
            .any(|standard| standard.as_str() == scope)
}

/// Without `scope` the client gets every scope of its registration that means something without a person.
async fn client_credentials(
    app: &App,
    visitor: &Visitor,
    application: &Application,
    wanted: &ClientCredentialsRequest,
) -> Result<Result<TokenResponse, OauthError>, Failure> {
    let Some(client) = application.client() else {
        return Ok(Err(OauthError::new(
            ErrorCode::UnauthorizedClient,
            "no client",
        )));
    };
    let scopes: Vec<String> = match &wanted.scopes {
        Some(scopes) if scopes.iter().any(about_people) => {
            let text =
                "scope asks for something about a person, and client_credentials is about none";
            return Ok(Err(OauthError::new(ErrorCode::InvalidScope, text)));
        }
        Some(scopes) => scopes.iter().map(str::to_owned).collect(),
        None => client
            .scopes
            .iter()
            .filter(|s| !about_people(s))
            .cloned()
            .collect(),
    };
    let outcome = app.access.decide_client(&application.id, scopes).await?;
    let grant = match outcome.decision {
        Ok(grant) => grant,
        Err(reason) => {
            let code = if client
                .grant_types
                .contains(&crate::model::GrantType::ClientCredentials)
            {
                ErrorCode::InvalidScope
            } else {
                ErrorCode::UnauthorizedClient
            };
            let text = format!(
                "the client's registration does not allow it ({})",
                reason.name()
            );
            return Ok(Err(OauthError::new(code, text)));
        }
    };
    let issuer = &app.keys.identity().oidc_issuer;
    let audience = match TokenAudience::of(&client.resources, client, &wanted.resources, issuer) {
        Ok(audience) => audience,
        Err(error) => return Ok(Err(error)),
    };
    let issued = app
        .issuer
        .client_token(&visitor.op, grant, client, &audience);
    Ok(Ok(issued.await?))
}
