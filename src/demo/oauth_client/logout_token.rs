//! What the client asks of a logout token whose signature verifies (OpenID Connect Back-Channel Logout, 2.4 and 2.6).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::id_token::{Audience, check_audience, check_end, check_issued, check_issuer, seconds};
use super::jwt::JwtProblem;
use super::refusal::Refusal;
use crate::model::Timestamp;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const MAX_ID: usize = 256;

#[derive(Deserialize)]
struct LogoutToken {
    iss: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    jti: String,
    events: Map<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<Value>,
}

/// Whose sessions end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Logout {
    /// The token's own id, which counts once until it ends.
    pub(super) id: String,
    pub(super) until: Timestamp,
    pub(super) subject: Option<String>,
    pub(super) session: Option<String>,
}

/// Reads and judges the payload of a verified token.
pub(super) fn judge(
    payload: &[u8],
    issuer: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<Logout, Refusal> {
    let token: LogoutToken = serde_json::from_slice(payload).map_err(|_| JwtProblem::Form {
        what: "a claim is missing, twice there, or not of its type",
    })?;
    check_issuer(&token.iss, issuer)?;
    check_audience(&token.aud, client_id)?;
    check_end(token.exp, now)?;
    check_issued(token.iat, now)?;
    // An ID token must not be taken for a logout token: it has a nonce and no event.
    let is_event = token.events.get(EVENT).is_some_and(Value::is_object);
    if !is_event || token.nonce.is_some() {
        return Err(Refusal::LogoutEvent);
    }
    let is_named = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if token.jti.is_empty()
        || token.jti.len() > MAX_ID
        || !(is_named(&token.sub) || is_named(&token.sid))
    {
        return Err(Refusal::LogoutTarget);
    }
    Ok(Logout {
        id: token.jti,
        until: seconds(token.exp),
        subject: token.sub,
        session: token.sid,
    })
}
