//! Why the client refuses, or what the provider refused it: a name, what is known of it, and what that means.

use super::jwt::JwtProblem;

/// The longest description of the provider's that is shown.
const MAX_DESCRIPTION: usize = 500;

/// The precise cause.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// `error` and `error_description`, from the redirect, the token endpoint or the UserInfo endpoint.
    #[error("{description}")]
    Provider { error: String, description: String },
    #[error("{endpoint} could not be reached: {cause}")]
    Unreachable {
        endpoint: &'static str,
        cause: String,
    },
    #[error("the provider's metadata cannot be used: {0}")]
    Metadata(String),
    #[error("the answer has the parameter {name} more than once")]
    RepeatedParameter { name: &'static str },
    #[error(
        "the answer's state is not of a sign-in that was begun in this browser and still waits"
    )]
    State,
    #[error("the answer says that it is from {found:?}, and was expected from {expected:?}")]
    AnswerIssuer { found: String, expected: String },
    #[error("the answer has neither a code nor an error")]
    NoCode,
    #[error("{endpoint} answered with {what}")]
    Answer {
        endpoint: &'static str,
        what: String,
    },
    #[error(transparent)]
    Jwt(#[from] JwtProblem),
    #[error("the token was issued by {found:?}, and the provider is {expected:?}")]
    TokenIssuer { found: String, expected: String },
    #[error("the token is not for this client alone, {expected:?}, but for {found:?}")]
    Audience { found: String, expected: String },
    #[error("the token's subject is empty, or has more than 255 characters")]
    Subject,
    #[error("the token ended at {at}")]
    Expired { at: String },
    #[error("the token says that it was issued in the future, or more than five minutes ago")]
    IssuedAt,
    #[error("the person is said to have signed in in the future")]
    AuthTime,
    #[error("the ID token's nonce is not the one that was sent")]
    Nonce,
    #[error("the ID token's at_hash is not the hash of the access token that came with it")]
    AccessTokenHash,
    #[error("the refreshed ID token is of {found:?}, and the session of {expected:?}")]
    OtherSubject { found: String, expected: String },
    #[error("UserInfo speaks of {found:?}, and the ID token of {expected:?}")]
    UserInfoSubject { found: String, expected: String },
    #[error("the logout token must say which event it is, and have no nonce")]
    LogoutEvent,
    #[error("the logout token must have a jti, and a sub or a sid")]
    LogoutTarget,
    #[error("the logout token has been presented before")]
    LogoutReplayed,
    #[error("nobody is signed in here in this browser, or no longer")]
    NoSession,
    #[error("there is no refresh token, or it is being used just now")]
    NoRefreshToken,
    #[error("the request came from another site")]
    OtherSite,
    #[error("{0}")]
    Broken(String),
}

impl Refusal {
    /// What the provider said, cut to a length that fits a page.
    pub(super) fn provider(error: &str, description: Option<&str>) -> Self {
        Self::Provider {
            error: error.chars().take(64).collect(),
            description: description
                .unwrap_or("the provider gave no description")
                .chars()
                .take(MAX_DESCRIPTION)
                .collect(),
        }
    }

    /// The error's name: the provider's own, or ours.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Provider { error, .. } => error,
            Self::Unreachable { .. } => "provider_unreachable",
            Self::Metadata(_) => "unusable_metadata",
            Self::RepeatedParameter { .. } => "repeated_parameter",
            Self::State => "wrong_state",
            Self::AnswerIssuer { .. } => "wrong_iss",
            Self::NoCode => "no_code",
            Self::Answer { .. } => "unusable_answer",
            Self::Jwt(problem) => problem.name(),
            Self::TokenIssuer { .. } => "wrong_token_issuer",
            Self::Audience { .. } => "wrong_audience",
            Self::Subject => "wrong_subject",
            Self::Expired { .. } => "expired_token",
            Self::IssuedAt => "wrong_issue_time",
            Self::AuthTime => "wrong_auth_time",
            Self::Nonce => "wrong_nonce",
            Self::AccessTokenHash => "wrong_at_hash",
            Self::OtherSubject { .. } | Self::UserInfoSubject { .. } => "other_subject",
            Self::LogoutEvent => "not_a_logout",
            Self::LogoutTarget => "no_logout_target",
            Self::LogoutReplayed => "replayed_logout",
            Self::NoSession => "no_session",
            Self::NoRefreshToken => "no_refresh_token",
            Self::OtherSite => "other_site",
            Self::Broken(_) => "demo_failed",
        }
    }

    /// One sentence for people.
    pub(super) fn meaning(&self) -> &'static str {
        match self {
            Self::Provider { error, .. } => meaning_of(error),
            Self::Unreachable { .. } => "The provider is not running, or not at this address.",
            Self::Metadata(_) => {
                "The provider describes itself in a way that this client cannot work with."
            }
            Self::RepeatedParameter { .. } => {
                "An answer that can be read in two ways is not read at all."
            }
            Self::State => {
                "The sign-in was begun elsewhere, took longer than an hour, or its answer was used before: somebody may have tried to sign you in as someone else."
            }
            Self::AnswerIssuer { .. } => {
                "The answer may come from another provider that wants to be taken for this one."
            }
            Self::NoCode => "Without a code there is nothing to redeem.",
            Self::Answer { .. } => {
                "The provider answered in a form that the standard does not know."
            }
            Self::Jwt(_) => {
                "Nothing proves that the token is the provider's, so nothing in it is believed."
            }
            Self::TokenIssuer { .. } | Self::Audience { .. } => {
                "The token was made by somebody else or for somebody else, and proves nothing here."
            }
            Self::Expired { .. } | Self::IssuedAt | Self::AuthTime => {
                "The token's times do not fit: it is too old, or the two clocks disagree."
            }
            Self::Nonce => {
                "The ID token belongs to another sign-in and may have been stolen from it."
            }
            Self::AccessTokenHash => {
                "ID token and access token do not belong together: one of them may have been exchanged."
            }
            Self::Subject | Self::OtherSubject { .. } | Self::UserInfoSubject { .. } => {
                "It is not certain whom the provider speaks of."
            }
            Self::LogoutEvent | Self::LogoutTarget | Self::LogoutReplayed => {
                "The message does not end a session."
            }
            Self::NoSession => "Sign in first.",
            Self::NoRefreshToken => {
                "Without a refresh token the access token cannot be renewed; sign in again."
            }
            Self::OtherSite => "Another site must not press this application's buttons.",
            Self::Broken(_) => "The fault is the demonstration's own.",
        }
    }
}

/// The errors of RFC 6749 (4.1.2.1, 5.2), RFC 6750 (3.1) and OpenID Connect Core (3.1.2.6).
fn meaning_of(error: &str) -> &'static str {
    match error {
        "access_denied" => "You, or a rule at the provider, said no.",
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => {
            "The provider would have had to ask you something, and was told not to."
        }
        "invalid_client" => "The provider does not take this client's id with this secret.",
        "invalid_grant" => {
            "The code or the refresh token was used before, has ended, or was revoked."
        }
        "invalid_scope" => "The client may not ask for what it asked for.",
        "unauthorized_client" => "The client is not registered for this way to sign in.",
        "unsupported_response_type" | "unsupported_grant_type" => {
            "The provider does not know this way to sign in."
        }
        "invalid_token" | "insufficient_scope" => {
            "The access token has ended, was revoked, or does not reach this far."
        }
        "invalid_request" => {
            "The provider found something missing or wrong in what the client sent."
        }
        "server_error" | "temporarily_unavailable" => {
            "The provider could not answer just now; try again."
        }
        _ => "The provider refused, for a reason that is its own.",
    }
}
