//! AWS STS: credentials of a role for a signed response. Needs no AWS credentials of ours; AWS never calls back.

use url::Url;
use zeroize::Zeroizing;

use super::{HttpClient, HttpRequest, OutboundError};
use crate::protocol::aws::{
    AssumeRoleWithSaml, StsAnswerError, StsCredentials, StsError, StsProblem,
    parse_assume_role_answer, parse_sts_error,
};

/// Why there are no credentials. No text holds anything of the response or of the credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StsFailure {
    /// STS was not reached.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// STS said no.
    #[error("AWS STS refused (HTTP {status}): {error}")]
    Refused {
        /// The status.
        status: u16,
        /// What STS said; [`StsFailure::problem`] says what it means.
        error: StsError,
    },
    /// Something answered that is not STS.
    #[error(
        "{origin} answered HTTP {status}, but not as STS does ({reason}); check sts_url of the partition, and what stands between this server and AWS"
    )]
    Unreadable {
        /// Who was asked.
        origin: String,
        /// The status.
        status: u16,
        /// What is wrong with the answer.
        reason: StsAnswerError,
    },
}

impl StsFailure {
    /// Cause and fix, where STS said something.
    pub fn problem(&self) -> Option<StsProblem> {
        match self {
            Self::Refused { error, .. } => Some(error.problem()),
            Self::Outbound(_) | Self::Unreadable { .. } => None,
        }
    }
}

/// Redeems a response for credentials.
///
/// # Errors
/// [`StsFailure`]. The response may have reached AWS even then; it expires by itself.
pub fn assume_role_with_saml(
    client: &HttpClient,
    endpoint: &Url,
    call: &AssumeRoleWithSaml,
) -> Result<StsCredentials, StsFailure> {
    let fields = call
        .fields()
        .map(|(name, value)| (name, Zeroizing::new(value)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let request = HttpRequest::post_form(endpoint.clone(), &fields);
    let response = client.send(&request)?;
    let status = response.status;
    let body = Zeroizing::new(response.body);
    let unreadable = |reason| StsFailure::Unreadable {
        origin: request.origin(),
        status,
        reason,
    };
    if status == 200 {
        return parse_assume_role_answer(&body).map_err(unreadable);
    }
    let error = parse_sts_error(&body).map_err(unreadable)?;
    Err(StsFailure::Refused { status, error })
}
