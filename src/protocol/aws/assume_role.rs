//! What is sent: the fields of AssumeRoleWithSAML.

use crate::model::{InvalidText, Secret};

/// One call of AssumeRoleWithSAML (STS API reference). The response in it is a bearer secret until it expires.
#[derive(Debug)]
pub struct AssumeRoleWithSaml {
    role_arn: String,
    principal_arn: String,
    saml_response: Secret,
    duration_seconds: u32,
}

impl AssumeRoleWithSaml {
    /// Checks what STS would refuse: ARNs of 20 to 2,048 characters, a response of 4 to 100,000 characters in base64 (the
    /// whole `samlp:Response`), and 900 to 43,200 seconds. The role's own maximum is known to AWS alone.
    ///
    /// # Errors
    /// With the field and its rule; the response is never in it.
    pub fn new(
        role_arn: String,
        principal_arn: String,
        saml_response: Secret,
        duration_seconds: u32,
    ) -> Result<Self, InvalidText> {
        check_arn(&role_arn, ":role/", ROLE)?;
        check_arn(&principal_arn, ":saml-provider/", PROVIDER)?;
        let response = saml_response.expose();
        let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
        if !(4..=100_000).contains(&response.len()) || !response.iter().all(is_base64) {
            return Err(InvalidText {
                what: "SAML response",
                reason: "must be base64 of 4 to 100,000 characters; send fewer session tags if it is longer",
            });
        }
        if !(900..=43_200).contains(&duration_seconds) {
            return Err(InvalidText {
                what: "session duration",
                reason: "must be 900 to 43,200 seconds",
            });
        }
        Ok(Self {
            role_arn,
            principal_arn,
            saml_response,
            duration_seconds,
        })
    }

    /// The fields of the form, in the reference's order.
    pub fn fields(&self) -> [(&'static str, String); 6] {
        // Base64, so every octet is a character.
        let response = self.saml_response.expose();
        let response = response.iter().copied().map(char::from).collect();
        [
            ("Action", "AssumeRoleWithSAML".to_owned()),
            ("Version", "2011-06-15".to_owned()),
            ("RoleArn", self.role_arn.clone()),
            ("PrincipalArn", self.principal_arn.clone()),
            ("SAMLAssertion", response),
            ("DurationSeconds", self.duration_seconds.to_string()),
        ]
    }
}

const ROLE: InvalidText = InvalidText {
    what: "role ARN",
    reason: "must be as in arn:aws:iam::123456789012:role/signet/Signet_ReadOnly",
};
const PROVIDER: InvalidText = InvalidText {
    what: "SAML provider ARN",
    reason: "must be as in arn:aws:iam::123456789012:saml-provider/Signet",
};

fn check_arn(arn: &str, kind: &str, error: InvalidText) -> Result<(), InvalidText> {
    let well_formed = (20..=2_048).contains(&arn.len())
        && arn.bytes().all(|b| b.is_ascii_graphic())
        && arn.starts_with("arn:")
        && arn.contains(kind);
    if well_formed { Ok(()) } else { Err(error) }
}
