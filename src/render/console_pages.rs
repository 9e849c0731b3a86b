//! The console's pages about people and groups.

use serde::Serialize;

use super::AttributeField;

/// What every page of the console has.
#[derive(Debug, Clone, Serialize)]
pub struct Console {
    /// The part that is open: `people`, `groups`, `aws` or `traces`.
    pub current: &'static str,
    /// The first page.
    pub home: String,
    /// People.
    pub people: String,
    /// Groups.
    pub groups: String,
    /// AWS.
    pub aws: String,
    /// Policies.
    pub policies: String,
    /// What is protected.
    pub protection: String,
    /// The audit.
    pub audit: String,
    /// What became of applications' attempts.
    pub traces: String,
    /// The portal.
    pub portal: String,
    /// Sign out.
    pub sign_out: String,
    /// The forms' token.
    pub csrf: String,
    /// Whether the reader may change people and groups.
    pub may_change: bool,
    /// Whether the reader may change everything.
    pub may_change_all: bool,
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsoleProblem {
    /// Its text's key, behind `console-problem-`.
    pub key: &'static str,
    /// What it is about; may be empty.
    pub about: String,
}

/// People.
#[derive(Debug, Clone, Serialize)]
pub struct PeoplePage {
    /// The frame.
    pub console: Console,
    /// What was looked for; may be empty.
    pub query: String,
    /// Who was found.
    pub people: Vec<PersonRow>,
    /// The next page, if there is one.
    pub next: Option<String>,
    /// Where people are invited.
    pub invite: String,
    /// Where many are made at once, by whoever may.
    pub import: Option<String>,
}

/// Somebody in a list.
#[derive(Debug, Clone, Serialize)]
pub struct PersonRow {
    /// Their page.
    pub href: String,
    /// Their id.
    pub id: String,
    /// The whole name.
    pub name: String,
    /// Signs in with it.
    pub user_name: String,
    /// Their address.
    pub email: String,
    /// `invited`, `active`, `suspended` or `deactivated`.
    pub state: &'static str,
    /// `none` or what they may do in Signet.
    pub role: &'static str,
}

/// Inviting people.
#[derive(Debug, Clone, Serialize)]
pub struct InvitePage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// What was pasted.
    pub addresses: String,
    /// The group to choose.
    pub group: GroupPick,
    /// Whether there is a mail server.
    pub can_mail: bool,
    /// Whether the links are to be shown instead.
    pub by_hand: bool,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
    /// What became of each address.
    pub results: Vec<InviteRow>,
}

/// Something to choose.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// Its id.
    pub value: String,
    /// Its name.
    pub name: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// A group to choose: from a list where there are few, by its name where there are many.
#[derive(Debug, Clone, Serialize)]
pub struct GroupPick {
    /// The list.
    pub choices: Vec<Choice>,
    /// Whether the name is typed instead.
    pub is_typed: bool,
    /// What was typed or chosen.
    pub value: String,
}

/// What became of an address.
#[derive(Debug, Clone, Serialize)]
pub struct InviteRow {
    /// As it was given.
    pub address: String,
    /// `mailed`, `link`, `is-there` or `refused`.
    pub outcome: &'static str,
    /// The link that is to be passed on.
    pub link: Option<String>,
    /// Why not; may be empty.
    pub detail: String,
}

/// One person.
#[derive(Debug, Clone, Serialize)]
pub struct PersonPage {
    /// The frame.
    pub console: Console,
    /// Who.
    pub person: PersonRow,
    /// Where its forms go.
    pub actions: PersonActions,
    /// Whether it is the reader, of whom nothing is changed here.
    pub is_oneself: bool,
    /// What else is known of them.
    pub attributes: Vec<AttributeField>,
    /// When they were made, UTC.
    pub created: String,
    /// Whether they have a password.
    pub has_password: bool,
    /// The kinds of what they have to sign in with besides it.
    pub devices: Vec<&'static str>,
    /// Whether only a pass lets them set up another.
    pub needs_pass: bool,
    /// A pass that is shown this once.
    pub pass: Option<String>,
    /// How many recovery codes they have left.
    pub recovery_codes: i64,
    /// Where they are signed in.
    pub sessions: usize,
    /// What they are a member of.
    pub groups: Vec<Choice>,
    /// What they may be put into.
    pub other_group: GroupPick,
    /// The roles to choose from.
    pub roles: Vec<&'static str>,
    /// Whether the reader may change roles.
    pub may_change_role: bool,
    /// When they may first sign in: `2026-03-01`, or nothing.
    pub starts: String,
    /// From when on they may not.
    pub ends: String,
    /// A link that is shown this once.
    pub link: Option<String>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// Where the forms of a person's page go.
#[derive(Debug, Clone, Serialize)]
pub struct PersonActions {
    /// Suspends, deactivates, lets in again.
    pub state: String,
    /// Changes the role.
    pub role: String,
    /// Says from when until when they may sign in.
    pub dates: String,
    /// Makes a link.
    pub link: String,
    /// Makes a pass.
    pub pass: String,
    /// Takes second factors away.
    pub factors: String,
    /// What is left of somebody who has left.
    pub leaving: String,
    /// Name, address and attributes.
    pub details: String,
    /// Adds to a group.
    pub join: String,
    /// Takes out of a group.
    pub leave: String,
}

/// Where the forms of a group's page go.
#[derive(Debug, Clone, Serialize)]
pub struct GroupActions {
    /// Adds somebody.
    pub add: String,
    /// Takes somebody out.
    pub remove: String,
    /// Puts a group into it.
    pub nest: String,
    /// Takes a group out of it.
    pub unnest: String,
    /// Says who is in it by what they are.
    pub rule: String,
    /// Deletes the group.
    pub delete: String,
}

/// Who is in a group by what they are, as it is filled in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RuleForm {
    /// `all` or `any`.
    pub quantifier: &'static str,
    /// Conditions, one a line; empty: no rule.
    pub conditions: String,
    /// Whether it is shown before it is kept: who would be in the group.
    pub is_preview: bool,
}

