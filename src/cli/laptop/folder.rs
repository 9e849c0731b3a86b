//! Where sign-ins and AWS credentials are kept: one folder for each instance, their owner's alone.
//!
//! ```text
//! current                               the address of the instance that was signed in to last
//! https_id.example.com/sign-in.json     the sign-in, with its tokens
//! https_id.example.com/aws/..           AWS credentials, until shortly before they end
//! https_id.example.com/lock  browser    locks
//! ```

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::private_file::{self, Lock, Mode};
use crate::cli::CliError;
use crate::config::{LaptopSettings, PublicUrl};
use crate::entropy::Entropy;
use crate::model::{Span, Timestamp};

/// A token that ends so soon is as good as ended.
const MARGIN: Span = Span::seconds(30);

/// What an instance gave at a sign-in. No `Debug`.
#[derive(Serialize, Deserialize)]
pub struct Tokens {
    /// For the API.
    pub access_token: Zeroizing<String>,
    /// The end of the access token.
    pub expires_at: Timestamp,
    /// For new ones; single use.
    pub refresh_token: Option<Zeroizing<String>>,
}

/// A sign-in. Without tokens: it has ended, and was not ended by `signet logout`.
#[derive(Serialize, Deserialize)]
pub struct SignIn {
    /// The instance.
    pub url: String,
    /// `sub` of the ID token.
    pub subject: String,
    /// Who, for people.
    pub name: String,
    /// When.
    pub signed_in_at: Timestamp,
    /// What is good now.
    pub tokens: Option<Tokens>,
}

impl SignIn {
    /// The access token, if it is good for a while yet.
    pub(super) fn access_token(&self, now: Timestamp) -> Option<&Zeroizing<String>> {
        let tokens = self.tokens.as_ref()?;
        (tokens.expires_at > now.plus(MARGIN)).then_some(&tokens.access_token)
    }

    /// Whether a command works without the browser.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        let renewable = self
            .tokens
            .as_ref()
            .is_some_and(|tokens| tokens.refresh_token.is_some());
        renewable || self.access_token(now).is_some()
    }
}

/// The folder of all.
pub(super) struct Folder {
    path: PathBuf,
    entropy: Entropy,
}

impl Folder {
    /// The folder that the environment names; made when something is written.
    ///
    /// # Errors
    /// When the environment names neither it nor a home.
    pub(super) fn of(settings: &LaptopSettings, entropy: &Entropy) -> Result<Self, CliError> {
        let path = settings.folder.clone().ok_or_else(|| {
            CliError::Refused(
                "there is no place for the sign-in: HOME is not set. Set it, or SIGNET_CONFIG_DIR"
                    .to_owned(),
            )
        })?;
        Ok(Self {
            path,
            entropy: entropy.clone(),
        })
    }

    /// An instance's part.
    pub(super) fn server(&self, url: &PublicUrl) -> ServerFolder {
        // An origin has no other slash and no backslash; `%` is in no host, so that no two origins share a folder.
        let name = url.as_str().replacen("://", "_", 1).replace(':', "%");
        ServerFolder {
            path: self.path.join(name),
            url: url.clone(),
            entropy: self.entropy.clone(),
        }
    }

    /// The instance that was signed in to last, if that sign-in was not ended.
    pub(super) fn current(&self) -> Result<Option<PublicUrl>, CliError> {
        let Some(octets) = private_file::read(&self.path.join("current"))? else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&octets);
        Ok(PublicUrl::parse(text.trim()).ok())
    }

    /// Makes it the default of later commands.
    pub(super) fn set_current(&self, url: &PublicUrl) -> Result<(), CliError> {
        private_file::make_private_folder(&self.path)?;
        let text = format!("{url}\n");
        let path = self.path.join("current");
        private_file::replace(&path, text.as_bytes(), Mode::PRIVATE, &self.entropy)
    }

    /// Removes the default if it is this one.
    pub(super) fn forget_current(&self, url: &PublicUrl) -> Result<(), CliError> {
        if self.current()?.as_ref() == Some(url) {
            private_file::remove(&self.path.join("current"))?;
        }
        Ok(())
    }

    /// Every instance with a sign-in, in order of their names.
    pub(super) fn servers(&self) -> Result<Vec<ServerFolder>, CliError> {
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(CliError::failed(self.path.display().to_string(), e)),
        };
        let mut found = Vec::new();
        for entry in entries.filter_map(Result::ok) {
            let url = url_of(&entry.file_name().to_string_lossy());
            found.extend(url.map(|url| self.server(&url)));
        }
        found.retain(|server| server.sign_in_path().exists());
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }
}

/// Back from the name of a folder.
fn url_of(name: &str) -> Option<PublicUrl> {
    let (scheme, host) = name.split_once('_')?;
    PublicUrl::parse(&format!("{scheme}://{}", host.replace('%', ":"))).ok()
}

/// An instance's part of the folder.
pub(super) struct ServerFolder {
    path: PathBuf,
    /// The instance.
    pub url: PublicUrl,
    entropy: Entropy,
}

impl ServerFolder {
    fn sign_in_path(&self) -> PathBuf {
        self.path.join("sign-in.json")
    }

    /// The sign-in.
    pub(super) fn sign_in(&self) -> Result<Option<SignIn>, CliError> {
        let path = self.sign_in_path();
        let Some(octets) = private_file::read_private(&path)? else {
            return Ok(None);
        };
        let octets = Zeroizing::new(octets);
        serde_json::from_slice(&octets).map(Some).map_err(|_| {
            CliError::Refused(format!(
                "{} is damaged. Run `signet logout`, then sign in again",
                path.display()
            ))
        })
    }

    /// Keeps the sign-in.
    pub(super) fn keep(&self, sign_in: &SignIn) -> Result<(), CliError> {
        private_file::make_private_folder(&self.path)?;
        let octets = Zeroizing::new(
            serde_json::to_vec(sign_in)
                .map_err(|e| CliError::failed("the sign-in cannot be kept", e))?,
        );
        let path = self.sign_in_path();
        private_file::replace(&path, &octets, Mode::PRIVATE, &self.entropy)
    }

    /// Forgets the sign-in and its AWS credentials.
    pub(super) fn forget(&self) -> Result<(), CliError> {
        private_file::remove(&self.sign_in_path())?;
        self.forget_credentials()
    }

    /// Forgets the AWS credentials: they are another person's now, or nobody's.
    pub(super) fn forget_credentials(&self) -> Result<(), CliError> {
        private_file::remove(&self.credentials_folder()).map(|_| ())
    }

    /// Where AWS credentials are kept.
    pub(super) fn credentials_folder(&self) -> PathBuf {
        self.path.join("aws")
    }

    /// Keeps one role's AWS credentials.
    pub(super) fn keep_credentials(&self, path: &Path, octets: &[u8]) -> Result<(), CliError> {
        private_file::make_private_folder(&self.credentials_folder())?;
        private_file::replace(path, octets, Mode::PRIVATE, &self.entropy)
    }

    /// Whoever holds it changes the sign-in. A refresh token works once: two commands that used the same one would look
    /// like a thief, and end the sign-in.
    pub(super) fn lock(&self) -> Result<Lock, CliError> {
        private_file::make_private_folder(&self.path)?;
        Lock::take(&self.path.join("lock"))
    }

    /// Whoever holds it asks the person to sign in. A tool that runs ten `credential_process` at once after a weekend
    /// opens one browser window, not ten.
    pub(super) fn browser_lock(&self) -> Result<Lock, CliError> {
        private_file::make_private_folder(&self.path)?;
        Lock::take(&self.path.join("browser"))
    }
}
