//! A trace while its request is being answered.

use std::cell::RefCell;
use std::rc::Rc;

use super::diagnosis::Diagnosis;
use crate::model::{AppId, PendingId, Trace, TraceOutcome, TraceProtocol, UserId};
use crate::op::Op;
use crate::store::traces::SIGN_IN;

/// Characters of a value that are kept.
const LONGEST: usize = 300;
/// Values that are kept.
const MOST_VALUES: usize = 40;

/// What is known of an attempt so far. Every handler of a request sees the same one; a request that is no attempt of an
/// application has none, and whatever is said about it then is forgotten.
#[derive(Debug, Clone, Default)]
pub struct Draft(Rc<RefCell<Option<Trace>>>);

/// A foreign text that is fit to be shown, in a page and on a terminal: no control or direction characters, not too long.
pub fn shown(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut kept: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if is_hidden(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        kept.push('…');
    }
    kept
}

impl Draft {
    /// Begins the trace of an application's request.
    pub fn begin(&self, op: &Op, protocol: TraceProtocol, endpoint: &str) {
        *self.0.borrow_mut() = Some(Trace {
            id: op.request_id.to_string(),
            request_id: op.request_id.clone(),
            protocol,
            endpoint: endpoint.to_owned(),
            app_id: None,
            named: None,
            user_id: None,
            outcome: TraceOutcome::Waiting,
            rule: None,
            causes: Vec::new(),
            asked: Vec::new(),
            answered: Vec::new(),
            started_at: op.now,
            updated_at: op.now,
        });
    }

    /// Goes on with the trace of a sign-in.
    pub fn resume(&self, op: &Op, protocol: TraceProtocol, sign_in: &PendingId, app_id: &AppId) {
        self.begin(op, protocol, SIGN_IN);
        self.edit(|trace| {
            trace.id = sign_in.to_string();
            trace.app_id = Some(app_id.clone());
        });
    }

    /// A person must sign in first: the trace is the sign-in's from now on.
    pub fn waits_for(&self, sign_in: &PendingId) {
        self.edit(|trace| trace.id = sign_in.to_string());
    }

    /// The application calls itself this.
    pub fn calls_itself(&self, name: &str) {
        self.edit(|trace| trace.named = Some(shown(name)));
    }

    /// The application is this one.
    pub fn is_from(&self, app_id: &AppId, name: &str) {
        self.edit(|trace| {
            trace.app_id = Some(app_id.clone());
            trace.named = Some(name.to_owned());
        });
    }

    /// The person is this one.
    pub fn is_about(&self, user_id: &UserId) {
        self.edit(|trace| trace.user_id = Some(user_id.clone()));
    }

    /// What is asked for, in place of what was noted before; nothing secret.
    pub fn asks(&self, values: Vec<(&str, String)>) {
        self.edit(|trace| trace.asked = fit(values));
    }

    /// An answer was sent.
    pub fn sent(&self, values: Vec<(&str, String)>) {
        self.edit(|trace| {
            trace.outcome = TraceOutcome::Sent;
            trace.answered = fit(values);
        });
    }

    /// The application was told why not.
    pub fn told(&self, diagnosis: Diagnosis, values: Vec<(&str, String)>) {
        self.edit(|trace| {
            trace.outcome = TraceOutcome::Told;
            trace.answered = fit(values);
            diagnosis.put_into(trace);
        });
    }

    /// It ended here; the first reason stays.
    pub fn ended(&self, outcome: TraceOutcome, diagnosis: Diagnosis) {
        self.edit(|trace| {
            if trace.rule.is_none() {
                trace.outcome = outcome;
                diagnosis.put_into(trace);
            }
        });
    }

    /// Whether an attempt is being traced.
    pub fn is_open(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Which protocol the attempt speaks.
    pub fn protocol(&self) -> Option<TraceProtocol> {
        self.0.borrow().as_ref().map(|trace| trace.protocol)
    }

    /// The reason that was noted.
    pub fn reason(&self) -> Option<Diagnosis> {
        let trace = self.0.borrow();
        let trace = trace.as_ref()?;
        trace
            .rule
            .clone()
            .map(|rule| Diagnosis::of(rule, trace.causes.clone()))
    }

    /// What was noted as asked for.
    pub fn asked(&self) -> Vec<(String, String)> {
        self.0
            .borrow()
            .as_ref()
            .map_or_else(Vec::new, |trace| trace.asked.clone())
    }

    /// Ends the draft.
    pub fn take(&self) -> Option<Trace> {
        self.0.borrow_mut().take()
    }

    fn edit(&self, change: impl FnOnce(&mut Trace)) {
        if let Some(trace) = self.0.borrow_mut().as_mut() {
            change(trace);
        }
    }
}

fn fit(values: Vec<(&str, String)>) -> Vec<(String, String)> {
    values
        .into_iter()
        .take(MOST_VALUES)
        .map(|(name, value)| (shown(name), shown(&value)))
        .collect()
}
