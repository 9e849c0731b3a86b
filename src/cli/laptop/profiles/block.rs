//! The block: its profiles as they are read and written.

use crate::cli::laptop::roles::AssignedRole;
use crate::config::PublicUrl;

/// What begins a block, with the instance's address after it.
pub const BEGIN: &str = "# signet:begin ";
/// What ends one.
pub const END: &str = "# signet:end";
const WARNING: &str = "# Written by `signet aws profiles sync`: regions stay as you set them, other changes in here are lost.";

/// One section, as its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    name: String,
    lines: Vec<String>,
}

impl Profile {
    /// A role's. Nothing in it needs quoting: an origin, twelve digits, a role's name, a region.
    pub fn new(name: &str, url: &PublicUrl, role: &AssignedRole, region: &str) -> Self {
        Self {
            name: name.to_owned(),
            lines: vec![
                format!("[profile {name}]"),
                format!(
                    "credential_process = signet aws creds --url {url} --account {} --role {}",
                    role.account_id, role.role_name
                ),
                format!("region = {region}"),
            ],
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The region that it has.
    pub fn region(&self) -> Option<&str> {
        self.lines.iter().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == "region" && !value.trim().is_empty()).then(|| value.trim())
        })
    }
}

/// All profiles of one instance, in order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// The profiles.
    pub profiles: Vec<Profile>,
}

impl Block {
    /// Reads what stands between the marks. Empty lines and comments go; any other line before the first section is
    /// nobody's and goes, too.
    pub fn parse(text: &str) -> Self {
        let mut profiles: Vec<Profile> = Vec::new();
        for line in text.lines().map(str::trim_end) {
            if let Some(name) = section(line) {
                profiles.push(Profile {
                    name: name.to_owned(),
                    lines: vec![line.to_owned()],
                });
            } else if let Some(profile) = profiles.last_mut()
                && !line.is_empty()
                && !is_comment(line)
            {
                profile.lines.push(line.to_owned());
            }
        }
        Self { profiles }
    }

    /// The profile of this name.
    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// The whole block with its marks.
    pub fn render(&self, url: &PublicUrl) -> String {
        let mut text = format!("{BEGIN}{url}\n{WARNING}\n");
        for profile in &self.profiles {
            text.push_str(&profile.lines.join("\n"));
            text.push_str("\n\n");
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    /// The lines that a change takes away and adds; nothing when nothing changes.
    pub fn diff(&self, new: &Self) -> String {
        let mut names: Vec<&str> = self.profiles.iter().map(Profile::name).collect();
        names.extend(new.profiles.iter().map(Profile::name));
        names.sort_unstable();
        names.dedup();
        let mut text = String::new();
        for name in names {
            let (old, new) = (self.get(name), new.get(name));
            if old == new {
                continue;
            }
            for (sign, profile) in [('-', old), ('+', new)] {
                for line in profile.iter().flat_map(|profile| &profile.lines) {
                    text.push_str(&format!("{sign}{line}\n"));
                }
            }
        }
        text
    }
}

/// The name in a section's first line, with or without the word `profile`, in quotation marks or not: as AWS's tools
/// read it.
pub(super) fn section(line: &str) -> Option<&str> {
    let inner = line.trim_start().strip_prefix('[')?;
    let inner = inner.split(']').next()?.trim();
    let name = match inner.strip_prefix("profile") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim(),
        _ => inner,
    };
    let unquoted = ['"', '\'']
        .into_iter()
        .find_map(|q| name.strip_prefix(q)?.strip_suffix(q));
    Some(unquoted.unwrap_or(name))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';'])
}
