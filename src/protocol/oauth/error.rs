//! Error codes by the names that the standards fix.

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident => $name:literal),+ $(,)?) => {
        /// An error code of OAuth 2 or OpenID Connect. Which HTTP status goes with it is the edge's to know.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant),+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

codes! {
    /// RFC 6749, sections 4.1.2.1 and 5.2; RFC 6750, section 3.1.
    InvalidRequest => "invalid_request",
    /// RFC 6749, section 5.2.
    InvalidClient => "invalid_client",
    /// RFC 6749, section 5.2.
    InvalidGrant => "invalid_grant",
    /// RFC 6749, sections 4.1.2.1 and 5.2.
    UnauthorizedClient => "unauthorized_client",
    /// RFC 6749, section 5.2.
    UnsupportedGrantType => "unsupported_grant_type",
    /// RFC 6749, sections 4.1.2.1 and 5.2.
    InvalidScope => "invalid_scope",
    /// RFC 6749, section 4.1.2.1.
    AccessDenied => "access_denied",
    /// RFC 6749, section 4.1.2.1.
    UnsupportedResponseType => "unsupported_response_type",
    /// RFC 6749, section 4.1.2.1.
    ServerError => "server_error",
    /// RFC 6749, section 4.1.2.1.
    TemporarilyUnavailable => "temporarily_unavailable",
    /// OpenID Connect core, section 3.1.2.6.
    InteractionRequired => "interaction_required",
    /// OpenID Connect core, section 3.1.2.6.
    LoginRequired => "login_required",
    /// OpenID Connect core, section 3.1.2.6.
    AccountSelectionRequired => "account_selection_required",
    /// OpenID Connect core, section 3.1.2.6.
    ConsentRequired => "consent_required",
    /// OpenID Connect core, section 3.1.2.6.
    RequestNotSupported => "request_not_supported",
    /// OpenID Connect core, section 3.1.2.6.
    RequestUriNotSupported => "request_uri_not_supported",
    /// OpenID Connect core, section 3.1.2.6.
    RegistrationNotSupported => "registration_not_supported",
    /// OpenID Connect core error code "unmet_authentication_requirements": an essential `acr` cannot be reached.
    UnmetAuthenticationRequirements => "unmet_authentication_requirements",
    /// RFC 8707, section 2.
    InvalidTarget => "invalid_target",
    /// RFC 7009, section 2.2.1.
    UnsupportedTokenType => "unsupported_token_type",
    /// RFC 6750, section 3.1.
    InvalidToken => "invalid_token",
    /// RFC 6750, section 3.1.
    InsufficientScope => "insufficient_scope",
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A text as `error_description` allows it: printable ASCII without `"` and `\` (RFC 6749, section 5.2), so that it is
/// also safe inside a quoted string of `WWW-Authenticate`.
pub(super) fn description(text: impl std::fmt::Display) -> String {
    let fit = |c| match c {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.to_string().chars().map(fit).collect()
}
