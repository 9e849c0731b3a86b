//! `signet users import`: people of another system, with the credentials that they have there.
//!
//! The whole file is read and checked before anything is written; one bad row imports none. Nothing here prints a hash
//! or a secret, not even a broken one.

mod invite;

pub use invite::invite;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::CliError;
use super::arguments::{ImportFormat, ImportOptions};
use super::services::{host_op, load_config, open_instance};
use crate::directory::{ImportError, ImportPlan, ImportProblem, ImportTable, NewGroups};
use zeroize::Zeroizing;

/// 64 MiB.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// Problems that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;

/// Imports a file, or says everything that is wrong with it.
///
/// # Errors
/// When there is a problem, after showing it; nothing was imported then.
pub async fn import(options: ImportOptions) -> Result<(), CliError> {
    let format = match options.format {
        Some(format) => format,
        None => by_extension(&options.file)?,
    };
    let octets = read(&options.file)?;
    let table = match format {
        ImportFormat::Csv => ImportTable::from_csv(&octets),
        ImportFormat::Json => ImportTable::from_json(&octets),
    };
    drop(octets);
    let table = table
        .map_err(|reason| CliError::Refused(format!("{}: {reason}", options.file.display())))?;
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "users import");
    let new_groups = if options.create_groups {
        NewGroups::Make
    } else {
        NewGroups::Refuse
    };
    let ImportTable {
        unit,
        rows,
        mut problems,
    } = table;
    let plan = match app.directory.plan_import(&op, rows, new_groups).await {
        Ok(plan) if problems.is_empty() => plan,
        Ok(_) => return Err(refuse(&options.file, unit, problems)),
        Err(ImportError::Problems(more)) => {
            problems.extend(more);
            return Err(refuse(&options.file, unit, problems));
        }
        Err(error) => return Err(error.into()),
    };
    let counts = show(&plan);
    if options.dry_run {
        eprintln!("{counts}; nothing was imported");
        return Ok(());
    }
    app.directory.import(&op, &app.credentials, plan).await?;
    eprintln!("{counts}; imported");
    Ok(())
}

fn by_extension(file: &Path) -> Result<ImportFormat, CliError> {
    let extension = file.extension().map(|e| e.to_ascii_lowercase());
    match extension.as_ref().and_then(|e| e.to_str()) {
        Some("csv") => Ok(ImportFormat::Csv),
        Some("json") => Ok(ImportFormat::Json),
        _ => Err(CliError::Usage(format!(
            "{}: neither .csv nor .json; say which it is with --format csv or --format json",
            file.display()
        ))),
    }
}

/// The file may hold hashes and secrets: its copy in memory is wiped.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let failed = |e| CliError::failed(path.display().to_string(), e);
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut octets = Zeroizing::new(Vec::with_capacity(
        usize::try_from(length.min(LARGEST_FILE)).unwrap_or(0),
    ));
    file.take(LARGEST_FILE.saturating_add(1))
        .read_to_end(&mut octets)
        .map_err(failed)?;
    if octets.len() as u64 > LARGEST_FILE {
        return Err(CliError::Refused(format!(
            "{}: larger than 64 MiB; import it in parts",
            path.display()
        )));
    }
    Ok(octets)
}

fn refuse(file: &Path, unit: &str, mut problems: Vec<ImportProblem>) -> CliError {
    problems.sort_by_key(|problem| problem.line);
    for problem in problems.iter().take(MOST_SHOWN) {
        eprintln!(
            "{unit} {}, {}: {}",
            problem.line, problem.column, problem.reason
        );
    }
    let hidden = problems.len().saturating_sub(MOST_SHOWN);
    if hidden > 0 {
        eprintln!("and {hidden} more");
    }
    CliError::Refused(format!(
        "{}: {} problems; nothing was imported. Correct the file and import it again",
        file.display(),
        problems.len()
    ))
}

/// Shows what will be made, and counts it.
fn show(plan: &ImportPlan) -> String {
    for group in plan.new_groups() {
        say!("+ group {}", group.name);
    }
    for planned in plan.users() {
        let password = match planned.hash_name() {
            Some(name) => format!("password ({name})"),
            None => "no password".to_owned(),
        };
        let authenticator = if planned.has_authenticator() {
            ", authenticator"
        } else {
            ""
        };
        say!(
            "+ user {}: {password}{authenticator}, {} groups",
            planned.user_name(),
            planned.group_count()
        );
    }
    format!(
        "{} users, {} new groups",
        plan.users().len(),
        plan.new_groups().len()
    )
}
