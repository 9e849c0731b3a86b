//! The calls themselves: operations, parameters and their limits.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::Call;
use crate::demo::responses::Forgery;
use crate::demo::{Aws, FORM};
use crate::saml::keys::rsa;

#[test]
fn there_are_two_operations_of_one_version() {
    let aws = Aws::new(rsa());
    for (action, version, text) in [
        (
            "AssumeRole",
            "2011-06-15",
            "Could not find operation AssumeRole for version 2011-06-15",
        ),
        (
            "<&>",
            "2011-06-15",
            "Could not find operation <&> for version 2011-06-15",
        ),
        (
            "AssumeRoleWithSAML",
            "2010-05-08",
            "Could not find operation AssumeRoleWithSAML for version 2010-05-08",
        ),
    ] {
        let call = Call::good().set("Action", action).set("Version", version);
        call.to(&aws).assert_fault(400, "InvalidAction", text);
    }
    let text = "Could not find operation AssumeRoleWithSAML for version NO_VERSION_SPECIFIED";
    let answer = Call::good().without("Version").to(&aws);
    answer.assert_fault(400, "InvalidAction", text);
    let answer = Call::good().without("Action").to(&aws);
    assert_eq!(answer.xml("Code"), "MissingAction");
}

#[test]
fn a_call_is_a_form_with_each_parameter_once() {
    let aws = Aws::new(rsa());
    let body = Call::good().body();
    let answer = aws.send(Method::POST, "/", Some(("application/json", body.clone())));
    assert_eq!(answer.xml("Code"), "InvalidQueryParameter");
    let twice = format!("{body}&RoleArn=x");
    let answer = aws.send(Method::POST, "/", Some((FORM, twice)));
    answer.assert_fault(
        400,
        "InvalidQueryParameter",
        "The parameter RoleArn is there more than once.",
    );
    let charset = "application/x-www-form-urlencoded; charset=utf-8";
    let answer = aws.send(Method::POST, "/", Some((charset, body)));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn assert_invalid(change: impl Fn(Call) -> Call, rule: &str) {
    let aws = Aws::new(rsa());
    let text = format!("1 validation error detected: {rule}");
    let answer = change(Call::good()).to(&aws);
    answer.assert_fault(400, "ValidationError", &text);
}

#[test]
fn parameters_keep_their_limits() {
    let long =
        |length: usize| format!("arn:aws:iam::123456789012:role/{}", "x".repeat(length - 31));
    assert_invalid(
        |c| c.without("RoleArn"),
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
    );
    assert_invalid(
        |c| c.set("RoleArn", "arn:aws:iam::1:r/x"),
        "Value 'arn:aws:iam::1:r/x' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    );
    assert_invalid(
        |c| c.set("PrincipalArn", &long(2_049)),
        &format!(
            "Value '{}' at 'principalArn' failed to satisfy constraint: Member must have length less than or equal to 2048",
            long(2_049)
        ),
    );
    assert_invalid(
        |c| c.set("SAMLAssertion", "AAA"),
        "Value at 'sAMLAssertion' failed to satisfy constraint: Member must have length greater than or equal to 4",
    );
    assert_invalid(
        |c| c.set("SAMLAssertion", &"A".repeat(100_001)),
        "Value at 'sAMLAssertion' failed to satisfy constraint: Member must have length less than or equal to 100000",
    );
    for (seconds, rule) in [
        ("899", "greater than or equal to 900"),
        ("43201", "less than or equal to 43200"),
    ] {
        assert_invalid(
            |c| c.set("DurationSeconds", seconds),
            &format!(
                "Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value {rule}"
            ),
        );
    }
    let aws = Aws::new(rsa());
    let answer = Call::good()
        .without("RoleArn")
        .without("PrincipalArn")
        .to(&aws);
    answer.assert_fault(
        400,
        "ValidationError",
        "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value null at 'principalArn' failed to satisfy constraint: Member must not be null",
    );
    for text in ["", "+900", "900.5", "an hour", "99999999999999999999"] {
        let answer = Call::good().set("DurationSeconds", text).to(&aws);
        assert_eq!(answer.xml("Code"), "MalformedInput");
    }
    for arn in ["x".repeat(20), "arn:aws:iam::123456789012:".into()] {
        let answer = Call::good().set("RoleArn", &arn).to(&aws);
        answer.assert_fault(400, "ValidationError", "Request ARN is invalid");
    }
}

#[test]
fn the_assertion_is_strict_base64() {
    let aws = Aws::new(rsa());
    let xml = Forgery::aws().xml();
    for encoded in [
        format!("{}\n", STANDARD.encode(&xml)),
        format!("{}=", STANDARD.encode(&xml)),
        format!("{}_", URL_SAFE_NO_PAD.encode(&xml)),
        "<xml>".to_owned(),
    ] {
        let answer = Call::good().set("SAMLAssertion", &encoded).to(&aws);
        answer.assert_fault(400, "InvalidIdentityToken", "Invalid base64 SAMLResponse");
    }
}

const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

#[test]
fn session_policies_are_policies_and_not_too_long() {
    let aws = Aws::new(rsa());
    let answer = Call::good().set("Policy", POLICY).to(&aws);
    assert_eq!(answer.xml("PackedPolicySize"), "5");
    let malformed = |policy: &str, text: &str| {
        let answer = Call::good().set("Policy", policy).to(&aws);
        answer.assert_fault(400, "MalformedPolicyDocument", text);
    };
    malformed("{", "This policy contains invalid Json");
    for (from, to) in [
        ("Allow", "Permit"),
        ("\"Action\"", "\"Actions\""),
        ("\"Resource\"", "\"Resources\""),
        ("2012-10-17", "2012-10-18"),
        ("Statement", "Statements"),
    ] {
        malformed(&POLICY.replace(from, to), "Syntax errors in policy.");
    }
    let padded = |length: usize| format!("{POLICY}{}", " ".repeat(length - POLICY.len()));
    let answer = Call::good().set("Policy", &padded(2_048)).to(&aws);
    assert_eq!(answer.xml("PackedPolicySize"), "100");
    let answer = Call::good().set("Policy", &padded(2_049)).to(&aws);
    assert_eq!(answer.xml("Code"), "ValidationError");

    const ARN: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let with_arns = |count: usize, call: Call| {
        (1..=count).fold(call, |call, n| {
            call.set(&format!("PolicyArns.member.{n}.arn"), ARN)
        })
    };
    assert_eq!(with_arns(10, Call::good()).to(&aws).status, 200);
    let answer = with_arns(11, Call::good()).to(&aws);
    assert!(answer.xml("Message").contains("at 'policyArns'"));
    let together = with_arns(1, Call::good().set("Policy", &padded(2_040)));
    assert_eq!(together.to(&aws).xml("Code"), "PackedPolicyTooLarge");
}
