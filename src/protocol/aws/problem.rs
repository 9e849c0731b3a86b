//! What AWS's errors mean to whoever runs the account (STS API reference, "Errors"; IAM user guide, "Troubleshooting SAML
//! federation").
//!
//! The texts are for administrators and for the person at the command line; none holds anything of the assertion.

use std::borrow::Cow;

use super::StsError;

/// What is wrong, as a word that records and programs can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StsProblemKind {
    /// The provider in IAM has other certificates than the one that signed.
    SignatureInvalid,
    /// The session's name.
    RoleSessionName,
    /// The source identity's characters.
    SourceIdentity,
    /// The provider in IAM belongs to another issuer.
    Issuer,
    /// There is no such provider.
    ProviderMissing,
    /// The audience or recipient.
    Audience,
    /// The response otherwise.
    InvalidResponse,
    /// AWS refused what the identity provider claims.
    RejectedClaim,
    /// Too late, or too early.
    Expired,
    /// The trust policy does not let session tags be set.
    TagSession,
    /// The trust policy does not let a source identity be set.
    SetSourceIdentity,
    /// The role or its trust policy.
    AccessDenied,
    /// A policy's text.
    MalformedPolicy,
    /// Tags and policies are too large together.
    PolicyTooLarge,
    /// STS is switched off there.
    RegionDisabled,
    /// Longer than the role allows.
    Duration,
    /// Another parameter.
    InvalidParameter,
    /// Too many calls.
    Throttled,
    /// AWS's own trouble.
    Unavailable,
    /// None of these.
    Unknown,
}

impl StsProblemKind {
    /// Whether the same call may go well a moment later.
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable)
    }
}

/// An error with its cause and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsProblem {
    /// For records and programs.
    pub kind: StsProblemKind,
    /// What is wrong.
    pub cause: Cow<'static, str>,
    /// What to do, and where.
    pub fix: Cow<'static, str>,
}

/// One line of the table: it applies when the code is one of these and the message has the phrase, in any case.
struct Row {
    codes: &'static [&'static str],
    phrase: &'static str,
    kind: StsProblemKind,
    cause: &'static str,
    fix: &'static str,
}

impl StsError {
    /// What the error means; for an unknown one, AWS's own words.
    pub fn problem(&self) -> StsProblem {
        // Query and JSON front ends spell the same code with and without it.
        let code = self.code.strip_suffix("Exception").unwrap_or(&self.code);
        let message = self.message.to_lowercase();
        let known = TABLE
            .iter()
            .find(|row| row.codes.contains(&code) && message.contains(row.phrase));
        match known {
            Some(row) => StsProblem {
                kind: row.kind,
                cause: row.cause.into(),
                fix: row.fix.into(),
            },
            None => StsProblem {
                kind: StsProblemKind::Unknown,
                cause: format!("AWS says {}: {}", self.code, self.message).into(),
                fix: match &self.request_id {
                    Some(id) => format!(
                        "look the code up in AWS's reference of AssumeRoleWithSAML; AWS's support finds the call as request {id}"
                    )
                    .into(),
                    None => "look the code up in AWS's reference of AssumeRoleWithSAML".into(),
                },
            },
        }
    }
}

const INVALID: &[&str] = &["InvalidIdentityToken"];
const DENIED: &[&str] = &["AccessDenied"];
const VALIDATION: &[&str] = &["ValidationError", "Validation"];
const ANY_LIFETIME: &[&str] = &["ExpiredToken", "InvalidIdentityToken"];

