//! The provider as it describes itself (OpenID Connect Discovery, 3), and the client's own calls to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use super::OauthClientSettings;
use super::id_token::Claims;
use super::jwt::JwkSet;
use super::refusal::Refusal;
use crate::demo::fetch::{FetchRequest, FetchResponse};
use crate::model::Secret;

/// What the client needs of the metadata.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Endpoint,
    token_endpoint: Endpoint,
    userinfo_endpoint: Endpoint,
    jwks_uri: Endpoint,
    end_session_endpoint: Option<Endpoint>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
}

/// An address in the metadata.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Endpoint(Url);

impl TryFrom<String> for Endpoint {
    type Error = url::ParseError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Url::parse(&text).map(Self)
    }
}

/// The provider, as it describes itself now.
pub(super) struct Provider<'a> {
    settings: &'a OauthClientSettings,
    metadata: Metadata,
}

/// What the token endpoint gives (RFC 6749, 5.1). Not to be shown.
pub(super) struct TokenAnswer {
    pub(super) access_token: Secret,
    /// Seconds.
    pub(super) expires_in: Option<i64>,
    pub(super) refresh_token: Option<Secret>,
    /// None when it is what was asked for.
    pub(super) scope: Option<String>,
    pub(super) id_token: Option<Secret>,
}

#[derive(Deserialize)]
struct TokenDocument {
    access_token: String,
    token_type: String,
    expires_in: Option<i64>,
    refresh_token: Option<String>,
    scope: Option<String>,
    id_token: Option<String>,
}

/// RFC 6749, 5.2.
#[derive(Deserialize)]
struct ErrorDocument {
    error: String,
    error_description: Option<String>,
}

impl<'a> Provider<'a> {
    /// Asks for the metadata: at every use, so that a change is seen.
    pub(super) fn discover(settings: &'a OauthClientSettings) -> Result<Self, Refusal> {
        const ENDPOINT: &str = "the metadata";
        let issuer = settings.issuer();
        let url = format!("{issuer}/.well-known/openid-configuration");
        let url = Url::parse(&url).map_err(|e| Refusal::Metadata(e.to_string()))?;
        let response = get(settings, ENDPOINT, url, None)?;
        if response.status != 200 {
            return Err(status(ENDPOINT, &response));
        }
        let metadata: Metadata =
            serde_json::from_slice(&response.body).map_err(|e| Refusal::Metadata(e.to_string()))?;
        if metadata.issuer != issuer {
            return Err(Refusal::Metadata(format!(
                "its issuer is {:?}, and not {issuer:?}",
                metadata.issuer
            )));
        }
        let has_s256 = metadata
            .code_challenge_methods_supported
            .iter()
            .any(|method| method == "S256");
        if !has_s256 {
            return Err(Refusal::Metadata(
                "code_challenge_methods_supported does not have S256".to_owned(),
            ));
        }
        let endpoints = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            Some(&metadata.userinfo_endpoint),
            Some(&metadata.jwks_uri),
            metadata.end_session_endpoint.as_ref(),
        ];
        // Secrets go to these addresses, so none may lie elsewhere than the issuer.
        for Endpoint(endpoint) in endpoints.into_iter().flatten() {
            if endpoint.origin() != settings.issuer.origin() {
                return Err(Refusal::Metadata(format!(
                    "{endpoint} is not under the issuer's origin"
                )));
            }
        }
        Ok(Self { settings, metadata })
    }

    pub(super) fn authorization_endpoint(&self) -> &Url {
        &self.metadata.authorization_endpoint.0
    }

    pub(super) fn end_session_endpoint(&self) -> Option<&Url> {
        self.metadata.end_session_endpoint.as_ref().map(|e| &e.0)
    }

    /// The keys as they are now.
    pub(super) fn keys(&self) -> Result<JwkSet, Refusal> {
        const ENDPOINT: &str = "the set of keys";
        let url = self.metadata.jwks_uri.0.clone();
        let response = get(self.settings, ENDPOINT, url, None)?;
        if response.status != 200 {
            return Err(status(ENDPOINT, &response));
        }
        Ok(JwkSet::read(&response.body)?)
    }

    /// RFC 6749, 4.1.3, with the verifier of RFC 7636, 4.5.
    pub(super) fn redeem_code(
        &self,
        code: &str,
        code_verifier: &str,
    ) -> Result<TokenAnswer, Refusal> {
        self.ask_for_tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.settings.redirect_uri()),
            ("code_verifier", code_verifier),
        ])
    }

    /// RFC 6749, 6.
    pub(super) fn refresh(&self, refresh_token: &str) -> Result<TokenAnswer, Refusal> {
        self.ask_for_tokens(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ])
    }

    fn ask_for_tokens(&self, fields: &[(&str, &str)]) -> Result<TokenAnswer, Refusal> {
        const ENDPOINT: &str = "the token endpoint";
        let form: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = FetchRequest {
            url: self.metadata.token_endpoint.0.clone(),
            authorization: Some(self.basic()?),
            form: Some(Secret::from_text(form)),
        };
        let response = send(self.settings, ENDPOINT, &request)?;
        if response.status != 200 {
            let error: ErrorDocument = parse(ENDPOINT, &response)?;
            return Err(Refusal::provider(
                &error.error,
                error.error_description.as_deref(),
            ));
        }
        let document: TokenDocument = parse(ENDPOINT, &response)?;
        if !document.token_type.eq_ignore_ascii_case("Bearer") {
            return Err(Refusal::Answer {
                endpoint: ENDPOINT,
                what: "tokens that are no bearer tokens".to_owned(),
            });
        }
        Ok(TokenAnswer {
            access_token: Secret::from_text(document.access_token),
            expires_in: document.expires_in,
            refresh_token: document.refresh_token.map(Secret::from_text),
            scope: document.scope,
            id_token: document.id_token.map(Secret::from_text),
        })
    }

    /// `client_secret_basic`: both parts are form-encoded first (RFC 6749, 2.3.1).
    fn basic(&self) -> Result<Secret, Refusal> {
        let secret = text(&self.settings.client_secret)?;
        let encode =
            |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
        let pair = format!("{}:{}", encode(&self.settings.client_id), encode(secret));
        Ok(Secret::from_text(format!(
            "Basic {}",
            STANDARD.encode(pair)
        )))
    }

    /// The claims of the person, who must be the one of the ID token (OpenID Connect Core, 5.3.2).
    pub(super) fn user_info(
        &self,
        access_token: &Secret,
        subject: &str,
    ) -> Result<Claims, Refusal> {
        const ENDPOINT: &str = "the UserInfo endpoint";
        let bearer = Secret::from_text(format!("Bearer {}", text(access_token)?));
        let url = self.metadata.userinfo_endpoint.0.clone();
        let response = get(self.settings, ENDPOINT, url, Some(bearer))?;
        if response.status != 200 {
            return Err(match &response.www_authenticate {
                Some(challenge) => bearer_error(challenge),
                None => status(ENDPOINT, &response),
            });
        }
        let claims: Claims = parse(ENDPOINT, &response)?;
        let found = claims.get("sub").and_then(|sub| sub.as_str());
        if found == Some(subject) {
            Ok(claims)
        } else {
            Err(Refusal::UserInfoSubject {
                found: found.unwrap_or_default().to_owned(),
                expected: subject.to_owned(),
            })
        }
    }
}

