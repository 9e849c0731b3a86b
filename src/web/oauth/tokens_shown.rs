//! Introspection (RFC 7662) and revocation (RFC 7009): what a client does with a token that it holds.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::client::{authenticate, credentials, proved};
use super::{Failure, failed, form_pairs, json};
use crate::issue::OauthError;
use crate::model::{Application, ClientAuthMethod, TraceProtocol};
use crate::protocol::oauth::{ErrorCode, TokenLookup};
use crate::web::extract::Visitor;
use crate::web::{App, trace};

/// Says what a token is worth.
pub(in crate::web) async fn introspect(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    visitor
        .trace
        .begin(&visitor.op, TraceProtocol::Oauth, "introspect");
    let result = async {
        let pairs = form_pairs(&request, &body)?;
        let credentials = credentials(&visitor, &request, &pairs)?;
        let lookup = parse(&pairs)?;
        // Client and token are read together: resource servers ask with every request of theirs.
        let (op, id) = (&visitor.op, credentials.client_id());
        let (client, found) = app.issuer.look_up(op, id, &lookup.token).await?;
        let issuer = &app.keys.identity().oidc_issuer;
        let proof = app.apps.judge_client(op, &credentials, client, issuer);
        let application = proved(&app, &visitor, &credentials, proof.await?).await?;
        let is_public = application
            .client()
            .is_none_or(|client| client.token_endpoint_auth_method == ClientAuthMethod::None);
        if is_public {
            // RFC 7662, section 2.1: whoever asks must prove who they are, or tokens could be tried out.
            let text = "introspection is for clients that prove who they are";
            return Err(OauthError::new(ErrorCode::InvalidClient, text).into());
        }
        Ok::<_, Failure>(app.issuer.introspection(&application, found))
    };
    match result.await {
        Ok(response) => json(&app, StatusCode::OK, &response),
        Err(failure) => refused(&app, &visitor, failure),
    }
}

/// Ends a token.
pub(in crate::web) async fn revoke(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    visitor
        .trace
        .begin(&visitor.op, TraceProtocol::Oauth, "revoke");
    let result = async {
        let (application, lookup) = read(&app, &visitor, &request, &body).await?;
        let issuer = &app.issuer;
        issuer
            .revoke_token(&visitor.op, &application, &lookup.token)
            .await?;
        Ok::<_, Failure>(())
    };
    match result.await {
        Ok(()) => json(&app, StatusCode::OK, &serde_json::json!({})),
        Err(failure) => refused(&app, &visitor, failure),
    }
}

/// Only what goes wrong here is traced: resource servers ask without end.
fn refused(app: &App, visitor: &Visitor, failure: Failure) -> HttpResponse {
    let response = failed(app, visitor, failure);
    trace::keep(app, visitor);
    response
}

async fn read(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    body: &[u8],
) -> Result<(Application, TokenLookup), Failure> {
    let pairs = form_pairs(request, body)?;
    let application = authenticate(app, visitor, request, &pairs).await?;
    Ok((application, parse(&pairs)?))
}

fn parse(pairs: &[(String, String)]) -> Result<TokenLookup, OauthError> {
    TokenLookup::parse(pairs).map_err(|error| OauthError::new(ErrorCode::InvalidRequest, error))
}
