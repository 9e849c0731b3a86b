//! `signet audit`: verify, replay, export.

use std::io::{BufWriter, Write, stdout};

use serde_json::json;

use super::CliError;
use super::arguments::{ExportOptions, ReplayOptions, VerifyOptions};
use super::services::{database_url, host_op, load_config, open_instance};
use crate::audit::{self, CheckpointSigner, Finding, PersonalFields, RecordShape, Verification};
use crate::model::Timestamp;
use crate::store::DatabaseUrl;

/// Checks the whole audit against its checkpoints in both places.
///
/// # Errors
/// When anything was found, after showing it.
pub async fn verify(options: VerifyOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let is_named = options.checkpoint.is_some();
    let file = options
        .checkpoint
        .or_else(|| config.audit.checkpoint_file.clone().filter(|f| f.exists()));
    let pins = app.keys.pinned_keys();
    let mut seen = audit::verify(&app.store, &pins, file.as_deref()).await?;
    // Of several nodes each has a file of its own, and the checkpoints are in that of one.
    let is_alone = !matches!(database_url(&config)?, DatabaseUrl::Postgres(_));
    let of_config = config.audit.checkpoint_file.as_ref();
    if let Some(file) = of_config.filter(|_| is_alone && !is_named)
        && seen.file_checkpoints == 0
        && seen.checkpoints > 0
    {
        seen.findings.push(Finding::NoneInFile {
            file: file.display().to_string(),
            checkpoints: seen.checkpoints,
        });
    }
    if options.json {
        say!("{}", as_json(&seen));
    } else {
        show(&seen);
    }
    match seen.findings.len() {
        0 => Ok(()),
        found => Err(CliError::Findings(found)),
    }
}

fn show(seen: &Verification) {
    for finding in &seen.findings {
        say!("{finding}");
    }
    eprintln!(
        "{} records in {} streams, {} checkpoints in the database, {} in the file: {}",
        seen.records,
        seen.streams,
        seen.checkpoints,
        seen.file_checkpoints,
        if seen.findings.is_empty() {
            "intact"
        } else {
            "NOT intact"
        }
    );
}

fn as_json(seen: &Verification) -> serde_json::Value {
    let findings: Vec<String> = seen.findings.iter().map(ToString::to_string).collect();
    json!({
        "streams": seen.streams,
        "records": seen.records,
        "checkpoints": seen.checkpoints,
        "file_checkpoints": seen.file_checkpoints,
        "findings": findings,
    })
}

/// Shows the organisation at a past time.
///
/// # Errors
/// When the time is none, or the audit cannot be read.
pub async fn replay(options: ReplayOptions) -> Result<(), CliError> {
    let at = Timestamp::parse_rfc3339(&options.at).ok_or_else(|| {
        CliError::Usage(format!(
            "--at {}: must be a time as in 2026-11-24T12:00:00Z",
            options.at
        ))
    })?;
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "audit replay");
    let organisation = app.audit.replay(&op, at).await?;
    let text = serde_json::to_string_pretty(&organisation)
        .map_err(|e| CliError::failed("the organisation cannot be written", e))?;
    say!("{text}");
    Ok(())
}

/// Writes every record to stdout.
///
/// # Errors
/// When stdout refuses, or the audit cannot be read.
pub async fn export(options: ExportOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "audit export");
    let personal = if options.sealed {
        PersonalFields::LeftSealed
    } else {
        PersonalFields::Opened
    };
    let mut out = BufWriter::new(stdout());
    let shape = RecordShape::from_word(&options.format).ok_or_else(|| {
        CliError::Usage(format!(
            "--format {}: native, cloudtrail or ocsf",
            options.format
        ))
    })?;
    let written = match (shape, personal) {
        (RecordShape::Native, personal) => app.audit.export(&op, personal, &mut out).await?,
        (_, PersonalFields::LeftSealed) => {
            return Err(CliError::Usage(
                "--sealed goes with --format native alone: other shapes have no place for hashes"
                    .to_owned(),
            ));
        }
        (shape, PersonalFields::Opened) => {
            let issuer = app.site.url("");
            app.audit.export_as(&op, (shape, &issuer), &mut out).await?
        }
    };
    out.flush()
        .map_err(|e| CliError::failed("the export cannot be written", e))?;
    eprintln!("{written} records");
    Ok(())
}
