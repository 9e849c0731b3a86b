//! AssumeRoleWithSAML, called from the person's machine: no AWS key crosses the instance, and a trust policy that looks
//! at `aws:SourceIp` sees the person's address.

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::http::{Http, failure};
use crate::cli::CliError;
use crate::config::LaptopSettings;
use crate::model::{Secret, check_region};
use crate::outbound::{StsFailure, assume_role_with_saml};
use crate::protocol::aws::{AssumeRoleWithSaml, StsCredentials, StsProblemKind};

/// What the instance gives for a role: a bearer secret for five minutes. No `Debug`.
#[derive(Deserialize)]
pub struct Assertion {
    /// base64 of the whole `samlp:Response`.
    pub saml_response: Zeroizing<String>,
    /// The role.
    pub role_arn: String,
    /// The IAM SAML provider.
    pub principal_arn: String,
    /// 900 to 43,200.
    pub session_duration_seconds: u32,
    /// The instance's choice of STS.
    pub sts_url: String,
}

/// Which STS to ask: what the person names, then `AWS_ENDPOINT_URL_STS`, then the endpoint of `AWS_REGION` where the
/// instance names one of AWS's own (credentials of a regional endpoint are valid in all regions, those of the global one may
/// not be), then what the instance names.
///
/// # Errors
/// When it is no URL.
pub fn endpoint(
    named: Option<&str>,
    settings: &LaptopSettings,
    given: &str,
) -> Result<Url, CliError> {
    let parsed = |text: &str, from: &str| {
        Url::parse(text).map_err(|e| {
            CliError::Usage(format!(
                "{from}: {}: {e}; write it as in https://sts.eu-west-1.amazonaws.com/",
                text.escape_debug()
            ))
        })
    };
    if let Some(text) = named {
        return parsed(text, "--sts-url");
    }
    if let Some(text) = &settings.aws_sts_url {
        return parsed(text, "AWS_ENDPOINT_URL_STS");
    }
    let given = parsed(given, "the server's sts_url")?;
    let regional = settings
        .aws_region
        .as_deref()
        .and_then(|region| in_region(&given, region));
    Ok(regional.unwrap_or(given))
}

/// The STS of another region of the same partition, where `given` is one of AWS's own.
fn in_region(given: &Url, region: &str) -> Option<Url> {
    let (own_region, suffix) = match given.host_str()?.strip_prefix("sts.")? {
        "amazonaws.com" => ("us-east-1", "amazonaws.com"),
        regional => regional.split_once('.')?,
    };
    let is_aws = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"].contains(&suffix);
    // A region of another partition has no endpoint under this one's names, or other credentials behind it.
    let may = is_aws && check_region(region).is_ok() && partition(region) == partition(own_region);
    may.then(|| Url::parse(&format!("https://sts.{region}.{suffix}/")).ok())
        .flatten()
}

fn partition(region: &str) -> &str {
    let beginnings = ["cn-", "us-gov-", "eusc-"];
    let special = beginnings.into_iter().find(|b| region.starts_with(b));
    special.unwrap_or("aws")
}

/// Credentials for an assertion.
///
/// # Errors
/// Denied or expired as AWS says; any other refusal with its cause and what to do.
pub fn assume_role(
    http: &Http,
    endpoint: &Url,
    assertion: Assertion,
) -> Result<StsCredentials, CliError> {
    let call = AssumeRoleWithSaml::new(
        assertion.role_arn,
        assertion.principal_arn,
        Secret::from_text(assertion.saml_response.as_str().to_owned()),
        assertion.session_duration_seconds,
    )
    .map_err(|e| CliError::Refused(format!("the server's answer cannot be used: {e}")))?;
    assume_role_with_saml(http.client(), endpoint, &call).map_err(|e| refusal(&e))
}

fn refusal(refused: &StsFailure) -> CliError {
    let error = match refused {
        StsFailure::Outbound(error) => return failure(error),
        StsFailure::Unreadable {
            origin,
            status,
            reason,
        } => {
            return CliError::failed(
                origin,
                format_args!("the answer (status {status}) is not one of AWS STS: {reason}"),
            );
        }
        StsFailure::Refused { error, .. } => error,
    };
    let problem = error.problem();
    let said = format!("AWS says {error}. {} {}", problem.cause, problem.fix);
    match problem.kind {
        StsProblemKind::AccessDenied
        | StsProblemKind::TagSession
        | StsProblemKind::SetSourceIdentity
        | StsProblemKind::RejectedClaim => CliError::Denied(said),
        StsProblemKind::Expired => CliError::Expired(format!(
            "AWS says {error}. Repeat the command; if it comes back, the server's clock is wrong"
        )),
        StsProblemKind::RegionDisabled => CliError::Refused(format!(
            "AWS says {error}. Name another region's STS with --sts-url, or another region in AWS_REGION"
        )),
        _ => CliError::Refused(said),
    }
}
