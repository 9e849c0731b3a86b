//! `signet access`: who can take which role in AWS, and why.

use clap::{Args, Subcommand};

use super::CliError;
use super::arguments::ConfigFile;
use super::services::{host_op, load_config, open_instance};
use crate::access::{Answer, OutsideDays, ReachQuery};
use crate::model::Timestamp;

/// `signet access`
#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Why a person can take what, in every account or in one
    Why(WhyOptions),
    /// Who can take what in an account
    Who(WhoOptions),
}

/// `signet access why`
#[derive(Debug, Args)]
pub struct WhyOptions {
    /// The person, by user name or mail address
    pub user: String,
    /// In this account alone, by number or name
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// When, and in which form.
    #[command(flatten)]
    pub how: ReachOptions,
}

/// `signet access who`
#[derive(Debug, Args)]
pub struct WhoOptions {
    /// The account, by number or name
    pub account: String,
    /// When, and in which form.
    #[command(flatten)]
    pub how: ReachOptions,
}

/// What both questions take.
#[derive(Debug, Args)]
pub struct ReachOptions {
    /// As it was at this time, by the audit, such as 2026-11-24T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// A table for programs
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// One JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
    /// Which instance.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// Answers.
///
/// # Errors
/// When there is nobody and no account of that name, then; the store's.
pub async fn run(command: AccessCommand) -> Result<(), CliError> {
    let (user, account, how) = match command {
        AccessCommand::Why(WhyOptions { user, account, how }) => (Some(user), account, how),
        AccessCommand::Who(WhoOptions { account, how }) => (None, Some(account), how),
    };
    let at = match &how.at {
        None => None,
        Some(text) => Some(Timestamp::parse_rfc3339(text).ok_or_else(|| {
            CliError::Usage(format!(
                "--at {text}: must be a time as in 2026-11-24T12:00:00Z"
            ))
        })?),
    };
    let app = open_instance(&load_config(how.config.config.clone())?).await?;
    let op = host_op(&app.clock, &app.entropy, "access");
    let query = ReachQuery { user, account, at };
    let found = app.access.reach((&app.audit, &op), &query).await;
    let answers = found.map_err(|error| CliError::Refused(error.to_string()))?;
    print(&answers, &how)?;
    if answers.is_empty() {
        eprintln!("{}", nothing_leads(&query));
    }
    Ok(())
}

fn nothing_leads(query: &ReachQuery) -> String {
    let (who, can) = match &query.user {
        Some(name) => (name.as_str(), "can take no"),
        None => ("nobody", "can take a"),
    };
    let place = query.account.as_deref().unwrap_or("AWS");
    let then = if query.at.is_some() { " then" } else { "" };
    format!(
        "{who} {can} role in {place}{then}: no assignment leads there, to a person or through a group. Assign one in the \
         console under AWS, or with `signet config apply`"
    )
}

fn print(answers: &[Answer], how: &ReachOptions) -> Result<(), CliError> {
    if how.csv {
        say_text!("{}", Answer::csv(answers));
        return Ok(());
    }
    for answer in answers {
        if how.json {
            let line = serde_json::to_string(answer);
            say!("{}", line.map_err(|e| CliError::failed("the answer", e))?);
        } else {
            say!("{}", words(answer));
        }
    }
    Ok(())
}

fn words(answer: &Answer) -> String {
    let mut way = match answer.through.as_slice() {
        [] => "assigned to the person".to_owned(),
        groups => format!("by the group {}", groups.join(" > ")),
    };
    if answer.by_rule {
        way.push_str(" (in it by its rule)");
    }
    if let Some(selector) = &answer.selector {
        way.push_str(&format!("; the account is found by {selector}"));
    }
    if !answer.state.may_sign_in() {
        way.push_str(&format!("; but the person is {}", answer.state.as_str()));
    }
    match answer.days {
        Some(OutsideDays::NotYet) => way.push_str("; but the person's first day is still to come"),
        Some(OutsideDays::Over) => way.push_str("; but the person's last day is over"),
        None => {}
    }
    format!(
        "{}: {} in {} ({}): {way}",
        answer.user, answer.permission_set, answer.account_name, answer.account
    )
}
