//! GetCallerIdentity: a request signed with the credentials that were given (Signature Version 4), and every way in
//! which it is not.

use actix_web::http::Method;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use signet::model::{Span, Timestamp};

use super::{Answer, Call};
use crate::demo::responses::NOW;
use crate::demo::{Aws, send_with};
use crate::saml::keys::rsa;

const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const HOST: &str = "127.0.0.1:8082";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// A request as a client of AWS makes it, written from the guide and not from the receiver.
#[derive(Clone)]
struct Signer {
    key: String,
    secret: String,
    token: Option<String>,
    at: Timestamp,
    region: &'static str,
    service: &'static str,
    terminator: &'static str,
    /// In order.
    signed: Vec<&'static str>,
    body: &'static str,
    query: &'static str,
}

impl Signer {
    fn of(answer: &Answer) -> Self {
        Self {
            key: answer.xml("AccessKeyId"),
            secret: answer.xml("SecretAccessKey"),
            token: Some(answer.xml("SessionToken")),
            at: NOW,
            region: "eu-west-1",
            service: "sts",
            terminator: "aws4_request",
            signed: vec!["content-type", "host", "x-amz-date", "x-amz-security-token"],
            body: BODY,
            query: "",
        }
    }

    fn time(&self) -> String {
        self.at.to_xs_date_time().replace(['-', ':'], "")
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("content-type", FORM.to_owned()),
            ("host", HOST.to_owned()),
            ("x-amz-date", self.time()),
        ];
        if let Some(token) = &self.token {
            headers.push(("x-amz-security-token", token.clone()));
        }
        headers
    }

    fn authorization(&self) -> String {
        let time = self.time();
        let hex_hash = |text: &str| hex::encode(digest(&SHA256, text.as_bytes()));
        let headers: String = self
            .headers()
            .iter()
            .filter(|(name, _)| self.signed.contains(name))
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let signed = self.signed.join(";");
        let body = hex_hash(self.body);
        let canonical = format!("POST\n/\n{}\n{headers}\n{signed}\n{body}", self.query);
        let scope = [&time[..8], self.region, self.service, self.terminator];
        let text = format!(
            "AWS4-HMAC-SHA256\n{time}\n{}\n{}",
            scope.join("/"),
            hex_hash(&canonical)
        );
        let mac = |key: &[u8], text: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
        };
        let start = format!("AWS4{}", self.secret).into_bytes();
        let key = scope.iter().fold(start, |key, step| mac(&key, step));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={signed}, Signature={}",
            self.key,
            scope.join("/"),
            hex::encode(mac(&key, &text))
        )
    }

    fn send(&self, aws: &Aws) -> Answer {
        self.send_as(aws, &self.authorization(), self.body)
    }

    fn send_as(&self, aws: &Aws, authorization: &str, body: &str) -> Answer {
        let mut headers = self.headers();
        headers.push(("authorization", authorization.to_owned()));
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let path = format!("/?{}", self.query);
        send_with(
            |config| aws.service.configure(config),
            Method::POST,
            path.trim_end_matches('?'),
            &headers,
            body,
        )
    }
}

fn signed_in() -> (Aws, Signer) {
    let aws = Aws::new(rsa());
    let answer = Call::good().to(&aws);
    let signer = Signer::of(&answer);
    (aws, signer)
}

#[test]
fn the_credentials_say_whose_they_are() {
    let aws = Aws::new(rsa());
    let given = Call::good().to(&aws);
    let answer = Signer::of(&given).send(&aws);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let user_id = given.xml("AssumedRoleId");
    let request_id = answer.header("x-amzn-requestid").to_owned();
    assert_eq!(
        answer.body,
        format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/Signet_ReadOnly/alice@example.com</Arn><UserId>{user_id}</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        )
    );
    let mut queried = Signer::of(&given);
    queried.query = "a=1&b=";
    assert_eq!(queried.send(&aws).status, 200);
}

