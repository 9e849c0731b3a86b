//! Userinfo (OpenID Connect core, 5.3): GET and POST, the token in the header or in the form.

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::{Failure, bearer_failed, failed, form_pairs, json};
use crate::issue::OauthError;
use crate::model::TraceProtocol;
use crate::protocol::oauth::{BearerError, ErrorCode, read_bearer_token};
use crate::web::extract::Visitor;
use crate::web::{App, trace};

/// Says what the client may know of the person.
pub(in crate::web) async fn show(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let token = match bearer(&request, &body) {
        Ok(token) => token,
        Err(error) => return bearer_failed(&app, error.as_ref()),
    };
    match app.issuer.userinfo(&visitor.op, &token).await {
        Ok(Ok(userinfo)) => json(&app, StatusCode::OK, &userinfo),
        Ok(Err(error)) => {
            visitor
                .trace
                .begin(&visitor.op, TraceProtocol::Oauth, "userinfo");
            trace::told(&app, &visitor, None, &error);
            trace::keep(&app, &visitor);
            bearer_failed(&app, Some(&error))
        }
        Err(error) => failed(&app, &visitor, Failure::from(error)),
    }
}

/// The bearer token of a request; no error where there is none at all (RFC 6750, section 3.1).
pub(in crate::web) fn bearer(
    request: &HttpRequest,
    body: &[u8],
) -> Result<String, Option<OauthError>> {
    let told = |text: &str| Some(OauthError::new(ErrorCode::InvalidRequest, text));
    let mut all = request.headers().get_all(AUTHORIZATION);
    let header = all.next().map(|value| value.to_str());
    if all.next().is_some() {
        return Err(told("more than one Authorization header"));
    }
    let header = header
        .transpose()
        .map_err(|_| told("the Authorization header is not readable"))?;
    let is_form = request.method() == actix_web::http::Method::POST && !body.is_empty();
    let pairs = if is_form {
        form_pairs(request, body).map_err(Some)?
    } else {
        Vec::new()
    };
    read_bearer_token(header, &pairs)
        .map(|secret| secret.expose_text().unwrap_or_default().to_owned())
        .map_err(|error: BearerError| error.code().map(|code| OauthError::new(code, error)))
}
