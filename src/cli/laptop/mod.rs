//! The commands on people's own machines: `signet login`, `logout`, `status`, `aws ..`.
//!
//! Owns the sign-in in the browser, its tokens on disk, and what is made of them: AWS credentials for programs, the console
//! in the browser, profiles in `~/.aws/config`. Talks to an instance over HTTP alone, as any other client: opens no store,
//! no keys, no configuration file, and imports of Signet only values, clock, entropy, settings, AWS's
//! wire format and the HTTP client. People's text goes
//! to stderr; stdout carries what programs read, and nothing else.

pub mod arguments;
pub mod browser;
pub mod credentials;
mod ending;
mod folder;
pub mod http;
pub mod loopback;
pub mod oauth;
mod private_file;
pub mod profiles;
pub mod roles;
pub mod session;
pub mod signing_in;
mod starting;
pub mod status;
pub mod sts;

use std::io::Write;

use super::CliError;
use crate::clock::Clock;
use crate::config::{LaptopSettings, PublicUrl};
use crate::entropy::Entropy;

use arguments::{AwsCommand, LoginOptions, LogoutOptions, ProfilesCommand, StatusOptions};
use browser::Way;
use folder::Folder;
use http::Http;

/// What every command here needs.
pub struct Laptop {
    settings: LaptopSettings,
    folder: Folder,
    http: Http,
    clock: Clock,
    entropy: Entropy,
}

impl Laptop {
    /// This machine.
    ///
    /// # Errors
    /// When it has no place for a sign-in.
    pub fn this() -> Result<Self, CliError> {
        let settings = crate::config::laptop();
        let entropy = Entropy::system();
        Ok(Self {
            folder: Folder::of(&settings, &entropy)?,
            settings,
            http: Http::new()?,
            clock: Clock::System,
            entropy,
        })
    }

    /// The instance that is named, or the one that was signed in to last.
    fn server(&self, named: Option<&PublicUrl>) -> Result<PublicUrl, CliError> {
        if let Some(url) = named {
            return Ok(url.clone());
        }
        self.folder.current()?.ok_or_else(|| {
            CliError::SignInFirst(
                "you are not signed in; run: signet login URL, with your organisation's address"
                    .to_owned(),
            )
        })
    }
}

/// `signet login`
///
/// # Errors
/// Denied, refused, or not finished in five minutes.
pub fn login(options: LoginOptions) -> Result<(), CliError> {
    let laptop = Laptop::this()?;
    let way = match options.no_browser {
        true => Way::Stdout,
        false => Way::asked(&laptop.settings),
    };
    let url = options.url;
    let new = signing_in::sign_in(&laptop, &url, way, oauth::Prompt::AsNeeded)?;
    session::keep_new(&laptop.folder.server(&url), &new)?;
    laptop.folder.set_current(&url)?;
    eprintln!(
        "You are signed in to {url} as {}. `signet aws list` shows your AWS roles.",
        new.name.escape_debug()
    );
    Ok(())
}

/// `signet logout`
///
/// # Errors
/// When the instance cannot be told; here everything is forgotten all the same.
pub fn logout(options: LogoutOptions) -> Result<(), CliError> {
    ending::logout(&Laptop::this()?, options.url)
}

/// `signet status`
///
/// # Errors
/// When nobody is signed in (3), or every sign-in has expired (5).
pub fn status(options: StatusOptions) -> Result<(), CliError> {
    status::status(&Laptop::this()?, &options)
}

/// `signet aws`
///
/// # Errors
/// As each command says.
pub fn aws(command: AwsCommand) -> Result<(), CliError> {
    let laptop = Laptop::this()?;
    match command {
        AwsCommand::List(options) => roles::list(&laptop, &options),
        AwsCommand::Creds(options) => starting::print(&laptop, &options.wanted, options.format),
        AwsCommand::Env(options) => {
            let own = || arguments::Shell::of(laptop.settings.shell.as_deref());
            let shell = options.shell.unwrap_or_else(own);
            starting::print(&laptop, &options.wanted, shell.into())
        }
        AwsCommand::Exec(options) => starting::exec(&laptop, &options),
        AwsCommand::Console(options) => starting::console(&laptop, &options),
        AwsCommand::Profiles(ProfilesCommand::Sync(options)) => profiles::sync(&laptop, &options),
    }
}

/// Writes for machines. A reader that has gone away is a failure, not a panic.
fn to_stdout(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| CliError::failed("stdout", e))
}