/// A secret of ours is text; were it not, it could not be sent.
pub(super) fn text(secret: &Secret) -> Result<&str, Refusal> {
    secret
        .expose_text()
        .map_err(|_| Refusal::Broken("a secret is not text".to_owned()))
}

fn get(
    settings: &OauthClientSettings,
    endpoint: &'static str,
    url: Url,
    authorization: Option<Secret>,
) -> Result<FetchResponse, Refusal> {
    let request = FetchRequest {
        url,
        authorization,
        form: None,
    };
    send(settings, endpoint, &request)
}

fn send(
    settings: &OauthClientSettings,
    endpoint: &'static str,
    request: &FetchRequest,
) -> Result<FetchResponse, Refusal> {
    (settings.http)(request).map_err(|error| Refusal::Unreachable {
        endpoint,
        cause: error.to_string(),
    })
}

/// What is wrong with the JSON is not told: a message about it may quote a token.
fn parse<T: DeserializeOwned>(
    endpoint: &'static str,
    response: &FetchResponse,
) -> Result<T, Refusal> {
    serde_json::from_slice(&response.body).map_err(|_| Refusal::Answer {
        endpoint,
        what: format!(
            "status {} and something else than the JSON of the standard",
            response.status
        ),
    })
}

fn status(endpoint: &'static str, response: &FetchResponse) -> Refusal {
    Refusal::Answer {
        endpoint,
        what: format!("status {}", response.status),
    }
}

/// `WWW-Authenticate: Bearer error="invalid_token", error_description=".."` (RFC 6750, 3).
fn bearer_error(challenge: &str) -> Refusal {
    let parameter = |name: &str| {
        let (_, behind) = challenge.split_once(&format!("{name}=\""))?;
        behind.split_once('"').map(|(value, _)| value)
    };
    Refusal::provider(
        parameter("error").unwrap_or("unauthorized"),
        parameter("error_description"),
    )
}
