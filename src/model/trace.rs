//! What became of one attempt of an application, for whoever wires it.

use serde::{Deserialize, Serialize};

use super::{AppId, RequestId, Timestamp, UserId};

/// Which protocol the application spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceProtocol {
    /// SAML 2.0.
    Saml,
    /// OAuth 2 and OpenID Connect.
    Oauth,
}

/// How far an attempt came. What the application made of an answer is nowhere to be seen: none of these is "succeeded".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceOutcome {
    /// A person is signing in.
    Waiting,
    /// An assertion, a code or tokens were sent.
    Sent,
    /// The application was told why not.
    Told,
    /// The person was shown why not; the application knows nothing.
    Refused,
    /// Signet itself failed.
    Failed,
}

/// How sure a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It follows from what came and what is registered.
    Certain,
    /// Other causes look the same from here.
    Likely,
}

/// Why an attempt went wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// How sure it is.
    pub certainty: Certainty,
    /// What is wrong, with the values that differ.
    pub cause: String,
    /// What to change, and where.
    pub fix: String,
}

/// One attempt, without anything secret in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The sign-in's id, or the request's where there was no sign-in.
    pub id: String,
    /// The last request of it: the id that an error page shows.
    pub request_id: RequestId,
    /// The protocol.
    pub protocol: TraceProtocol,
    /// Where it arrived, such as `sso` or `token`.
    pub endpoint: String,
    /// The application, where it is a known one.
    pub app_id: Option<AppId>,
    /// What the application calls itself: entity id or client id.
    pub named: Option<String>,
    /// The person, once known.
    pub user_id: Option<UserId>,
    /// How far it came.
    pub outcome: TraceOutcome,
    /// The rule that refused it.
    pub rule: Option<String>,
    /// Why, the most probable first.
    pub causes: Vec<Cause>,
    /// What was asked for: names and values, secrets left out.
    pub asked: Vec<(String, String)>,
    /// What was answered.
    pub answered: Vec<(String, String)>,
    /// When it began.
    pub started_at: Timestamp,
    /// When its last step was.
    pub updated_at: Timestamp,
}

/// A trace with the names of what it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedTrace {
    /// The trace.
    #[serde(flatten)]
    pub trace: Trace,
    /// The application's name, if there still is one.
    pub app_name: Option<String>,
    /// The person's user name, if there still is one.
    pub user_name: Option<String>,
}

impl TraceOutcome {
    /// The name in the store and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Told => "told",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl Cause {
    /// What follows from what came and what is registered.
    pub fn certain(cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            certainty: Certainty::Certain,
            cause: cause.into(),
            fix: fix.into(),
        }
    }

    /// What looks like this, among others.
    pub fn likely(cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            certainty: Certainty::Likely,
            ..Self::certain(cause, fix)
        }
    }
}

impl Trace {
    /// Whether somebody has to do something: what a program asks for as a matter of course, and a person who gives up, are
    /// no failures.
    pub fn is_failing(&self) -> bool {
        let is_routine = matches!(
            self.rule.as_deref(),
            Some("no_passive" | "consent_required" | "declined")
        );
        match self.outcome {
            TraceOutcome::Waiting | TraceOutcome::Sent => false,
            TraceOutcome::Told => !is_routine,
            TraceOutcome::Refused | TraceOutcome::Failed => true,
        }
    }
}
