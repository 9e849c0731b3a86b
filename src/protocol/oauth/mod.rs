//! OAuth 2 and OpenID Connect: requests and responses as they stand on the wire.
//!
//! Owns the syntax: parameters, names, errors, claims, metadata, and the rules that need nothing but the request and the
//! registration. Pure: times, keys and registrations are passed in. Whether a client is known, a code unused, a person
//! allowed is decided above. Imports `model` and `protocol::jose` alone.
//!
//! The authorization endpoint reads in two steps, so that no error redirects before its target is known to be the
//! client's (RFC 9700, section 4.11): [`ClientAndRedirect::read`], then [`find_redirect_uri`] on the registration, then
//! [`AuthorizationRequest::read`], whose errors go back by [`AuthorizationResponse`].
//!
//! The token endpoint reads [`ClientCredentials`], then a [`TokenRequest`].

mod authorization_request;
mod authorization_response;
mod bearer;
mod claims;
mod claims_request;
mod client_and_redirect;
mod client_assertion;
mod client_authentication;
mod end_session;
mod error;
mod form;
mod introspection;
mod metadata;
mod parameters;
mod pkce;
mod prompt;
mod redirect_uri;
mod resource;
mod scope;
mod token_claims;
mod token_request;
mod token_response;

pub use authorization_request::{
    AuthorizationError, AuthorizationRefusal, AuthorizationRequest, PkceRequirement, RequestRules,
};
pub use authorization_response::{AuthorizationOutcome, AuthorizationResponse, ResponseMode};
pub use bearer::{BearerError, bearer_challenge, read_bearer_token};
pub use claims::{
    AddressClaim, MappedClaimError, ReleasedClaims, STANDARD_CLAIMS, StandardClaims, UserInfo,
};
pub use claims_request::{ClaimsRequest, ClaimsRequestError, RequestedClaim};
pub use client_and_redirect::{ClientAndRedirect, ClientAndRedirectError};
pub use client_assertion::{
    CLOCK_SKEW, ClientAssertion, ClientAssertionError, MAX_ASSERTION_LIFETIME,
    check_client_assertion,
};
pub use client_authentication::{
    ClientAuthenticationError, ClientCredentials, JWT_BEARER_ASSERTION,
};
pub use end_session::{
    EndSessionRequest, post_logout_redirect_uri_matches, post_logout_redirect_url,
};
pub use error::ErrorCode;
pub use form::{FormError, MAX_FORM_BYTES, MAX_PARAMETERS, parse_form};
pub use introspection::{ActiveToken, IntrospectionResponse, TokenLookup, TokenTypeHint};
pub use metadata::{BackChannelLogout, Endpoints, MetadataFacts, ProviderMetadata};
pub use parameters::ParameterError;
pub use pkce::{CodeChallenge, CodeVerifier, PkceError, check_pkce};
pub use prompt::{Display, Prompt, Prompts};
pub use redirect_uri::{
    RedirectUriError, check_redirect_uri, find_redirect_uri, redirect_uri_matches,
};
pub use resource::MAX_RESOURCES;
pub use scope::{Scopes, StandardScope};
pub use token_claims::{
    AccessTokenClaims, Audience, BACK_CHANNEL_LOGOUT_EVENT, IdTokenClaims, LogoutEvents,
    LogoutTokenClaims, NumericDate, at_hash,
};
pub use token_request::{
    ClientCredentialsRequest, CodeRequest, RefreshRequest, TokenRequest, TokenRequestError,
};
pub use token_response::{ErrorResponse, TokenResponse};