/// Groups.
#[derive(Debug, Clone, Serialize)]
pub struct GroupsPage {
    /// The frame.
    pub console: Console,
    /// What is looked for.
    pub query: String,
    /// The groups.
    pub groups: Vec<GroupRow>,
    /// The page behind this one.
    pub next: Option<String>,
    /// The name that was tried.
    pub name: String,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// A group in the list.
#[derive(Debug, Clone, Serialize)]
pub struct GroupRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// For people.
    pub description: String,
    /// How many are in it; none: not everybody was looked at.
    pub members: Option<usize>,
}

/// A group beside another one.
#[derive(Debug, Clone, Serialize)]
pub struct GroupLink {
    /// Its page.
    pub href: String,
    /// By what a form names it.
    pub value: String,
    /// Its name.
    pub name: String,
}

/// One group.
#[derive(Debug, Clone, Serialize)]
pub struct GroupPage {
    /// The frame.
    pub console: Console,
    /// The group.
    pub group: GroupRow,
    /// Where its forms go.
    pub actions: GroupActions,
    /// Who is in it, by hand or by the rule; the first of them.
    pub members: Vec<PersonRow>,
    /// How many more there are.
    pub more_members: usize,
    /// The groups in it.
    pub inner: Vec<GroupLink>,
    /// The groups that it is in.
    pub outer: Vec<GroupLink>,
    /// The group that may be put into it.
    pub other: GroupPick,
    /// Its rule.
    pub rule: RuleForm,
    /// Whether it has a rule.
    pub has_rule: bool,
    /// The name that was to be added.
    pub added: String,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// What is left of a person who may not sign in any more.
#[derive(Debug, Clone, Serialize)]
pub struct LeavingPage {
    /// The frame.
    pub console: Console,
    /// Who.
    pub person: PersonRow,
    /// Where they are erased, by whoever may and once they have left.
    pub erase: Option<String>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
    /// What ended, and how many of it are left.
    pub ended: Vec<EndedRow>,
    /// The applications that are still to be told.
    pub to_tell: Vec<ToTellRow>,
    /// The applications that cannot be told.
    pub untold: Vec<UntoldRow>,
    /// Sessions in AWS that may still live.
    pub aws: Vec<AwsSessionRow>,
    /// The statement that would cut them.
    pub deny: String,
    /// How it is put on their roles.
    pub commands: String,
}

/// A kind of thing that ended.
#[derive(Debug, Clone, Serialize)]
pub struct EndedRow {
    /// `sessions`, `grants`, `api-tokens` or `links`.
    pub what: &'static str,
    /// How many are left.
    pub left: i64,
}

/// An application that is still to be told.
#[derive(Debug, Clone, Serialize)]
pub struct ToTellRow {
    /// Its name.
    pub name: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// An application that cannot be told.
#[derive(Debug, Clone, Serialize)]
pub struct UntoldRow {
    /// Its name.
    pub name: String,
    /// When its session has ended at the latest, UTC.
    pub ends: String,
}

/// A session in AWS that may still live.
#[derive(Debug, Clone, Serialize)]
pub struct AwsSessionRow {
    /// The account.
    pub account: String,
    /// The role.
    pub role_arn: String,
    /// When it was issued, UTC.
    pub issued: String,
    /// When it has ended at the latest, UTC.
    pub ends: String,
}

/// The portal's own address.
#[derive(Debug, Clone, Serialize)]
pub struct PortalAddressPage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// With what every address begins.
    pub base: String,
    /// What is filled in.
    pub value: String,
    /// The portal's own URL, if it has one.
    pub own: Option<String>,
    /// Former ones, which lead to it.
    pub former: Vec<String>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// The console's first page: what is set up, and how it goes.
#[derive(Debug, Clone, Serialize)]
pub struct HomePage {
    /// The frame.
    pub console: Console,
    /// What there is to set up, in this order.
    pub steps: Vec<StepRow>,
    /// How many of them are done.
    pub done: usize,
    /// What happened in the last 24 hours, and what stands.
    pub numbers: Vec<NumberRow>,
}

/// Something to set up.
#[derive(Debug, Clone, Serialize)]
pub struct StepRow {
    /// Its text's key, behind `step-`.
    pub key: &'static str,
    /// Where it is done.
    pub href: String,
    /// Whether it is.
    pub is_done: bool,
}

/// A number, and where what it counts is seen.
#[derive(Debug, Clone, Serialize)]
pub struct NumberRow {
    /// Its text's key, behind `number-`.
    pub key: &'static str,
    /// How many.
    pub count: i64,
    /// Where.
    pub href: String,
    /// Whether it wants to be looked at.
    pub is_bad: bool,
}
