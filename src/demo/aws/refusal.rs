//! Why the simulated AWS refuses: the precise cause, for people who learn from the demo, and what AWS itself would say.

use crate::demo::form::FormProblem;
use crate::demo::identity_provider::MetadataProblem;
use crate::demo::response::ReadProblem;
use crate::demo::signature::SignatureProblem;

/// The precise cause.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Form(#[from] FormProblem),
    #[error(transparent)]
    Metadata(#[from] MetadataProblem),
    #[error(transparent)]
    Read(#[from] ReadProblem),
    #[error(transparent)]
    Signature(#[from] SignatureProblem),
    #[error("the simulation could not verify: {0}")]
    Unavailable(String),
    #[error("neither the response nor the assertion is signed")]
    Unsigned,
    #[error("the response says that the sign-in failed: {code}")]
    Status { code: String },
    #[error("the response has no assertion")]
    NoAssertion,
    #[error("it was issued by {found:?}, and the provider's metadata is of {expected:?}")]
    Issuer { found: String, expected: String },
    #[error("the response's Destination is {found:?}, and this is {expected:?}")]
    ResponseDestination { found: String, expected: String },
    #[error("it says that it was issued in the future")]
    FromFuture,
    #[error("it was issued more than five minutes ago")]
    TooOld,
    #[error("the subject must have a NameID and exactly one bearer confirmation")]
    Subject,
    #[error("the confirmation's Recipient is {found:?}, and this is {expected:?}")]
    Recipient { found: String, expected: String },
    #[error("the confirmation's NotOnOrAfter is missing or past")]
    ConfirmationExpired,
    #[error("the conditions' NotBefore is in the future")]
    NotYetValid,
    #[error("the conditions' NotOnOrAfter is past")]
    Expired,
    #[error("the audience is {found:?}, and must be {expected:?}")]
    Audience { found: String, expected: String },
    #[error("there is no AuthnStatement")]
    NoAuthnStatement,
    #[error(
        "the attribute Role is missing, or a value of it is not a role and a SAML provider of this partition"
    )]
    Role,
    #[error("role and SAML provider are in different accounts")]
    RoleAccounts,
    #[error("there are several roles; AWS would ask which, and this simulation takes one")]
    SeveralRoles,
    #[error("the attribute {name} is there more than once")]
    RepeatedAttribute { name: String },
    #[error("the attribute {name} must have exactly one value")]
    SingleValue { name: String },
    #[error("the attribute RoleSessionName is missing")]
    NoRoleSessionName,
    #[error("the attribute RoleSessionName is {found:?}")]
    RoleSessionName { found: String },
    #[error("the attribute SessionDuration is {found:?}, and must be 900 to 43200 seconds")]
    SessionDuration { found: String },
    #[error("the attribute SourceIdentity is {found:?}")]
    SourceIdentity { found: String },
    #[error("there are {found} session tags, and AWS takes 50")]
    TooManyTags { found: usize },
    #[error(
        "the session tag key {key:?} must have 1 to 128 letters, digits, spaces or _.:/=+-@, and not begin with aws:"
    )]
    TagKey { key: String },
    #[error(
        "the value of the session tag {key:?} must have at most 256 letters, digits, spaces or _.:/=+-@"
    )]
    TagValue { key: String },
    #[error("the session tag keys {first:?} and {second:?} differ in case only")]
    TagKeyCase { first: String, second: String },
    #[error("the transitive tag key {key:?} is not the key of a session tag")]
    TransitiveTagKey { key: String },
    #[error("account {account} has no SAML provider {provider}")]
    NoProvider { account: String, provider: String },
    #[error("the attribute Role does not offer {role} with {provider}")]
    RoleNotOffered { role: String, provider: String },
    #[error("there is no role {role}")]
    NoRole { role: String },
    #[error("the role's trust policy does not allow {action} with this provider and SAML:aud")]
    TrustPolicy { action: &'static str },
    #[error("{name} is {asked} s, and the role's MaxSessionDuration {max} s")]
    ExceedsMaximum {
        name: &'static str,
        asked: i64,
        max: i64,
    },
    #[error("SessionNotOnOrAfter is past")]
    SessionEnded,
    #[error("the RelayState is not an address of the console")]
    Destination,
}

const INVALID_RESPONSE: &str =
    "Your request included an invalid SAML response. To logout, click here.";
const SIGNATURE: &str = "Response signature invalid (service: AWSSecurityTokenService; status code: 400; error code: InvalidIdentityToken)";
const NOT_AUTHORIZED: &str = "Not authorized to perform sts:AssumeRoleWithSAML (service: AWSSecurityTokenService; status code: 403; error code: AccessDenied)";
const EXPIRED: &str = "Token must be redeemed within 5 minutes of issuance (service: AWSSecurityTokenService; status code: 400; error code: ExpiredTokenException)";

impl Refusal {
    /// What AWS says: its documented texts; where it has documented none, that the response is invalid.
    pub(super) fn aws_text(&self) -> &'static str {
        match self {
            Self::Unsigned | Self::Signature(_) => SIGNATURE,
            Self::Issuer { .. } => {
                "Failed to assume role: Issuer not present in specified provider (service: AWSOpenIdDiscoveryService; status code: 400; error code: AuthSamlInvalidSamlResponseException)"
            }
            Self::TooOld | Self::Expired | Self::ConfirmationExpired | Self::SessionEnded => {
                EXPIRED
            }
            Self::Audience { .. } => "Response does not contain the required audience.",
            Self::NoRoleSessionName => {
                "RoleSessionName is required in AuthnResponse (service: AWSSecurityTokenService; status code: 400; error code: InvalidIdentityToken)"
            }
            Self::RoleSessionName { .. } => {
                "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64} (service: AWSSecurityTokenService; status code: 400; error code: InvalidIdentityToken)"
            }
            Self::SourceIdentity { .. } => {
                "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\" (service: AWSSecurityTokenService; status code: 400; error code: InvalidIdentityToken)"
            }
            Self::NoProvider { .. } => "Specified provider doesn't exist.",
            Self::NoRole { .. }
            | Self::RoleNotOffered { .. }
            | Self::TrustPolicy { .. }
            | Self::Subject => NOT_AUTHORIZED,
            Self::ExceedsMaximum { .. } => {
                "Requested DurationSeconds exceeds MaxSessionDuration set for this role."
            }
            Self::Metadata(_) => "Could not parse metadata.",
            _ => INVALID_RESPONSE,
        }
    }
}
