//! Who calls: whether a signed request was signed with the credentials that it names.

use actix_web::http::StatusCode;
use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::credentials::Credentials;
use super::fault::Fault;
use super::signature::{Authorization, SignedRequest};
use crate::model::Timestamp;

/// The session token, the time, the signature, in this order.
pub(super) fn verify(
    credentials: &Credentials,
    authorization: &Authorization,
    request: &SignedRequest,
    now: Timestamp,
) -> Result<(), Fault> {
    let token = request.header("x-amz-security-token").unwrap_or_default();
    verify_slices_are_equal(token.as_bytes(), credentials.session_token().as_bytes())
        .map_err(|_| Fault::unknown_token("the session token is not the one of this access key"))?;
    if credentials.expires_at <= now {
        return Err(Fault::plain(
            "ExpiredToken",
            StatusCode::FORBIDDEN,
            "The security token included in the request is expired",
        ));
    }
    authorization.verify(request, credentials.secret_access_key())
}
