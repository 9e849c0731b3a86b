//! `signet check-config`: the configuration read as `serve` reads it, with nothing started.

use std::path::PathBuf;

use super::services::{check_files, database_url, load_config};
use super::{CliError, tls};

/// Says that all is well, or the first mistake with file, line and key.
///
/// # Errors
/// The mistake.
pub fn run(file: Option<PathBuf>) -> Result<(), CliError> {
    let config = load_config(file)?;
    database_url(&config)?;
    check_files(&config)?;
    if let Some(files) = &config.tls {
        tls::server_config(&config, files)?;
    }
    eprintln!("{}: no mistakes", config.file().display());
    Ok(())
}
