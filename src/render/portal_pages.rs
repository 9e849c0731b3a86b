//! The portal's page.

use serde::Serialize;

/// The portal.
#[derive(Debug, Clone, Serialize)]
pub struct PortalPage {
    /// Whose.
    pub display_name: String,
    /// What is looked for; empty: nothing.
    pub query: String,
    /// Where it is looked for.
    pub search: String,
    /// Every role as a short list for the script, where the page does not show them all.
    pub all_roles: Option<String>,
    /// The roles that the person has marked.
    pub favourites: Vec<RoleRow>,
    /// The roles that the person took last, the latest first.
    pub recent: Vec<RoleRow>,
    /// What was found, where something is looked for.
    pub found: Option<Vec<RoleRow>>,
    /// The applications.
    pub apps: Vec<AppTile>,
    /// The accounts.
    pub accounts: Vec<AccountRow>,
    /// Where a mark is set or taken away.
    pub mark: String,
    /// The forms' token.
    pub csrf: String,
    /// The person's own pages.
    pub account: String,
    /// The console, for whom it is.
    pub console: Option<String>,
    /// Sign out.
    pub sign_out: String,
}

/// An application in the portal.
#[derive(Debug, Clone, Serialize)]
pub struct AppTile {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub href: String,
}

/// An AWS account in the portal.
#[derive(Debug, Clone, Serialize)]
pub struct AccountRow {
    /// Twelve digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address; may be empty.
    pub email: String,
    /// Its colour's word; `none`: none.
    pub colour: &'static str,
    /// The page on which it is unfolded, where this one does not show its roles.
    pub unfold: Option<String>,
    /// Whether it is unfolded.
    pub is_open: bool,
    /// What may be taken there.
    pub roles: Vec<RoleRow>,
}

/// A permission set in the portal.
#[derive(Debug, Clone, Serialize)]
pub struct RoleRow {
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The account's name.
    pub account: String,
    /// Its number.
    pub account_id: String,
    /// Its own id.
    pub set_id: String,
    /// Whether the person has marked it.
    pub is_favourite: bool,
    /// The management console.
    pub href: String,
    /// Credentials for a command line.
    pub command_line: String,
}
