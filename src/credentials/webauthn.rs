//! The library's side of passkeys: questions and their states, answers and what they prove.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{
    AuthenticationResult, Credential, CredentialID, DiscoverableAuthentication,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    SecurityKeyAuthentication, SecurityKeyRegistration, Url, Uuid, Webauthn, WebauthnBuilder,
    WebauthnError,
};

use super::CredentialError;
use crate::audit::PasskeyRefusal;
use crate::keys::Keys;
use crate::model::{PasskeyKind, UserId};
use crate::store::passkeys::PasskeyRow;

#[derive(Serialize, Deserialize)]
pub(super) enum Answering {
    Anybody(DiscoverableAuthentication),
    Again(UserId, PasskeyAuthentication),
    Beside(UserId, SecurityKeyAuthentication),
}

#[derive(Serialize, Deserialize)]
pub(super) enum Registering {
    Passkey(UserId, PasskeyRegistration),
    SecurityKey(UserId, SecurityKeyRegistration),
}

/// The relying party of an instance; none where its address can have no passkeys: they need a domain, and an address in
/// digits is none (Web Authentication, 5.1.3, step 7: an effective domain).
pub(super) fn relying_party(keys: &Keys) -> Option<Arc<Webauthn>> {
    let identity = keys.identity();
    let origin = Url::parse(&identity.public_url).ok()?;
    let builder = WebauthnBuilder::new(&identity.rp_id, &origin).ok()?;
    builder.build().ok().map(Arc::new)
}

/// Judges an answer by the question that was asked, and by the key as it stands now.
pub(super) fn judge(
    webauthn: &Webauthn,
    answering: Answering,
    answer: &PublicKeyCredential,
    (owner, credential): (&UserId, &Credential),
) -> Result<AuthenticationResult, PasskeyRefusal> {
    let handle = answer.get_user_unique_id().map(<[u8]>::to_vec);
    let is_theirs =
        |handle: &Vec<u8>| handle_of(owner).is_ok_and(|own| own.as_bytes() == handle.as_slice());
    let judged = match answering {
        Answering::Anybody(state) => {
            // Who it is must be said by the key itself.
            if !handle.as_ref().is_some_and(is_theirs) {
                return Err(PasskeyRefusal::UnknownKey);
            }
            webauthn.finish_discoverable_authentication_v2(answer, state, credential)
        }
        Answering::Again(user_id, state) if user_id == *owner => {
            webauthn.finish_passkey_authentication(answer, &state)
        }
        Answering::Beside(user_id, state) if user_id == *owner => {
            webauthn.finish_securitykey_authentication(answer, &state)
        }
        Answering::Again(..) | Answering::Beside(..) => return Err(PasskeyRefusal::UnknownKey),
    };
    if handle.as_ref().is_some_and(|handle| !is_theirs(handle)) {
        return Err(PasskeyRefusal::UnknownKey);
    }
    let result = judged.map_err(|error| match error {
        WebauthnError::CredentialPossibleCompromise => PasskeyRefusal::CounterWentBack,
        _ => PasskeyRefusal::WrongAnswer,
    })?;
    // The question carries the key as it was when the page was made; the counter may have gone on since (7.2, step 22).
    let has_gone_on = result.counter() == 0 && credential.counter == 0;
    if has_gone_on || result.counter() > credential.counter {
        Ok(result)
    } else {
        Err(PasskeyRefusal::CounterWentBack)
    }
}

pub(super) fn register(
    webauthn: &Webauthn,
    registering: Registering,
    answer: &RegisterPublicKeyCredential,
    user_id: &UserId,
) -> Option<(PasskeyKind, Credential)> {
    match registering {
        Registering::Passkey(whose, state) if whose == *user_id => {
            let key = webauthn.finish_passkey_registration(answer, &state).ok()?;
            Some((PasskeyKind::Passkey, key.into()))
        }
        Registering::SecurityKey(whose, state) if whose == *user_id => {
            let key = webauthn
                .finish_securitykey_registration(answer, &state)
                .ok()?;
            Some((PasskeyKind::SecurityKey, key.into()))
        }
        Registering::Passkey(..) | Registering::SecurityKey(..) => None,
    }
}

/// The user handle: the person's random id, which says nothing about them (Web Authentication, 14.6.1).
pub(super) fn handle_of(user_id: &UserId) -> Result<Uuid, CredentialError> {
    let digits = user_id.as_str().trim_start_matches('u');
    let octets = hex::decode(digits).ok();
    octets
        .and_then(|octets| Uuid::from_slice(&octets).ok())
        .ok_or_else(|| CredentialError::Passkey("a person's id is no user handle".into()))
}

/// As the library writes a credential's id, in base64url.
pub(super) fn text_of(id: &CredentialID) -> String {
    URL_SAFE_NO_PAD.encode(id.as_slice())
}

pub(super) fn parsed<T: From<Credential>>(row: &PasskeyRow) -> Result<T, CredentialError> {
    let credential: Credential = serde_json::from_str(&row.body)
        .map_err(|error| CredentialError::Passkey(error.to_string()))?;
    Ok(T::from(credential))
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, CredentialError> {
    serde_json::to_string(value).map_err(|error| CredentialError::Passkey(error.to_string()))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a function that an error is given to"
)]
pub(super) fn unusable(error: WebauthnError) -> CredentialError {
    CredentialError::Passkey(error.to_string())
}
