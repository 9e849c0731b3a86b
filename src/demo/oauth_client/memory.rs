//! What the client remembers: sign-ins that were begun, sessions, and logout tokens that came. All bounded, all gone with
//! the process; what a browser holds is kept as its hash.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::id_token::{Claims, IdToken};
use super::logout_token::Logout;
use super::refusal::Refusal;
use crate::model::{Secret, SecretHash, Span, Timestamp};

/// More than this of anything and the oldest is forgotten.
const MAX_EACH: usize = 1_000;
/// A sign-in that takes longer is started again.
const SIGN_IN_LIFETIME: Span = Span::hours(1);
/// How long a session is kept here, whatever the provider does.
const SESSION_LIFETIME: Span = Span::hours(12);

/// A sign-in that was begun.
#[derive(Debug)]
pub(super) struct PendingSignIn {
    /// The hash of the cookie of the browser that began it.
    pub(super) browser: SecretHash,
    pub(super) nonce: String,
    pub(super) code_verifier: Secret,
    pub(super) begun_at: Timestamp,
}

/// The tokens of a session, as the token endpoint gave them last.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub(super) access_token: Arc<Secret>,
    pub(super) access_token_until: Option<Timestamp>,
    /// For `id_token_hint`.
    pub(super) id_token: Arc<Secret>,
    pub(super) scopes: String,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) begun_at: Timestamp,
    pub(super) nonce: String,
    pub(super) tokens: Tokens,
    /// None while it is being used: a refresh token that rotates must not be sent twice.
    pub(super) refresh_token: Option<Arc<Secret>>,
    pub(super) refreshes: u32,
    pub(super) token: IdToken,
    pub(super) id_claims: Claims,
    pub(super) user_info: Claims,
    pub(super) user_info_at: Timestamp,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By the hash of `state`.
    sign_ins: HashMap<SecretHash, PendingSignIn>,
    /// By the hash of the cookie.
    sessions: HashMap<SecretHash, Session>,
    /// Sessions that the provider ended, until the browser was told.
    ended: HashSet<SecretHash>,
    logouts: HashMap<String, Timestamp>,
}

impl Memory {
    pub(super) fn begin(&mut self, state: &str, sign_in: PendingSignIn) {
        let now = sign_in.begun_at;
        self.sign_ins
            .retain(|_, one| now.since(one.begun_at) < SIGN_IN_LIFETIME);
        make_room(&mut self.sign_ins, |one| one.begun_at);
        self.sign_ins.insert(SecretHash::of(state), sign_in);
    }

    /// Uses up the sign-in of this state, if this browser began it. Another browser's answer uses up nothing, so nobody
    /// can spoil another's sign-in with it.
    pub(super) fn complete(
        &mut self,
        state: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<PendingSignIn, Refusal> {
        let state = SecretHash::of(state);
        let is_of_browser = self.sign_ins.get(&state).is_some_and(|one| {
            one.browser == SecretHash::of(browser) && now.since(one.begun_at) < SIGN_IN_LIFETIME
        });
        if !is_of_browser {
            return Err(Refusal::State);
        }
        self.sign_ins.remove(&state).ok_or(Refusal::State)
    }

    pub(super) fn sign_in(&mut self, handle: &str, session: Session) {
        let now = session.begun_at;
        self.sessions
            .retain(|_, one| now.since(one.begun_at) < SESSION_LIFETIME);
        make_room(&mut self.sessions, |one| one.begun_at);
        self.sessions.insert(SecretHash::of(handle), session);
    }

    pub(super) fn session(&self, handle: &str, now: Timestamp) -> Option<Session> {
        self.sessions
            .get(&SecretHash::of(handle))
            .filter(|one| now.since(one.begun_at) < SESSION_LIFETIME)
            .cloned()
    }

    /// Changes a session that still is; one that ended meanwhile stays ended.
    pub(super) fn change<T>(
        &mut self,
        handle: &str,
        change: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        self.sessions.get_mut(&SecretHash::of(handle)).map(change)
    }

    pub(super) fn sign_out(&mut self, handle: &str) -> Option<Session> {
        self.sessions.remove(&SecretHash::of(handle))
    }

    /// Whether the provider ended this browser's session; told once.
    pub(super) fn was_ended(&mut self, handle: &str) -> bool {
        self.ended.remove(&SecretHash::of(handle))
    }

    /// Ends the sessions that a logout token names: by `sid`, or all of a person by `sub`; by both where both are there.
    pub(super) fn log_out(&mut self, logout: &Logout, now: Timestamp) -> Result<(), Refusal> {
        self.logouts.retain(|_, until| *until > now);
        if self.logouts.contains_key(&logout.id) {
            return Err(Refusal::LogoutReplayed);
        }
        make_room(&mut self.logouts, |until| *until);
        self.logouts.insert(logout.id.clone(), logout.until);
        let is_named = |session: &Session| {
            let token = &session.token;
            let is_of_person = logout.subject.as_ref().is_none_or(|sub| *sub == token.sub);
            let is_session = logout.session.is_none() || logout.session == token.sid;
            is_of_person && is_session
        };
        let ended: Vec<SecretHash> = self
            .sessions
            .iter()
            .filter(|(_, session)| is_named(session))
            .map(|(handle, _)| handle.clone())
            .collect();
        if self.ended.len() > MAX_EACH {
            self.ended.clear();
        }
        for handle in ended {
            self.sessions.remove(&handle);
            self.ended.insert(handle);
        }
        Ok(())
    }
}

fn make_room<K, V>(all: &mut HashMap<K, V>, age: impl Fn(&V) -> Timestamp)
where
    K: Clone + Eq + std::hash::Hash,
{
    if all.len() >= MAX_EACH {
        let oldest = all
            .iter()
            .min_by_key(|(_, one)| age(one))
            .map(|(key, _)| key.clone());
        oldest.and_then(|key| all.remove(&key));
    }
}
