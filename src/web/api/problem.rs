//! What went wrong, for a program and whoever reads its log (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use serde::Serialize;

use crate::directory::DirectoryError;
use crate::issue::{IssueError, OauthError};
use crate::model::ApiScope;
use crate::policy::{ApiDenial, Decision, DenyReason};
use crate::protocol::oauth::{ErrorCode, bearer_challenge};
use crate::store::StoreError;
use crate::web::aws::sts::Trouble;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers};

/// A problem: `code` is for programs, `detail` says what to do.
#[derive(Debug)]
pub(in crate::web) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    challenge: Option<String>,
    cause: Option<Box<PageError>>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    request_id: &'a str,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            challenge: None,
            cause: None,
        }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    /// No token, or one that is worth nothing (RFC 6750, section 3).
    pub(super) fn token(error: Option<&OauthError>) -> Self {
        let pair = error.map(|e| (e.code, e.description.as_str()));
        let (status, code) = match error.map(|e| e.code) {
            Some(ErrorCode::InsufficientScope) => (StatusCode::FORBIDDEN, "insufficient_scope"),
            Some(ErrorCode::InvalidRequest) => (StatusCode::BAD_REQUEST, "invalid_request"),
            _ => (StatusCode::UNAUTHORIZED, "invalid_token"),
        };
        let detail = error.map_or("send an access token as Authorization: Bearer", |e| {
            e.description.as_str()
        });
        Self {
            challenge: Some(bearer_challenge(pair, None)),
            ..Self::new(status, code, detail)
        }
    }

    /// Why a token of ours is not good for what it came for.
    pub(super) fn api(denial: ApiDenial, scope: ApiScope) -> Self {
        let (code, text) = match denial {
            ApiDenial::InvalidToken => (
                ErrorCode::InvalidToken,
                "the token is unknown, expired or revoked, or its owner may not sign in".to_owned(),
            ),
            ApiDenial::InsufficientScope => (
                ErrorCode::InsufficientScope,
                format!("this needs a token with the scope {}", scope.as_str()),
            ),
            ApiDenial::NotAllowed => {
                let text = "the token's owner may not do this (any more)";
                return Self::new(StatusCode::FORBIDDEN, "denied", text);
            }
        };
        Self::token(Some(&OauthError::new(code, text)))
    }

    /// AWS STS gives no credentials.
    pub(super) fn sts(trouble: &Trouble) -> Self {
        let text = format!("{} {}", trouble.cause, trouble.fix);
        Self::new(StatusCode::BAD_GATEWAY, "sts_refused", text.trim_end())
    }

    /// Why a decision is not to allow.
    pub(super) fn refused(decision: &Decision) -> Self {
        match decision {
            Decision::StepUp(_) => Self::new(
                StatusCode::FORBIDDEN,
                "reauthenticate",
                "sign in again: what was proved when this token was granted is no longer enough",
            ),
            Decision::Deny(DenyReason::AwsSessionTooShort) => Self::new(
                StatusCode::FORBIDDEN,
                "denied",
                "the policies leave less than the 900 seconds that AWS asks for; ask an administrator",
            ),
            // Whether there is such an account or role is nobody's business who may not use it.
            Decision::Deny(_) | Decision::Allow(_) => Self::new(
                StatusCode::FORBIDDEN,
                "denied",
                "there is no such account and role for you; `signet aws list` shows yours",
            ),
        }
    }

    pub(super) fn answer(self, app: &App, visitor: &Visitor) -> HttpResponse {
        let request_id = visitor.op.request_id.as_str();
        if let Some(cause) = &self.cause {
            tracing::error!(request_id, error = %cause, "a program's request failed");
        }
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            request_id,
        };
        let mut response = HttpResponse::build(self.status);
        response
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .insert_header((CACHE_CONTROL, "no-store"));
        if let Some(challenge) = self.challenge {
            response.insert_header((WWW_AUTHENTICATE, challenge));
        }
        headers::common(&mut response, &app.site);
        match serde_json::to_string(&body) {
            Ok(text) => response.body(text),
            Err(_) => response.finish(),
        }
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        let status = error.status();
        let code = if status == StatusCode::SERVICE_UNAVAILABLE {
            "unavailable"
        } else {
            "internal"
        };
        Self {
            cause: Some(Box::new(error)),
            ..Self::new(
                status,
                code,
                "try again; if it stays, ask about the request_id",
            )
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        PageError::from(error).into()
    }
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::AwsLimit(limit) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "aws_limit",
                limit.to_string(),
            ),
            IssueError::SessionEnded => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "the sign-in has ended",
            ),
            other => PageError::from(other).into(),
        }
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Invalid { .. }
            | DirectoryError::Taken { .. }
            | DirectoryError::NotFound { .. } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                error.to_string(),
            ),
            DirectoryError::NotAllowed(refusal) => {
                Self::new(StatusCode::FORBIDDEN, "denied", refusal.to_string())
            }
            DirectoryError::Conflict => {
                Self::new(StatusCode::CONFLICT, "conflict", error.to_string())
            }
            error => PageError::from(error).into(),
        }
    }
}
