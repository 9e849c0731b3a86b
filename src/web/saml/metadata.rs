//! Our metadata, signed (SAML metadata, 2.4.3).

use std::sync::{Mutex, PoisonError};

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};

use crate::model::{KeyId, Purpose, Span, Timestamp};
use crate::protocol::saml::{IdpMetadata, RequestSigning, write_idp_metadata};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// How long one signed document is served.
const FRESH: Span = Span::hours(1);

/// The document as it was last signed.
#[derive(Debug, Default)]
pub(in crate::web) struct Signed(Mutex<Option<Document>>);

#[derive(Debug, Clone)]
struct Document {
    keys: Vec<KeyId>,
    signed_at: Timestamp,
    xml: Bytes,
}

/// Shows it.
pub(in crate::web) async fn show(
    app: Data<App>,
    signed: Data<Signed>,
    visitor: Visitor,
) -> HttpResponse {
    let result = document(&app, &signed, visitor.op.now).map(|xml| {
        let mut response = HttpResponse::Ok();
        response
            .insert_header((CONTENT_TYPE, "application/samlmetadata+xml"))
            .insert_header((CACHE_CONTROL, "public, max-age=3600"));
        headers::common(&mut response, &app.site);
        response.body(xml)
    });
    answer(&app, &visitor, result)
}

/// Signed anew when the published keys change or an hour has passed: a signature for each reader would let readers
/// spend our processor.
fn document(app: &App, signed: &Signed, now: Timestamp) -> Result<Bytes, PageError> {
    let published = app.keys.published(Purpose::Saml);
    let keys: Vec<KeyId> = published.iter().map(|key| key.id().clone()).collect();
    let mut held = signed.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(document) = &*held
        && document.keys == keys
        && now.since(document.signed_at) < FRESH
    {
        return Ok(document.xml.clone());
    }
    let xml = Bytes::from(sign(app)?);
    *held = Some(Document {
        keys,
        signed_at: now,
        xml: xml.clone(),
    });
    Ok(xml)
}

/// The document as of now, signed for this reader alone.
///
/// # Errors
/// When there is no active key.
pub(in crate::web) fn sign(app: &App) -> Result<String, PageError> {
    let published = app.keys.published(Purpose::Saml);
    let metadata = IdpMetadata {
        id: format!("_{}", hex::encode(app.entropy.octets::<16>())),
        entity_id: app.keys.identity().entity_id.as_str().to_owned(),
        sso_url: app.site.url(routes::SAML_SSO),
        certificates: published
            .iter()
            .map(|key| key.certificate_der().to_vec())
            .collect(),
        // AWS copies an end into the provider's own: the document changes with the keys, and has none.
        valid_until: None,
        authn_requests: RequestSigning::NotWanted,
    };
    let signer = app.keys.active(Purpose::Saml)?;
    Ok(write_idp_metadata(&metadata, &*signer)?)
}
