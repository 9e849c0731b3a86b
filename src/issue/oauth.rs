//! Codes for clients, and the keys of tokens.

use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::issuer::{ParsedKeys, Record};
use super::{IssueError, Issuer, Witness};
use crate::access::{AuthorizationExchange, Granted};
use crate::audit::{AuditEvent, IssuedCode};
use crate::model::{
    AppId, Application, Assurance, Client, FamilyId, Purpose, Secret, SecretHash, SessionId, Span,
    SubjectType, TokenFamily,
};
use crate::op::Op;
use crate::policy::{AuthnContextClass, Grant, Target};
use crate::protocol::jose::{
    Expiry, JwkSet, OwnToken, TokenType, VerificationKeys, VerifiedClaims, verify_own_token,
};
use crate::protocol::oauth::{Audience, CodeChallenge, ErrorCode, StandardScope};
use crate::store::name_ids;

/// RFC 6749, section 4.1.2, recommends ten minutes at most; a client redeems at once (IPSIE SL1).
const CODE_LIFETIME: Span = Span::seconds(60);
const SESSION_LABEL: &str = "sid of a client";

/// What the client is told, by RFC 6749's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthError {
    /// The name.
    pub code: ErrorCode,
    /// The rule that was broken: for our own engineer, and never told.
    pub rule: &'static str,
    /// For the client's engineer.
    pub description: String,
}

impl OauthError {
    /// An error.
    pub fn new(code: ErrorCode, description: impl std::fmt::Display) -> Self {
        Self {
            code,
            rule: code.as_str(),
            description: description.to_string(),
        }
    }

    /// The same, by a rule that is narrower than the code.
    #[must_use]
    pub fn by(self, rule: &'static str) -> Self {
        Self { rule, ..self }
    }

    pub(super) fn grant(rule: &'static str, description: &str) -> Self {
        Self::new(ErrorCode::InvalidGrant, description).by(rule)
    }

    /// One text for every reason: who holds somebody else's token learns nothing.
    pub(super) fn refresh_token(rule: &'static str) -> Self {
        let text = "the refresh token is unknown, expired, used or revoked; sign in again";
        Self::grant(rule, text)
    }

    pub(super) fn person_denied() -> Self {
        Self::grant(
            "person_denied",
            "the person may not use this client any more",
        )
    }

    pub(super) fn unauthorized_grant() -> Self {
        Self::new(
            ErrorCode::UnauthorizedClient,
            "the client's registration does not have this grant_type",
        )
        .by("grant_type_of_client")
    }
}

/// For whom an access token is: the resources, or our own endpoints (RFC 9068, section 3; RFC 8707, section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAudience(Vec<String>);

impl TokenAudience {
    /// The resources of a token request, within those that were granted and are the client's still. What was granted for a
    /// resource that was taken away since is for nobody: not for us either.
    ///
    /// # Errors
    /// `invalid_target`.
    pub fn of(
        granted: &[String],
        client: &Client,
        asked: &[String],
        issuer: &str,
    ) -> Result<Self, OauthError> {
        if granted.is_empty() && asked.is_empty() {
            return Ok(Self(vec![issuer.to_owned()]));
        }
        let has =
            |resource: &&String| granted.contains(resource) && client.resources.contains(resource);
        let error = |text| Err(OauthError::new(ErrorCode::InvalidTarget, text));
        if let Some(other) = asked.iter().find(|resource| !has(resource)) {
            return error(format!("{other} is not among the client's resources"));
        }
        let chosen = if asked.is_empty() { granted } else { asked };
        let chosen: Vec<String> = chosen.iter().filter(has).cloned().collect();
        if chosen.is_empty() {
            return error(
                "what was granted for is not among the client's resources any more".to_owned(),
            );
        }
        Ok(Self(chosen))
    }

    pub(super) fn claim(&self) -> Audience {
        let mut all = self.0.iter().cloned();
        Audience::of(all.next().unwrap_or_default(), all)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.clone()
    }
}

/// What stands with a code.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredCode {
    pub(super) redirect_uri: String,
    pub(super) code_challenge: Option<CodeChallenge>,
}

impl Issuer {
    /// Answers an authorization request with a code. It is on disk before this returns.
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued.
    pub async fn authorize(
        &self,
        op: &Op,
        grant: Grant,
        witness: &Witness<'_>,
        app: &Application,
        exchange: &AuthorizationExchange,
    ) -> Result<Result<Secret, OauthError>, IssueError> {
        let target = Target::Application {
            app_id: app.id.clone(),
        };
        let client = app.client().ok_or(IssueError::WrongGrant)?;
        let is_ours = *grant.target() == target && *grant.subject() == witness.known.user.id;
        if !is_ours || exchange.app_id != app.id {
            return Err(IssueError::WrongGrant);
        }
        super::authorization::is_still_registered(client, exchange)?;
        let subject = self.subject(op, witness, app, client).await?;
        if exchange
            .subject_hint
            .as_ref()
            .is_some_and(|hint| *hint != subject)
        {
            return Ok(Err(OauthError::new(
                ErrorCode::LoginRequired,
                "another person is signed in than id_token_hint names",
            )));
        }
        let family = family(op, &grant, witness, (app, client), exchange, subject)?;
        let code = op.entropy.token();
        let stored = StoredCode {
            redirect_uri: exchange.redirect_uri.clone(),
            code_challenge: exchange.code_challenge.clone(),
        };
        let stored = json(&stored)?;
        let event = AuditEvent::CodeIssued(IssuedCode {
            user_id: family.user_id.clone(),
            app_id: app.id.clone(),
            family_id: family.id.clone(),
            scopes: exchange.scopes.to_string(),
            redirect_uri: exchange.redirect_uri.clone(),
            is_offline: family.is_offline,
        });
        let record = Record {
            takes: None,
            under: witness.under.clone(),
            application_session: witness.application_session(
                op,
                Some(app.id.clone()),
                family.id.as_str(),
                &grant,
            ),
            answers: None,
            code: Some((
                SecretHash::of(&code),
                family,
                stored,
                op.now.plus(CODE_LIFETIME),
            )),
            event,
        };
        self.record(op, record).await?;
        Ok(Ok(Secret::from_text(code)))
    }

