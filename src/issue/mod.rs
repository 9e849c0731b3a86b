//! Makes assertions, in exchange for a `policy::Grant` and nothing else.
//!
//! Owns what SAML asks of an identity provider beyond syntax: whether a request may be answered and where, what a
//! response says, and that what leaves was recorded before. Never routes, renders or decides.

mod aws;
mod aws_limits;
mod issuer;
mod posted;
mod release;
mod saml;
mod validate;

pub use aws::{AwsDestination, DestinationError};
pub use aws_limits::AwsLimitError;
pub use issuer::{IssueError, Issuer, Witness};
pub use posted::Posted;
pub use validate::{RequestProblem, RequestRule, validate_request};
