//! What a demonstration says when it is ready.

use serde_json::json;

use super::Addresses;
use super::folder::{DemoFolder, Remembered};
use crate::cli::CliError;

/// People read stderr; with `--json` a program reads one object on stdout.
pub(super) fn show(
    at: &Addresses,
    remembered: &Remembered,
    folder: &DemoFolder,
    json: bool,
) -> Result<(), CliError> {
    if json {
        return show_json(at, remembered);
    }
    eprintln!(
        "\nSignet's demo is ready. Begin here:\n\n    {}/\n",
        at.public_url
    );
    eprintln!("Sign in as one of these; the secret goes into any authenticator app:\n");
    for person in &remembered.people {
        eprintln!(
            "    {:<6} password {}   secret {}",
            person.user_name, person.password, person.totp_secret
        );
    }
    eprintln!("\nor set up the administrator, as after `signet init`:\n");
    eprintln!("    {}\n", remembered.setup_link);
    eprintln!("The demo application is at {}/", at.sp_url);
    eprintln!("The demo OAuth client is at {}/", at.client_url);
    eprintln!("The simulated AWS is at    {}/", at.aws_url);
    eprintln!("All mail arrives at        {}/", at.mail_url);
    match folder.kept() {
        Some(path) => eprintln!("\nCtrl-C ends it. The data stays in {}.", path.display()),
        None => eprintln!("\nCtrl-C ends it and removes its data; --keep leaves them."),
    }
    Ok(())
}

fn show_json(at: &Addresses, remembered: &Remembered) -> Result<(), CliError> {
    let object = json!({
        "public_url": at.public_url,
        "entity_id": format!("{}/saml/metadata", at.public_url),
        "setup_link": remembered.setup_link,
        "sp_url": at.sp_url,
        "aws_url": at.aws_url,
        "mail_url": at.mail_url,
        "smtp_url": format!("smtp://127.0.0.1:{}", at.smtp_port),
        "management_url": at.management_url,
        "users": remembered.people,
        "oauth_clients": [remembered.oauth_client],
        "api_token": remembered.api_token,
    });
    use std::io::Write;
    let mut out = std::io::stdout();
    writeln!(out, "{object}")
        .and_then(|()| out.flush())
        .map_err(|e| CliError::failed("stdout", e))
}
