//! The one dispatcher: what comes next in a sign-in.

use super::{Browser, PendingSignIn, SignInError, SignIns};
use crate::access::{Access, Outcome, Proof};
use crate::audit::{AuditEvent, Personal, RevocationReason};
use crate::model::{PendingId, Secret, SessionId, UserId, UserState};
use crate::op::Op;
use crate::policy::{AccessRequest, Decision, DenyReason, Grant, Requirement};
use crate::sessions::PreparedSession;
use crate::store::{AuditEntry, pending_sign_ins as rows, sessions};

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// There is no such sign-in for this browser, or it is over.
    Gone,
    /// The person must do something first.
    Ask {
        /// The sign-in.
        pending: Box<PendingSignIn>,
        /// What.
        requirement: Requirement,
        /// Who, as far as it is known.
        outcome: Box<Outcome>,
    },
    /// The browser has a new session: give it the cookie and come back.
    SignedIn(Box<SignedIn>),
    /// The session suffices: go where the continuation says. The grant is in the outcome.
    Go {
        /// The sign-in.
        pending: Box<PendingSignIn>,
        /// The decision and what it was made from.
        outcome: Box<Outcome>,
    },
    /// No.
    Denied {
        /// The sign-in.
        pending: Box<PendingSignIn>,
        /// Why.
        reason: DenyReason,
        /// What the decision was made from.
        outcome: Box<Outcome>,
    },
}

/// A sign-in that became a session.
#[derive(Debug)]
pub struct SignedIn {
    /// Which sign-in.
    pub pending_id: PendingId,
    /// Whose session.
    pub user_id: UserId,
    /// For the cookie.
    pub secret: Secret,
}

