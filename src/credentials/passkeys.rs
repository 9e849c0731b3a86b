//! Passkeys and security keys (Web Authentication, level 3). webauthn-rs makes and judges the ceremonies; what is asked
//! of whom, and what an answer is worth, stands here.
//!
//! What must be known to judge an answer travels with the page, sealed for the sign-in or session that it belongs to and
//! for the state of it: the answer counts while that state stands, and the state goes on with it. So an answer works once,
//! and a page costs no write.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{
    AuthenticationResult, Credential, CredentialID, Passkey, PublicKeyCredential,
    RegisterPublicKeyCredential, SecurityKey,
};

use super::webauthn::{
    Answering, Registering, handle_of, judge, parsed, register, text_of, to_json, unusable,
};
use super::{CredentialError, Credentials, device_name, queue};
use crate::audit::{AuditEvent, PasskeyRefusal};
use crate::keys::Place;
use crate::model::{
    CredentialChange, DeviceId, DeviceKind, Factor, PasskeyKind, Span, Timestamp, User, UserId,
};
use crate::op::Op;
use crate::store::passkeys::{self as rows, PasskeyRow};
use crate::store::recovery_passes;

/// As long as a sign-in in progress.
const ANSWER_WITHIN: Span = Span::minutes(20);
/// More keys than anybody carries; a list that grows for ever is an attack on the page.
const MOST: usize = 10;

/// A question to a browser's authenticators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// For the browser: `publicKey` of `navigator.credentials.get()` or `create()`, in JSON.
    pub options: String,
    /// Comes back with the answer; sealed.
    pub state: String,
}

/// Whose answer is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// Anybody's: the key says whose it is.
    Anybody,
    /// A person's who says who they are again, by a key that verifies them.
    Again(&'a UserId),
    /// A person's who has shown something else: any of their keys.
    Beside(&'a UserId),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasskeyOutcome {
    /// It is this person's, and worth so much.
    Verified(UserId, Factor),
    /// It is not.
    Refused,
}

/// Why a key was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyProblem {
    /// The answer does not belong to the question, or its time is over.
    #[error("the answer does not belong to this page, or came too late")]
    Refused,
    /// That authenticator is registered already.
    #[error("this key is registered already")]
    Registered,
    /// There are so many already.
    #[error("there are {MOST} keys already; remove one first")]
    TooMany,
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    until: Timestamp,
    state: T,
}

impl Credentials {
    /// Whether there can be passkeys here.
    pub const fn has_passkeys(&self) -> bool {
        self.webauthn.is_some()
    }

