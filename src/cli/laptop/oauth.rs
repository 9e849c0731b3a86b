//! OAuth 2.0 and OpenID Connect as a public native client (RFC 8252): discovery, the request in the browser, tokens.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::folder::Tokens;
use super::http::Http;
use crate::cli::CliError;
use crate::config::PublicUrl;
use crate::model::{Span, Timestamp};

/// The client that every instance knows; it has no secret.
pub const CLIENT_ID: &str = "signet-cli";
/// `offline_access` gives the refresh token, `aws` the portal's API.
pub const SCOPE: &str = "openid offline_access aws";
/// A token that claims to be good for longer is asked about after this time all the same.
const LONGEST_ACCESS: i64 = 24 * 60 * 60;

/// Where an instance answers.
pub struct Endpoints {
    /// For the browser.
    pub authorization: Url,
    /// For codes and refresh tokens.
    pub token: Url,
    /// RFC 7009.
    pub revocation: Option<Url>,
}

#[derive(Deserialize)]
struct ProviderMetadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
}

/// Asks an instance where it answers (OpenID Connect Discovery 1.0, section 4).
///
/// # Errors
/// When nobody answers, when somebody else's issuer answers (section 4.3), or when an endpoint is elsewhere: an instance
/// is one origin, and nothing that a sign-in yields goes anywhere else.
pub fn discover(http: &Http, url: &PublicUrl) -> Result<Endpoints, CliError> {
    let address = parse(&format!("{url}/.well-known/openid-configuration"))?;
    let reply = http.get(address.clone(), None)?;
    if reply.status != 200 {
        return Err(CliError::Refused(format!(
            "{url} is no Signet: {address} answers with status {}. Is the address right?",
            reply.status
        )));
    }
    let metadata: ProviderMetadata = reply.json(address.as_str())?;
    if metadata.issuer != url.as_str() {
        return Err(CliError::Refused(format!(
            "{url} calls itself {}; use that address if it is your organisation's",
            metadata.issuer.escape_debug()
        )));
    }
    let endpoint = |text: &str| {
        let endpoint = parse(text)?;
        match endpoint.origin().ascii_serialization() == url.as_str() {
            true => Ok(endpoint),
            false => Err(CliError::Refused(format!(
                "{url} names an endpoint on another host: {}",
                endpoint.origin().ascii_serialization()
            ))),
        }
    };
    Ok(Endpoints {
        authorization: endpoint(&metadata.authorization_endpoint)?,
        token: endpoint(&metadata.token_endpoint)?,
        revocation: metadata
            .revocation_endpoint
            .as_deref()
            .map(endpoint)
            .transpose()?,
    })
}

/// Whether the person must prove again who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// A signed-in browser is enough.
    AsNeeded,
    /// `prompt=login`: it is not.
    Login,
}

/// What ties an answer to its request.
pub struct AuthorizationRequest {
    /// RFC 6749, section 10.12.
    pub state: String,
    nonce: String,
    code_verifier: Zeroizing<String>,
    redirect_uri: String,
}

impl AuthorizationRequest {
    /// With values of 256 bits each: state, nonce, and the PKCE verifier (RFC 7636, section 4.1: 43 characters).
    pub fn new(redirect_uri: String, entropy: &crate::entropy::Entropy) -> Self {
        Self {
            state: entropy.token(),
            nonce: entropy.token(),
            code_verifier: Zeroizing::new(entropy.token()),
            redirect_uri,
        }
    }

    /// The address for the browser; PKCE by S256 (RFC 7636, section 4.2).
    pub fn url(&self, endpoints: &Endpoints, prompt: Prompt) -> Url {
        let hash = digest(&SHA256, self.code_verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(hash.as_ref());
        let mut url = endpoints.authorization.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", CLIENT_ID)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", &self.state)
            .append_pair("nonce", &self.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if prompt == Prompt::Login {
            query.append_pair("prompt", "login");
        }
        drop(query);
        url
    }

    /// The tokens for a code, and who signed in.
    ///
    /// # Errors
    /// When the instance refuses the code, or answers with somebody else's ID token.
    pub fn redeem(
        &self,
        calls: &TokenCalls<'_>,
        code: &str,
        now: Timestamp,
    ) -> Result<(Tokens, Person), CliError> {
        let answer = calls.ask(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &self.code_verifier),
            ("client_id", CLIENT_ID),
        ])?;
        let granted = match answer {
            Answer::Granted(granted) => granted,
            Answer::Refused(refusal) => return Err(refusal.into_error(calls.url)),
        };
        let token = granted.id_token.as_deref().ok_or_else(|| {
            CliError::Refused(format!("{} answered without an ID token", calls.url))
        })?;
        let claims = read_id_token(token, calls.url, now)?;
        if claims.nonce.as_deref() != Some(self.nonce.as_str()) {
            return Err(CliError::Refused(format!(
                "{} answered with the ID token of another sign-in; sign in again",
                calls.url
            )));
        }
        Ok((granted.tokens(now)?, claims.person()))
    }
}

/// Who signed in.
pub struct Person {
    /// `sub`.
    pub subject: String,
    /// For people.
    pub name: String,
}

/// What became of a refresh token.
pub enum Refreshed {
    /// New tokens; the old refresh token works no more.
    Tokens(Tokens),
    /// `invalid_grant`: the sign-in has ended.
    Ended,
}

/// Calls of one instance's token endpoint.
pub struct TokenCalls<'a> {
    /// By what.
    pub http: &'a Http,
    /// The instance.
    pub url: &'a PublicUrl,
    /// Where.
    pub endpoints: &'a Endpoints,
}

