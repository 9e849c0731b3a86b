//! Codes for clients; what a token is worth when it comes back: userinfo, introspection, revocation.

use serde::{Deserialize, Serialize};

use super::claims::{released, standard};
use super::issuer::Record;
use super::tokens::{granted, hash_of};
use super::{IssueError, Issuer, Witness};
use crate::access::{AuthorizationExchange, Granted};
use crate::audit::{AuditEvent, IssuedCode};
use crate::model::{
    AppId, Application, Client, FamilyId, Purpose, Secret, SecretHash, SessionId, Span,
    SubjectType, TokenFamily,
};
use crate::op::Op;
use crate::policy::{Grant, Target};
use crate::protocol::jose::{
    Expiry, JwkSet, OwnToken, TokenType, VerificationKeys, VerifiedClaims, verify_own_token,
};
use crate::protocol::oauth::{
    ActiveToken, Audience, CodeChallenge, ErrorCode, IntrospectionResponse, Scopes, StandardScope,
    UserInfo,
};
use crate::store::{name_ids, token_families as rows};

/// RFC 6749, section 4.1.2, recommends ten minutes at most; a client redeems at once (IPSIE SL1).
const CODE_LIFETIME: Span = Span::seconds(60);
const SESSION_LABEL: &str = "sid of a client";

/// What the client is told, by RFC 6749's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthError {
    /// The name.
    pub code: ErrorCode,
    /// For the client's engineer.
    pub description: String,
}

impl OauthError {
    /// An error.
    pub fn new(code: ErrorCode, description: impl std::fmt::Display) -> Self {
        Self {
            code,
            description: description.to_string(),
        }
    }

    pub(super) fn code(description: &str) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }

    /// One text for every reason: who holds somebody else's token learns nothing.
    pub(super) fn refresh_token() -> Self {
        Self::code("the refresh token is unknown, expired, used or revoked; sign in again")
    }

    pub(super) fn unauthorized_grant() -> Self {
        Self::new(
            ErrorCode::UnauthorizedClient,
            "the client's registration does not have this grant_type",
        )
    }
}

/// For whom an access token is: the resources, or our own endpoints (RFC 9068, section 3; RFC 8707, section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAudience(Vec<String>);

