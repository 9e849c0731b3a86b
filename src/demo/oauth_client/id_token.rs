//! What the client asks of an ID token whose signature verifies, one function a rule (OpenID Connect Core, 3.1.3.7 and
//! 12.2).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::jwt::JwtProblem;
use super::refusal::Refusal;
use crate::model::{Span, Timestamp};

/// How old a token may be when it comes. Nothing may come from the future: both clocks are one machine's in the demo.
pub(super) const MAX_AGE: Span = Span::minutes(5);

/// `aud`: one or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Nobody but the client: an audience that is not known is not trusted.
    pub(super) fn is_only(&self, client_id: &str) -> bool {
        match self {
            Self::One(one) => one == client_id,
            Self::Several(all) => !all.is_empty() && all.iter().all(|one| one == client_id),
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::One(one) => one.clone(),
            Self::Several(all) => all.join(" "),
        }
    }
}

/// The claims that are judged. A claim that is there twice is refused.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct IdToken {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) aud: Audience,
    pub(super) exp: i64,
    pub(super) iat: i64,
    pub(super) auth_time: Option<i64>,
    pub(super) nonce: Option<String>,
    pub(super) at_hash: Option<String>,
    pub(super) azp: Option<String>,
    pub(super) sid: Option<String>,
}

/// Claims by name, for people.
pub(super) type Claims = Map<String, Value>;

/// An ID token with all that it is held against.
pub(super) struct Presented<'a> {
    pub(super) token: &'a IdToken,
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) access_token: &'a str,
    pub(super) occasion: Occasion<'a>,
    pub(super) now: Timestamp,
}

/// How the token came.
#[derive(Clone, Copy)]
pub(super) enum Occasion<'a> {
    /// For a code, and with this nonce.
    SignIn { nonce: &'a str },
    /// For a refresh token: of this person, and with no nonce or the one of the sign-in.
    Refresh { subject: &'a str, nonce: &'a str },
}

type Check = fn(&Presented<'_>) -> Result<(), Refusal>;
const CHECKS: [Check; 9] = [
    issuer_is_the_providers,
    audience_is_us_alone,
    subject_is_named,
    has_not_expired,
    was_issued_just_now,
    signed_in_before_now,
    nonce_is_ours,
    access_token_belongs_to_it,
    subject_has_not_changed,
];

/// Reads the payload of a verified token.
pub(super) fn read(payload: &[u8]) -> Result<(IdToken, Claims), Refusal> {
    let form = |_| JwtProblem::Form {
        what: "a claim is missing, twice there, or not of its type",
    };
    let token = serde_json::from_slice(payload).map_err(form)?;
    let claims = serde_json::from_slice(payload).map_err(form)?;
    Ok((token, claims))
}

/// Applies the list.
pub(super) fn judge(presented: &Presented<'_>) -> Result<(), Refusal> {
    CHECKS.iter().try_for_each(|check| check(presented))
}

fn issuer_is_the_providers(presented: &Presented<'_>) -> Result<(), Refusal> {
    check_issuer(&presented.token.iss, presented.issuer)
}

pub(super) fn check_issuer(found: &str, expected: &str) -> Result<(), Refusal> {
    ensure(found == expected, || Refusal::TokenIssuer {
        found: found.to_owned(),
        expected: expected.to_owned(),
    })
}

fn audience_is_us_alone(presented: &Presented<'_>) -> Result<(), Refusal> {
    let Presented {
        token, client_id, ..
    } = presented;
    check_audience(&token.aud, client_id)?;
    let is_ours = token.azp.as_deref().is_none_or(|azp| azp == *client_id);
    ensure(is_ours, || Refusal::Audience {
        found: token.azp.clone().unwrap_or_default(),
        expected: (*client_id).to_owned(),
    })
}

pub(super) fn check_audience(audience: &Audience, client_id: &str) -> Result<(), Refusal> {
    ensure(audience.is_only(client_id), || Refusal::Audience {
        found: audience.shown(),
        expected: client_id.to_owned(),
    })
}

fn subject_is_named(presented: &Presented<'_>) -> Result<(), Refusal> {
    let subject = &presented.token.sub;
    ensure((1..=255).contains(&subject.len()), || Refusal::Subject)
}

fn has_not_expired(presented: &Presented<'_>) -> Result<(), Refusal> {
    check_end(presented.token.exp, presented.now)
}

pub(super) fn check_end(exp: i64, now: Timestamp) -> Result<(), Refusal> {
    let end = seconds(exp);
    ensure(now < end, || Refusal::Expired {
        at: end.to_xs_date_time(),
    })
}

fn was_issued_just_now(presented: &Presented<'_>) -> Result<(), Refusal> {
    check_issued(presented.token.iat, presented.now)
}

pub(super) fn check_issued(iat: i64, now: Timestamp) -> Result<(), Refusal> {
    let issued = seconds(iat);
    let is_fresh = issued <= now && now.since(issued) <= MAX_AGE;
    ensure(is_fresh, || Refusal::IssuedAt)
}

fn signed_in_before_now(presented: &Presented<'_>) -> Result<(), Refusal> {
    let at = presented.token.auth_time.map(seconds);
    ensure(at.is_none_or(|at| at <= presented.now), || {
        Refusal::AuthTime
    })
}

fn nonce_is_ours(presented: &Presented<'_>) -> Result<(), Refusal> {
    let found = presented.token.nonce.as_deref();
    let is_ours = match presented.occasion {
        Occasion::SignIn { nonce } => found == Some(nonce),
        Occasion::Refresh { nonce, .. } => found.is_none_or(|found| found == nonce),
    };
    ensure(is_ours, || Refusal::Nonce)
}

/// The left half of the access token's SHA-256 (OpenID Connect Core, 3.1.3.6). The code flow may leave it out; what is
/// there must be right.
fn access_token_belongs_to_it(presented: &Presented<'_>) -> Result<(), Refusal> {
    let Some(found) = &presented.token.at_hash else {
        return Ok(());
    };
    let hash = digest(&SHA256, presented.access_token.as_bytes());
    let half = hash.as_ref().get(..16).unwrap_or_default();
    ensure(*found == URL_SAFE_NO_PAD.encode(half), || {
        Refusal::AccessTokenHash
    })
}

fn subject_has_not_changed(presented: &Presented<'_>) -> Result<(), Refusal> {
    let found = &presented.token.sub;
    match presented.occasion {
        Occasion::Refresh { subject, .. } if found != subject => Err(Refusal::OtherSubject {
            found: found.clone(),
            expected: subject.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// A `NumericDate`.
pub(super) fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

/// Turns a rule that does not hold into its refusal.
fn ensure<F>(holds: bool, otherwise: F) -> Result<(), Refusal>
where
    F: FnOnce() -> Refusal,
{
    if holds { Ok(()) } else { Err(otherwise()) }
}
