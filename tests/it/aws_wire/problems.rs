//! AWS's errors in plain words.

use signet::protocol::aws::{StsError, StsProblemKind, parse_sts_error};

use super::error_xml;

fn error(code: &str, message: &str) -> StsError {
    parse_sts_error(error_xml(code, message).as_bytes()).unwrap()
}

#[test]
fn every_error_that_is_known_has_its_cause_and_fix() {
    use StsProblemKind::*;
    for (code, message, kind, cause, fix) in [
        (
            "InvalidIdentityToken",
            "Response signature invalid",
            SignatureInvalid,
            "metadata is older than the signing key",
            "update-saml-provider",
        ),
        (
            "InvalidIdentityToken",
            "RoleSessionName is required in AuthnResponse",
            RoleSessionName,
            "name of the session",
            "user name",
        ),
        (
            "InvalidIdentityToken",
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
            RoleSessionName,
            "2 to 64",
            "user name",
        ),
        (
            "InvalidIdentityToken",
            "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"",
            SourceIdentity,
            "source identity",
            "user name",
        ),
        (
            "InvalidIdentityToken",
            "Issuer not present in specified provider",
            Issuer,
            "another issuer",
            "entityID",
        ),
        (
            "InvalidIdentityToken",
            "Specified provider doesn't exist",
            ProviderMissing,
            "no SAML provider",
            "create-saml-provider",
        ),
        (
            "InvalidIdentityToken",
            "Response does not contain the required audience.",
            Audience,
            "another audience",
            "partition",
        ),
        (
            "InvalidIdentityToken",
            "Invalid base64 SAMLResponse",
            InvalidResponse,
            "does not accept the SAML response",
            "AWS's own words",
        ),
        (
            "InvalidIdentityToken",
            "Token must be redeemed within 5 minutes of issuance",
            Expired,
            "clock",
            "NTP",
        ),
        (
            "InvalidIdentityToken",
            "Assertion has expired",
            Expired,
            "clock",
            "NTP",
        ),
        (
            "ExpiredTokenException",
            "Token must be redeemed within 5 minutes of issuance",
            Expired,
            "five minutes",
            "NTP",
        ),
        (
            "ExpiredTokenException",
            "The token has expired",
            Expired,
            "clock",
            "NTP",
        ),
        ("ExpiredToken", "", Expired, "clock", "NTP"),
        (
            "IDPRejectedClaim",
            "rejected",
            RejectedClaim,
            "rejected",
            "Sign in again",
        ),
        (
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
            AccessDenied,
            "does not exist",
            "get-role",
        ),
        (
            "AccessDenied",
            "User: x is not authorized to perform: sts:TagSession on resource: y",
            TagSession,
            "sts:TagSession",
            "trust policy",
        ),
        (
            "AccessDeniedException",
            "not authorized to perform: sts:SetSourceIdentity",
            SetSourceIdentity,
            "sts:SetSourceIdentity",
            "trust policy",
        ),
        (
            "MalformedPolicyDocument",
            "bad",
            MalformedPolicy,
            "policy",
            "sts_url",
        ),
        (
            "PackedPolicyTooLarge",
            "Packed size of session tags consumes 130%",
            PolicyTooLarge,
            "too large",
            "session_tags",
        ),
        (
            "RegionDisabledException",
            "STS is not activated in this region",
            RegionDisabled,
            "not activated",
            "Account settings",
        ),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            Duration,
            "maximum session duration",
            "update-role",
        ),
        (
            "ValidationError",
            "1 validation error detected: Value '60' at 'durationSeconds' failed",
            Duration,
            "900 to 43,200",
            "session_duration_seconds",
        ),
        (
            "ValidationException",
            "x is invalid at 'roleArn'",
            InvalidParameter,
            "parameter",
            "role_path",
        ),
        (
            "Throttling",
            "Rate exceeded",
            Throttled,
            "no more calls",
            "few seconds",
        ),
        (
            "ThrottlingException",
            "Rate exceeded",
            Throttled,
            "no more calls",
            "few seconds",
        ),
        (
            "RequestLimitExceeded",
            "",
            Throttled,
            "no more calls",
            "few seconds",
        ),
        (
            "TooManyRequestsException",
            "",
            Throttled,
            "no more calls",
            "few seconds",
        ),
        ("ServiceUnavailable", "", Unavailable, "trouble", "again"),
        ("InternalFailure", "", Unavailable, "trouble", "again"),
    ] {
        let problem = error(code, message).problem();
        assert_eq!(problem.kind, kind, "{code}: {message}");
        assert!(
            problem.cause.contains(cause),
            "{code} {message}: {}",
            problem.cause
        );
        assert!(
            problem.fix.contains(fix),
            "{code} {message}: {}",
            problem.fix
        );
        assert_eq!(kind.is_passing(), matches!(kind, Throttled | Unavailable));
    }
}

#[test]
fn an_access_denied_lists_what_it_can_be() {
    let cause = error("AccessDenied", "no").problem().cause;
    for part in [
        "does not exist",
        "Principal.Federated",
        "sts:AssumeRoleWithSAML",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "SAML:aud",
        "AWSReservedSSO_",
    ] {
        assert!(cause.contains(part), "{part}: {cause}");
    }
}

#[test]
fn an_unknown_error_is_told_in_awss_words() {
    let problem = error("BrandNewProblem", "Something &lt;new&gt; happened").problem();
    assert_eq!(problem.kind, StsProblemKind::Unknown);
    assert_eq!(
        problem.cause,
        "AWS says BrandNewProblem: Something <new> happened"
    );
    assert!(
        problem
            .fix
            .contains("request f4a1b2c3-0000-1111-2222-333344445555")
    );
    // A phrase under another code is not that problem.
    let problem = error("BrandNewProblem", "Response signature invalid").problem();
    assert_eq!(problem.kind, StsProblemKind::Unknown);
}
