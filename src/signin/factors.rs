//! One function for each thing that a person proves in a sign-in. Each verifies, stores the progress over the revision
//! that it saw, and leaves what comes next to the dispatcher.

use super::pending::to_json;
use super::{Browser, Continuation, PendingSignIn, Progress, SignInError, SignIns};
use crate::access::{Outcome, Resolved};
use crate::audit::AuditEvent;
use crate::credentials::{CodeOutcome, PasswordOutcome, PasswordProblem, TotpEnrollment};
use crate::model::{Factor, PendingId, SatisfiedFactor, Secret, Span, Timestamp, User, UserId};
use crate::op::Op;
use crate::policy::Requirement;
use crate::store::{consents, pending_sign_ins as rows};

/// What became of a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// It counts: ask the dispatcher.
    Done,
    /// It does not; whatever the reason, the page says one thing.
    Refused,
    /// Nothing is looked at before then.
    Locked {
        /// When.
        until: Timestamp,
    },
    /// Too many at once.
    Busy {
        /// Try again after this long.
        retry_after: Span,
    },
    /// The sign-in is over, or another step came first.
    Gone,
}

/// Which code was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// By the authenticator app.
    Totp,
    /// One of the saved ones.
    Recovery,
    /// A pass by an administrator.
    Pass,
}

impl CodeKind {
    /// What it proves.
    pub const fn factor(self) -> Factor {
        match self {
            Self::Totp => Factor::Totp,
            Self::Recovery => Factor::RecoveryCode,
            Self::Pass => Factor::Pass,
        }
    }
}

