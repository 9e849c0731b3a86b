//! `signet keys`: a change of the signing key, in steps that nobody who trusts the instance stumbles over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::CliError;
use super::arguments::{KeyOptions, KeysCommand, PublishOptions, RetireOptions};
use super::services::{host_op, load_config, open_instance};
use crate::config::Config;
use crate::keys::ring::Retirement;
use crate::keys::{KeyAlgorithm, KeyState, Keys, Purpose, SigningKey};
use crate::model::{InvalidText, KeyFacts, KeyId};
use crate::op::Op;
use crate::web::App;

/// Runs one of the commands.
///
/// # Errors
/// When there is no such key, or the ring's rules forbid the change.
pub async fn run(command: KeysCommand) -> Result<(), CliError> {
    match command {
        KeysCommand::List(c) => list(&opened(load_config(c.config)?).await?.0.keys),
        KeysCommand::Publish(options) => publish(options).await,
        KeysCommand::Activate(options) => activate(options).await,
        KeysCommand::Retire(options) => retire(options).await,
        KeysCommand::ExportCert(options) => export(options).await,
    }
}

async fn opened(config: Config) -> Result<(App, Op), CliError> {
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "keys");
    Ok((app, op))
}

fn list(keys: &Keys) -> Result<(), CliError> {
    for key in keys.list() {
        say!("{}", line(&key));
    }
    Ok(())
}

fn line(key: &KeyFacts) -> String {
    format!(
        "{:<34} {:<15} {:<9} {:<9} until {}",
        key.id,
        key.purpose.as_str(),
        key.algorithm.as_str(),
        key.state.as_str(),
        key.not_after.to_xs_date_time()
    )
}

fn usage(error: InvalidText) -> CliError {
    CliError::Usage(error.to_string())
}

fn parse_id(id: &str) -> Result<KeyId, CliError> {
    KeyId::parse(id).map_err(|error| CliError::Usage(format!("{id}: {error}")))
}

async fn publish(options: PublishOptions) -> Result<(), CliError> {
    let purpose = Purpose::try_from(options.purpose).map_err(usage)?;
    let (app, op) = opened(load_config(options.config.config)?).await?;
    let algorithm = match options.algorithm {
        Some(name) => KeyAlgorithm::try_from(name).map_err(usage)?,
        None => active(&app, purpose)?,
    };
    let id = app
        .keys
        .publish(&op, &app.audit, purpose, algorithm)
        .await?;
    say!("{id}");
    eprintln!(
        "Published, and signing nothing yet. Give everybody who trusts this instance the new metadata, then run: \
         signet keys activate {id}"
    );
    Ok(())
}

fn active(app: &App, purpose: Purpose) -> Result<KeyAlgorithm, CliError> {
    let is_active = |key: &KeyFacts| key.purpose == purpose && key.state == KeyState::Active;
    let found = app.keys.list().into_iter().find(is_active);
    found
        .map(|key| key.algorithm)
        .ok_or_else(|| CliError::Refused(format!("there is no active key for {purpose}")))
}

async fn activate(options: KeyOptions) -> Result<(), CliError> {
    let id = parse_id(&options.id)?;
    let (app, op) = opened(load_config(options.config.config)?).await?;
    app.keys.activate(&op, &app.audit, &id).await?;
    eprintln!("{id} signs now; running servers follow within a minute");
    Ok(())
}

async fn retire(options: RetireOptions) -> Result<(), CliError> {
    let id = parse_id(&options.key.id)?;
    let (app, op) = opened(load_config(options.key.config.config)?).await?;
    let why = if options.compromised {
        Retirement::Compromised
    } else {
        Retirement::Aged
    };
    app.keys.retire(&op, &app.audit, &id, why).await?;
    eprintln!("{id} is withdrawn and its private half destroyed");
    Ok(())
}

async fn export(options: KeyOptions) -> Result<(), CliError> {
    let id = parse_id(&options.id)?;
    let (app, _) = opened(load_config(options.config.config)?).await?;
    let published = app.keys.published(Purpose::Saml);
    let key = published.iter().find(|key| *key.id() == id);
    let key = key.ok_or_else(|| {
        CliError::Refused(format!(
            "there is no published SAML key {id}; `signet keys list` shows the keys"
        ))
    })?;
    say_text!("{}", pem(key));
    Ok(())
}

/// RFC 7468, section 5.1: lines of 64 characters.
fn pem(key: &SigningKey) -> String {
    let text = STANDARD.encode(key.certificate_der());
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}
