//! The console's pages about applications' attempts.

use serde::Serialize;

use super::Console;
use crate::model::{Certainty, NamedTrace};

/// All attempts of a day.
#[derive(Debug, Clone, Serialize)]
pub struct TracesPage {
    /// The attempts, failing ones first.
    pub traces: Vec<TraceRow>,
    /// The frame.
    pub console: Console,
}

/// An attempt in the list.
#[derive(Debug, Clone, Serialize)]
pub struct TraceRow {
    /// Its own page.
    pub href: String,
    /// When it began, UTC.
    pub at: String,
    /// The application's name, or what it calls itself.
    pub application: String,
    /// Where it arrived.
    pub endpoint: String,
    /// How far it came: `sent`, `refused` and so on.
    pub outcome: &'static str,
    /// Whether somebody has to do something.
    pub is_failing: bool,
    /// The rule that refused it; may be empty.
    pub rule: String,
    /// The most probable cause; may be empty.
    pub cause: String,
    /// The person; may be empty.
    pub user: String,
}

/// One attempt.
#[derive(Debug, Clone, Serialize)]
pub struct TracePage {
    /// The attempt, as in the list.
    pub row: TraceRow,
    /// The request's id, as an error page shows it.
    pub request_id: String,
    /// When its last step was, UTC.
    pub updated: String,
    /// Why, the most probable first.
    pub causes: Vec<CauseRow>,
    /// What was asked for.
    pub asked: Vec<ValueRow>,
    /// What was answered.
    pub answered: Vec<ValueRow>,
    /// The frame.
    pub console: Console,
}

/// A cause, and what to do.
#[derive(Debug, Clone, Serialize)]
pub struct CauseRow {
    /// Whether it follows from the values, or is the most probable of several.
    pub is_certain: bool,
    /// What is wrong.
    pub cause: String,
    /// What to change.
    pub fix: String,
}

/// A name and its value.
#[derive(Debug, Clone, Serialize)]
pub struct ValueRow {
    /// The parameter or attribute.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl TraceRow {
    /// A trace, and where its page is.
    pub fn of(named: &NamedTrace, href: String) -> Self {
        let trace = &named.trace;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            href,
            at: trace.started_at.to_xs_date_time(),
            application: named.app_name.clone().unwrap_or_else(|| text(&trace.named)),
            endpoint: trace.endpoint.clone(),
            outcome: trace.outcome.name(),
            is_failing: trace.is_failing(),
            rule: text(&trace.rule),
            cause: trace
                .causes
                .first()
                .map_or(String::new(), |first| first.cause.clone()),
            user: text(&named.user_name),
        }
    }
}

impl CauseRow {
    /// The causes of a trace.
    pub fn all(named: &NamedTrace) -> Vec<Self> {
        let causes = named.trace.causes.iter();
        causes
            .map(|cause| Self {
                is_certain: cause.certainty == Certainty::Certain,
                cause: cause.cause.clone(),
                fix: cause.fix.clone(),
            })
            .collect()
    }
}

impl ValueRow {
    /// Names and values, in their order.
    pub fn all(values: &[(String, String)]) -> Vec<Self> {
        values
            .iter()
            .map(|(name, value)| Self {
                name: name.clone(),
                value: value.clone(),
            })
            .collect()
    }
}
