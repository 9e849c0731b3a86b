//! The accounts and roles that a person may use, as the instance lists them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::session::{Call, Session};
use super::{Laptop, to_stdout};
use crate::cli::CliError;
use crate::cli::laptop::arguments::ListOptions;
use crate::model::{AccountId, InvalidText};

const PATH: &str = "/api/v1/aws/roles";
/// Below this likeness two names have nothing to do with each other.
const ALIKE: f64 = 0.6;

/// A role's name: 1 to 64 of `[A-Za-z0-9_+=,.@-]` (IAM's rule for role names). Nothing in it needs quoting in a shell, in
/// AWS's configuration file or in a file's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleName(String);

impl RoleName {
    /// Parses a name.
    ///
    /// # Errors
    /// When it breaks IAM's rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let is_known = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        if (1..=64).contains(&text.len()) && text.bytes().all(is_known) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidText {
                what: "role name",
                reason: "must be 1 to 64 letters, digits or _+=,.@-",
            })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<RoleName> for String {
    fn from(name: RoleName) -> String {
        name.0
    }
}

impl TryFrom<String> for RoleName {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::parse(&text)
    }
}

/// One role in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedRole {
    /// The account.
    pub account_id: AccountId,
    /// Its name, for people.
    pub account_name: String,
    /// As in ARNs: `aws`, `aws-us-gov`, `aws-cn`.
    pub partition: String,
    /// The role.
    pub role_name: RoleName,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// How long credentials last.
    pub session_duration_seconds: u32,
}

#[derive(Serialize, Deserialize)]
struct AssignedRoles {
    roles: Vec<AssignedRole>,
}

/// Asks for the list.
///
/// # Errors
/// When the instance does not give it.
pub fn assigned(session: &Session<'_>) -> Result<Vec<AssignedRole>, CliError> {
    let list: AssignedRoles = session.call(&Call::Get(PATH))?.json(PATH)?;
    Ok(list.roles)
}

/// `signet aws list`
///
/// # Errors
/// When the instance does not give the list.
pub fn list(laptop: &Laptop, options: &ListOptions) -> Result<(), CliError> {
    let session = Session::open(laptop, options.server.url.as_ref())?;
    let roles = assigned(&session)?;
    if options.json {
        let text = serde_json::to_string(&AssignedRoles { roles })
            .map_err(|e| CliError::failed("the list cannot be written", e))?;
        return to_stdout(&format!("{text}\n"));
    }
    if roles.is_empty() {
        eprintln!("No AWS role is assigned to you at {}.", session.url());
    }
    let width = roles
        .iter()
        .map(|r| printable(&r.account_name).chars().count());
    let width = width.max().unwrap_or(0);
    let lines: Vec<String> = roles.iter().map(|role| line(role, width)).collect();
    to_stdout(&lines.concat())
}

fn line(role: &AssignedRole, width: usize) -> String {
    let line = format!(
        "{}  {:<width$}  {}  {}",
        role.account_id,
        printable(&role.account_name),
        role.role_name,
        printable(&role.description),
    );
    format!("{}\n", line.trim_end())
}

/// A terminal obeys control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// What may have been meant; none when the role is in the list, so that the denial has another reason.
pub fn suggestion(roles: &[AssignedRole], account: &AccountId, role: &RoleName) -> Option<String> {
    let there: Vec<&str> = roles
        .iter()
        .filter(|r| r.account_id == *account)
        .map(|r| r.role_name.as_str())
        .collect();
    if there.contains(&role.as_str()) {
        return None;
    }
    if there.is_empty() {
        return Some(format!(
            "you have no role in account {account}; `signet aws list` shows what you have"
        ));
    }
    let nearest = there
        .iter()
        .map(|name| (likeness(name, role.as_str()), *name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    Some(match nearest {
        Some((_, name)) => format!("you have no role {role} there; did you mean {name}?"),
        None => format!("you have no role {role} there, but: {}", there.join(", ")),
    })
}

fn likeness(a: &str, b: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase())
}
