//! The arguments of the commands on people's own machines.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

use super::roles::RoleName;
use crate::config::PublicUrl;
use crate::model::AccountId;

/// `signet login`
#[derive(Debug, Clone, Args)]
pub struct LoginOptions {
    /// Your organisation's Signet, such as https://id.example.com
    #[arg(value_name = "URL", value_parser = server_url)]
    pub url: PublicUrl,
    /// Print the address to open in place of opening it
    #[arg(long)]
    pub no_browser: bool,
}

/// `signet logout`
#[derive(Debug, Clone, Args)]
pub struct LogoutOptions {
    /// End this sign-in alone [default: all]
    #[arg(long, value_name = "URL", value_parser = server_url)]
    pub url: Option<PublicUrl>,
}

/// `signet status`
#[derive(Debug, Clone, Args)]
pub struct StatusOptions {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `signet aws`
#[derive(Debug, Subcommand)]
pub enum AwsCommand {
    /// List the accounts and roles that you may use
    List(ListOptions),
    /// Print credentials for a role: what `credential_process` in ~/.aws/config runs
    Creds(CredsOptions),
    /// Print credentials as commands for your shell: eval "$(signet aws env --account .. --role ..)"
    Env(EnvOptions),
    /// Run a command with credentials for a role in its environment
    Exec(ExecOptions),
    /// Open the AWS console in the browser
    Console(ConsoleOptions),
    /// The profiles in ~/.aws/config
    #[command(subcommand)]
    Profiles(ProfilesCommand),
}

/// Which sign-in.
#[derive(Debug, Clone, Args)]
pub struct Server {
    /// Which Signet [default: the one that you signed in to last]
    #[arg(long, value_name = "URL", value_parser = server_url)]
    pub url: Option<PublicUrl>,
}

/// Which role.
#[derive(Debug, Clone, Args)]
pub struct Role {
    /// The account's twelve digits
    #[arg(long, value_name = "ID", value_parser = AccountId::parse)]
    pub account: AccountId,
    /// The role's name, as `signet aws list` shows it
    #[arg(long, value_name = "NAME", value_parser = RoleName::parse)]
    pub role: RoleName,
    /// Which Signet.
    #[command(flatten)]
    pub server: Server,
}

/// Which credentials.
#[derive(Debug, Clone, Args)]
pub struct Wanted {
    /// Of which role.
    #[command(flatten)]
    pub role: Role,
    /// Ask this STS [default: AWS_ENDPOINT_URL_STS, or the one of AWS_REGION, or the one that Signet names]
    #[arg(long, value_name = "URL")]
    pub sts_url: Option<String>,
    /// Ask for new credentials, even if those from before are still good
    #[arg(long)]
    pub no_cache: bool,
}

/// `signet aws list`
#[derive(Debug, Clone, Args)]
pub struct ListOptions {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Which Signet.
    #[command(flatten)]
    pub server: Server,
}

/// How credentials are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The JSON of AWS's `credential_process`
    CredentialProcess,
    /// Commands for bash, zsh and sh
    Bash,
    /// Commands for fish
    Fish,
    /// Commands for PowerShell
    Powershell,
    /// A section for ~/.aws/credentials
    File,
}

/// `signet aws creds`
#[derive(Debug, Clone, Args)]
pub struct CredsOptions {
    /// How to write them
    #[arg(long, value_enum, default_value = "credential-process")]
    pub format: Format,
    /// Which.
    #[command(flatten)]
    pub wanted: Wanted,
}

/// The shells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash, zsh and sh
    Bash,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

impl Shell {
    /// By a program's path; what is unknown is taken for a descendant of the Bourne shell.
    pub(super) fn of(program: Option<&str>) -> Self {
        match program.and_then(|path| path.rsplit('/').next()) {
            Some("fish") => Self::Fish,
            Some("pwsh" | "powershell") => Self::Powershell,
            _ => Self::Bash,
        }
    }
}

impl From<Shell> for Format {
    fn from(shell: Shell) -> Self {
        match shell {
            Shell::Bash => Self::Bash,
            Shell::Fish => Self::Fish,
            Shell::Powershell => Self::Powershell,
        }
    }
}

/// `signet aws env`
#[derive(Debug, Clone, Args)]
pub struct EnvOptions {
    /// The shell [default: yours, by SHELL]
    #[arg(long, value_enum)]
    pub shell: Option<Shell>,
    /// Which.
    #[command(flatten)]
    pub wanted: Wanted,
}

/// `signet aws exec`
#[derive(Debug, Clone, Args)]
pub struct ExecOptions {
    /// Which credentials.
    #[command(flatten)]
    pub wanted: Wanted,
    /// The command with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// `signet aws console`
#[derive(Debug, Clone, Args)]
pub struct ConsoleOptions {
    /// Which role.
    #[command(flatten)]
    pub role: Role,
    /// The page of the console, beginning with https:// [default: the permission set's]
    #[arg(long, value_name = "URL")]
    pub destination: Option<String>,
    /// Print the address in place of opening it
    #[arg(long)]
    pub no_browser: bool,
}

/// `signet aws profiles`
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// Write a profile for each of your roles into ~/.aws/config, in a block of their own
    Sync(SyncOptions),
}

/// `signet aws profiles sync`
#[derive(Debug, Clone, Args)]
pub struct SyncOptions {
    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "print")]
    pub diff: bool,
    /// Print the block, and change nothing
    #[arg(long)]
    pub print: bool,
    /// Remove the profiles of roles that you no longer have
    #[arg(long)]
    pub prune: bool,
    /// The region of every profile [default: the one that it has; for new ones AWS_REGION]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Which Signet.
    #[command(flatten)]
    pub server: Server,
}

/// An instance's address; people copy it from the browser, with the slash at its end.
fn server_url(text: &str) -> Result<PublicUrl, String> {
    PublicUrl::parse(text.strip_suffix('/').unwrap_or(text))
}
