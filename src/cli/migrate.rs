//! `signet migrate`: the database brought to this program's version.

use std::path::PathBuf;

use super::CliError;
use super::services::{host_op, load_config, open_instance, open_store};
use crate::audit::AuditEvent;
use crate::keys::{KeyAlgorithm, Purpose};
use crate::store::known_migrations;

/// Applies what is missing, and says what it applied.
///
/// # Errors
/// When a migration fails (it is undone), or the database is newer than the program.
pub async fn run(file: Option<PathBuf>) -> Result<(), CliError> {
    let config = load_config(file)?;
    let store = open_store(&config)?;
    let applied = store.migrate()?;
    for name in &applied {
        eprintln!("applied {name}");
    }
    if applied.is_empty() {
        eprintln!("the database is at this program's version already");
        return Ok(());
    }
    if applied.len() == known_migrations().count() {
        // It was empty: there is no instance in it, and nobody whose audit could say so.
        return Ok(());
    }
    drop(store);
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "migrate");
    let event = AuditEvent::MigrationApplied { names: applied };
    app.audit.record(&op, &event).await?;
    if app.keys.active(Purpose::OpenIdConnectRsa).is_err() {
        let (purpose, algorithm) = (Purpose::OpenIdConnectRsa, KeyAlgorithm::Rsa2048);
        let id = app.keys.rotate(&op, &app.audit, purpose, algorithm).await?;
        eprintln!("made {id}, the key of tokens for clients that verify RS256");
    }
    Ok(())
}
