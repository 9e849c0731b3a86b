//! Why an attempt went wrong, and what to do: from the rule that was broken, what came, and what is registered.
//!
//! Nothing is guessed as a fact: what follows from both sides' values is certain; where several causes look alike from
//! here, each is called likely, the most probable first.

mod decision;
mod difference;
mod oauth;
mod saml;

use crate::model::{Application, Cause, Timestamp, Trace, TraceOutcome};
pub use decision::of_denial;
use difference::compared_with;
pub use oauth::{
    of_authorization, of_authorization_rule, of_client, of_sign_out, of_token_request,
};
pub use saml::{of_issue, of_received, of_rule, of_status};

/// The rules of an application that nobody knows.
const STRANGERS: [&str; 2] = ["unknown_issuer", "unknown_client"];

/// No rule: our own failure.
const INTERNAL: &str = "internal";

/// A rule, and what is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    rule: String,
    causes: Vec<Cause>,
}

/// What both sides say.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// What was asked for.
    pub asked: &'a [(String, String)],
    /// The registration, where there is one.
    pub application: Option<&'a Application>,
    /// The person, where one is known.
    pub user_name: Option<&'a str>,
    /// Where requests of this protocol must be sent, or whom tokens must name.
    pub ours: &'a str,
    /// Our time.
    pub now: Timestamp,
}

impl Diagnosis {
    /// One cause.
    pub fn one(rule: impl Into<String>, cause: Cause) -> Self {
        Self::of(rule, vec![cause])
    }

    /// Several, the most probable first.
    pub fn of(rule: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self {
            rule: rule.into(),
            causes,
        }
    }

    /// Nobody is registered under the name that the application gives itself.
    pub fn stranger(rule: &str, what: &str, name: &str) -> Self {
        let cause = format!(
            "no application is registered under the {what} {}",
            super::shown(name)
        );
        let fix = "register the application under exactly this name, or correct the name at the application";
        Self::one(rule, Cause::certain(cause, fix))
    }

    /// What it means for the attempt, where the application is told nothing.
    pub fn outcome(&self) -> TraceOutcome {
        if self.rule == INTERNAL {
            TraceOutcome::Failed
        } else {
            TraceOutcome::Refused
        }
    }

    /// Signet itself failed.
    pub fn internal() -> Self {
        let fix = "look for the request id in the server's log; try again";
        Self::one(
            INTERNAL,
            Cause::certain("Signet failed; this is not the application's doing", fix),
        )
    }

    pub(super) fn put_into(self, trace: &mut Trace) {
        trace.rule = Some(self.rule);
        trace.causes = self.causes;
    }
}

impl<'a> Seen<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let found = self.asked.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    fn app_name(&self) -> &'a str {
        self.application.map_or("the application", |app| &app.name)
    }

    fn user(&self) -> &'a str {
        self.user_name.unwrap_or("the person")
    }
}

/// Whether a trace is of an application that nobody knows.
pub fn is_of_a_stranger(trace: &Trace) -> bool {
    trace
        .rule
        .as_deref()
        .is_some_and(|rule| STRANGERS.contains(&rule))
}

/// The same, with the known name that is nearest to the unknown one.
pub fn with_nearest(trace: Trace, identifiers: &[&str]) -> Trace {
    let Some(named) = trace.named.clone().filter(|_| is_of_a_stranger(&trace)) else {
        return trace;
    };
    let Some(near) = difference::nearest(&named, identifiers.iter().copied()) else {
        return trace;
    };
    let cause = format!(
        "the application calls itself {named}; {}",
        compared_with(&named, near)
    );
    let fix = format!(
        "if it is the same application, let it call itself {near}, or change its registration"
    );
    Trace {
        causes: vec![Cause::likely(cause, fix)],
        ..trace
    }
}
