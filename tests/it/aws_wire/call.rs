//! What may be sent.

use signet::apps::aws_partitions;
use signet::model::Secret;
use signet::protocol::aws::AssumeRoleWithSaml;

use super::{PROVIDER, ROLE};

fn call(role: &str, provider: &str, response: &str, seconds: u32) -> Result<(), String> {
    let response = Secret::from_text(response.into());
    AssumeRoleWithSaml::new(role.into(), provider.into(), response, seconds)
        .map(|call| assert_eq!(call.fields().len(), 6))
        .map_err(|e| e.to_string())
}

#[test]
fn what_sts_would_take_is_taken() {
    let longest = "A".repeat(100_000);
    for (role, response, seconds) in [
        (ROLE, "AAAA", 900),
        (ROLE, &longest, 43_200),
        ("arn:aws-cn:iam::123456789012:role/x", "a+/=", 3600),
        ("arn:aws-us-gov:iam::123456789012:role/a/b/c", "AAAA", 3600),
    ] {
        call(role, PROVIDER, response, seconds).unwrap();
    }
}

#[test]
fn what_sts_would_refuse_is_refused_before() {
    let too_long = "A".repeat(100_001);
    let long_arn = format!("{ROLE}{}", "x".repeat(2_048));
    for (role, provider, response, seconds, says) in [
        (
            "",
            PROVIDER,
            "AAAA",
            3600,
            "role ARN: must be as in arn:aws",
        ),
        (PROVIDER, PROVIDER, "AAAA", 3600, "role ARN"),
        ("role/x", PROVIDER, "AAAA", 3600, "role ARN"),
        (
            "arn:aws:iam::123456789012:role/x y",
            PROVIDER,
            "AAAA",
            3600,
            "role ARN",
        ),
        (
            "arn:aws:iam::123456789012:role/x\n",
            PROVIDER,
            "AAAA",
            3600,
            "role ARN",
        ),
        (&long_arn, PROVIDER, "AAAA", 3600, "role ARN"),
        (ROLE, ROLE, "AAAA", 3600, "SAML provider ARN"),
        (ROLE, PROVIDER, "AAA", 3600, "SAML response"),
        (ROLE, PROVIDER, "<samlp:Response/>", 3600, "SAML response"),
        (ROLE, PROVIDER, "AAAA\nAAAA", 3600, "SAML response"),
        (ROLE, PROVIDER, &too_long, 3600, "SAML response"),
        (ROLE, PROVIDER, "AAAA", 899, "900 to 43,200 seconds"),
        (ROLE, PROVIDER, "AAAA", 43_201, "900 to 43,200 seconds"),
    ] {
        let told = call(role, provider, response, seconds).unwrap_err();
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn the_response_is_not_printed() {
    let response = Secret::from_text("U0VDUkVU".into());
    let call = AssumeRoleWithSaml::new(ROLE.into(), PROVIDER.into(), response, 900).unwrap();
    let printed = format!("{call:?}");
    assert!(!printed.contains("U0VDUkVU"), "{printed}");
    assert!(printed.contains(ROLE), "{printed}");
}

#[test]
fn each_partition_has_its_sts() {
    let endpoint = |name: &str, region| {
        let all = aws_partitions();
        let partition = all.iter().find(|p| p.name == name).unwrap();
        partition.sts_endpoint(region)
    };
    for (name, region, expected) in [
        ("aws", None, "https://sts.us-east-1.amazonaws.com"),
        (
            "aws",
            Some("eu-central-1"),
            "https://sts.eu-central-1.amazonaws.com",
        ),
        (
            "aws-us-gov",
            None,
            "https://sts.us-gov-west-1.amazonaws.com",
        ),
        ("aws-cn", None, "https://sts.cn-north-1.amazonaws.com.cn"),
        (
            "aws-cn",
            Some("cn-northwest-1"),
            "https://sts.cn-northwest-1.amazonaws.com.cn",
        ),
    ] {
        assert_eq!(endpoint(name, region).unwrap(), expected);
    }
    // A region becomes a part of the host to which an assertion goes.
    for region in [
        "",
        "evil.example/",
        "x.evil.example#",
        "EU-CENTRAL-1",
        "a b",
        "@evil",
        "-a",
        "a-",
        "é",
        "x:1",
        "abcdefghijklmnopqrstuvwxyz0123456789",
    ] {
        let told = endpoint("aws", Some(region)).unwrap_err().to_string();
        assert!(told.contains("eu-central-1"), "{told}");
    }
}
