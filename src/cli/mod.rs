//! The command line: arguments in, exit code out.
//!
//! Owns what each command says to people (stderr) and to machines (stdout), and puts the services together. Exit codes:
//! 0 done, 1 failed, 2 usage, 3 sign in first, 4 denied, 5 expired. No secret is ever an argument.

#[macro_use]
mod output;

pub mod access;
pub mod admin;
pub mod arguments;
pub mod audit;
pub mod backup;
pub mod check;
pub mod client;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod init;
pub mod keys;
pub mod laptop;
pub mod mail;
pub mod migrate;
pub mod organisation;
pub mod restore;
pub mod serve;
pub mod services;
mod tls;
pub mod token;
pub mod traces;
pub mod users;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

pub use error::CliError;

use arguments::{
    AdminCommand, Arguments, AuditCommand, ClientCommand, Command, ConfigCommand, MailCommand,
    TokenCommand, UsersCommand,
};

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    let ended = actix_web::rt::System::new().block_on(dispatch(arguments.command));
    match ended {
        Ok(()) if output::is_lost() => {
            eprintln!(
                "signet: the command is done, but its output could not be written: whoever reads it closed it, or the disk is full"
            );
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("signet: {error}");
            error.exit_code()
        }
    }
}

async fn dispatch(command: Command) -> Result<(), CliError> {
    match command {
        Command::Serve(c) => serve::run(c.config).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Init(answers) => init::run(answers).await,
        Command::Migrate(c) => migrate::run(c.config).await,
        Command::CheckConfig(c) => check::run(c.config),
        Command::Doctor(options) => doctor::run(options).await,
        Command::Users(UsersCommand::Import(options)) => users::import(options).await,
        Command::Users(UsersCommand::Invite(options)) => users::invite(options).await,
        Command::Access(command) => access::run(command).await,
        Command::Token(TokenCommand::Create(options)) => token::create(options).await,
        Command::Token(TokenCommand::List(options)) => token::list(options).await,
        Command::Token(TokenCommand::Revoke(options)) => token::revoke(options).await,
        Command::Mail(MailCommand::Test(options)) => mail::test(options).await,
        Command::Mail(MailCommand::List(options)) => mail::list(options).await,
        Command::Admin(AdminCommand::Recover(options)) => admin::recover(options).await,
        Command::Backup(options) => backup::run(options).await,
        Command::Restore(options) => restore::run(options).await,
        Command::Config(ConfigCommand::Apply(options)) => organisation::apply(options).await,
        Command::Config(ConfigCommand::Export(c)) => organisation::export(c.config).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Client(ClientCommand::Secret(options)) => client::secret(options).await,
        Command::Audit(AuditCommand::Verify(options)) => audit::verify(options).await,
        Command::Audit(AuditCommand::Replay(options)) => audit::replay(options).await,
        Command::Audit(AuditCommand::Export(options)) => audit::export(options).await,
        Command::Traces(options) => traces::run(options).await,
        Command::Login(options) => laptop::login(options),
        Command::Logout(options) => laptop::logout(options),
        Command::Status(options) => laptop::status(options),
        Command::Aws(command) => laptop::aws(command),
    }
}

fn log_to_stderr() {
    let filter = EnvFilter::new(crate::config::log_filter());
    // A second subscriber in one process (tests) is no error.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
