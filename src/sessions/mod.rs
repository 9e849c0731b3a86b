//! Browser sessions: begun, rotated, listed, ended.
//!
//! A session's secret stands in the cookie alone; the database has its SHA-256. Reading a session for a decision is
//! `access`'s. Imports `audit`, `keys`, `store`.

use crate::audit::{Audit, AuditError, AuditEvent, RevocationReason};
use crate::keys::Keys;
use crate::model::{
    BrowserSession, Factor, SatisfiedFactor, Secret, SecretHash, SessionId, Span, Timestamp,
    UserId, last_first_factor,
};
use crate::op::Op;
use crate::store::{Store, StoreError, Txn, sessions as rows, token_families};

const CSRF_LABEL: &str = "csrf of a session";
/// A session is written to at most this often because somebody uses it.
const TOUCH_EVERY: Span = Span::seconds(60);

/// Why something about a session did not happen.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SessionError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Audit(error) => error.is_temporary(),
            Self::Store(error) => error.is_temporary(),
        }
    }
}

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without use.
    pub idle: Span,
    /// In any case.
    pub absolute: Span,
}

/// The sessions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sessions {
    store: Store,
    audit: Audit,
    keys: Keys,
    limits: SessionLimits,
}

/// A session that is made outside the transaction that stores it.
#[derive(Debug)]
pub struct PreparedSession {
    /// As it will stand.
    pub session: BrowserSession,
    hash: SecretHash,
    replaces: Option<SecretHash>,
    now: Timestamp,
}

impl PreparedSession {
    /// Stores it: a new session, or the old one under its new secret; false when the old secret no longer names it.
    ///
    /// # Errors
    /// The engine's.
    pub fn insert_txn(&self, txn: &mut dyn Txn) -> Result<bool, StoreError> {
        match &self.replaces {
            Some(old) => rows::rotate(txn, &self.session, (old, &self.hash), self.now),
            None => rows::insert(txn, &self.session, &self.hash).map(|()| true),
        }
    }
}

impl Sessions {
    /// Over a store; `keys` derive the tokens of forms.
    pub fn new(store: Store, audit: Audit, keys: Keys, limits: SessionLimits) -> Self {
        Self {
            store,
            audit,
            keys,
            limits,
        }
    }

    /// A new session, with the secret for its cookie.
    pub fn prepare(
        &self,
        op: &Op,
        user_id: &UserId,
        factors: Vec<SatisfiedFactor>,
        user_agent: &str,
    ) -> (PreparedSession, Secret) {
        let ends_at = op.now.plus(self.limits.absolute);
        let session = BrowserSession {
            id: SessionId::from_random(op.entropy.octets()),
            user_id: user_id.clone(),
            authenticated_at: last_first_factor(&factors).unwrap_or(op.now),
            factors: latest(factors),
            created_at: op.now,
            last_seen_at: op.now,
            idle_ends_at: op.now.plus(self.limits.idle).min(ends_at),
            ends_at,
            user_agent: user_agent.chars().take(256).collect(),
            csrf_key: op.entropy.token(),
            revoked_at: None,
        };
        prepared(op, session, None)
    }

    /// The same session after more was proved: under a new secret, so that whoever knew the old one is not lifted with it
    /// (session fixation). Its absolute end stays.
    pub fn prepare_rotation(
        &self,
        op: &Op,
        (session, secret): (&BrowserSession, &SecretHash),
        proved: Vec<SatisfiedFactor>,
    ) -> (PreparedSession, Secret) {
        let mut factors = session.factors.clone();
        factors.extend(proved);
        let session = BrowserSession {
            authenticated_at: last_first_factor(&factors).unwrap_or(session.authenticated_at),
            factors: latest(factors),
            last_seen_at: op.now,
            idle_ends_at: op.now.plus(self.limits.idle).min(session.ends_at),
            csrf_key: op.entropy.token(),
            ..session.clone()
        };
        prepared(op, session, Some(secret.clone()))
    }