impl SignIns {
    /// Verifies a user name or address and a password. `known_browser` is the secret of the cookie that says that this
    /// browser has signed in before.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn submit_password(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        name: &str,
        password: Secret,
        known_browser: Option<&str>,
    ) -> Result<Advance, SignInError> {
        if pending.completed_at.is_some() {
            return Ok(Advance::Gone);
        }
        let outcome = self
            .credentials
            .verify_password(op, name, password, known_browser)
            .await?;
        match outcome {
            PasswordOutcome::Verified(user_id) => {
                self.advance(op, pending, &user_id, Factor::Password).await
            }
            PasswordOutcome::Refused => Ok(Advance::Refused),
            PasswordOutcome::Locked { until } => Ok(Advance::Locked { until }),
            PasswordOutcome::Busy { retry_after } => Ok(Advance::Busy { retry_after }),
        }
    }

    /// Verifies a second factor, if the dispatcher asks for one of this kind now: whoever has not shown the first is not
    /// asked, and cannot guess at the second.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn submit_code(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        (requirement, user): (&Requirement, &User),
        kind: CodeKind,
        code: &str,
    ) -> Result<Advance, SignInError> {
        let user_id = &user.id;
        let factor = kind.factor();
        let is_asked_for = matches!(requirement, Requirement::SecondFactor { allowed } if allowed.contains(&factor));
        if !is_asked_for {
            return Ok(Advance::Gone);
        }
        let outcome = match kind {
            CodeKind::Totp => self.credentials.verify_totp(op, user_id, code).await?,
            CodeKind::Recovery => {
                self.credentials
                    .verify_recovery_code(op, user_id, code)
                    .await?
            }
            CodeKind::Pass => self.credentials.verify_pass(op, user, code).await?,
        };
        self.after_code(op, pending, user_id, factor, outcome).await
    }

    /// Redeems a one-time link: the link is used up, and a sign-in begins in which it is the only proof.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn redeem_link(
        &self,
        op: &Op,
        browser: &Browser,
        token: &str,
    ) -> Result<Option<PendingId>, SignInError> {
        let Some(user_id) = self.credentials.redeem_link(op, token).await? else {
            return Ok(None);
        };
        let proof = SatisfiedFactor {
            factor: Factor::SetupLink,
            at: op.now,
        };
        let progress = Progress::default().with(&user_id, proof);
        let binding = browser.binding.as_ref();
        let op = op.as_user(&user_id);
        let begun = self
            .begin_with(&op, binding, Continuation::Portal, progress)
            .await?;
        Ok(Some(begun))
    }

    /// Sets a password where the dispatcher asks for one; it counts as proved.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn set_password(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        (requirement, user_id): (&Requirement, &UserId),
        password: Secret,
    ) -> Result<Result<Advance, PasswordProblem>, SignInError> {
        let is_asked_for = matches!(requirement, Requirement::SetCredential { allowed } if allowed.contains(&Factor::Password));
        if !is_asked_for {
            return Ok(Ok(Advance::Gone));
        }
        match self.credentials.set_password(op, user_id, password).await? {
            Err(problem) => Ok(Err(problem)),
            Ok(()) => {
                let advance = self.advance(op, pending, user_id, Factor::Password).await?;
                Ok(Ok(advance))
            }
        }
    }

    /// The device that is being set up where the dispatcher asks for one; a reload shows the same one.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn enrollment(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        user: &User,
    ) -> Result<TotpEnrollment, SignInError> {
        let begun_in = pending.id.as_str();
        Ok(self.credentials.begin_totp(op, user, begun_in).await?)
    }

    /// Confirms the device with its first code; it counts as proved, and the recovery codes that come with it are
    /// returned, once.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn confirm_enrollment(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        (requirement, user): (&Requirement, &User),
        (code, name): (&str, &str),
    ) -> Result<Result<Vec<String>, Advance>, SignInError> {
        let is_asked_for = matches!(requirement, Requirement::EnrollFactor { allowed } if allowed.contains(&Factor::Totp));
        if !is_asked_for {
            return Ok(Err(Advance::Gone));
        }
        let device = self.enrollment(op, pending, user).await?.device_id;
        let outcome = self
            .credentials
            .confirm_totp(op, &user.id, (&device, name), code)
            .await?;
        match self
            .after_code(op, pending, &user.id, Factor::Totp, outcome)
            .await?
        {
            Advance::Done => Ok(Ok(self
                .credentials
                .new_recovery_codes(op, &user.id)
                .await?)),
            other => Ok(Err(other)),
        }
    }

    /// Keeps that the person agrees to what the dispatcher asks their consent for.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn consent(
        &self,
        op: &Op,
        requirement: &Requirement,
        outcome: &Outcome,
    ) -> Result<(), SignInError> {
        let (Requirement::Consent { scopes }, Some(known), Resolved::Application(app)) =
            (requirement, &outcome.known, &outcome.target)
        else {
            return Ok(());
        };
        let (user_id, app_id) = (known.user.id.clone(), app.id.clone());
        let event = AuditEvent::ConsentGiven {
            user_id: user_id.clone(),
            app_id: app_id.clone(),
            scopes: scopes.clone(),
        };
        let op = op.as_user(&user_id);
        let entry = self.audit.prepare(&op, &event).await?;
        let (scopes, now) = (to_json(scopes)?, op.now);
        Ok(self
            .store
            .write(move |txn| {
                consents::put(txn, &user_id, &app_id, &scopes, now)?;
                txn.append_audit(&entry)
            })
            .await?)
    }

    async fn after_code(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        user_id: &UserId,
        factor: Factor,
        outcome: CodeOutcome,
    ) -> Result<Advance, SignInError> {
        match outcome {
            CodeOutcome::Verified => self.advance(op, pending, user_id, factor).await,
            CodeOutcome::Refused => Ok(Advance::Refused),
            CodeOutcome::Locked { until } => Ok(Advance::Locked { until }),
        }
    }

    pub(super) async fn advance(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        user_id: &UserId,
        factor: Factor,
    ) -> Result<Advance, SignInError> {
        let proof = SatisfiedFactor { factor, at: op.now };
        let progress = to_json(&pending.progress.with(user_id, proof))?;
        let (id, seen, now) = (pending.id.clone(), pending.revision, op.now);
        let is_stored = self
            .store
            .write(move |txn| rows::advance(txn, &id, seen, &progress, now))
            .await?;
        Ok(if is_stored {
            Advance::Done
        } else {
            Advance::Gone
        })
    }
}