#[test]
fn what_was_changed_after_signing_does_not_match() {
    let (aws, signer) = signed_in();
    let mut wrong = signer.clone();
    wrong.secret = "A".repeat(40);
    wrong
        .send(&aws)
        .assert_fault(403, "SignatureDoesNotMatch", MISMATCH);
    let good = signer.authorization();
    let answer = signer.send_as(&aws, &good, &format!("{BODY}&x=1"));
    answer.assert_fault(403, "SignatureDoesNotMatch", MISMATCH);
    let mut later = signer.clone();
    later.at = NOW.plus(Span::seconds(1));
    let answer = later.send_as(&aws, &good, BODY);
    answer.assert_fault(403, "SignatureDoesNotMatch", MISMATCH);
    let (start, last) = good.split_at(good.len() - 1);
    let flipped = format!("{start}{}", if last == "0" { "1" } else { "0" });
    let answer = signer.send_as(&aws, &flipped, BODY);
    answer.assert_fault(403, "SignatureDoesNotMatch", MISMATCH);
    for changed in [
        good.replace("eu-west-1", "us-east-1"),
        good.replace("Signature=", "Signature=zz"),
        good.replace("content-type;host", "host"),
    ] {
        let answer = signer.send_as(&aws, &changed, BODY);
        answer.assert_fault(403, "SignatureDoesNotMatch", MISMATCH);
    }
    assert_eq!(signer.send(&aws).status, 200);
}

#[test]
fn the_credentials_must_be_known_whole_and_not_expired() {
    const INVALID: &str = "The security token included in the request is invalid.";
    let (aws, signer) = signed_in();
    let mut unknown = signer.clone();
    unknown.key = "ASIAAAAAAAAAAAAAAAAA".into();
    let answer = unknown.send(&aws);
    answer.assert_fault(403, "InvalidClientTokenId", INVALID);
    let mut other = signer.clone();
    other.token = Some("A".repeat(128));
    let answer = other.send(&aws);
    answer.assert_fault(403, "InvalidClientTokenId", INVALID);
    let mut without = signer.clone();
    without.token = None;
    without.signed.pop();
    let answer = without.send(&aws);
    answer.assert_fault(403, "InvalidClientTokenId", INVALID);
    aws.clock.advance(Span::seconds(3_599));
    let mut late = signer;
    late.at = aws.clock.now();
    assert_eq!(late.send(&aws).status, 200);
    aws.clock.advance(Span::seconds(1));
    let answer = late.send(&aws);
    answer.assert_fault(
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    );
}

#[test]
fn the_request_is_signed_now_for_this_service_and_in_whole() {
    let (aws, signer) = signed_in();
    let refused = |change: fn(&mut Signer), message: &str| {
        let mut signer = signer.clone();
        change(&mut signer);
        let answer = signer.send(&aws);
        answer.assert_fault(403, "SignatureDoesNotMatch", message);
    };
    let shown = |at: Timestamp| at.to_xs_date_time().replace(['-', ':'], "");
    let quarter = Span::seconds(900);
    refused(
        |s| s.at = NOW.minus(Span::seconds(901)),
        &format!(
            "Signature expired: {} is now earlier than {} ({} - 15 min.)",
            shown(NOW.minus(Span::seconds(901))),
            shown(NOW.minus(quarter)),
            shown(NOW)
        ),
    );
    refused(
        |s| s.at = NOW.plus(Span::seconds(901)),
        &format!(
            "Signature not yet current: {} is still later than {} ({} + 15 min.)",
            shown(NOW.plus(Span::seconds(901))),
            shown(NOW.plus(quarter)),
            shown(NOW)
        ),
    );
    refused(
        |s| s.service = "s3",
        "Credential should be scoped to correct service: 'sts'.",
    );
    refused(
        |s| s.terminator = "aws3_request",
        "Credential should be scoped with a valid terminator: 'aws4_request'.",
    );
    refused(
        |s| s.signed = vec!["x-amz-date", "x-amz-security-token"],
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
    for signed in [
        vec!["host", "x-amz-security-token"],
        vec!["host", "x-amz-date"],
    ] {
        let mut signer = signer.clone();
        signer.signed = signed;
        let answer = signer.send(&aws);
        answer.assert_fault(
            403,
            "SignatureDoesNotMatch",
            "There were headers present in the request which were not signed",
        );
    }
    let mut within = signer.clone();
    within.at = NOW.minus(quarter);
    assert_eq!(within.send(&aws).status, 200);
}

#[test]
fn without_a_signature_nobody_calls() {
    let (aws, signer) = signed_in();
    let body = Some((FORM, BODY.to_owned()));
    let answer = aws.send(Method::POST, "/", body);
    answer.assert_fault(
        403,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    );
    let good = signer.authorization();
    for name in ["Credential", "SignedHeaders", "Signature"] {
        let without = good.replace(&format!("{name}="), "X=");
        let answer = signer.send_as(&aws, &without, BODY);
        let text = format!("Authorization header requires '{name}' parameter.");
        answer.assert_fault(400, "IncompleteSignature", &text);
    }
    let basic = signer.send_as(&aws, "Basic eDp5", BODY);
    assert_eq!(basic.xml("Code"), "IncompleteSignature");
}
