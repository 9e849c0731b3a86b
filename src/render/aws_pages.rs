//! The console's pages about AWS: accounts, permission sets, who may take what, and whether the roles are there.

use serde::Serialize;

use super::{Choice, Console, ConsoleProblem};

/// Accounts and permission sets.
#[derive(Debug, Clone, Serialize)]
pub struct AwsPage {
    /// The frame.
    pub console: Console,
    /// Where the other pages are.
    pub links: AwsLinks,
    /// What is looked for.
    pub query: String,
    /// The accounts; the first of them.
    pub accounts: Vec<AwsAccountRow>,
    /// How many more there are.
    pub more_accounts: usize,
    /// The permission sets.
    pub sets: Vec<PermissionSetRow>,
    /// The account that is to be added, as it was filled in.
    pub account: AccountForm,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// Where the pages about AWS are.
#[derive(Debug, Clone, Serialize)]
pub struct AwsLinks {
    /// Accounts and permission sets.
    pub aws: String,
    /// A new permission set.
    pub new_set: String,
    /// Assigning.
    pub assign: String,
    /// The roles of every account.
    pub all_roles: String,
    /// Who can take what.
    pub reach: String,
    /// The portal's own address.
    pub portal: String,
}

/// An account in the list.
#[derive(Debug, Clone, Serialize)]
pub struct AwsAccountRow {
    /// Its page.
    pub href: String,
    /// Twelve digits.
    pub id: String,
    /// For people.
    pub name: String,
    /// Where it lies.
    pub path: String,
    /// By what assignments find it.
    pub labels: Vec<String>,
    /// `none` or a colour.
    pub colour: &'static str,
    /// How many roles it should have.
    pub roles: usize,
    /// How many of them AWS gave, when asked last.
    pub in_place: usize,
    /// How many it did not give.
    pub missing: usize,
}

/// A permission set in the list.
#[derive(Debug, Clone, Serialize)]
pub struct PermissionSetRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// For people.
    pub description: String,
    /// Its policies, by their names.
    pub policies: Vec<String>,
    /// Minutes.
    pub minutes: u32,
}

/// An account as it is filled in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountForm {
    /// Twelve digits.
    pub id: String,
    /// For people.
    pub name: String,
    /// For people.
    pub email: String,
    /// Where it lies.
    pub path: String,
    /// With blanks between them.
    pub labels: String,
    /// The name of the SAML provider there.
    pub provider_name: String,
    /// The partitions to choose from.
    pub partitions: Vec<Choice>,
    /// The colours to choose from.
    pub colours: Vec<Choice>,
}

/// One account.
#[derive(Debug, Clone, Serialize)]
pub struct AwsAccountPage {
    /// The frame.
    pub console: Console,
    /// The account.
    pub account: AwsAccountRow,
    /// As it is filled in.
    pub form: AccountForm,
    /// Where its forms go.
    pub actions: AccountActions,
    /// Its roles.
    pub roles: Vec<RoleState>,
    /// Who may take them.
    pub assignments: Vec<AssignmentRow>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// Where the forms and links of an account's page go.
#[derive(Debug, Clone, Serialize)]
pub struct AccountActions {
    /// Changes it.
    pub change: String,
    /// Asks AWS for each role.
    pub verify: String,
    /// Ends an assignment.
    pub unassign: String,
    /// Removes it.
    pub delete: String,
    /// What it must have.
    pub roles: String,
    /// Assigns.
    pub assign: String,
    /// Who can take what in it.
    pub reach: String,
}

/// A role as AWS said of it.
#[derive(Debug, Clone, Serialize)]
pub struct RoleState {
    /// The permission set's page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// The role's name with its path.
    pub role: String,
    /// `unknown`, `in-place` or `missing`.
    pub state: &'static str,
    /// When AWS was asked, UTC; empty: never.
    pub checked: String,
    /// Why it cannot be taken; may be empty.
    pub cause: String,
    /// What to do; may be empty.
    pub fix: String,
}

/// Who may take a role.
#[derive(Debug, Clone, Serialize)]
pub struct AssignmentRow {
    /// Their page.
    pub href: String,
    /// Their name.
    pub principal: String,
    /// `user` or `group`.
    pub kind: &'static str,
    /// The permission set's name.
    pub set: String,
    /// By what the account is found: `label production`, `path /Workloads`; empty: it is named.
    pub selector: String,
    /// By what the form names it.
    pub value: String,
}

/// One permission set, or a new one.
#[derive(Debug, Clone, Serialize)]
pub struct PermissionSetPage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// Where it is deleted; none: it is new.
    pub delete: Option<String>,
    /// As it is filled in.
    pub form: PermissionSetForm,
    /// AWS's policies for job functions.
    pub job_functions: Vec<Choice>,
    /// AWS's policies for services.
    pub services: Vec<Choice>,
    /// Whose session tags are shown; may be empty.
    pub preview_of: String,
    /// What that person's session would carry.
    pub preview: Vec<TagRow>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// A permission set as it is filled in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PermissionSetForm {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: String,
    /// AWS's further policies, one a line.
    pub other_managed: String,
    /// The account's own policies, one a line.
    pub customer: String,
    /// A policy document.
    pub inline: String,
    /// `none`, `managed` or `customer`.
    pub boundary_kind: &'static str,
    /// The boundary's name.
    pub boundary: String,
    /// The session's length, in minutes.
    pub minutes: String,
    /// The role's name with its path.
    pub role_path: String,
    /// Where the console begins.
    pub relay_state: String,
    /// `key = source`, one a line.
    pub session_tags: String,
    /// One a line.
    pub transitive: String,
    /// `key = value`, one a line.
    pub role_tags: String,
}

