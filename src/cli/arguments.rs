//! The arguments of every command.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::access::AccessCommand;
use super::laptop::arguments::{AwsCommand, LoginOptions, LogoutOptions, StatusOptions};

/// Signet: a SAML 2.0 identity provider with its own users and second factors, and the portal to AWS.
#[derive(Debug, Parser)]
#[command(name = "signet", version, about, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(ConfigFile),
    /// Start a complete organisation to click through, and print one link
    Demo(DemoOptions),
    /// Make an instance: four questions, each with a default; prints the administrator's link
    Init(InitAnswers),
    /// Bring the database to this program's version
    Migrate(ConfigFile),
    /// Read the configuration and say what is wrong with it
    CheckConfig(ConfigFile),
    /// Look at everything that an instance needs, and say what is wrong and how to mend it
    Doctor(DoctorOptions),
    /// What only somebody with a shell on the host may do
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Write a sealed, verified copy of the running instance to a new file
    Backup(BackupOptions),
    /// Make the instance of a backup in an empty database
    Restore(BackupOptions),
    /// Who can take which role in AWS, and why; now, or at a past time
    #[command(subcommand)]
    Access(AccessCommand),
    /// The organisation as one file: users, groups, applications, accounts, permission sets, assignments
    #[command(subcommand)]
    Config(ConfigCommand),
    /// People: invited, or from another system
    #[command(subcommand)]
    Users(UsersCommand),
    /// Tokens of the API, for programs
    #[command(subcommand)]
    Token(TokenCommand),
    /// The way to people: whether mail arrives, and what is still on its way
    #[command(subcommand)]
    Mail(MailCommand),
    /// The key ring: what signs now, and what will
    #[command(subcommand)]
    Keys(KeysCommand),
    /// OAuth clients: what is in no file
    #[command(subcommand)]
    Client(ClientCommand),
    /// Verify, replay and export the audit
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What became of applications' attempts in the last 24 hours, failing ones first, with cause and fix
    Traces(TracesOptions),
    /// On your own machine: sign in, in the browser
    Login(LoginOptions),
    /// On your own machine: end the sign-in, and forget it and its AWS credentials
    Logout(LogoutOptions),
    /// On your own machine: where you are signed in
    Status(StatusOptions),
    /// On your own machine: your AWS accounts and roles, and credentials for them
    #[command(subcommand)]
    Aws(AwsCommand),
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub struct ConfigFile {
    /// The configuration file [default: signet.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `signet demo`
#[derive(Debug, Clone, Args)]
pub struct DemoOptions {
    /// Where the identity provider listens; the service provider and AWS take free ports beside it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where the data goes [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Leave the data there at the end
    #[arg(long)]
    pub keep: bool,
    /// An empty PostgreSQL database in place of a file in the folder; it is not removed at the end
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Where browsers reach it, if a proxy stands before it [default: http://localhost and the port]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Print one JSON object on stdout when ready
    #[arg(long)]
    pub json: bool,
}

/// `signet traces`
#[derive(Debug, Clone, Args)]
pub struct TracesOptions {
    /// One attempt: its id, or the request id of an error page
    pub id: Option<String>,
    /// Of this application alone, by name, entity id or client id
    #[arg(long, value_name = "APPLICATION")]
    pub app: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub most: u32,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet init`
#[derive(Debug, Clone, Args)]
pub struct InitAnswers {
    /// The configuration file to write
    #[arg(long, value_name = "FILE", default_value = "signet.toml")]
    pub config: PathBuf,
    /// Answer: where people reach it, such as https://id.example.com
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Answer: `proxy`, `none` (an http address on this machine), or the folder with cert.pem and key.pem
    #[arg(long, value_name = "proxy|none|FOLDER")]
    pub tls: Option<String>,
    /// Answer: sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Answer: the first administrator's mail address
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<String>,
    /// Take the default for every question that is not answered here
    #[arg(long)]
    pub yes: bool,
}

/// `signet admin`
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make a new one-time link for somebody who cannot sign in
    Recover(RecoverOptions),
}

/// `signet admin recover`
#[derive(Debug, Clone, Args)]
pub struct RecoverOptions {
    /// Whose [default: the administrator's, where there is one]
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Take the second factors away, too: for a lost phone
    #[arg(long)]
    pub reset_second_factor: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet backup`, `signet restore`
#[derive(Debug, Clone, Args)]
pub struct BackupOptions {
    /// The backup
    pub file: PathBuf,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet doctor`
#[derive(Debug, Clone, Args)]
pub struct DoctorOptions {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet users`
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Make the people of a file, with the passwords and authenticators that they have elsewhere
    Import(ImportOptions),
    /// Invite people by mail, or by links that you pass on
    Invite(InviteOptions),
}

/// `signet users invite`
#[derive(Debug, Args)]
pub struct InviteOptions {
    /// Mail addresses; `Name <address>` in quotation marks brings the name along
    #[arg(required = true)]
    pub addresses: Vec<String>,
    /// Make them members of this group; may be given again
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,
    /// Print the links instead of mailing them
    #[arg(long)]
    pub by_hand: bool,
    /// How long the links work
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=30))]
    pub days: u16,
    /// One JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet token`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token of the API, and print it: it is shown this once
    Create(TokenCreateOptions),
    /// Every token, without its secret
    List(TokenListOptions),
    /// Make a token useless
    Revoke(TokenRevokeOptions),
}

