//! How a client says who it is at the endpoints that it calls itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::client_and_redirect::is_client_id;
use super::error::ErrorCode;
use super::form::form_decode;
use super::parameters::{MAX_CLIENT_ID, MAX_SECRET, ParameterError, Parameters};
use crate::model::{ClientAuthMethod, Secret};
use crate::protocol::jose::{JoseError, MAX_TOKEN_BYTES, claimed_subject};

/// `client_assertion_type` of a JWT (RFC 7523, section 2.2).
pub const JWT_BEARER_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who a client says it is, and its proof, not verified. The registered method must be [`method`](Self::method): a secret
/// must not do for a client that is registered with a key, nor nothing for one that has a secret.
pub enum ClientCredentials {
    /// `client_secret_basic`.
    SecretBasic {
        /// Who.
        client_id: String,
        /// The secret.
        secret: Secret,
    },
    /// `client_secret_post`.
    SecretPost {
        /// Who.
        client_id: String,
        /// The secret.
        secret: Secret,
    },
    /// `private_key_jwt`.
    PrivateKeyJwt {
        /// Who, as the assertion claims.
        client_id: String,
        /// The JWT: to be verified with that client's keys, then by
        /// [`check_client_assertion`](super::check_client_assertion).
        assertion: String,
    },
    /// `none`.
    None {
        /// Who.
        client_id: String,
    },
}

/// Why a client's credentials could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientAuthenticationError {
    /// A parameter is missing, repeated, too long or has control characters.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// More than one method (RFC 6749, section 2.3).
    #[error(
        "the client authenticates in more than one way; send one of: the Authorization header, client_secret, client_assertion"
    )]
    SeveralMethods,
    /// A header that is not Basic.
    #[error("a client's Authorization header must be Basic")]
    Scheme,
    /// Basic credentials that cannot be read.
    #[error(
        "Basic credentials must be the base64 of client_id, a colon and client_secret, both form-encoded first (RFC 6749, section 2.3.1)"
    )]
    Basic,
    /// Two different clients named.
    #[error("client_id is not that of the client's credentials")]
    OtherClient,
    /// An assertion of another type.
    #[error("client_assertion_type must be {JWT_BEARER_ASSERTION}")]
    AssertionType,
    /// An assertion that is no JWT.
    #[error("client_assertion: {0}")]
    Assertion(JoseError),
    /// No client's id.
    #[error("client_id must be the id that the client was registered with")]
    ClientId,
}

impl ClientAuthenticationError {
    /// The code that the client is told.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Parameter(_) | Self::SeveralMethods | Self::OtherClient | Self::AssertionType => {
                ErrorCode::InvalidRequest
            }
            Self::Scheme | Self::Basic | Self::Assertion(_) | Self::ClientId => {
                ErrorCode::InvalidClient
            }
        }
    }
}

impl ClientCredentials {
    /// Reads them from the `Authorization` header, if there is one, and the body's parameters.
    ///
    /// # Errors
    /// [`ClientAuthenticationError`].
    pub fn read(
        authorization: Option<&str>,
        pairs: &[(String, String)],
    ) -> Result<Self, ClientAuthenticationError> {
        let parameters = Parameters::new(pairs);
        let client_id = parameters.one("client_id", MAX_CLIENT_ID)?;
        let secret = parameters.one("client_secret", MAX_SECRET)?;
        let assertion = parameters.one("client_assertion", MAX_TOKEN_BYTES)?;
        let assertion_type = parameters.one("client_assertion_type", 256)?;
        let asserts = assertion.is_some() || assertion_type.is_some();
        let credentials = match (authorization, secret, asserts) {
            (Some(header), None, false) => read_basic(header)?,
            (None, Some(secret), false) => Self::SecretPost {
                client_id: client_id
                    .ok_or(ParameterError::Missing("client_id"))?
                    .to_owned(),
                secret: Secret::from_text(secret.to_owned()),
            },
            (None, None, true) => read_assertion(assertion, assertion_type)?,
            (None, None, false) => Self::None {
                client_id: client_id
                    .ok_or(ParameterError::Missing("client_id"))?
                    .to_owned(),
            },
            _ => return Err(ClientAuthenticationError::SeveralMethods),
        };
        if client_id.is_some_and(|id| id != credentials.client_id()) {
            return Err(ClientAuthenticationError::OtherClient);
        }
        if !is_client_id(credentials.client_id()) {
            return Err(ClientAuthenticationError::ClientId);
        }
        Ok(credentials)
    }

    /// Who it says it is.
    pub fn client_id(&self) -> &str {
        match self {
            Self::SecretBasic { client_id, .. }
            | Self::SecretPost { client_id, .. }
            | Self::PrivateKeyJwt { client_id, .. }
            | Self::None { client_id } => client_id,
        }
    }

    /// How it proves that.
    pub const fn method(&self) -> ClientAuthMethod {
        match self {
            Self::SecretBasic { .. } => ClientAuthMethod::ClientSecretBasic,
            Self::SecretPost { .. } => ClientAuthMethod::ClientSecretPost,
            Self::PrivateKeyJwt { .. } => ClientAuthMethod::PrivateKeyJwt,
            Self::None { .. } => ClientAuthMethod::None,
        }
    }
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ClientCredentials({}, {})",
            self.method().as_str(),
            self.client_id().escape_debug()
        )
    }
}

fn read_basic(header: &str) -> Result<ClientCredentials, ClientAuthenticationError> {
    let (scheme, encoded) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(ClientAuthenticationError::Scheme);
    }
    // Three times, because each octet may be percent-encoded; then base64.
    if encoded.len() > (MAX_CLIENT_ID + MAX_SECRET) * 4 {
        return Err(ClientAuthenticationError::Basic);
    }
    let (client_id, secret) =
        decode_basic(encoded.trim_start_matches(' ')).ok_or(ClientAuthenticationError::Basic)?;
    Ok(ClientCredentials::SecretBasic { client_id, secret })
}

fn decode_basic(encoded: &str) -> Option<(String, Secret)> {
    let octets = Secret::new(STANDARD.decode(encoded).ok()?);
    let (client_id, secret) = octets.expose_text().ok()?.split_once(':')?;
    let client_id = form_decode(client_id)?;
    let secret = Secret::from_text(form_decode(secret)?);
    (1..=MAX_SECRET)
        .contains(&secret.expose().len())
        .then_some((client_id, secret))
}

fn read_assertion(
    assertion: Option<&str>,
    assertion_type: Option<&str>,
) -> Result<ClientCredentials, ClientAuthenticationError> {
    let assertion = assertion.ok_or(ParameterError::Missing("client_assertion"))?;
    let assertion_type = assertion_type.ok_or(ParameterError::Missing("client_assertion_type"))?;
    if assertion_type != JWT_BEARER_ASSERTION {
        return Err(ClientAuthenticationError::AssertionType);
    }
    Ok(ClientCredentials::PrivateKeyJwt {
        client_id: claimed_subject(assertion).map_err(ClientAuthenticationError::Assertion)?,
        assertion: assertion.to_owned(),
    })
}
