//! The console's pages about what is protected, and about many people at once.

use serde::Serialize;

use super::{Console, ConsoleProblem};

/// What is protected, and who waits for a second administrator.
#[derive(Debug, Clone, Serialize)]
pub struct ProtectionPage {
    /// The frame.
    pub console: Console,
    /// Where the forms go.
    pub action: String,
    /// What is protected.
    pub objects: Vec<ProtectedRow>,
    /// What waits, or may be done now.
    pub approvals: Vec<ApprovalRow>,
    /// The name that was typed.
    pub typed: String,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// Something that is protected.
#[derive(Debug, Clone, Serialize)]
pub struct ProtectedRow {
    /// `user`, `group` or `account`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
}

/// A change that waits.
#[derive(Debug, Clone, Serialize)]
pub struct ApprovalRow {
    /// Its id.
    pub id: String,
    /// What: a word of the audit.
    pub change: String,
    /// Of what, by names.
    pub about: String,
    /// What exactly; may be empty.
    pub detail: String,
    /// Who wants it.
    pub who: String,
    /// Until when, UTC.
    pub until: String,
    /// Who has agreed; none: it waits.
    pub agreed_by: Option<String>,
    /// Whether the reader wants it.
    pub is_own: bool,
}

/// Many people at once, from a table.
#[derive(Debug, Clone, Serialize)]
pub struct ImportPage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// The table.
    pub csv: String,
    /// Whether groups that are not there are made.
    pub make_groups: bool,
    /// What is wrong with it: line, column, reason.
    pub problems: Vec<(u64, String, String)>,
    /// How many people, and how many groups, it would make.
    pub plan: Option<(usize, usize)>,
    /// Whether they were made.
    pub is_done: bool,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}
