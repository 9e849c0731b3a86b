//! Credentials, and the forms in which command lines take them.

use serde::Serialize;

use super::Shell;
use crate::model::{AccountId, InvalidText, Secret, Timestamp};

/// Temporary credentials of an assumed role. The secrets are not printed by `Debug`.
#[derive(Debug)]
pub struct StsCredentials {
    /// `ASIA..`; not secret.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: Secret,
    /// Secret.
    pub session_token: Secret,
    /// When AWS stops accepting them.
    pub expiration: Timestamp,
    /// `arn:aws:sts::123456789012:assumed-role/Signet_ReadOnly/alice`.
    pub assumed_role_arn: String,
    /// Whose session it is, where the role's trust policy lets it be said.
    pub source_identity: Option<String>,
}

/// Version 1 of what a `credential_process` prints (AWS SDKs and tools reference, "Process credential provider").
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessOutput<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

impl StsCredentials {
    /// The account in which the role is, from its ARN.
    pub fn account_id(&self) -> Option<AccountId> {
        let account = self.assumed_role_arn.split(':').nth(4)?;
        AccountId::parse(account).ok()
    }

    /// The JSON object for `credential_process`, on one line.
    ///
    /// # Errors
    /// When a secret is not text, which no answer of STS makes it.
    pub fn credential_process(&self) -> Result<Secret, InvalidText> {
        let account_id = self.account_id();
        let output = ProcessOutput {
            version: 1,
            access_key_id: &self.access_key_id,
            secret_access_key: text(&self.secret_access_key)?,
            session_token: text(&self.session_token)?,
            expiration: &self.expiration.to_xs_date_time(),
            account_id: account_id.as_ref().map(AccountId::as_str),
        };
        let mut json = serde_json::to_vec(&output).map_err(|_| NOT_TEXT)?;
        json.push(b'\n');
        Ok(Secret::new(json))
    }

    /// Lines that set the variables which AWS's tools read, for a shell to evaluate; with the region where one is named.
    ///
    /// # Errors
    /// When a value cannot stand in an environment: a secret that is not text, or a NUL.
    pub fn environment(&self, shell: Shell, region: Option<&str>) -> Result<Secret, InvalidText> {
        let expiration = self.expiration.to_xs_date_time();
        let mut variables = vec![
            ("AWS_ACCESS_KEY_ID", self.access_key_id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", text(&self.secret_access_key)?),
            ("AWS_SESSION_TOKEN", text(&self.session_token)?),
            ("AWS_CREDENTIAL_EXPIRATION", expiration.as_str()),
        ];
        if let Some(region) = region {
            variables.push(("AWS_REGION", region));
            variables.push(("AWS_DEFAULT_REGION", region));
        }
        let mut lines = String::new();
        for (name, value) in variables {
            lines.push_str(&shell.assignment(name, value)?);
            lines.push('\n');
        }
        Ok(Secret::from_text(lines))
    }

    /// A section of the shared credentials file. The file knows no quoting: a line break in a value would be a line of
    /// its own, such as `credential_process = ..`, which is run.
    ///
    /// # Errors
    /// When the profile's name or a value cannot stand there.
    pub fn credentials_file_section(&self, profile: &str) -> Result<Secret, InvalidText> {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-_.@+=,/:".contains(&b);
        if !(1..=128).contains(&profile.len()) || !profile.bytes().all(is_name) {
            return Err(InvalidText {
                what: "profile",
                reason: "must be 1 to 128 letters, digits or -_.@+=,/:",
            });
        }
        let expiration = self.expiration.to_xs_date_time();
        let mut section = format!("[{profile}]\n");
        for (key, value) in [
            ("aws_access_key_id", self.access_key_id.as_str()),
            ("aws_secret_access_key", text(&self.secret_access_key)?),
            ("aws_session_token", text(&self.session_token)?),
            ("x_security_token_expires", expiration.as_str()),
        ] {
            if value.is_empty() || !value.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(InvalidText {
                    what: "credentials",
                    reason: "have a character that the credentials file cannot carry; ask for new ones",
                });
            }
            section.push_str(&format!("{key} = {value}\n"));
        }
        Ok(Secret::from_text(section))
    }
}

const NOT_TEXT: InvalidText = InvalidText {
    what: "credentials",
    reason: "are not text; ask for new ones",
};

fn text(secret: &Secret) -> Result<&str, InvalidText> {
    secret.expose_text().map_err(|_| NOT_TEXT)
}