impl TokenAudience {
    /// The resources of a token request, within those that were granted.
    ///
    /// # Errors
    /// `invalid_target`.
    pub fn of(granted: &[String], asked: &[String], issuer: &str) -> Result<Self, OauthError> {
        if let Some(other) = asked.iter().find(|resource| !granted.contains(resource)) {
            return Err(OauthError::new(
                ErrorCode::InvalidTarget,
                format!("{other} is not among the client's resources"),
            ));
        }
        let chosen = if asked.is_empty() { granted } else { asked };
        Ok(Self(if chosen.is_empty() {
            vec![issuer.to_owned()]
        } else {
            chosen.to_vec()
        }))
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

/// A token that is good now, with everything that it was judged by.
struct Live {
    claims: VerifiedClaims,
    scopes: Scopes,
    /// None: a client's own.
    person: Option<Box<(TokenFamily, Granted, crate::access::Known)>>,
    application: Application,
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

    /// What a client may know of a person, by an access token with the scope `openid` (OpenID Connect core, 5.3).
    ///
    /// # Errors
    /// `invalid_token`, `insufficient_scope`; [`IssueError`] when it is ours.
    pub async fn userinfo(
        &self,
        op: &Op,
        token: &str,
    ) -> Result<Result<UserInfo, OauthError>, IssueError> {
        let Some(live) = self.live(op, token).await? else {
            return Ok(Err(invalid_token()));
        };
        let (Some(person), Some(client)) = (&live.person, live.application.client()) else {
            return Ok(Err(invalid_token()));
        };
        if !live.scopes.has(StandardScope::Openid) {
            return Ok(Err(OauthError::new(
                ErrorCode::InsufficientScope,
                "userinfo needs the scope openid",
            )));
        }
        let (_, granted, known) = &**person;
        let mut names = live.scopes.claims();
        names.extend(granted.claims.userinfo_names());
        Ok(Ok(UserInfo {
            sub: granted.subject.clone(),
            claims: released(&standard(known), &names, known, client),
        }))
    }

    /// A person's access token with a scope of our own API, and who they are.
    ///
    /// # Errors
    /// `invalid_token`, `insufficient_scope`; [`IssueError`] when it is ours.
    pub async fn bearer(
        &self,
        op: &Op,
        token: &str,
        scope: &str,
    ) -> Result<Result<crate::access::Authorized, OauthError>, IssueError> {
        let Some(live) = self.live(op, token).await? else {
            return Ok(Err(invalid_token()));
        };
        let is_for_us = live.claims.text("aud") == Some(self.issuer());
        let Some(person) = live.person.filter(|_| is_for_us) else {
            return Ok(Err(invalid_token()));
        };
        if !live.scopes.contains(scope) {
            return Ok(Err(OauthError::new(
                ErrorCode::InsufficientScope,
                format!("this needs the scope {scope}"),
            )));
        }
        let (family, granted, _) = &*person;
        Ok(Ok(crate::access::Authorized::of(family, granted)))
    }

    /// What a token is worth (RFC 7662), to the client that has it or a resource that it is for; to anybody else it is
    /// nothing.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn introspect(
        &self,
        op: &Op,
        asking: &Application,
        token: &Secret,
    ) -> Result<IntrospectionResponse, IssueError> {
        let text = token.expose_text().unwrap_or_default();
        let Some(asker) = asking.client() else {
            return Ok(IntrospectionResponse::inactive());
        };
        if let Some(live) = self.live(op, text).await? {
            let audience: Vec<&str> = match live.claims.get("aud") {
                Some(serde_json::Value::Array(all)) => {
                    all.iter().filter_map(|v| v.as_str()).collect()
                }
                Some(serde_json::Value::String(one)) => vec![one],
                _ => Vec::new(),
            };
            let is_its_own = live.application.id == asking.id;
            let is_for_it = asker
                .resources
                .iter()
                .any(|r| audience.contains(&r.as_str()));
            return Ok(match (is_its_own || is_for_it, active(&live, audience)) {
                (true, Some(token)) => IntrospectionResponse::active(token),
                _ => IntrospectionResponse::inactive(),
            });
        }
        self.introspect_refresh_token(op, asking, token).await
    }

    async fn introspect_refresh_token(
        &self,
        op: &Op,
        asking: &Application,
        token: &Secret,
    ) -> Result<IntrospectionResponse, IssueError> {
        let (hash, now) = (hash_of(token), op.now);
        let found = self
            .store
            .read(move |txn| {
                Ok(match rows::is_current(txn, &hash, now)? {
                    true => rows::of_refresh_token(txn, &hash, now)?,
                    false => None,
                })
            })
            .await?;
        let Some(family) = found.filter(|family| family.app_id == asking.id) else {
            return Ok(IntrospectionResponse::inactive());
        };
        let granted = granted(&family)?;
        if self
            .decide_again(op, asking, &family, &granted)
            .await?
            .is_none()
        {
            return Ok(IntrospectionResponse::inactive());
        }
        Ok(IntrospectionResponse::active(ActiveToken {
            scope: granted.scopes,
            client_id: asking.registration.identifier().to_owned(),
            token_type: None,
            exp: family.ends_at.into(),
            iat: family.created_at.into(),
            sub: granted.subject,
            aud: Audience::one(self.issuer()),
            iss: self.issuer().to_owned(),
            jti: None,
            username: None,
        }))
    }

    /// Revokes a token of this client (RFC 7009): a refresh token with its whole family, an access token alone. Whatever
    /// it is not is no error: the client only wants it gone.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn revoke_token(
        &self,
        op: &Op,
        app: &Application,
        token: &Secret,
    ) -> Result<(), IssueError> {
        let (hash, now) = (hash_of(token), op.now);
        let found = self
            .store
            .read(move |txn| rows::of_refresh_token(txn, &hash, now))
            .await?;
        if let Some(family) = found {
            if family.app_id == app.id {
                self.revoke_family(op, &family.id).await?;
            }
            return Ok(());
        }
        let text = token.expose_text().unwrap_or_default();
        let Ok(claims) = self.verify_own(text, TokenType::AccessToken, Expiry::Checked(op.now))
        else {
            return Ok(());
        };
        let is_its_own = claims.text("client_id") == Some(app.registration.identifier());
        let (Some(jti), Some(expires_at), true) = (
            claims.text("jti").map(str::to_owned),
            claims.time("exp"),
            is_its_own,
        ) else {
            return Ok(());
        };
        let event = AuditEvent::TokenRevoked {
            app_id: app.id.clone(),
            jti: jti.clone(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        Ok(self
            .store
            .write(move |txn| {
                rows::revoke_token(txn, &jti, expires_at)?;
                txn.append_audit(&entry)
            })
            .await?)
    }

    /// Everything that makes an access token good: our signature, its time, no revocation, and the same decision as ever.
    async fn live(&self, op: &Op, token: &str) -> Result<Option<Live>, IssueError> {
        let Ok(claims) = self.verify_own(token, TokenType::AccessToken, Expiry::Checked(op.now))
        else {
            return Ok(None);
        };
        let (Some(jti), Some(client_id)) = (claims.text("jti"), claims.text("client_id")) else {
            return Ok(None);
        };
        let scopes = claims.text("scope").unwrap_or_default();
        let Ok(scopes) = Scopes::try_from(scopes.to_owned()) else {
            return Ok(None);
        };
        let family_id = jti
            .split_once('.')
            .and_then(|(family, _)| FamilyId::parse(family).ok());
        let (jti, now) = (jti.to_owned(), op.now);
        let wanted = family_id.clone();
        let client_id = crate::model::ClientId::parse(client_id);
        let (family, application) = self
            .store
            .read(move |txn| {
                let application = match &client_id {
                    Ok(id) => crate::store::applications::by_client_id(txn, id)?,
                    Err(_) => None,
                };
                if rows::is_token_revoked(txn, &jti)? {
                    return Ok((None, None));
                }
                let family = match &wanted {
                    Some(id) => rows::live(txn, id, now)?,
                    None => None,
                };
                Ok((family, application))
            })
            .await?;
        let enabled = application.filter(|app| app.state == crate::model::AppState::Enabled);
        let Some(application) = enabled else {
            return Ok(None);
        };
        let person = match (family_id, family) {
            (None, _) => None,
            (Some(_), Some(family)) if family.app_id == application.id => {
                let granted = granted(&family)?;
                let decided = self
                    .decide_again(op, &application, &family, &granted)
                    .await?;
                let Some((known, _)) = decided else {
                    return Ok(None);
                };
                Some(Box::new((family, granted, known)))
            }
            (Some(_), _) => return Ok(None),
        };
        Ok(Some(Live {
            claims,
            scopes,
            person,
            application,
        }))
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
        let published = self.published_token_keys();
        let keys = published
            .iter()
            .map(|key| (key.id().as_str(), key.public_key_der()));
        let keys = VerificationKeys::published(keys).unwrap_or_default();
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

    fn published_token_keys(&self) -> Vec<std::sync::Arc<crate::keys::SigningKey>> {
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

fn active(live: &Live, audience: Vec<&str>) -> Option<ActiveToken> {
    let mut audience = audience.into_iter().map(str::to_owned);
    Some(ActiveToken {
        scope: live.scopes.clone(),
        client_id: live.claims.text("client_id")?.to_owned(),
        token_type: Some("Bearer"),
        exp: live.claims.time("exp")?.into(),
        iat: live.claims.time("iat")?.into(),
        sub: live.claims.text("sub")?.to_owned(),
        aud: Audience::of(audience.next()?, audience),
        iss: live.claims.text("iss")?.to_owned(),
        jti: live.claims.text("jti").map(str::to_owned),
        username: None,
    })
}

fn invalid_token() -> OauthError {
    OauthError::new(
        ErrorCode::InvalidToken,
        "the access token is invalid, expired or revoked",
    )
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
        acr: grant.context().uri().to_owned(),
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

fn json<T: Serialize>(value: &T) -> Result<String, IssueError> {
    serde_json::to_string(value)
        .map_err(|error| IssueError::Store(crate::store::StoreError::Data(error.to_string())))
}
