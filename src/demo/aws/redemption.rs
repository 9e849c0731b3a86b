//! One response redeemed, for the console or for credentials: the same reading, verification and judgement.

use super::SimulatedAwsSettings;
use super::checks::{self, AskedDuration};
use super::refusal::Refusal;
use super::session_request::{RoleChoice, SessionRequest};
use crate::demo::identity_provider::IdentityProvider;
use crate::demo::response::{self, Assertion, Response};
use crate::demo::signature;
use crate::model::{Span, Timestamp};

/// The session's length when nothing says otherwise.
const DEFAULT_DURATION: Span = Span::hours(1);

/// Where a response is redeemed, with what is asked beside it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Redemption<'a> {
    /// At the sign-in page.
    Console,
    /// At STS (AssumeRoleWithSAML).
    Credentials {
        role_arn: &'a str,
        provider_arn: &'a str,
        /// `DurationSeconds`.
        duration: Option<Span>,
    },
}

/// A role with the session in which it was assumed.
#[derive(Debug)]
pub(super) struct AssumedRole {
    pub(super) account_name: String,
    pub(super) request: SessionRequest,
    pub(super) assertion: Assertion,
    pub(super) duration: Span,
    pub(super) begun_at: Timestamp,
}

impl<'a> Redemption<'a> {
    fn role_choice(self) -> RoleChoice<'a> {
        match self {
            Self::Console => RoleChoice::Only,
            Self::Credentials {
                role_arn,
                provider_arn,
                ..
            } => RoleChoice::Named {
                role_arn,
                provider_arn,
            },
        }
    }

    /// A console session is as long as SessionDuration says; at STS that can only shorten what the caller asks for.
    fn asked_duration(self, request: &SessionRequest) -> AskedDuration {
        match self {
            Self::Console => AskedDuration {
                name: "SessionDuration",
                span: request.duration.unwrap_or(DEFAULT_DURATION),
            },
            Self::Credentials { duration, .. } => AskedDuration {
                name: "DurationSeconds",
                span: duration.unwrap_or(DEFAULT_DURATION),
            },
        }
    }
}

/// Reads, verifies and judges one response. Asks the metadata's source, which may block.
pub(super) fn redeem(
    settings: &SimulatedAwsSettings,
    message: &[u8],
    redemption: Redemption<'_>,
) -> Result<AssumedRole, Refusal> {
    let now = settings.clock.now();
    let partition = &settings.partition;
    let identity_provider = IdentityProvider::load(&settings.metadata)?;
    let tree = response::parse(message)?;
    let signed = signature::verify(&tree, &identity_provider)?;
    let response = Response::read(&tree)?;
    let presented = checks::Presented {
        response: &response,
        signed,
        issuer: &identity_provider.entity_id,
        partition,
        now,
    };
    let assertion = checks::judge(&presented)?;
    let request = SessionRequest::read(assertion, &partition.name, redemption.role_choice())?;
    let asked = redemption.asked_duration(&request);
    let account = checks::authorize(&request, asked, &presented, &settings.accounts)?;
    Ok(AssumedRole {
        account_name: account.name.clone(),
        duration: checks::effective_duration(asked, &request, assertion, now)?,
        assertion: assertion.clone(),
        request,
        begun_at: now,
    })
}
