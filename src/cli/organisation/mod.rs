//! `signet config`: the organisation as one file.
//!
//! `apply` makes what the file lists as the file says, through the same services as everything else. It deletes no user,
//! group, application, account or permission set. Rights are different: where the file lists a group's members or the
//! assignments, who is not listed loses them.

mod current;
mod file;
mod make;
mod plan;
mod rehearsal;

use std::fs;
use std::path::PathBuf;

use aws_lc_rs::digest::{SHA256, digest};

use super::CliError;
use super::arguments::ApplyOptions;
use super::services::{host_op, load_config, open_instance};
use crate::audit::AuditEvent;
use crate::store::configuration;
use current::Current;

/// Prints the organisation.
///
/// # Errors
/// The store's.
pub async fn export(config: Option<PathBuf>) -> Result<(), CliError> {
    let config = load_config(config)?;
    let app = open_instance(&config).await?;
    let current = Current::of(&app).await?;
    say_text!("{}", file::write(&current.as_file())?);
    for left_out in current.left_out() {
        eprintln!("not in the file: {left_out}");
    }
    Ok(())
}

/// Compares, says what differs, and changes it.
///
/// # Errors
/// The first mistake in the file, before anything is changed. Where somebody else changes the same meanwhile: what a service
/// refuses, with what was done until then.
pub async fn apply(options: ApplyOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let path = options.file;
    let text =
        fs::read_to_string(&path).map_err(|e| CliError::failed(path.display().to_string(), e))?;
    let wanted = file::parse(&path, &text)?;
    let app = open_instance(&config).await?;
    let folder = path.parent().unwrap_or(&path);
    let current = Current::of(&app).await?;
    let op = host_op(&app.clock, &app.entropy, "config apply");
    let changes = plan::plan(&wanted, &current, (folder, op.now))?;
    rehearsal::rehearse(&app, &op, &current, &changes)?;
    for left_out in current.left_out() {
        eprintln!("not in the file, and stays as it is: {left_out}");
    }
    if changes.is_empty() {
        eprintln!("nothing to change");
        return Ok(());
    }
    if options.dry_run {
        for change in &changes {
            say!("{change}");
        }
        eprintln!("{} changes; nothing was changed", changes.len());
        return Ok(());
    }
    for (done, change) in changes.iter().enumerate() {
        make::make(&app, &op, change).await.map_err(|error| {
            CliError::Refused(format!(
                "{change}: {error}\n{done} of {} changes were made before; correct the file and apply it again",
                changes.len()
            ))
        })?;
        say!("{change}");
    }
    let event = AuditEvent::ConfigurationApplied {
        revision: app.store.read(configuration::revision).await?,
        file_sha256: hex::encode(digest(&SHA256, text.as_bytes())),
        changes: i64::try_from(changes.len()).unwrap_or(i64::MAX),
    };
    app.audit.record(&op, &event).await?;
    eprintln!("{} changes made", changes.len());
    Ok(())
}
