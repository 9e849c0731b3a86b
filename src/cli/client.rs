//! `signet client`: the secrets of OAuth clients, which are in no file.

use super::CliError;
use super::arguments::ClientSecretOptions;
use super::services::{host_op, load_config, open_instance};
use crate::model::ClientId;

/// Makes a secret and prints it, alone, on stdout.
///
/// # Errors
/// When there is no such client, or it proves itself otherwise, or has two secrets already.
pub async fn secret(options: ClientSecretOptions) -> Result<(), CliError> {
    let id =
        ClientId::parse(&options.client_id).map_err(|error| CliError::Usage(error.to_string()))?;
    let app = open_instance(&load_config(options.config.config)?).await?;
    let op = host_op(&app.clock, &app.entropy, "client");
    let found = app.apps.by_client_id(&id).await?;
    let client = found.ok_or_else(|| {
        CliError::Refused(format!(
            "there is no client {id}; `signet config export` shows those that there are"
        ))
    })?;
    if options.remove_former {
        app.apps
            .remove_client_secrets(&op, &client.id, op.now)
            .await?;
    }
    let secret = app.apps.new_client_secret(&op, &client.id).await?;
    let text = secret
        .expose_text()
        .map_err(|error| CliError::failed("the secret", error))?;
    say!("{text}");
    eprintln!(
        "This is the only time that it is shown. The former secret works until you run this again with --remove-former."
    );
    Ok(())
}