impl SignIns {
    /// What comes next. The session alone is asked first, then the session together with what this sign-in proved; what
    /// suffices then becomes the session before anything is issued.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn next_step(
        &self,
        op: &Op,
        id: &PendingId,
        browser: &Browser,
    ) -> Result<Step, SignInError> {
        let Some(pending) = self.find(op, id, browser).await? else {
            return Ok(Step::Gone);
        };
        let pending = Box::new(pending);
        let request = pending.continuation.access_request();
        let by_session = Proof::session(browser.session.clone());
        let outcome = self
            .access
            .decide(op, by_session.clone(), request.clone())
            .await?;
        if outcome.is_allowed() {
            return Ok(Step::Go {
                pending,
                outcome: Box::new(outcome),
            });
        }
        if pending.completed_at.is_some() {
            return self.after_completion(op, pending, outcome).await;
        }
        let Some(user_id) = pending.progress.user_id.clone() else {
            return self.answer(op, pending, outcome).await;
        };
        let proof = Proof {
            progress: Some((user_id, pending.progress.satisfied.clone())),
            ..by_session
        };
        let outcome = self
            .access
            .decide(op, proof.clone(), request.clone())
            .await?;
        match outcome.decision {
            Decision::Allow(_) => {
                let decided = (proof, request);
                self.complete(op, pending, browser, (outcome, decided))
                    .await
            }
            _ => self.answer(op, pending, outcome).await,
        }
    }

    /// The sign-in is done, and its session is gone or no longer suffices: only a new request begins a new one. A denial
    /// is still said as such.
    async fn after_completion(
        &self,
        op: &Op,
        pending: Box<PendingSignIn>,
        outcome: Outcome,
    ) -> Result<Step, SignInError> {
        match outcome.decision {
            Decision::Deny(_) if outcome.known.is_some() => self.answer(op, pending, outcome).await,
            _ => Ok(Step::Gone),
        }
    }

    async fn answer(
        &self,
        op: &Op,
        pending: Box<PendingSignIn>,
        outcome: Outcome,
    ) -> Result<Step, SignInError> {
        let outcome = Box::new(outcome);
        match &outcome.decision {
            Decision::StepUp(requirement) => Ok(Step::Ask {
                pending,
                requirement: requirement.clone(),
                outcome,
            }),
            Decision::Deny(reason) => {
                let reason = *reason;
                self.record_denial(op, &pending, reason, &outcome).await?;
                Ok(Step::Denied {
                    pending,
                    reason,
                    outcome,
                })
            }
            Decision::Allow(_) => Ok(Step::Go { pending, outcome }),
        }
    }

    /// Makes the session, or a new secret for the one that is there, and marks the sign-in as completed: in one
    /// transaction, once.
    async fn complete(
        &self,
        op: &Op,
        pending: Box<PendingSignIn>,
        browser: &Browser,
        (outcome, (proof, request)): (Outcome, (Proof, AccessRequest)),
    ) -> Result<Step, SignInError> {
        let Decision::Allow(grant) = &outcome.decision else {
            return Ok(Step::Gone);
        };
        let (prepared, secret) = self.prepare(op, &pending, browser, &outcome, grant);
        let user_id = grant.subject().clone();
        let op = op.as_user(&user_id);
        let completed = AuditEvent::SignInCompleted {
            user_id: user_id.clone(),
            session_id: prepared.session.id.clone(),
            assurance: grant.assurance(),
            factors: prepared.session.factors.clone(),
            target: pending.continuation.audit_target(),
            user_agent: Personal::new(&user_id, prepared.session.user_agent.clone()),
        };
        let completed = self.audit.prepare(&op, &completed).await?;
        let others = self.session_of_another(&op, &outcome, &user_id).await?;
        let (id, seen, at) = (pending.id.clone(), pending.revision, op.clone());
        let is_done = self
            .store
            .write(move |txn| {
                // Decided again here: what was taken away since gives no session.
                let (still, now) = (Access::decide_within(txn, &at, &proof, &request)?, at.now);
                if !still.is_allowed() {
                    return Ok(false);
                }
                if !rows::complete(txn, &id, seen, now)? || !prepared.insert_txn(txn)? {
                    return Ok(false);
                }
                if let Some((session_id, entry)) = &others
                    && sessions::revoke(txn, session_id, now)?
                {
                    txn.append_audit(entry)?;
                }
                txn.append_audit(&completed)?;
                Ok(true)
            })
            .await?;
        if !is_done {
            return Ok(Step::Gone);
        }
        let state = outcome.known.as_ref().map(|known| known.user.state);
        if state == Some(UserState::Invited) {
            // Nothing hangs on it but what the directory says of them; should it fail, the next sign-in does it.
            self.directory.accept_invitation(&op, &user_id).await?;
        }
        Ok(Step::SignedIn(Box::new(SignedIn {
            pending_id: pending.id.clone(),
            user_id,
            secret,
        })))
    }

    fn prepare(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        browser: &Browser,
        outcome: &Outcome,
        grant: &Grant,
    ) -> (PreparedSession, Secret) {
        let own = outcome
            .session
            .as_ref()
            .filter(|session| session.user_id == *grant.subject());
        let proved = pending.progress.satisfied.clone();
        match own.zip(browser.session.as_ref()) {
            Some(current) => self.sessions.prepare_rotation(op, current, proved),
            None => {
                let agent = &browser.user_agent;
                self.sessions.prepare(op, grant.subject(), proved, agent)
            }
        }
    }

    /// One browser has one session: another person's ends when this one's begins.
    async fn session_of_another(
        &self,
        op: &Op,
        outcome: &Outcome,
        user_id: &UserId,
    ) -> Result<Option<(SessionId, AuditEntry)>, SignInError> {
        let Some(session) = outcome.session.as_ref().filter(|s| s.user_id != *user_id) else {
            return Ok(None);
        };
        let event = AuditEvent::SessionRevoked {
            user_id: session.user_id.clone(),
            session_id: session.id.clone(),
            reason: RevocationReason::Person,
        };
        let entry = self.audit.prepare(op, &event).await?;
        Ok(Some((session.id.clone(), entry)))
    }

    async fn record_denial(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        reason: DenyReason,
        outcome: &Outcome,
    ) -> Result<(), SignInError> {
        let event = AuditEvent::AccessDenied {
            user_id: outcome.known.as_ref().map(|known| known.user.id.clone()),
            target: pending.continuation.audit_target(),
            reason: reason.name().to_owned(),
        };
        Ok(self.audit.record(op, &event).await?)
    }
}
