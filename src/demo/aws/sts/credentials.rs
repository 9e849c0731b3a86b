//! The credentials that the simulated STS has given, and to whom.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::demo::aws::SimulatedAwsSettings;
use crate::demo::aws::redemption::AssumedRole;
use crate::model::{AccountId, Secret, Timestamp};

/// More than this and the oldest are forgotten.
const MAX_CREDENTIALS: usize = 1_000;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Temporary credentials.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) access_key_id: String,
    /// Both are base64.
    secret_access_key: Secret,
    session_token: Secret,
    pub(super) expires_at: Timestamp,
    issued_at: Timestamp,
    pub(super) identity: Identity,
}

/// Whose they are.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) arn: String,
    /// The role's id and the session's name.
    pub(super) user_id: String,
    pub(super) account: AccountId,
}

impl Credentials {
    /// New ones for an assumed role.
    pub(super) fn issue(assumed: &AssumedRole, settings: &SimulatedAwsSettings) -> Self {
        let entropy = &settings.entropy;
        let role = &assumed.request.role;
        let role_id = digest(&SHA256, role.arn.as_bytes());
        Self {
            access_key_id: unique_id("ASIA", &entropy.octets::<16>()),
            secret_access_key: Secret::from_text(STANDARD.encode(entropy.octets::<30>())),
            session_token: Secret::from_text(STANDARD.encode(entropy.octets::<96>())),
            expires_at: assumed.begun_at.plus(assumed.duration),
            issued_at: assumed.begun_at,
            identity: Identity {
                arn: assumed.arn(&settings.partition.name),
                user_id: format!(
                    "{}:{}",
                    unique_id("AROA", role_id.as_ref().get(..17).unwrap_or_default()),
                    assumed.request.session_name
                ),
                account: role.account.clone(),
            },
        }
    }

    /// 40 characters.
    pub(super) fn secret_access_key(&self) -> &str {
        self.secret_access_key.expose_text().unwrap_or_default()
    }

    /// 128 characters.
    pub(super) fn session_token(&self) -> &str {
        self.session_token.expose_text().unwrap_or_default()
    }
}

/// A prefix that tells the kind, and one character for each octet.
fn unique_id(prefix: &str, octets: &[u8]) -> String {
    let characters = octets
        .iter()
        .filter_map(|octet| BASE32.get(usize::from(octet & 31)))
        .map(|b| char::from(*b));
    prefix.chars().chain(characters).collect()
}

/// All credentials, by access key id. Expired ones stay until they are pushed out, so that they are called expired.
#[derive(Debug, Default)]
pub(in crate::demo::aws) struct IssuedCredentials(HashMap<String, Arc<Credentials>>);

impl IssuedCredentials {
    pub(super) fn remember(&mut self, credentials: Credentials) {
        if self.0.len() >= MAX_CREDENTIALS {
            let oldest = self
                .0
                .values()
                .min_by_key(|one| one.issued_at)
                .map(|one| one.access_key_id.clone());
            oldest.and_then(|key| self.0.remove(&key));
        }
        let key = credentials.access_key_id.clone();
        self.0.insert(key, Arc::new(credentials));
    }

    pub(super) fn of_key(&self, access_key_id: &str) -> Option<Arc<Credentials>> {
        self.0.get(access_key_id).cloned()
    }
}
