//! What STS answers when it refuses: code, status and text, from AWS's API reference, its troubleshooting guide and what
//! its clients report. Where AWS has documented no text, the code is the reference's and the text says what is wrong.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};

use super::answer::{self, escape};
use crate::demo::aws::refusal::Refusal;
use crate::demo::form::FormProblem;
use crate::demo::response::ReadProblem;

/// Where the precise cause stands.
const CAUSE_HEADER: &str = "x-demo-cause";

/// An `ErrorResponse`.
#[derive(Debug)]
pub(super) struct Fault {
    code: &'static str,
    status: StatusCode,
    message: String,
    /// For people who learn from the demo.
    cause: String,
}

impl Fault {
    pub(super) fn new(
        code: &'static str,
        status: StatusCode,
        message: impl Into<String>,
        cause: impl Into<String>,
    ) -> Self {
        Self {
            code,
            status,
            message: message.into(),
            cause: cause.into(),
        }
    }

    /// A refusal whose text says the cause.
    pub(super) fn plain(
        code: &'static str,
        status: StatusCode,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Self::new(code, status, message.clone(), message)
    }

    pub(super) fn not_a_form() -> Self {
        Self::plain(
            "InvalidQueryParameter",
            StatusCode::BAD_REQUEST,
            "The request must come as application/x-www-form-urlencoded.",
        )
    }

    /// The simulation itself failed.
    pub(super) fn unavailable(cause: String) -> Self {
        Self::new(
            "ServiceUnavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            "The request has failed due to a temporary failure of the server.",
            cause,
        )
    }

    pub(super) fn unknown_token(cause: &'static str) -> Self {
        Self::new(
            "InvalidClientTokenId",
            StatusCode::FORBIDDEN,
            "The security token included in the request is invalid.",
            cause,
        )
    }

    fn token(message: &str, refusal: &Refusal) -> Self {
        Self::new(
            "InvalidIdentityToken",
            StatusCode::BAD_REQUEST,
            message,
            refusal.to_string(),
        )
    }

    pub(super) fn into_response(self, request_id: &str) -> HttpResponse {
        let kind = if self.status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        let body = format!(
            "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            namespace = answer::NAMESPACE,
            code = self.code,
            message = escape(&self.message),
        );
        let mut response = answer::response(self.status, request_id, body);
        // What was sent may be quoted in the cause, and may not be fit for a header.
        let printable: String = self.cause.chars().filter(|c| !c.is_control()).collect();
        if let Ok(value) = HeaderValue::from_bytes(printable.as_bytes()) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(CAUSE_HEADER), value);
        }
        response
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let cause = refusal.to_string();
        match &refusal {
            Refusal::Metadata(_) | Refusal::Unavailable(_) => Self::unavailable(cause),
            Refusal::Form(FormProblem::Base64) => {
                Self::token("Invalid base64 SAMLResponse", &refusal)
            }
            Refusal::Unsigned | Refusal::Signature(_) => {
                Self::token("Response signature invalid", &refusal)
            }
            Refusal::Issuer { .. } => {
                Self::token("Issuer not present in specified provider", &refusal)
            }
            Refusal::NoProvider { .. } => Self::token("Specified provider doesn't exist", &refusal),
            Refusal::Audience { .. } => {
                Self::token("Response does not contain the required audience", &refusal)
            }
            Refusal::NoRoleSessionName => {
                Self::token("RoleSessionName is required in AuthnResponse", &refusal)
            }
            Refusal::RoleSessionName { .. } => Self::token(
                "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
                &refusal,
            ),
            Refusal::SourceIdentity { .. } => Self::token(
                "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"",
                &refusal,
            ),
            Refusal::TooOld
            | Refusal::Expired
            | Refusal::ConfirmationExpired
            | Refusal::SessionEnded => Self::new(
                "ExpiredTokenException",
                StatusCode::BAD_REQUEST,
                "Token must be redeemed within 5 minutes of issuance",
                cause,
            ),
            Refusal::Status { .. } => Self::new(
                "IDPRejectedClaim",
                StatusCode::FORBIDDEN,
                "The identity provider (IdP) reported that authentication failed",
                cause,
            ),
            Refusal::NoRole { .. }
            | Refusal::RoleNotOffered { .. }
            | Refusal::TrustPolicy { .. }
            | Refusal::Subject => Self::new(
                "AccessDenied",
                StatusCode::FORBIDDEN,
                "Not authorized to perform sts:AssumeRoleWithSAML",
                cause,
            ),
            Refusal::ExceedsMaximum { .. } => Self::new(
                "ValidationError",
                StatusCode::BAD_REQUEST,
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                cause,
            ),
            Refusal::Read(ReadProblem::Encrypted) => {
                Self::token("The assertion is encrypted", &refusal)
            }
            _ => Self::token("Your request included an invalid SAML response", &refusal),
        }
    }
}
