//! `signet aws profiles sync`: a profile for each role, in one block of AWS's configuration file.
//!
//! Owns that block. What stands outside of it is the person's and stays octet for octet; a profile of the same name there
//! is a reason to do nothing at all.

pub mod block;
pub mod file;
mod names;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use block::{Block, Profile};
use file::{ConfigText, FileError};

use super::arguments::SyncOptions;
use super::private_file::{self, Mode};
use super::roles::{AssignedRole, assigned};
use super::session::Session;
use super::{Laptop, to_stdout};
use crate::cli::CliError;
use crate::config::PublicUrl;
use crate::model::check_region;

/// `signet aws profiles sync`
///
/// # Errors
/// When the list or the file cannot be had, or a profile of the same name stands outside of the block.
pub(super) fn sync(laptop: &Laptop, options: &SyncOptions) -> Result<(), CliError> {
    for region in options.region.iter().chain(&laptop.settings.aws_region) {
        check_region(region).map_err(|e| CliError::Usage(format!("{region}: {e}")))?;
    }
    let session = Session::open(laptop, options.server.url.as_ref())?;
    let roles = assigned(&session)?;
    let path = path(laptop)?;
    let text = read(&path)?;
    let refused = |e: FileError| CliError::Refused(format!("{}, {e}", path.display()));
    let config = ConfigText::parse(&text, session.url()).map_err(refused)?;
    let old = config.block().map(Block::parse).unwrap_or_default();
    let plan = plan(laptop, options, session.url(), &roles, &old);
    config
        .check_names(plan.new.profiles.iter().map(Profile::name))
        .map_err(refused)?;
    let block = plan.new.render(session.url());
    if options.print {
        return to_stdout(&block);
    }
    if options.diff {
        to_stdout(&old.diff(&plan.new))?;
        plan.report("would be");
        return Ok(());
    }
    let is_needed = config.block().is_some() || !plan.new.profiles.is_empty();
    let new = config.with_block(&block);
    if is_needed && new != text {
        write(laptop, &path, &new)?;
    }
    eprint!("{}: ", path.display());
    plan.report("were");
    Ok(())
}

/// What becomes of the block.
struct Plan {
    new: Block,
    /// Profiles whose roles are gone, kept.
    kept: Vec<String>,
    /// Profiles whose roles are gone, removed.
    removed: Vec<String>,
    added: usize,
    changed: usize,
}

fn plan(
    laptop: &Laptop,
    options: &SyncOptions,
    url: &PublicUrl,
    roles: &[AssignedRole],
    old: &Block,
) -> Plan {
    let mut new = Block::default();
    for (name, role) in names::named(roles) {
        let region = options
            .region
            .as_deref()
            .or_else(|| old.get(&name).and_then(Profile::region))
            .or(laptop.settings.aws_region.as_deref())
            .unwrap_or_else(|| first_region(&role.partition));
        new.profiles.push(Profile::new(&name, url, role, region));
    }
    let is_new = |profile: &&Profile| old.get(profile.name()).is_none();
    let added = new.profiles.iter().filter(is_new).count();
    let is_other = |profile: &&Profile| old.get(profile.name()).is_some_and(|o| o != *profile);
    let changed = new.profiles.iter().filter(is_other).count();
    let present: BTreeSet<String> = new.profiles.iter().map(|p| p.name().to_owned()).collect();
    let gone: Vec<&Profile> = old
        .profiles
        .iter()
        .filter(|profile| !present.contains(profile.name()))
        .collect();
    let names: Vec<String> = gone.iter().map(|p| p.name().to_owned()).collect();
    let (kept, removed) = if options.prune {
        (Vec::new(), names)
    } else {
        new.profiles.extend(gone.into_iter().cloned());
        (names, Vec::new())
    };
    new.profiles.sort_by(|a, b| a.name().cmp(b.name()));
    Plan {
        new,
        kept,
        removed,
        added,
        changed,
    }
}

impl Plan {
    fn report(&self, verb: &str) {
        eprintln!(
            "{} profiles {verb} added, {} changed, {} removed",
            self.added,
            self.changed,
            self.removed.len()
        );
        for name in &self.removed {
            eprintln!("  removed: {name}");
        }
        if !self.kept.is_empty() {
            eprintln!(
                "  kept, though you no longer have their roles (--prune removes them): {}",
                self.kept.join(", ")
            );
        }
    }
}

/// AWS's tools want a region; it is where STS is in each partition.
fn first_region(partition: &str) -> &'static str {
    match partition {
        "aws-us-gov" => "us-gov-west-1",
        "aws-cn" => "cn-north-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

fn path(laptop: &Laptop) -> Result<PathBuf, CliError> {
    laptop.settings.aws_config_file.clone().ok_or_else(|| {
        CliError::Refused(
            "AWS's configuration file is not known: HOME is not set. Set it, or AWS_CONFIG_FILE"
                .to_owned(),
        )
    })
}

fn read(path: &Path) -> Result<String, CliError> {
    let octets = private_file::read(path)?.unwrap_or_default();
    String::from_utf8(octets).map_err(|_| {
        CliError::Refused(format!(
            "{} is not UTF-8; nothing was changed. Save it as UTF-8",
            path.display()
        ))
    })
}

/// Through a link to the file behind it (people keep their configuration elsewhere), with the permissions that it has.
fn write(laptop: &Laptop, path: &Path, text: &str) -> Result<(), CliError> {
    use std::os::unix::fs::PermissionsExt;
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
        private_file::make_private_folder(folder)?;
    }
    let mode = path.metadata().map_or(Mode::PRIVATE, |facts| {
        Mode(facts.permissions().mode() & 0o777)
    });
    private_file::replace(&path, text.as_bytes(), mode, &laptop.entropy)
}