    /// Asks for a key; none where there can be no passkeys, or whoever is asked has no such key. `page` names what the
    /// answer is good for and the state that it is in.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn ask_for_passkey(
        &self,
        op: &Op,
        page: &str,
        asked: Asked<'_>,
    ) -> Result<Option<Ceremony>, CredentialError> {
        let Some(webauthn) = &self.webauthn else {
            return Ok(None);
        };
        let theirs = match asked {
            Asked::Anybody => Vec::new(),
            Asked::Again(user_id) | Asked::Beside(user_id) => self.keys_of(user_id).await?,
        };
        let (mut question, answering) = match asked {
            Asked::Anybody => {
                let (question, state) = webauthn
                    .start_discoverable_authentication()
                    .map_err(unusable)?;
                (question, Answering::Anybody(state))
            }
            Asked::Again(user_id) => {
                let verifying = theirs.iter().filter(|row| row.kind == PasskeyKind::Passkey);
                let keys: Vec<Passkey> = verifying.map(parsed).collect::<Result<_, _>>()?;
                if keys.is_empty() {
                    return Ok(None);
                }
                let (question, state) = webauthn
                    .start_passkey_authentication(&keys)
                    .map_err(unusable)?;
                (question, Answering::Again(user_id.clone(), state))
            }
            Asked::Beside(user_id) => {
                let keys: Vec<SecurityKey> = theirs.iter().map(parsed).collect::<Result<_, _>>()?;
                if keys.is_empty() {
                    return Ok(None);
                }
                let (question, state) = webauthn
                    .start_securitykey_authentication(&keys)
                    .map_err(unusable)?;
                (question, Answering::Beside(user_id.clone(), state))
            }
        };
        // The page says how it asks.
        question.mediation = None;
        let options = to_json(&question.public_key)?;
        let state = self.seal_state(op, page, answering)?;
        Ok(Some(Ceremony { options, state }))
    }

    /// Judges an answer. With `expected` it must be that person's.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn verify_passkey(
        &self,
        op: &Op,
        page: &str,
        (state, answer): (&str, &str),
        expected: Option<&UserId>,
    ) -> Result<PasskeyOutcome, CredentialError> {
        let answering = self.open_state::<Answering>(op, page, state);
        let answer = serde_json::from_str::<PublicKeyCredential>(answer).ok();
        let (Some(webauthn), Some(answering), Some(answer)) = (&self.webauthn, answering, answer)
        else {
            return Ok(PasskeyOutcome::Refused);
        };
        let credential_id = text_of(&CredentialID::from(answer.get_credential_id().to_vec()));
        let found = self
            .store
            .read(move |txn| rows::by_credential(txn, &credential_id))
            .await?;
        let is_whole_sign_in = matches!(answering, Answering::Anybody(_));
        let found = found.filter(|row| {
            expected.is_none_or(|user| *user == row.user_id)
                && (!is_whole_sign_in || row.kind == PasskeyKind::Passkey)
        });
        let Some(row) = found else {
            return self
                .refuse_passkey(op, expected, PasskeyRefusal::UnknownKey)
                .await;
        };
        let credential = parsed::<Credential>(&row)?;
        let judged = judge(webauthn, answering, &answer, (&row.user_id, &credential));
        match judged {
            Ok(result) => self.keep_use(op, row, credential, &result).await,
            Err(reason) => self.refuse_passkey(op, Some(&row.user_id), reason).await,
        }
    }

    /// Asks for a new key; none where there can be no passkeys.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn ask_for_new_passkey(
        &self,
        op: &Op,
        page: &str,
        user: &User,
        kind: PasskeyKind,
    ) -> Result<Option<Ceremony>, CredentialError> {
        let Some(webauthn) = &self.webauthn else {
            return Ok(None);
        };
        let theirs = self.keys_of(&user.id).await?;
        let known = theirs
            .iter()
            .map(|row| parsed::<Credential>(row).map(|key| key.cred_id));
        let known: Vec<CredentialID> = known.collect::<Result<_, _>>()?;
        let handle = handle_of(&user.id)?;
        let (name, display) = (user.user_name.as_str(), user.display_name.as_str());
        let (mut question, registering) = match kind {
            PasskeyKind::Passkey => {
                let (question, state) = webauthn
                    .start_passkey_registration(handle, name, display, Some(known))
                    .map_err(unusable)?;
                (question, Registering::Passkey(user.id.clone(), state))
            }
            PasskeyKind::SecurityKey => {
                let (question, state) = webauthn
                    .start_securitykey_registration(handle, name, display, Some(known), None, None)
                    .map_err(unusable)?;
                (question, Registering::SecurityKey(user.id.clone(), state))
            }
        };
        // So that the sign-in page can offer it by itself; a key with no room for it is as good beside a name.
        if kind == PasskeyKind::Passkey
            && let Some(wanted) = &mut question.public_key.authenticator_selection
        {
            wanted.resident_key = Some(webauthn_rs_proto::ResidentKeyRequirement::Preferred);
        }
        // Chromium refuses a protection by verification where verification is only preferred.
        if kind == PasskeyKind::SecurityKey
            && let Some(extensions) = &mut question.public_key.extensions
        {
            extensions.cred_protect = None;
        }
        let options = to_json(&question.public_key)?;
        let state = self.seal_state(op, page, registering)?;
        Ok(Some(Ceremony { options, state }))
    }

    /// Adds the key that answered.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn add_passkey(
        &self,
        op: &Op,
        (page, user_id): (&str, &UserId),
        (state, answer): (&str, &str),
        name: &str,
    ) -> Result<Result<Factor, PasskeyProblem>, CredentialError> {
        let registering = self.open_state::<Registering>(op, page, state);
        let answer = serde_json::from_str::<RegisterPublicKeyCredential>(answer).ok();
        let (Some(webauthn), Some(registering), Some(answer)) =
            (&self.webauthn, registering, answer)
        else {
            return Ok(Err(PasskeyProblem::Refused));
        };
        let Some((kind, credential)) = register(webauthn, registering, &answer, user_id) else {
            return Ok(Err(PasskeyProblem::Refused));
        };
        if self.keys_of(user_id).await?.len() >= MOST {
            return Ok(Err(PasskeyProblem::TooMany));
        }
        let key = PasskeyRow {
            id: DeviceId::from_random(op.entropy.octets()),
            user_id: user_id.clone(),
            credential_id: text_of(&credential.cred_id),
            kind,
            name: device_name(name),
            body: to_json(&credential)?,
        };
        let factor = match kind {
            PasskeyKind::Passkey => Factor::Passkey,
            PasskeyKind::SecurityKey => Factor::SecurityKey,
        };
        let is_added = self.insert_key(op, key).await?;
        Ok(if is_added {
            Ok(factor)
        } else {
            Err(PasskeyProblem::Registered)
        })
    }

    async fn insert_key(&self, op: &Op, key: PasskeyRow) -> Result<bool, CredentialError> {
        let (event, change) = (
            AuditEvent::PasskeyAdded {
                user_id: key.user_id.clone(),
                device_id: key.id.clone(),
                device: DeviceKind::from(key.kind),
            },
            match key.kind {
                PasskeyKind::Passkey => CredentialChange::PasskeyAdded,
                PasskeyKind::SecurityKey => CredentialChange::SecurityKeyAdded,
            },
        );
        let entry = self.audit.prepare(op, &event).await?;
        let notice = self.notice_unless_joining(op, &key.user_id, change).await?;
        let now = op.now;
        Ok(self
            .store
            .write(move |txn| {
                if !rows::insert(txn, &key, now)? {
                    return Ok(false);
                }
                recovery_passes::clear(txn, &key.user_id)?;
                queue(txn, notice.as_ref())?;
                txn.append_audit(&entry)?;
                Ok(true)
            })
            .await?)
    }

    async fn keep_use(
        &self,
        op: &Op,
        row: PasskeyRow,
        credential: Credential,
        result: &AuthenticationResult,
    ) -> Result<PasskeyOutcome, CredentialError> {
        let mut key = Passkey::from(credential);
        key.update_credential(result);
        let after = to_json(&Credential::from(key))?;
        // A PIN that a key was given since it was added proves nothing: whoever finds a key without one can give it one
        // (Web Authentication, 7.2, step 21).
        let factor = match row.kind {
            PasskeyKind::Passkey if result.user_verified() => Factor::Passkey,
            PasskeyKind::Passkey | PasskeyKind::SecurityKey => Factor::SecurityKey,
        };
        let event = AuditEvent::PasskeyVerified {
            user_id: row.user_id.clone(),
            device_id: row.id.clone(),
            factor,
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (user_id, now) = (row.user_id.clone(), op.now);
        let is_kept = self
            .store
            .write(move |txn| {
                let is_kept = rows::used(txn, &row.id, (&row.body, &after), now)?;
                if is_kept {
                    txn.append_audit(&entry)?;
                }
                Ok(is_kept)
            })
            .await?;
        if is_kept {
            Ok(PasskeyOutcome::Verified(user_id, factor))
        } else {
            self.refuse_passkey(op, Some(&user_id), PasskeyRefusal::Overtaken)
                .await
        }
    }

    async fn refuse_passkey(
        &self,
        op: &Op,
        user_id: Option<&UserId>,
        reason: PasskeyRefusal,
    ) -> Result<PasskeyOutcome, CredentialError> {
        let event = AuditEvent::PasskeyRefused {
            user_id: user_id.cloned(),
            reason,
        };
        self.audit.record(op, &event).await?;
        Ok(PasskeyOutcome::Refused)
    }

    async fn keys_of(&self, user_id: &UserId) -> Result<Vec<PasskeyRow>, CredentialError> {
        let user_id = user_id.clone();
        Ok(self.store.read(move |txn| rows::of(txn, &user_id)).await?)
    }

    fn seal_state<T: Serialize>(
        &self,
        op: &Op,
        page: &str,
        state: T,
    ) -> Result<String, CredentialError> {
        let until = op.now.plus(ANSWER_WITHIN);
        let text = to_json(&Sealed { until, state })?;
        Ok(self.keys.seal(&op.entropy, place(page), text.as_bytes())?)
    }

    /// What was sealed for this page, while its time is.
    fn open_state<T: DeserializeOwned>(&self, op: &Op, page: &str, sealed: &str) -> Option<T> {
        let text = self.keys.open_sealed(place(page), sealed).ok()?;
        let sealed: Sealed<T> = serde_json::from_slice(text.expose()).ok()?;
        (sealed.until > op.now).then_some(sealed.state)
    }
}

fn place(page: &str) -> Place<'_> {
    Place {
        table: "webauthn_credentials",
        column: "ceremony",
        row: page,
    }
}
