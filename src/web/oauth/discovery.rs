//! What clients read first: provider metadata (OpenID Connect discovery; RFC 8414) and keys. The same for everybody, and
//! written anew only when the published keys change.

use std::sync::{Mutex, PoisonError};

use actix_web::HttpResponse;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};

use crate::issue::IssueError;
use crate::model::{KeyId, Purpose};
use crate::policy::AuthnContextClass;
use crate::protocol::jose::Algorithm;
use crate::protocol::oauth::{BackChannelLogout, Endpoints, MetadataFacts, ProviderMetadata};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The documents as they were last written.
#[derive(Debug, Default)]
pub(in crate::web) struct Written(Mutex<Option<Documents>>);

#[derive(Debug, Clone)]
struct Documents {
    keys: Vec<KeyId>,
    metadata: Bytes,
    jwk_set: Bytes,
}

/// Provider metadata; both standards name one document.
pub(in crate::web) async fn metadata(
    app: Data<App>,
    written: Data<Written>,
    visitor: Visitor,
) -> HttpResponse {
    show(
        &app,
        &visitor,
        documents(&app, &written).map(|d| d.metadata),
    )
}

/// The keys.
pub(in crate::web) async fn jwks(
    app: Data<App>,
    written: Data<Written>,
    visitor: Visitor,
) -> HttpResponse {
    show(&app, &visitor, documents(&app, &written).map(|d| d.jwk_set))
}

fn show(app: &App, visitor: &Visitor, document: Result<Bytes, PageError>) -> HttpResponse {
    let result = document.map(|json| {
        let mut response = HttpResponse::Ok();
        response
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header((CACHE_CONTROL, "public, max-age=300"))
            // Public documents: a client in a browser may read them.
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        headers::common(&mut response, &app.site);
        response.body(json)
    });
    answer(app, visitor, result)
}

fn documents(app: &App, written: &Written) -> Result<Documents, PageError> {
    let published = [Purpose::OpenIdConnectRsa, Purpose::OpenIdConnect]
        .into_iter()
        .flat_map(|purpose| app.keys.published(purpose));
    let keys: Vec<KeyId> = published.map(|key| key.id().clone()).collect();
    let mut held = written.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(documents) = held.as_ref().filter(|documents| documents.keys == keys) {
        return Ok(documents.clone());
    }
    let documents = Documents {
        keys,
        metadata: json(&provider_metadata(app))?,
        jwk_set: json(&app.issuer.jwk_set()?)?,
    };
    *held = Some(documents.clone());
    Ok(documents)
}

fn json<T: serde::Serialize>(value: &T) -> Result<Bytes, PageError> {
    let text = serde_json::to_vec(value).map_err(|_| {
        PageError::Issue(IssueError::Jws(
            crate::protocol::jose::WriteJwsError::Claims,
        ))
    })?;
    Ok(Bytes::from(text))
}

fn provider_metadata(app: &App) -> ProviderMetadata {
    let url = |path| app.site.url(path);
    let endpoints = Endpoints {
        authorization: url(routes::OAUTH_AUTHORIZE),
        token: url(routes::OAUTH_TOKEN),
        userinfo: url(routes::OAUTH_USERINFO),
        jwks: url(routes::OAUTH_JWKS),
        introspection: url(routes::OAUTH_INTROSPECT),
        revocation: url(routes::OAUTH_REVOKE),
        end_session: url(routes::OAUTH_END_SESSION),
    };
    let algorithms: Vec<Algorithm> = [
        (Purpose::OpenIdConnectRsa, Algorithm::Rs256),
        (Purpose::OpenIdConnect, Algorithm::Es256),
    ]
    .into_iter()
    .filter(|(purpose, _)| app.keys.active(*purpose).is_ok())
    .map(|(_, algorithm)| algorithm)
    .collect();
    ProviderMetadata::new(&MetadataFacts {
        issuer: &app.keys.identity().oidc_issuer,
        endpoints: &endpoints,
        signing_algorithms: &algorithms,
        acr_values: &AuthnContextClass::ALL.map(AuthnContextClass::uri),
        further_scopes: &["aws"],
        ui_locales: &["en", "de"],
        back_channel_logout: BackChannelLogout::Supported,
    })
}
