//! Passkeys and security keys in a sign-in: asked for and added. An answer is bound to the sign-in and to its revision: it
//! counts while nothing else has come first, and the revision goes on with it.

use super::{Advance, PendingSignIn, SignInError, SignIns};
use crate::credentials::{AskedForPasskey, Ceremony, PasskeyOutcome, PasskeyProblem};
use crate::model::{Factor, PasskeyKind, User, UserId};
use crate::op::Op;
use crate::policy::Requirement;

impl SignIns {
    /// The question for the page of a requirement; none where it has none, or there can be no passkeys. `known` is who is
    /// signing in, where they have said so before.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn ask_for_passkey(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        (requirement, known): (&Requirement, Option<&UserId>),
    ) -> Result<Option<Ceremony>, SignInError> {
        let page = page(pending);
        let asked = match (requirement, known) {
            (Requirement::FirstFactor { allowed }, _) if allowed.contains(&Factor::Passkey) => {
                AskedForPasskey::Anybody
            }
            (Requirement::Reauthenticate { allowed, .. }, Some(user_id))
                if allowed.contains(&Factor::Passkey) =>
            {
                AskedForPasskey::Again(user_id)
            }
            (Requirement::SecondFactor { allowed }, Some(user_id)) if has_key(allowed) => {
                AskedForPasskey::Beside(user_id)
            }
            _ => return Ok(None),
        };
        Ok(self.credentials.ask_for_passkey(op, &page, asked).await?)
    }

    /// Judges the answer. Whose key it is says who is signing in, unless somebody has said that before.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn submit_passkey(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        (requirement, known): (&Requirement, Option<&UserId>),
        (state, answer): (&str, &str),
    ) -> Result<Advance, SignInError> {
        let expected = match requirement {
            Requirement::FirstFactor { allowed } if allowed.contains(&Factor::Passkey) => None,
            Requirement::Reauthenticate { allowed, .. } if allowed.contains(&Factor::Passkey) => {
                known
            }
            Requirement::SecondFactor { allowed } if has_key(allowed) && known.is_some() => known,
            _ => return Ok(Advance::Gone),
        };
        let verified = self
            .credentials
            .verify_passkey(op, &page(pending), (state, answer), expected)
            .await?;
        match verified {
            PasskeyOutcome::Verified(user_id, factor) => {
                self.advance(op, pending, &user_id, factor).await
            }
            PasskeyOutcome::Refused => Ok(Advance::Refused),
        }
    }

    /// The question for a new key, where the dispatcher lets one be set up.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn ask_for_new_passkey(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        (requirement, user): (&Requirement, &User),
        kind: PasskeyKind,
    ) -> Result<Option<Ceremony>, SignInError> {
        if !may_set_up(requirement, kind) {
            return Ok(None);
        }
        let page = page(pending);
        Ok(self
            .credentials
            .ask_for_new_passkey(op, &page, user, kind)
            .await?)
    }

    /// Adds the key that answered; it counts as proved. With the first second factor come recovery codes, once.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn add_passkey(
        &self,
        op: &Op,
        pending: &PendingSignIn,
        (requirement, user): (&Requirement, &User),
        (state, answer): (&str, &str),
        (kind, name): (PasskeyKind, &str),
    ) -> Result<Result<Advance, PasskeyProblem>, SignInError> {
        if !may_set_up(requirement, kind) {
            return Ok(Ok(Advance::Gone));
        }
        let page = page(pending);
        let added = self
            .credentials
            .add_passkey(op, (&page, &user.id), (state, answer), name)
            .await?;
        match added {
            Ok(factor) => Ok(Ok(self.advance(op, pending, &user.id, factor).await?)),
            Err(problem) => Ok(Err(problem)),
        }
    }
}

fn has_key(allowed: &[Factor]) -> bool {
    allowed.contains(&Factor::Passkey) || allowed.contains(&Factor::SecurityKey)
}

fn may_set_up(requirement: &Requirement, kind: PasskeyKind) -> bool {
    let factor = match kind {
        PasskeyKind::Passkey => Factor::Passkey,
        PasskeyKind::SecurityKey => Factor::SecurityKey,
    };
    match requirement {
        Requirement::SetCredential { allowed } | Requirement::EnrollFactor { allowed } => {
            allowed.contains(&factor)
        }
        _ => false,
    }
}

/// What an answer is good for: this sign-in, as it stands.
fn page(pending: &PendingSignIn) -> String {
    format!("{} {}", pending.id, pending.revision)
}
