//! Who a client is, at the endpoints for programs.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::{Failure, record};
use crate::apps::ClientProof;
use crate::issue::OauthError;
use crate::model::Application;
use crate::protocol::oauth::{ClientCredentials, ErrorCode};
use crate::web::extract::Visitor;
use crate::web::{App, trace};

/// Reads and verifies the client's credentials. One text for an unknown client, a disabled one and a wrong secret.
pub(super) async fn authenticate(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    pairs: &[(String, String)],
) -> Result<Application, Failure> {
    let credentials = credentials(visitor, request, pairs)?;
    let issuer = &app.keys.identity().oidc_issuer;
    let proof = app
        .apps
        .authenticate_client(&visitor.op, &credentials, issuer);
    proved(app, visitor, &credentials, proof.await?).await
}

/// Reads the client's credentials.
pub(super) fn credentials(
    visitor: &Visitor,
    request: &HttpRequest,
    pairs: &[(String, String)],
) -> Result<ClientCredentials, Failure> {
    let mut all = request.headers().get_all(AUTHORIZATION);
    let header = all.next().map(|value| value.to_str());
    let told = |text: &str| OauthError::new(ErrorCode::InvalidRequest, text);
    if all.next().is_some() {
        return Err(told("more than one Authorization header").into());
    }
    let header = header
        .transpose()
        .map_err(|_| told("the Authorization header is not readable"))?;
    trace::parameters(visitor, pairs, None);
    let credentials = ClientCredentials::read(header, pairs)
        .map_err(|error| OauthError::new(error.code(), error))?;
    trace::parameters(visitor, pairs, Some(credentials.method().as_str()));
    visitor.trace.calls_itself(credentials.client_id());
    Ok(credentials)
}

/// Whether they prove the client; that they do not is recorded.
pub(super) async fn proved(
    app: &App,
    visitor: &Visitor,
    credentials: &ClientCredentials,
    proof: ClientProof,
) -> Result<Application, Failure> {
    match proof {
        ClientProof::Verified(application) => {
            let id = application.registration.identifier();
            visitor.trace.is_from(&application.id, id);
            Ok(*application)
        }
        ClientProof::Refused(why) => {
            let id = credentials.client_id().to_owned();
            record(app, visitor, why.rule, Some(id.clone()), None).await;
            let text =
                "the client is unknown, disabled, or did not prove who it is as it is registered";
            let error = OauthError::new(ErrorCode::InvalidClient, text);
            trace::unproved_client(app, visitor, &why, (&error, &id));
            Err(error.into())
        }
    }
}