/// `signet token create`
#[derive(Debug, Args)]
pub struct TokenCreateOptions {
    /// What it is for
    pub name: String,
    /// In whose name it acts; it can never do more than they may
    #[arg(long, value_name = "USER")]
    pub user: String,
    /// What it is good for: users:read, users:invite, traces:read; may be given again
    #[arg(long, value_name = "SCOPE", required = true)]
    pub scope: Vec<String>,
    /// How long it works
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub days: u16,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet token list`
#[derive(Debug, Args)]
pub struct TokenListOptions {
    /// One JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet token revoke`
#[derive(Debug, Args)]
pub struct TokenRevokeOptions {
    /// Its id, as `signet token list` shows it
    pub id: String,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet mail`
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a test to an address, and show what the mail server said
    Test(MailTestOptions),
    /// What no mail server has taken yet, failed ones first
    List(MailListOptions),
}

/// `signet mail test`
#[derive(Debug, Args)]
pub struct MailTestOptions {
    /// Whom to send it to
    pub address: String,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet mail list`
#[derive(Debug, Args)]
pub struct MailListOptions {
    /// One JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet users import`
#[derive(Debug, Clone, Args)]
pub struct ImportOptions {
    /// CSV or JSON: user_name, email, display_name, given_name, family_name, state, groups, password_hash, totp_secret,
    /// attributes.NAME
    pub file: PathBuf,
    /// Which format [default: by the file's extension]
    #[arg(long, value_name = "csv|json")]
    pub format: Option<ImportFormat>,
    /// Make the groups that are not there
    #[arg(long)]
    pub create_groups: bool,
    /// Say what would be imported, and import nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// The format of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ImportFormat {
    /// Comma-separated values.
    Csv,
    /// A list of objects.
    Json,
}

/// `signet client`
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Make a secret for a client, and print it: it is shown this once
    Secret(ClientSecretOptions),
}

/// `signet client secret`
#[derive(Debug, Clone, Args)]
pub struct ClientSecretOptions {
    /// The client's client_id
    #[arg(value_name = "CLIENT_ID")]
    pub client_id: String,
    /// Remove the secrets that it had: the end of a change of secrets
    #[arg(long)]
    pub remove_former: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet keys`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Show every key, without its secret half
    List(ConfigFile),
    /// Make the next key of a purpose and announce it; it signs nothing yet
    Publish(PublishOptions),
    /// Let a key sign in place of the active one, which stays published
    Activate(KeyOptions),
    /// Withdraw a key that signs no more, and destroy its private half
    Retire(RetireOptions),
    /// Print a SAML key's certificate as PEM
    ExportCert(KeyOptions),
}

/// `signet keys publish`
#[derive(Debug, Clone, Args)]
pub struct PublishOptions {
    /// saml, openid_connect, openid_connect_rsa, cookies or audit
    #[arg(value_name = "PURPOSE")]
    pub purpose: String,
    /// rsa-2048, rsa-3072, p-256 or hmac-256 [default: as the active key]
    #[arg(long, value_name = "NAME")]
    pub algorithm: Option<String>,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// Which key.
#[derive(Debug, Clone, Args)]
pub struct KeyOptions {
    /// The key's id, as `signet keys list` shows it
    #[arg(value_name = "ID")]
    pub id: String,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet keys retire`
#[derive(Debug, Clone, Args)]
pub struct RetireOptions {
    /// Which key, and which instance.
    #[command(flatten)]
    pub key: KeyOptions,
    /// The key is known to others: do not wait until what it signed has ended
    #[arg(long)]
    pub compromised: bool,
}

/// `signet config`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Make the organisation what the file says; whoever a list of members or assignments leaves out loses it, all else stays
    Apply(ApplyOptions),
    /// Print the organisation as such a file
    Export(ConfigFile),
}

/// `signet config apply`
#[derive(Debug, Clone, Args)]
pub struct ApplyOptions {
    /// The file, in TOML
    pub file: PathBuf,
    /// Say what would be changed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet audit`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check every record and every signed checkpoint
    Verify(VerifyOptions),
    /// Show the organisation as it was at a past time, as JSON
    Replay(ReplayOptions),
    /// Write every record, one JSON object a line
    Export(ExportOptions),
}

/// `signet audit verify`
#[derive(Debug, Clone, Args)]
pub struct VerifyOptions {
    /// The checkpoint file, or a copy of it kept elsewhere [default: audit.checkpoint_file]
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet audit replay`
#[derive(Debug, Clone, Args)]
pub struct ReplayOptions {
    /// The time, such as 2026-11-24T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub at: String,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// `signet audit export`
#[derive(Debug, Clone, Args)]
pub struct ExportOptions {
    /// Leave personal values sealed, so that the receiver can verify the hashes; native alone
    #[arg(long)]
    pub sealed: bool,
    /// In whose shape
    #[arg(long, value_name = "native|cloudtrail|ocsf", default_value = "native")]
    pub format: String,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}
