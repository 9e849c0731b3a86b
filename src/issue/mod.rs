//! Makes assertions, codes and tokens, in exchange for a `policy::Grant` and nothing else.
//!
//! Owns what SAML and OpenID Connect ask of an identity provider beyond syntax: whether a request may be answered and where, what a
//! response says, and that what leaves was recorded before. Never routes, renders or decides.

mod authorization;
mod aws;
pub mod aws_limits;
mod claims;
mod issuer;
mod logout;
mod oauth;
mod posted;
mod presented;
mod release;
mod saml;
mod tokens;
mod validate;

pub use authorization::{
    AuthorizationProblem, AuthorizationRule, validate_authorization, validate_redirect,
};
pub use aws::{AwsDestination, AwsResponse, DestinationError};
pub use aws_limits::AwsLimitError;
pub use issuer::{IssueError, Issuer, Under, Witness};
pub use logout::LogoutCall;
pub use oauth::{OauthError, TokenAudience};
pub use posted::Posted;
pub use presented::LookedUp;
pub use validate::{RequestProblem, RequestRule, validate_request};
