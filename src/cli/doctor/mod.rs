//! `signet doctor`: everything that an instance needs, looked at; each finding with its cause and the exact fix.
//!
//! Changes nothing and makes no file. What has to be read or asked is gathered once ([`instance`]); the checks are
//! functions over that. A check says "ok", too, so that silence never means that something was not looked at.

pub mod audit;
mod database;
pub mod disk;
mod finding;
mod http;
mod instance;
pub mod keys;
mod mail;
pub mod network;
mod organisation;
pub mod signing_keys;
mod tls;

use serde_json::json;

pub use finding::{Finding, Severity};

use super::CliError;
use super::arguments::DoctorOptions;
use crate::cli::services::{check_files, load_config};
use crate::config::Config;
use instance::Instance;

/// A check.
type Check = fn(&Instance) -> Vec<Finding>;

/// Every check, in the order in which one would look.
const CHECKS: [Check; 19] = [
    keys::master_key,
    disk::database_files,
    disk::database_space,
    database::reachable,
    database::version,
    database::identity,
    signing_keys::check,
    tls::files,
    tls::validity,
    tls::covers_host,
    network::server,
    network::listeners,
    network::public_url,
    network::clock,
    audit::checkpoint_file,
    audit::head,
    organisation::check,
    mail::server,
    mail::failed,
];

/// What is no concern of a new instance whose server has not been started.
const NOT_YET: [&str; 3] = [
    "SERVER_STOPPED",
    "PUBLIC_URL_UNREACHABLE",
    "ADMINISTRATOR_FACTOR",
];

/// Looks, and shows what was found, what is broken first.
///
/// # Errors
/// When something is broken, after showing it.
pub async fn run(options: DoctorOptions) -> Result<(), CliError> {
    let mut findings = match load_config(options.config.config) {
        Ok(config) => match check_files(&config) {
            Ok(()) => examine(config).await,
            Err(error) => broken_configuration(&error),
        },
        Err(error) => broken_configuration(&error),
    };
    findings.sort_by_key(|finding| finding.severity);
    if options.json {
        say!("{}", json!({ "findings": findings }));
    } else {
        for finding in &findings {
            eprintln!("{finding}");
        }
    }
    let broken = findings.iter().filter(|f| f.severity == Severity::Broken);
    match broken.count() {
        0 => Ok(()),
        count => Err(CliError::Broken(count)),
    }
}

fn broken_configuration(error: &CliError) -> Vec<Finding> {
    let fix = "write what the message says, then: signet check-config";
    vec![Finding::broken(
        "CONFIGURATION",
        "the configuration",
        (error.to_string(), fix),
    )]
}

/// At the end of `signet init`: says what is not as it should be, and nothing when all is well.
pub(super) async fn after_init(config: Config) {
    for finding in examine(config).await {
        if finding.severity != Severity::Ok && !NOT_YET.contains(&finding.code) {
            eprintln!("{finding}");
        }
    }
}

async fn examine(config: Config) -> Vec<Finding> {
    let path = config.file().display().to_string();
    let mut findings = vec![Finding::ok("CONFIGURATION", path, "no mistakes")];
    let instance = Instance::gather(config).await;
    findings.extend(CHECKS.iter().flat_map(|check| check(&instance)));
    findings
}