/// The first row that applies counts: narrower phrases stand before wider ones.
const TABLE: [Row; 22] = [
    Row {
        codes: INVALID,
        phrase: "signature invalid",
        kind: StsProblemKind::SignatureInvalid,
        cause: "The SAML provider in the account's IAM does not have the certificate with which Signet signs: its metadata is older than the signing key.",
        fix: "Give the provider Signet's metadata anew: aws iam update-saml-provider --saml-provider-arn ARN --saml-metadata-document file://signet.xml, with the file from /saml/metadata.",
    },
    Row {
        codes: INVALID,
        phrase: "rolesessionname",
        kind: StsProblemKind::RoleSessionName,
        cause: "AWS does not accept the name of the session: it must be 2 to 64 letters, digits or _+=,.@- and it comes from the person's name in AWS.",
        fix: "Change the person's user name to one of these characters; a person's name in AWS is made from it once.",
    },
    Row {
        codes: INVALID,
        phrase: "source identity",
        kind: StsProblemKind::SourceIdentity,
        cause: "AWS does not accept the source identity: it must be 2 to 64 letters, digits or _+=,.@- and must not begin with aws:.",
        fix: "Change the person's user name to one of these characters; the source identity is made from it once.",
    },
    Row {
        codes: INVALID,
        phrase: "issuer not present",
        kind: StsProblemKind::Issuer,
        cause: "The SAML provider in the account's IAM was made from the metadata of another issuer than this Signet.",
        fix: "Compare the entityID in /saml/metadata with the provider's; give the provider this Signet's metadata, or name the right provider in the account's provider_name.",
    },
    Row {
        codes: INVALID,
        phrase: "provider doesn't exist",
        kind: StsProblemKind::ProviderMissing,
        cause: "The account has no SAML provider of the name that Signet sends.",
        fix: "Make it: aws iam create-saml-provider --name NAME --saml-metadata-document file://signet.xml; or correct the account's provider_name in Signet.",
    },
    Row {
        codes: INVALID,
        phrase: "audience",
        kind: StsProblemKind::Audience,
        cause: "The response is for another audience than AWS of this partition.",
        fix: "Check the account's partition in Signet, and the partition's audience and sign_in_url where aws.partitions changes them.",
    },
    Row {
        codes: ANY_LIFETIME,
        phrase: "redeemed within",
        kind: StsProblemKind::Expired,
        cause: "AWS got the response outside its five minutes: this server's clock is wrong, or the call took too long.",
        fix: "Set the clock by NTP (timedatectl status), then try again.",
    },
    Row {
        codes: &["ExpiredToken"],
        phrase: "",
        kind: StsProblemKind::Expired,
        cause: "AWS holds the response for expired: this server's clock is wrong, or the call took too long.",
        fix: "Set the clock by NTP (timedatectl status), then try again.",
    },
    Row {
        codes: INVALID,
        phrase: "expired",
        kind: StsProblemKind::Expired,
        cause: "AWS holds the response for expired: this server's clock is wrong, or the call took too long.",
        fix: "Set the clock by NTP (timedatectl status), then try again.",
    },
    Row {
        codes: INVALID,
        phrase: "",
        kind: StsProblemKind::InvalidResponse,
        cause: "AWS does not accept the SAML response.",
        fix: "Read AWS's own words beside this; check that provider and role are in the account of the assignment and that the provider has this Signet's metadata.",
    },
    Row {
        codes: &["IDPRejectedClaim"],
        phrase: "",
        kind: StsProblemKind::RejectedClaim,
        cause: "AWS reports the claim as rejected by the identity provider: for SAML, a response that it holds for withdrawn or for used up.",
        fix: "Sign in again, so that a new response is made; if it comes back, give the SAML provider this Signet's metadata anew.",
    },
    Row {
        codes: DENIED,
        phrase: "sts:tagsession",
        kind: StsProblemKind::TagSession,
        cause: "The role's trust policy does not allow sts:TagSession, and the permission set sends session tags.",
        fix: "Add sts:TagSession to the Action of the role's trust policy; or take the session tags out of the permission set.",
    },
    Row {
        codes: DENIED,
        phrase: "sts:setsourceidentity",
        kind: StsProblemKind::SetSourceIdentity,
        cause: "The role's trust policy does not allow sts:SetSourceIdentity, and Signet sends a source identity.",
        fix: "Add sts:SetSourceIdentity to the Action of the role's trust policy.",
    },
    Row {
        codes: DENIED,
        phrase: "",
        kind: StsProblemKind::AccessDenied,
        cause: "The role cannot be taken. AWS does not say why: the role does not exist under this path and name; its trust policy does not name the SAML provider as Principal.Federated; its Action lacks sts:AssumeRoleWithSAML, sts:TagSession or sts:SetSourceIdentity; a Condition (SAML:aud, an address, a tag) does not hold; it is a role of AWS's own (AWSReservedSSO_..); or an organization's policy forbids it.",
        fix: "Apply what \"Roles for AWS\" on the account's page in the console gives, or compare the role with it: aws iam get-role --role-name NAME. CloudTrail in the account shows the refused call.",
    },
    Row {
        codes: &["MalformedPolicyDocument"],
        phrase: "",
        kind: StsProblemKind::MalformedPolicy,
        cause: "AWS cannot read a policy that came with the call. Signet sends none, so something between has changed the call.",
        fix: "Check sts_url of the partition and whatever stands between this server and AWS.",
    },
    Row {
        codes: &["PackedPolicyTooLarge"],
        phrase: "",
        kind: StsProblemKind::PolicyTooLarge,
        cause: "The session tags are too large together for AWS.",
        fix: "Send fewer or shorter session tags: see session_tags of the permission set, and the lengths of the attributes in them.",
    },
    Row {
        codes: &["RegionDisabled"],
        phrase: "",
        kind: StsProblemKind::RegionDisabled,
        cause: "STS is not activated for the account in the region that was asked.",
        fix: "Name another region, or activate STS there: IAM console of the account, Account settings, Security Token Service.",
    },
    Row {
        codes: VALIDATION,
        phrase: "maxsessionduration",
        kind: StsProblemKind::Duration,
        cause: "The permission set asks for a longer session than the role's maximum session duration.",
        fix: "Raise the role's: aws iam update-role --role-name NAME --max-session-duration SECONDS; or lower session_duration_seconds of the permission set.",
    },
    Row {
        codes: VALIDATION,
        phrase: "durationseconds",
        kind: StsProblemKind::Duration,
        cause: "AWS does not accept the length of the session: it must be 900 to 43,200 seconds.",
        fix: "Correct session_duration_seconds of the permission set.",
    },
    Row {
        codes: VALIDATION,
        phrase: "",
        kind: StsProblemKind::InvalidParameter,
        cause: "AWS does not accept a parameter of the call: most likely the ARN of the role or of the provider.",
        fix: "Check the account's id and provider_name, and role_path of the permission set; AWS's own words beside this name the parameter.",
    },
    Row {
        codes: &[
            "Throttling",
            "RequestLimitExceeded",
            "TooManyRequests",
            "SlowDown",
        ],
        phrase: "",
        kind: StsProblemKind::Throttled,
        cause: "AWS takes no more calls of this account for the moment.",
        fix: "Try again in a few seconds; a tool that asks for credentials at each command should keep them until they expire.",
    },
    Row {
        codes: &[
            "ServiceUnavailable",
            "InternalFailure",
            "InternalError",
            "InternalServerError",
        ],
        phrase: "",
        kind: StsProblemKind::Unavailable,
        cause: "STS has trouble of its own.",
        fix: "Try again; if it lasts, name another region, and look at AWS's health page.",
    },
];