    /// The `sub` of a person at a client (OpenID Connect core, section 8).
    async fn subject(
        &self,
        op: &Op,
        witness: &Witness<'_>,
        app: &Application,
        client: &Client,
    ) -> Result<String, IssueError> {
        match (client.subject_type, &witness.known.persistent_name) {
            (SubjectType::Public, _) => Ok(witness.known.user.id.to_string()),
            (SubjectType::Pairwise, Some(name)) => Ok(name.clone()),
            (SubjectType::Pairwise, None) => {
                let (user_id, app_id) = (witness.known.user.id.clone(), app.id.clone());
                let (fresh, now) = (super::issuer::message_id(op), op.now);
                Ok(self
                    .store
                    .write(move |txn| name_ids::find_or_insert(txn, &user_id, &app_id, &fresh, now))
                    .await?)
            }
        }
    }

    /// Verifies a token as one of ours.
    ///
    /// # Errors
    /// The rule that it breaks; also when the ring's keys cannot be read.
    pub fn verify_own(
        &self,
        token: &str,
        typ: TokenType,
        expiry: Expiry,
    ) -> Result<VerifiedClaims, crate::protocol::jose::JoseError> {
        let keys = self.verification_keys();
        verify_own_token(
            token,
            &OwnToken {
                typ,
                keys: &keys,
                issuer: self.issuer(),
                expiry,
            },
        )
    }

    /// The published keys, parsed anew only when they have changed.
    fn verification_keys(&self) -> Arc<VerificationKeys> {
        let published = self.published_token_keys();
        let mut held = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let ids = || published.iter().map(|key| key.id());
        if let Some(parsed) = held.as_ref().filter(|parsed| parsed.ids.iter().eq(ids())) {
            return Arc::clone(&parsed.keys);
        }
        let ders = published
            .iter()
            .map(|key| (key.id().as_str(), key.public_key_der()));
        let keys = Arc::new(VerificationKeys::published(ders).unwrap_or_default());
        *held = Some(ParsedKeys {
            ids: ids().cloned().collect(),
            keys: Arc::clone(&keys),
        });
        keys
    }

    /// The keys with which clients verify tokens.
    ///
    /// # Errors
    /// [`IssueError`] when the ring holds what is no such key.
    pub fn jwk_set(&self) -> Result<JwkSet, IssueError> {
        let published = self.published_token_keys();
        let keys = published
            .iter()
            .map(|key| (key.id().as_str(), key.public_key_der()));
        Ok(JwkSet::published(keys)?)
    }

    fn published_token_keys(&self) -> Vec<Arc<crate::keys::SigningKey>> {
        let mut keys = self.keys.published(Purpose::OpenIdConnectRsa);
        keys.extend(self.keys.published(Purpose::OpenIdConnect));
        keys
    }

    /// The `sid` of a session at one client: another at each, so that clients cannot compare.
    pub fn client_session_id(&self, session: &SessionId, app: &AppId) -> String {
        let data = format!("{session} {app}");
        let mac = self.keys.mac(SESSION_LABEL, data.as_bytes());
        hex::encode(mac.get(..16).unwrap_or_default())
    }
}

fn family(
    op: &Op,
    grant: &Grant,
    witness: &Witness<'_>,
    (app, client): (&Application, &Client),
    exchange: &AuthorizationExchange,
    subject: String,
) -> Result<TokenFamily, IssueError> {
    let is_offline = exchange.scopes.has(StandardScope::OfflineAccess);
    let granted = Granted {
        scopes: exchange.scopes.clone(),
        resources: exchange.resources.clone(),
        claims: exchange.claims.clone(),
        nonce: exchange.nonce.clone(),
        subject,
        acr: achieved(grant, exchange).uri().to_owned(),
        satisfied: grant.satisfied().to_vec(),
        authenticated_at: grant.authenticated_at(),
    };
    let longest = Span::seconds(i64::from(client.lifetimes.refresh_token));
    Ok(TokenFamily {
        id: FamilyId::from_random(op.entropy.octets()),
        app_id: app.id.clone(),
        user_id: grant.subject().clone(),
        session_id: witness.session_id.clone(),
        is_offline,
        granted: json(&granted)?,
        created_at: op.now,
        ends_at: if is_offline {
            op.now.plus(longest)
        } else {
            grant.ends_at()
        },
        revoked_at: None,
    })
}

/// The class that was asked for; where none was, what the person has reached.
fn achieved(grant: &Grant, exchange: &AuthorizationExchange) -> AuthnContextClass {
    match (&exchange.context, grant.assurance()) {
        (None, Assurance::Two | Assurance::PhishingResistant) => AuthnContextClass::RefedsMfa,
        _ => grant.context(),
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, IssueError> {
    serde_json::to_string(value)
        .map_err(|error| IssueError::Store(crate::store::StoreError::Data(error.to_string())))
}
