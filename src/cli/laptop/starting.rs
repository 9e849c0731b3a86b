//! What is done with a role: its credentials printed, a program started with them, the console opened.

use std::os::unix::process::CommandExt;
use std::process::Command;

use url::Url;

use super::arguments::{ConsoleOptions, ExecOptions, Format, Wanted};
use super::credentials::credentials;
use super::{Laptop, browser, to_stdout};
use crate::cli::CliError;
use crate::model::{InvalidText, Secret};
use crate::protocol::aws::{Shell, StsCredentials};

/// What would give the program another identity than the one that was asked for.
const OTHER_IDENTITIES: [&str; 5] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// `signet aws creds`, `signet aws env`
pub(super) fn print(laptop: &Laptop, wanted: &Wanted, format: Format) -> Result<(), CliError> {
    let credentials = credentials(laptop, wanted)?;
    let written = match format {
        Format::CredentialProcess => credentials.credential_process(),
        Format::Bash => credentials.environment(Shell::Posix, None),
        Format::Fish => credentials.environment(Shell::Fish, None),
        Format::Powershell => credentials.environment(Shell::PowerShell, None),
        Format::File => {
            let name = format!("{}-{}", wanted.role.account, wanted.role.role);
            credentials.credentials_file_section(&name)
        }
    };
    to_stdout(text(&written.map_err(unusable)?)?)
}

fn unusable(error: InvalidText) -> CliError {
    CliError::Refused(error.to_string())
}

fn text(secret: &Secret) -> Result<&str, CliError> {
    secret
        .expose_text()
        .map_err(|e| CliError::failed("the credentials are not text", e))
}

/// `signet aws exec`: this process becomes the command, so that signals and its exit code are the command's own.
pub(super) fn exec(laptop: &Laptop, options: &ExecOptions) -> Result<(), CliError> {
    let Some((program, arguments)) = options.command.split_first() else {
        return Err(CliError::Usage("name a command after --".to_owned()));
    };
    let credentials = credentials(laptop, &options.wanted)?;
    let mut command = Command::new(program);
    command.args(arguments);
    for name in OTHER_IDENTITIES {
        command.env_remove(name);
    }
    give(&mut command, &credentials)?;
    let refused = command.exec();
    Err(CliError::failed(program.to_string_lossy(), refused))
}

fn give(command: &mut Command, credentials: &StsCredentials) -> Result<(), CliError> {
    command
        .env("AWS_ACCESS_KEY_ID", &credentials.access_key_id)
        .env(
            "AWS_SECRET_ACCESS_KEY",
            text(&credentials.secret_access_key)?,
        )
        .env("AWS_SESSION_TOKEN", text(&credentials.session_token)?)
        .env(
            "AWS_CREDENTIAL_EXPIRATION",
            credentials.expiration.to_xs_date_time(),
        );
    Ok(())
}

/// `signet aws console`: the portal's deep link. Who is not signed in there is asked to by the portal.
pub(super) fn console(laptop: &Laptop, options: &ConsoleOptions) -> Result<(), CliError> {
    let server = laptop.server(options.role.server.url.as_ref())?;
    let mut link = Url::parse(&format!("{server}/aws/console"))
        .map_err(|e| CliError::failed(server.as_str(), e))?;
    link.query_pairs_mut()
        .append_pair("account_id", options.role.account.as_str())
        .append_pair("role_name", options.role.role.as_str());
    if let Some(destination) = &options.destination {
        let parsed = Url::parse(destination).ok();
        if parsed.is_none_or(|url| url.scheme() != "https") {
            return Err(CliError::Usage(format!(
                "--destination {destination}: must be a page of the AWS console, beginning with https://"
            )));
        }
        link.query_pairs_mut()
            .append_pair("destination", destination);
    }
    if options.no_browser || !browser::open(&laptop.settings, link.as_str()) {
        return to_stdout(&format!("{link}\n"));
    }
    eprintln!("Opening {link}");
    Ok(())
}
