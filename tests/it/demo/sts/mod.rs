//! The simulated STS: what it gives, and each refusal with AWS's own code, status and text.

mod calls;
mod refusals;
mod signed;

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::model::Span;

use super::responses::{Forgery, NOW, PROVIDER, role};
use super::{Answer, Aws, FORM};
use crate::saml::forge::escape;
use crate::saml::keys::rsa;

const ROLE: &str = "arn:aws:iam::123456789012:role/signet/Signet_ReadOnly";
const LONG: &str = "arn:aws:iam::123456789012:role/signet/Signet_Long";

/// A call's parameters.
#[derive(Clone)]
struct Call(Vec<(String, String)>);

impl Call {
    /// AssumeRoleWithSAML with this response.
    fn federation(xml: &str) -> Self {
        Self(Vec::new())
            .set("Action", "AssumeRoleWithSAML")
            .set("Version", "2011-06-15")
            .set("RoleArn", ROLE)
            .set("PrincipalArn", PROVIDER)
            .set("SAMLAssertion", &STANDARD.encode(xml))
    }

    fn good() -> Self {
        Self::federation(&Forgery::aws().xml())
    }

    fn set(self, name: &str, value: &str) -> Self {
        let mut call = self.without(name);
        call.0.push((name.to_owned(), value.to_owned()));
        call
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(key, _)| key != name);
        self
    }

    fn body(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect();
        pairs.join("&")
    }

    fn to(&self, aws: &Aws) -> Answer {
        aws.send(Method::POST, "/", Some((FORM, self.body())))
    }
}

impl Answer {
    /// The text of the first XML element of this name.
    fn xml(&self, name: &str) -> String {
        let (_, behind) = self
            .body
            .split_once(&format!("<{name}>"))
            .unwrap_or_else(|| panic!("no {name} in {}", self.body));
        let (text, _) = behind.split_once(&format!("</{name}>")).unwrap();
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    #[track_caller]
    fn assert_fault(&self, status: u16, code: &str, message: &str) {
        assert_eq!(self.xml("Code"), code, "{}", self.body);
        assert_eq!(self.status, status);
        assert_eq!(self.xml("Message"), message);
        assert_eq!(self.xml("Type"), "Sender");
        assert_eq!(self.xml("RequestId"), self.header("x-amzn-requestid"));
        let start =
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>";
        assert!(self.body.starts_with(start), "{}", self.body);
    }
}

#[test]
fn a_good_response_gives_credentials_in_awss_form() {
    let aws = Aws::new(rsa());
    let answer = Call::good().to(&aws);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "text/xml");
    let key = answer.xml("AccessKeyId");
    assert!(key.starts_with("ASIA") && key.len() == 20, "{key}");
    let secret = answer.xml("SecretAccessKey");
    assert_eq!(secret.len(), 40);
    let token = answer.xml("SessionToken");
    assert_eq!(token.len(), 128);
    let role_id = answer.xml("AssumedRoleId");
    let (id, session) = role_id.split_once(':').unwrap();
    assert!(id.starts_with("AROA") && id.len() == 21, "{id}");
    assert_eq!(session, "alice@example.com");
    let request_id = answer.xml("RequestId");
    assert_eq!(request_id.len(), 36);
    assert_eq!(answer.header("x-amzn-requestid"), request_id);
    let shape = answer
        .body
        .replace(&key, "KEY")
        .replace(&secret, "SECRET")
        .replace(&token, "TOKEN")
        .replace(&role_id, "ROLE")
        .replace(&request_id, "REQUEST");
    let expiration = NOW.plus(Span::hours(1)).to_xs_date_time();
    assert_eq!(
        shape,
        format!(
            "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithSAMLResult><Credentials><AccessKeyId>KEY</AccessKeyId><SecretAccessKey>SECRET</SecretAccessKey><SessionToken>TOKEN</SessionToken><Expiration>{expiration}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>ROLE</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/Signet_ReadOnly/alice@example.com</Arn></AssumedRoleUser><Subject>p-1</Subject><SubjectType>persistent</SubjectType><Issuer>https://idp.example/saml/metadata</Issuer><Audience>https://signin.aws.amazon.com/saml</Audience><NameQualifier>{QUALIFIER}</NameQualifier><PackedPolicySize>0</PackedPolicySize><SourceIdentity>alice</SourceIdentity></AssumeRoleWithSAMLResult><ResponseMetadata><RequestId>REQUEST</RequestId></ResponseMetadata></AssumeRoleWithSAMLResponse>"
        )
    );
}

