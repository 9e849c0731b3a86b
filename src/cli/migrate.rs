//! `signet migrate`: the database brought to this program's version.

use std::path::PathBuf;

use super::CliError;
use super::services::{load_config, open_store};

/// Applies what is missing, and says what it applied.
///
/// # Errors
/// When a migration fails (it is undone), or the database is newer than the program.
pub fn run(file: Option<PathBuf>) -> Result<(), CliError> {
    let config = load_config(file)?;
    let store = open_store(&config)?;
    let applied = store.migrate()?;
    for name in &applied {
        eprintln!("applied {name}");
    }
    if applied.is_empty() {
        eprintln!("the database is at this program's version already");
    }
    Ok(())
}
