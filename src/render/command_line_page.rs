//! The portal's page with credentials for a command line.

use serde::Serialize;

/// A role's command line. Values are there only when they were asked for; no `Debug`, for they are secrets.
#[derive(Serialize)]
pub struct CommandLinePage {
    /// The account's digits.
    pub account_id: String,
    /// Its name.
    pub account_name: String,
    /// The permission set.
    pub role_name: String,
    /// The command that signs in on the person's own machine.
    pub login: String,
    /// The profile for AWS's configuration file.
    pub profile: String,
    /// Where the form goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
    /// The credentials.
    pub values: Option<CommandLineValues>,
    /// Why there are none, and what to do; the second may be empty.
    pub trouble: Option<(String, String)>,
    /// The portal.
    pub portal: String,
    /// Sign out.
    pub sign_out: String,
}

/// Credentials.
#[derive(Serialize)]
pub struct CommandLineValues {
    /// In the forms of shells and of the credentials file.
    pub blocks: Vec<SecretBlock>,
    /// Not secret.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: String,
    /// Secret.
    pub session_token: String,
    /// When AWS stops accepting them, UTC.
    pub expires: String,
    /// Whose session it is.
    pub assumed_role_arn: String,
}

/// Lines to copy.
#[derive(Serialize)]
pub struct SecretBlock {
    /// `bash`, `powershell`, `fish` or `file`.
    pub name: &'static str,
    /// The lines.
    pub lines: String,
}

impl SecretBlock {
    /// Lines under a name.
    pub fn new(name: &'static str, lines: String) -> Self {
        Self { name, lines }
    }
}
