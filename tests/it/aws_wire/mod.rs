//! STS's wire format: the call, its answers, its errors in plain words, and what is handed to shells and files.

mod answers;
mod call;
mod forms;
mod problems;
mod shells;

use signet::protocol::aws::{StsCredentials, parse_assume_role_answer};

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/signet/Signet_ReadOnly";
pub(crate) const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/Signet";

/// In the shape in which AWS answers, with values of our own.
pub(crate) const ANSWER: &str = r#"<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithSAMLResult>
    <Audience>https://signin.aws.amazon.com/saml</Audience>
    <AssumedRoleUser>
      <AssumedRoleId>AROAEXAMPLEEXAMPLE00:alice</AssumedRoleId>
      <Arn>arn:aws:sts::123456789012:assumed-role/Signet_ReadOnly/alice</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAEXAMPLEEXAMPLE00</AccessKeyId>
      <SecretAccessKey>wJalr/XUtnFEMI+K7MDENGbPxRfiCYEXAMPLEKEY</SecretAccessKey>
      <SessionToken>IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+SESSIONTOKEN==</SessionToken>
      <Expiration>2026-11-26T13:30:00Z</Expiration>
    </Credentials>
    <Subject>u-1234</Subject>
    <NameQualifier>SbdGOnUkh1i4+EXAMPLExL/jEvs=</NameQualifier>
    <SourceIdentity>alice</SourceIdentity>
    <PackedPolicySize>6</PackedPolicySize>
    <SubjectType>persistent</SubjectType>
    <Issuer>https://id.example.com/saml/metadata</Issuer>
  </AssumeRoleWithSAMLResult>
  <ResponseMetadata>
    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
  </ResponseMetadata>
</AssumeRoleWithSAMLResponse>
"#;

/// In the shape in which AWS refuses.
pub(crate) fn error_xml(code: &str, message: &str) -> String {
    format!(
        r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>{code}</Code>
    <Message>{message}</Message>
  </Error>
  <RequestId>f4a1b2c3-0000-1111-2222-333344445555</RequestId>
</ErrorResponse>
"#
    )
}

fn credentials() -> StsCredentials {
    parse_assume_role_answer(ANSWER.as_bytes()).unwrap()
}
