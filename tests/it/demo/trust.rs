//! The trust policies of the simulated AWS: what is not understood is refused when it is read, never skipped.

use signet::demo::{TrustPolicy, TrustPolicyError};
use signet::model::{AccountId, Partition};

use super::responses::{Forgery, PROVIDER};
use super::{Aws, IDP};
use crate::saml::keys::rsa;

const ALL: &str = r#"["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"]"#;
const AUDIENCE: &str = r#"{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#;

fn policy(provider: &str, actions: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},"Action":{actions},"Condition":{condition}}}]}}"#
    )
}

fn aws(json: &str) -> Aws {
    Aws::with_policy(rsa(), &|_: &Partition, _: &AccountId| {
        TrustPolicy::parse(json).unwrap()
    })
}

fn refusal(json: &str) -> String {
    aws(json).refusal(&Forgery::aws().xml())
}

#[test]
fn the_role_must_trust_the_provider_the_action_and_the_audience() {
    aws(&policy(PROVIDER, ALL, AUDIENCE)).console(&Forgery::aws().xml(), None);
    let denied = |action: &str| format!("the role's trust policy does not allow {action} with");
    let assume = denied("sts:AssumeRoleWithSAML");
    let other = PROVIDER.replace("/Signet", "/Other");
    assert!(refusal(&policy(&other, ALL, AUDIENCE)).starts_with(&assume));
    assert!(refusal(&policy(PROVIDER, r#""sts:AssumeRole""#, AUDIENCE)).starts_with(&assume));
    for condition in [
        r#"{"StringEquals":{"SAML:aud":"urn:amazon:webservices"}}"#,
        r#"{"StringEquals":{"saml:iss":"https://other.example"}}"#,
        r#"{"StringEquals":{"saml:iss":[]}}"#,
    ] {
        assert!(refusal(&policy(PROVIDER, ALL, condition)).starts_with(&assume));
    }
    // As the generated roles have it: whichever region's endpoint, and no other host.
    let like = |pattern: &str| format!(r#"{{"StringLike":{{"SAML:aud":["{pattern}"]}}}}"#);
    for pattern in [
        "https://signin.aws.amazon.com/saml",
        "https://*.aws.amazon.com/saml",
        "h*s://signin.?ws.*",
    ] {
        aws(&policy(PROVIDER, ALL, &like(pattern))).console(&Forgery::aws().xml(), None);
    }
    for pattern in [
        "https://*.signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com/sam?l",
        "*x",
    ] {
        assert!(refusal(&policy(PROVIDER, ALL, &like(pattern))).starts_with(&assume));
    }
    let issuer = format!(r#"{{"StringEquals":{{"saml:ISS":["x","{IDP}"]}}}}"#);
    aws(&policy(PROVIDER, ALL, &issuer)).console(&Forgery::aws().xml(), None);
}

#[test]
fn tags_and_source_identity_need_to_be_allowed_when_they_are_there() {
    let denied = |action: &str| format!("the role's trust policy does not allow {action} with");
    let without_tags = policy(
        PROVIDER,
        r#"["sts:AssumeRoleWithSAML","sts:SetSourceIdentity"]"#,
        AUDIENCE,
    );
    assert!(refusal(&without_tags).starts_with(&denied("sts:TagSession")));
    let without_source = policy(
        PROVIDER,
        r#"["sts:AssumeRoleWithSAML","STS:TagSession"]"#,
        AUDIENCE,
    );
    assert!(refusal(&without_source).starts_with(&denied("sts:SetSourceIdentity")));
    let only_assume = policy(PROVIDER, r#""sts:AssumeRoleWithSAML""#, AUDIENCE);
    let bare = Forgery::aws()
        .without("PrincipalTag:department")
        .without("PrincipalTag:team")
        .without("TransitiveTagKeys")
        .without("SourceIdentity");
    aws(&only_assume).console(&bare.xml(), None);
}

#[test]
fn a_policy_that_is_not_understood_is_refused() {
    let good = policy(PROVIDER, ALL, AUDIENCE);
    TrustPolicy::parse(&good).unwrap();
    let parse = |from: &str, to: &str| {
        assert!(good.contains(from));
        TrustPolicy::parse(&good.replace(from, to))
    };
    assert!(matches!(
        parse("Allow", "Deny"),
        Err(TrustPolicyError::Effect)
    ));
    for (from, to) in [
        ("StringEquals", "StringNotLike"),
        ("StringEquals", "StringNotEquals"),
        ("SAML:aud", "SAML:sub"),
    ] {
        assert!(matches!(
            parse(from, to),
            Err(TrustPolicyError::Condition(_))
        ));
    }
    for (from, to) in [
        ("Principal", "NotPrincipal"),
        ("\"Action\"", "\"NotAction\""),
        ("\"Effect\"", "\"Resource\":\"*\",\"Effect\""),
        ("Federated", "AWS"),
        ("\"Version\"", "\"Id\":\"x\",\"Version\""),
    ] {
        assert!(matches!(parse(from, to), Err(TrustPolicyError::Form(_))));
    }
}