impl TokenCalls<'_> {
    /// New tokens for a refresh token (RFC 6749, section 6).
    ///
    /// # Errors
    /// When nobody answers, or the instance has a difficulty that will pass: the refresh token is kept then.
    pub fn refresh(&self, tokens: &Tokens, now: Timestamp) -> Result<Refreshed, CliError> {
        let Some(refresh_token) = &tokens.refresh_token else {
            return Ok(Refreshed::Ended);
        };
        let answer = self.ask(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", CLIENT_ID),
        ])?;
        match answer {
            Answer::Granted(granted) => {
                let mut new = granted.tokens(now)?;
                // An instance that does not rotate sends none, and the old one stays good.
                new.refresh_token = new.refresh_token.or_else(|| tokens.refresh_token.clone());
                Ok(Refreshed::Tokens(new))
            }
            Answer::Refused(refusal) if refusal.error == "invalid_grant" => Ok(Refreshed::Ended),
            Answer::Refused(refusal) => Err(refusal.into_error(self.url)),
        }
    }

    /// Ends the sign-in there, too (RFC 7009, section 2.1). Revoking the refresh token ends its access tokens.
    ///
    /// # Errors
    /// When nobody answers, or not with 200.
    pub fn revoke(&self, tokens: &Tokens) -> Result<(), CliError> {
        let Some(revocation) = &self.endpoints.revocation else {
            return Ok(());
        };
        let (token, hint) = match &tokens.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (&tokens.access_token, "access_token"),
        };
        let reply = self.http.post_form(
            revocation.clone(),
            &[
                ("token", token),
                ("token_type_hint", hint),
                ("client_id", CLIENT_ID),
            ],
        )?;
        match reply.status {
            200 => Ok(()),
            status => Err(CliError::failed(
                revocation.as_str(),
                format_args!("status {status}"),
            )),
        }
    }

    fn ask(&self, fields: &[(&str, &str)]) -> Result<Answer, CliError> {
        let reply = self.http.post_form(self.endpoints.token.clone(), fields)?;
        match reply.status {
            200 => reply
                .json(self.endpoints.token.as_str())
                .map(Answer::Granted),
            400 | 401 | 403 => reply
                .json(self.endpoints.token.as_str())
                .map(Answer::Refused),
            status => Err(CliError::failed(
                self.endpoints.token.as_str(),
                format_args!("status {status}; try again in a moment"),
            )),
        }
    }
}

enum Answer {
    Granted(Granted),
    Refused(Refusal),
}

/// RFC 6749, section 5.1.
#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    token_type: String,
    expires_in: i64,
    refresh_token: Option<Zeroizing<String>>,
    id_token: Option<Zeroizing<String>>,
}

impl Granted {
    fn tokens(self, now: Timestamp) -> Result<Tokens, CliError> {
        if !self.token_type.eq_ignore_ascii_case("bearer") {
            return Err(CliError::Refused(format!(
                "the server gave a token of a kind that this program does not know: {}; is the program too old?",
                self.token_type.escape_debug()
            )));
        }
        let lasts = self.expires_in.clamp(0, LONGEST_ACCESS);
        Ok(Tokens {
            access_token: self.access_token,
            expires_at: now.plus(Span::seconds(lasts)),
            refresh_token: self.refresh_token,
        })
    }
}

/// RFC 6749, section 5.2, and what comes to the redirect URI (section 4.1.2.1).
#[derive(Debug, Clone, Deserialize)]
pub struct Refusal {
    /// The code.
    pub error: String,
    /// For people.
    #[serde(default)]
    pub error_description: String,
}

impl Refusal {
    /// `access_denied` is a denial, everything else a failure.
    pub fn into_error(self, url: &PublicUrl) -> CliError {
        // Foreign text for a terminal: without control characters.
        let said = match self.error_description.is_empty() {
            true => self.error.escape_debug().to_string(),
            false => self.error_description.escape_debug().to_string(),
        };
        match self.error.as_str() {
            "access_denied" => CliError::Denied(format!("{url} has denied the sign-in: {said}")),
            _ => CliError::Refused(format!("{url} has refused the sign-in: {said}")),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    nonce: Option<String>,
    preferred_username: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    fn is_for_us(&self) -> bool {
        match &self.aud {
            Audience::One(one) => one == CLIENT_ID,
            Audience::Many(many) => many.iter().all(|one| one == CLIENT_ID) && !many.is_empty(),
        }
    }

    fn person(self) -> Person {
        let name = self.preferred_username.or(self.email);
        Person {
            name: name.unwrap_or_else(|| self.sub.clone()),
            subject: self.sub,
        }
    }
}

/// Reads an ID token that came from the token endpoint itself. OpenID Connect Core 3.1.3.7, number 6, lets TLS stand for
/// the signature there; plain HTTP is spoken within this machine alone. Nothing is decided by these claims but what the
/// person is shown, and whose AWS credentials are kept.
fn read_id_token(token: &str, url: &PublicUrl, now: Timestamp) -> Result<Claims, CliError> {
    let refused = |why: &str| {
        CliError::Refused(format!(
            "{url} answered with an ID token that {why}; is this machine's clock right?"
        ))
    };
    let payload = token.split('.').nth(1).unwrap_or_default();
    let octets = URL_SAFE_NO_PAD
        .decode(payload)
        .map_err(|_| refused("cannot be read"))?;
    let claims: Claims = serde_json::from_slice(&octets).map_err(|_| refused("cannot be read"))?;
    if claims.iss != url.as_str() || !claims.is_for_us() {
        return Err(refused("is somebody else's"));
    }
    if claims.exp <= now.as_seconds() {
        return Err(refused("has expired"));
    }
    Ok(claims)
}

fn parse(text: &str) -> Result<Url, CliError> {
    Url::parse(text).map_err(|e| CliError::failed(text.escape_debug().to_string(), e))
}
