//! The console's page about policies, with the simulator.

use serde::Serialize;

use super::{Choice, Console, ConsoleProblem};

/// Policies, and what would be decided.
#[derive(Debug, Clone, Serialize)]
pub struct PoliciesPage {
    /// The frame.
    pub console: Console,
    /// Where the form goes.
    pub action: String,
    /// The policies that are set.
    pub policies: Vec<PolicyRow>,
    /// The scopes to choose from.
    pub scopes: Vec<Choice>,
    /// Whether a group is named by typing its name, because there are many.
    pub types_group: bool,
    /// The name that was typed.
    pub group: String,
    /// The policy as it is filled in.
    pub form: PolicyForm,
    /// What the simulator is asked.
    pub simulator: SimulatorForm,
    /// What it says.
    pub verdict: Option<Verdict>,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// A policy that is set.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyRow {
    /// `global`, `group`, `application` or `permission_set`.
    pub kind: &'static str,
    /// The name of that; empty for everybody.
    pub name: String,
    /// What it says.
    pub rules: PolicyForm,
}

/// What a policy says, as it is filled in; empty: nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PolicyForm {
    /// `one`, `two`, `phishing_resistant` or nothing.
    pub assurance: &'static str,
    /// The factors to choose from.
    pub factors: Vec<FactorChoice>,
    /// Ranges of addresses, one a line.
    pub networks: String,
    /// How long ago the proof may lie, in minutes.
    pub age: String,
    /// How long a session at an application may last, in minutes.
    pub application_session: String,
    /// How long a session in AWS may last, in minutes.
    pub aws_session: String,
    /// The groups whose members make passes, by name; none: it says nothing of that.
    pub passes: Option<Vec<String>>,
}

/// A factor that a policy may allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactorChoice {
    /// Its word.
    pub word: &'static str,
    /// Whether the policy names it.
    pub is_chosen: bool,
}

/// What the simulator is asked.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SimulatorForm {
    /// A user name.
    pub user: String,
    /// What is to be reached.
    pub targets: Vec<Choice>,
    /// The accounts, where it is a role in AWS.
    pub accounts: Vec<Choice>,
    /// The permission sets.
    pub sets: Vec<Choice>,
    /// What was proved: `nothing`, `password`, `both` or `passkey`.
    pub proved: &'static str,
    /// From which address; empty: from the reader's.
    pub from: String,
}

/// What would be decided.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Its text's key, behind `verdict-`.
    pub key: &'static str,
    /// Minutes that are in it.
    pub minutes: i64,
    /// The policies that it rests on.
    pub because: Vec<PolicyRow>,
}