/// base64(sha1("https://idp.example/saml/metadata" + "123456789012" + "/Signet")), by another program.
const QUALIFIER: &str = "QuxlPulbOiGA9esnTOwyGCxXZZ0=";

#[test]
fn a_response_may_be_redeemed_again_within_its_time_for_other_credentials() {
    let aws = Aws::new(rsa());
    let call = Call::good();
    let first = call.to(&aws);
    aws.clock.advance(Span::minutes(5));
    let second = call.to(&aws);
    assert_eq!((first.status, second.status), (200, 200));
    assert_ne!(first.xml("AccessKeyId"), second.xml("AccessKeyId"));
    assert_ne!(first.xml("SecretAccessKey"), second.xml("SecretAccessKey"));
    assert_ne!(first.xml("SessionToken"), second.xml("SessionToken"));
    assert_eq!(first.xml("AssumedRoleId"), second.xml("AssumedRoleId"));
}

#[test]
fn what_the_person_does_not_have_is_not_in_the_answer() {
    let aws = Aws::new(rsa());
    let bare = Forgery::aws().without("SourceIdentity").assertion(|a| {
        a.name_id.format = signet::model::NameIdFormat::EmailAddress;
    });
    let answer = Call::federation(&bare.xml()).to(&aws);
    assert!(!answer.body.contains("SourceIdentity"), "{}", answer.body);
    // Only SAML 2.0's own prefix is taken off.
    assert_eq!(
        answer.xml("SubjectType"),
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    );
}

/// Seconds from the redemption to the expiration.
fn duration(forgery: Forgery, call: impl Fn(Call) -> Call) -> i64 {
    let aws = Aws::new(rsa());
    let answer = call(Call::federation(&forgery.xml())).to(&aws);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let end = signet::model::Timestamp::parse_rfc3339(&answer.xml("Expiration")).unwrap();
    end.since(NOW).as_seconds()
}

#[test]
fn the_shortest_of_the_durations_counts() {
    let unlimited = || Forgery::aws().without("SessionDuration");
    let session_ends = |seconds| {
        unlimited()
            .assertion(|a| a.session_not_on_or_after = Some(NOW.plus(Span::seconds(seconds))))
    };
    let asks = |seconds: &'static str| move |call: Call| call.set("DurationSeconds", seconds);
    assert_eq!(duration(unlimited(), |c| c), 3_600);
    assert_eq!(duration(unlimited(), asks("900")), 900);
    assert_eq!(duration(unlimited(), asks("7200")), 7_200);
    assert_eq!(duration(session_ends(1_800), |c| c), 1_800);
    assert_eq!(duration(session_ends(300), asks("7200")), 300);
    let attribute = |value: &str| Forgery::aws().set("SessionDuration", &[value]);
    assert_eq!(duration(attribute("1200"), asks("7200")), 1_200);
    assert_eq!(duration(attribute("1200"), |c| c), 1_200);
    // The attribute never makes longer, nor does it count against the role.
    assert_eq!(duration(attribute("43200"), |c| c), 3_600);
    let long = unlimited()
        .set("Role", &[&role("Signet_Long")])
        .assertion(|a| a.session_not_on_or_after = None);
    assert_eq!(
        duration(long, |c| c
            .set("RoleArn", LONG)
            .set("DurationSeconds", "43200")),
        43_200
    );
}

#[test]
fn the_caller_names_one_of_several_roles() {
    let aws = Aws::new(rsa());
    let both = Forgery::aws().set("Role", &[&role("Signet_Long"), &role("Signet_ReadOnly")]);
    let call = Call::federation(&both.xml());
    for (arn, name) in [(ROLE, "Signet_ReadOnly"), (LONG, "Signet_Long")] {
        let answer = call.clone().set("RoleArn", arn).to(&aws);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.xml("Arn").contains(&format!("/{name}/")));
    }
}
