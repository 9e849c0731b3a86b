//! The console's page of the audit.

use serde::Serialize;

use super::{Console, ConsoleProblem};

/// What happened, the newest first.
#[derive(Debug, Clone, Serialize)]
pub struct AuditPage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// With what the kinds begin; may be empty.
    pub kind: String,
    /// A person; may be empty.
    pub user: String,
    /// Not before; may be empty.
    pub from: String,
    /// Not after; may be empty.
    pub until: String,
    /// The records.
    pub rows: Vec<AuditRow>,
    /// The next page, if there is one.
    pub next: Option<String>,
    /// Whether there may be none on it: it looks further back.
    pub is_further: bool,
    /// The same for programs: the shape's word and the link.
    pub downloads: Vec<AuditDownload>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// A record.
#[derive(Debug, Clone, Serialize)]
pub struct AuditRow {
    /// When, UTC.
    pub at: String,
    /// What.
    pub kind: String,
    /// Who acted.
    pub actor: String,
    /// About whom; may be empty.
    pub about: String,
    /// From where; may be empty.
    pub remote_addr: String,
    /// In which request.
    pub request_id: String,
    /// All of it.
    pub detail: String,
    /// Whether it is a refusal.
    pub is_failure: bool,
}

/// The records for programs.
#[derive(Debug, Clone, Serialize)]
pub struct AuditDownload {
    /// Whose shape.
    pub name: &'static str,
    /// Where.
    pub href: String,
}
