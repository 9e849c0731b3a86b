//! The token request (RFC 6749, sections 4.1.3, 4.4.2 and 6).

use super::error::ErrorCode;
use super::parameters::{MAX_SCOPE, MAX_SECRET, MAX_URI, ParameterError, Parameters};
use super::pkce::{CodeVerifier, PkceError};
use super::resource::{ResourceError, read_resources};
use super::scope::Scopes;
use crate::model::{InvalidText, Secret};

/// What a client asks for, by `grant_type`. Who the client is stands in its
/// [`ClientCredentials`](super::ClientCredentials).
#[derive(Debug)]
pub enum TokenRequest {
    /// `authorization_code`.
    AuthorizationCode(CodeRequest),
    /// `refresh_token`.
    RefreshToken(RefreshRequest),
    /// `client_credentials`.
    ClientCredentials(ClientCredentialsRequest),
}

/// Tokens for a code.
#[derive(Debug)]
pub struct CodeRequest {
    /// The code.
    pub code: Secret,
    /// Where the code was sent; must be the one that it was asked for with.
    pub redirect_uri: Option<String>,
    /// The proof; checked by [`check_pkce`](super::check_pkce).
    pub code_verifier: Option<CodeVerifier>,
    /// For which resource servers, of those that the code is for.
    pub resources: Vec<String>,
}

/// New tokens for a refresh token.
#[derive(Debug)]
pub struct RefreshRequest {
    /// The refresh token.
    pub refresh_token: Secret,
    /// Fewer scopes than it has; never others (RFC 6749, section 6).
    pub scopes: Option<Scopes>,
    /// For which resource servers, of those that it is for.
    pub resources: Vec<String>,
}

/// A token for the client itself.
#[derive(Debug)]
pub struct ClientCredentialsRequest {
    /// The scopes.
    pub scopes: Option<Scopes>,
    /// For which resource servers.
    pub resources: Vec<String>,
}

/// Why a token request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRequestError {
    /// A parameter is missing, repeated, too long or has control characters.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Another grant.
    #[error("grant_type must be authorization_code, refresh_token or client_credentials")]
    GrantType,
    /// A parameter of another grant: the request means two things, and each check would see but one.
    #[error("the parameter {0} does not belong to this grant_type; leave it out")]
    OtherGrant(&'static str),
    /// The verifier is none.
    #[error(transparent)]
    Verifier(PkceError),
    /// A scope with forbidden characters.
    #[error(transparent)]
    Scope(InvalidText),
    /// A resource that is none.
    #[error("resource must be an absolute URI without fragment")]
    Resource,
}

impl TokenRequestError {
    /// The code that the client is told.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Parameter(_) | Self::OtherGrant(_) | Self::Verifier(_) => {
                ErrorCode::InvalidRequest
            }
            Self::GrantType => ErrorCode::UnsupportedGrantType,
            Self::Scope(_) => ErrorCode::InvalidScope,
            Self::Resource => ErrorCode::InvalidTarget,
        }
    }
}

impl TokenRequest {
    /// Reads the body's parameters.
    ///
    /// # Errors
    /// [`TokenRequestError`].
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, TokenRequestError> {
        let parameters = Parameters::new(pairs);
        match parameters.required("grant_type", 128)? {
            "authorization_code" => {
                refuse(parameters, &["refresh_token"])?;
                read_code_request(parameters).map(Self::AuthorizationCode)
            }
            "refresh_token" => {
                refuse(parameters, &["code", "code_verifier", "redirect_uri"])?;
                Ok(Self::RefreshToken(RefreshRequest {
                    refresh_token: read_secret(parameters, "refresh_token")?,
                    scopes: read_scopes(parameters)?,
                    resources: read_resources(parameters)?,
                }))
            }
            "client_credentials" => {
                refuse(
                    parameters,
                    &["code", "code_verifier", "redirect_uri", "refresh_token"],
                )?;
                Ok(Self::ClientCredentials(ClientCredentialsRequest {
                    scopes: read_scopes(parameters)?,
                    resources: read_resources(parameters)?,
                }))
            }
            _ => Err(TokenRequestError::GrantType),
        }
    }

    /// The grant's name.
    pub const fn grant_type(&self) -> &'static str {
        match self {
            Self::AuthorizationCode(_) => "authorization_code",
            Self::RefreshToken(_) => "refresh_token",
            Self::ClientCredentials(_) => "client_credentials",
        }
    }
}

fn read_code_request(parameters: Parameters<'_>) -> Result<CodeRequest, TokenRequestError> {
    // A verifier of any length reaches its own check, which says what is wrong with it.
    let code_verifier = match parameters.one("code_verifier", MAX_SECRET)? {
        None => None,
        Some(text) => Some(CodeVerifier::parse(text).map_err(TokenRequestError::Verifier)?),
    };
    Ok(CodeRequest {
        code: read_secret(parameters, "code")?,
        redirect_uri: parameters.one("redirect_uri", MAX_URI)?.map(str::to_owned),
        code_verifier,
        resources: read_resources(parameters)?,
    })
}

fn read_secret(
    parameters: Parameters<'_>,
    name: &'static str,
) -> Result<Secret, TokenRequestError> {
    let text = parameters.required(name, MAX_SECRET)?;
    Ok(Secret::from_text(text.to_owned()))
}

fn read_scopes(parameters: Parameters<'_>) -> Result<Option<Scopes>, TokenRequestError> {
    match parameters.one("scope", MAX_SCOPE)? {
        None => Ok(None),
        Some(text) => Scopes::parse(text)
            .map(Some)
            .map_err(TokenRequestError::Scope),
    }
}

fn refuse(parameters: Parameters<'_>, names: &[&'static str]) -> Result<(), TokenRequestError> {
    for name in names {
        if parameters.one(name, MAX_URI)?.is_some() {
            return Err(TokenRequestError::OtherGrant(name));
        }
    }
    Ok(())
}

impl From<ResourceError> for TokenRequestError {
    fn from(error: ResourceError) -> Self {
        match error {
            ResourceError::Parameter(error) => Self::Parameter(error),
            ResourceError::Target => Self::Resource,
        }
    }
}