/// A session tag of a person.
#[derive(Debug, Clone, Serialize)]
pub struct TagRow {
    /// Its key.
    pub key: String,
    /// Its value; none: the person has nothing for it, and the session has no such tag.
    pub value: Option<String>,
}

/// Assigning.
#[derive(Debug, Clone, Serialize)]
pub struct AssignPage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// The groups to choose from; none: their names are typed.
    pub groups: Option<Vec<Choice>>,
    /// The names that were typed, a line each.
    pub group_names: String,
    /// A person's name.
    pub user: String,
    /// The accounts to choose from.
    pub accounts: Vec<Choice>,
    /// The labels to choose from.
    pub labels: Vec<Choice>,
    /// A path.
    pub path: String,
    /// The permission sets to choose from.
    pub sets: Vec<Choice>,
    /// What became of each.
    pub results: Vec<AssignResult>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// What became of one assignment.
#[derive(Debug, Clone, Serialize)]
pub struct AssignResult {
    /// Who.
    pub principal: String,
    /// What.
    pub set: String,
    /// Where.
    pub target: String,
    /// `made`, `was-there` or `refused`.
    pub outcome: &'static str,
    /// Why not; may be empty.
    pub detail: String,
}

/// What an account must have, as one text.
#[derive(Debug, Clone, Serialize)]
pub struct RolesPage {
    /// The frame.
    pub console: Console,
    /// Whose; none: every account's.
    pub account: Option<String>,
    /// The forms to choose from; the one that is shown is chosen.
    pub forms: Vec<RolesForm>,
    /// The form that is shown: `cloudformation`, `terraform`, `script`.
    pub form: &'static str,
    /// The text.
    pub text: String,
    /// Where it is to be had as a file.
    pub download: String,
    /// Its name as a file.
    pub file: &'static str,
    /// How it is applied.
    pub command: String,
    /// Nobody is assigned anything there.
    pub is_empty: bool,
}

/// A form of that text.
#[derive(Debug, Clone, Serialize)]
pub struct RolesForm {
    /// Its page.
    pub href: String,
    /// `cloudformation`, `terraform`, `script`.
    pub name: &'static str,
    /// Whether it is the one that is shown.
    pub is_chosen: bool,
}

/// Who can take what in AWS, and why.
#[derive(Debug, Clone, Serialize)]
pub struct ReachPage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// A person's name; may be empty.
    pub user: String,
    /// The accounts to choose from.
    pub accounts: Vec<Choice>,
    /// A time; empty: now.
    pub at: String,
    /// Whether something was asked.
    pub is_asked: bool,
    /// The answers; the first of them.
    pub rows: Vec<ReachRow>,
    /// How many more there are.
    pub more: usize,
    /// The same as a table for programs.
    pub csv: String,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// One reason for which somebody can take something.
#[derive(Debug, Clone, Serialize)]
pub struct ReachRow {
    /// Who.
    pub user: String,
    /// Where they stand: `invited`, `active`, `suspended` or `deactivated`.
    pub state: &'static str,
    /// Why their days do not let them in: `not_yet`, `over`; empty where they do.
    pub days: &'static str,
    /// The account's number.
    pub account: String,
    /// The account's name.
    pub account_name: String,
    /// The permission set.
    pub set: String,
    /// The groups on the way, from theirs to the one to which it is assigned.
    pub through: Vec<String>,
    /// Whether they are in the first of them by its rule.
    pub by_rule: bool,
    /// By what the account is found; empty: it is named.
    pub selector: String,
}