    /// The live session of a cookie.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn find(
        &self,
        op: &Op,
        secret: Option<&SecretHash>,
    ) -> Result<Option<BrowserSession>, SessionError> {
        let Some(secret) = secret.cloned() else {
            return Ok(None);
        };
        let now = op.now;
        Ok(self
            .store
            .read(move |txn| rows::load(txn, &secret, now))
            .await?)
    }

    /// Notes that a session is in use; writes at most once a minute.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn touch(&self, op: &Op, session: &BrowserSession) -> Result<(), SessionError> {
        if op.now.since(session.last_seen_at) < TOUCH_EVERY {
            return Ok(());
        }
        let (id, now) = (session.id.clone(), op.now);
        let idle_ends_at = now.plus(self.limits.idle).min(session.ends_at);
        Ok(self
            .store
            .write(move |txn| rows::touch(txn, &id, now, idle_ends_at))
            .await?)
    }

    /// A person's live sessions, the latest first.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn list(
        &self,
        op: &Op,
        user_id: &UserId,
    ) -> Result<Vec<BrowserSession>, SessionError> {
        let (user_id, now) = (user_id.clone(), op.now);
        Ok(self
            .store
            .read(move |txn| rows::list(txn, &user_id, now))
            .await?)
    }

    /// Ends the session of whoever signs out.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn sign_out(&self, op: &Op, session: &BrowserSession) -> Result<(), SessionError> {
        let event = AuditEvent::SignedOut {
            user_id: session.user_id.clone(),
            session_id: session.id.clone(),
        };
        self.end(op, &session.id, &event).await.map(drop)
    }

    /// Ends a session of a person; false when that person has no such live session.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn revoke(
        &self,
        op: &Op,
        user_id: &UserId,
        id: &SessionId,
        reason: RevocationReason,
    ) -> Result<bool, SessionError> {
        let theirs = self.list(op, user_id).await?;
        if !theirs.iter().any(|session| session.id == *id) {
            return Ok(false);
        }
        let event = AuditEvent::SessionRevoked {
            user_id: user_id.clone(),
            session_id: id.clone(),
            reason,
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (id, now) = (id.clone(), op.now);
        let end = self.store.write(move |txn| {
            let ended = rows::revoke(txn, &id, now)?;
            if ended {
                // Whoever is sent away keeps nothing, also not what would have outlived the session.
                token_families::revoke_of_session(txn, &id, now)?;
                txn.append_audit(&entry)?;
            }
            Ok(ended)
        });
        Ok(end.await?)
    }

    /// Ends every session of a person but this one, and what they granted clients in others.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn revoke_others(
        &self,
        op: &Op,
        user_id: &UserId,
        here: &SessionId,
    ) -> Result<(), SessionError> {
        let mut entries = Vec::new();
        for session in self.list(op, user_id).await? {
            let event = AuditEvent::SessionRevoked {
                user_id: user_id.clone(),
                session_id: session.id.clone(),
                reason: RevocationReason::Person,
            };
            entries.push((session.id, self.audit.prepare(op, &event).await?));
        }
        let (user_id, here, now) = (user_id.clone(), here.clone(), op.now);
        let end = self.store.write(move |txn| {
            let ended = rows::revoke_others(txn, &user_id, &here, now)?;
            for (_, entry) in entries.iter().filter(|(id, _)| ended.contains(id)) {
                txn.append_audit(entry)?;
            }
            Ok(())
        });
        Ok(end.await?)
    }

    async fn end(&self, op: &Op, id: &SessionId, event: &AuditEvent) -> Result<bool, SessionError> {
        let entry = self.audit.prepare(op, event).await?;
        let (id, now) = (id.clone(), op.now);
        Ok(self
            .store
            .write(move |txn| {
                let ended = rows::revoke(txn, &id, now)?;
                if ended {
                    txn.append_audit(&entry)?;
                }
                Ok(ended)
            })
            .await?)
    }

    /// The token of the session's forms.
    pub fn csrf_token(&self, session: &BrowserSession) -> String {
        hex::encode(self.keys.mac(CSRF_LABEL, session.csrf_key.as_bytes()))
    }

    /// Whether a form's token is the session's.
    pub fn verify_csrf(&self, session: &BrowserSession, token: &str) -> bool {
        hex::decode(token).is_ok_and(|tag| {
            self.keys
                .verifies_mac(CSRF_LABEL, session.csrf_key.as_bytes(), &tag)
        })
    }
}

fn prepared(
    op: &Op,
    session: BrowserSession,
    replaces: Option<SecretHash>,
) -> (PreparedSession, Secret) {
    let secret = op.entropy.token();
    let prepared = PreparedSession {
        session,
        hash: SecretHash::of(&secret),
        replaces,
        now: op.now,
    };
    (prepared, Secret::from_text(secret))
}

/// Each factor once, with its last time. A link or a pass is no factor of a session.
fn latest(factors: Vec<SatisfiedFactor>) -> Vec<SatisfiedFactor> {
    let mut kept: Vec<SatisfiedFactor> = Vec::with_capacity(factors.len());
    for proof in factors {
        if matches!(proof.factor, Factor::SetupLink | Factor::Pass) {
            continue;
        }
        match kept.iter_mut().find(|other| other.factor == proof.factor) {
            Some(other) => other.at = other.at.max(proof.at),
            None => kept.push(proof),
        }
    }
    kept
}
