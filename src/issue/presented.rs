//! What a token is worth when it comes back: userinfo, our API, introspection, revocation. Everything is loaded and decided
//! again; a signature alone is worth nothing.

use super::claims::{released, standard};
use super::oauth::OauthError;
use super::tokens::{decide_again, hash_of};
use super::{IssueError, Issuer};
use crate::access::{Authorized, Granted, Known, Outcome, Resolved};
use crate::apps::RegisteredClient;
use crate::audit::AuditEvent;
use crate::model::{AppState, Application, ClientId, FamilyId, Secret, SecretHash, TokenFamily};
use crate::op::Op;
use crate::policy::Decision;
use crate::protocol::jose::{Expiry, TokenType, VerifiedClaims};
use crate::protocol::oauth::{
    ActiveToken, Audience, ErrorCode, IntrospectionResponse, Scopes, StandardScope, UserInfo,
};
use crate::store::{StoreError, Txn, applications, token_families as rows};

/// A token that is good now, with everything that it was judged by.
struct Live {
    claims: VerifiedClaims,
    scopes: Scopes,
    /// None: a client's own.
    person: Option<Box<(TokenFamily, Granted, Known)>>,
    application: Application,
}

impl Issuer {
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
    ) -> Result<Result<Authorized, OauthError>, IssueError> {
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
        Ok(Ok(Authorized::of(family, granted)))
    }

    /// A client and a token that it asks about, in one read. What the token is worth is for
    /// [`Issuer::introspection`] to say, once the client has proved who it is.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn look_up(
        &self,
        op: &Op,
        client_id: &str,
        token: &Secret,
    ) -> Result<(Option<RegisteredClient>, LookedUp), IssueError> {
        let text = token.expose_text().unwrap_or_default();
        let (client_id, at) = (client_id.to_owned(), op.clone());
        let Some(presented) = self.presented(op, text) else {
            let hash = hash_of(token);
            let read = self.store.read(move |txn| {
                let client = RegisteredClient::read(txn, &client_id)?;
                Ok((client, refresh_token(txn, &at, &hash)?))
            });
            let (client, found) = read.await?;
            let found = found.map(|found| Worth::Refresh(Box::new(found)));
            return Ok((client, LookedUp(found)));
        };
        let key = presented.key.clone();
        let read = self.store.read(move |txn| {
            let client = RegisteredClient::read(txn, &client_id)?;
            Ok((client, find(txn, &at, &key)?))
        });
        let (client, found) = read.await?;
        let live = presented.with(found);
        let found = live.map(|live| Worth::Access(Box::new(live)));
        Ok((client, LookedUp(found)))
    }

    /// What a token is worth (RFC 7662), to the client that has it or a resource that it is for; to anybody else it is
    /// nothing.
    pub fn introspection(&self, asking: &Application, found: LookedUp) -> IntrospectionResponse {
        let answer = match found.0 {
            Some(Worth::Access(live)) => introspected(&live, asking),
            Some(Worth::Refresh(found)) => self.introspected_refresh_token(*found, asking),
            None => None,
        };
        answer.map_or_else(
            IntrospectionResponse::inactive,
            IntrospectionResponse::active,
        )
    }

    fn introspected_refresh_token(
        &self,
        (family, granted): (TokenFamily, Granted),
        asking: &Application,
    ) -> Option<ActiveToken> {
        let is_its_own = family.app_id == asking.id;
        is_its_own.then(|| ActiveToken {
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
        })
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
        let Some(presented) = self.presented(op, token) else {
            return Ok(None);
        };
        let (key, at) = (presented.key.clone(), op.clone());
        let found = self.store.read(move |txn| find(txn, &at, &key)).await?;
        Ok(presented.with(found))
    }

    /// What can be said of an access token without the database: our signature, and its time.
    fn presented(&self, op: &Op, token: &str) -> Option<Presented> {
        let checked = Expiry::Checked(op.now);
        let claims = self.verify_own(token, TokenType::AccessToken, checked);
        let claims = claims.ok()?;
        let scopes = claims.text("scope").unwrap_or_default().to_owned();
        let jti = claims.text("jti")?.to_owned();
        let family_id = jti
            .split_once('.')
            .and_then(|(family, _)| FamilyId::parse(family).ok());
        let client_id = ClientId::parse(claims.text("client_id")?).ok()?;
        Some(Presented {
            scopes: Scopes::try_from(scopes).ok()?,
            claims,
            key: TokenKey {
                jti,
                family_id,
                client_id,
            },
        })
    }
}

/// An access token with our signature that has not expired, not yet looked up.
struct Presented {
    claims: VerifiedClaims,
    scopes: Scopes,
    key: TokenKey,
}

/// By what a token is found.
#[derive(Clone)]
struct TokenKey {
    jti: String,
    /// None: a client's own.
    family_id: Option<FamilyId>,
    client_id: ClientId,
}

impl Presented {
    fn with(self, found: Found) -> Option<Live> {
        let (application, person) = match found {
            Found::Nothing => return None,
            Found::Own(application) if application.state == AppState::Enabled => {
                (*application, None)
            }
            Found::Own(_) => return None,
            Found::Persons(found) => {
                let (family, granted, mut outcome) = *found;
                let target = std::mem::replace(&mut outcome.target, Resolved::Unknown);
                let (Decision::Allow(_), Some(known), Resolved::Application(application)) =
                    (outcome.decision, outcome.known, target)
                else {
                    return None;
                };
                (*application, Some(Box::new((family, granted, known))))
            }
        };
        let is_its = application.registration.identifier() == self.key.client_id.as_str();
        let client = application.client();
        let scopes = self
            .scopes
            .retain(|scope| client.is_some_and(|client| client.has_scope(scope)));
        is_its.then_some(Live {
            claims: self.claims,
            scopes,
            person,
            application,
        })
    }
}

fn find(txn: &mut dyn Txn, op: &Op, key: &TokenKey) -> Result<Found, StoreError> {
    if rows::is_token_revoked(txn, &key.jti)? {
        return Ok(Found::Nothing);
    }
    let Some(id) = &key.family_id else {
        let own = applications::by_client_id(txn, &key.client_id)?;
        return Ok(own.map_or(Found::Nothing, |app| Found::Own(Box::new(app))));
    };
    let Some(family) = rows::live(txn, id, op.now)? else {
        return Ok(Found::Nothing);
    };
    let (granted, outcome) = decide_again(txn, op, &family)?;
    Ok(Found::Persons(Box::new((family, granted, outcome))))
}

/// A refresh token that is good now.
fn refresh_token(
    txn: &mut dyn Txn,
    op: &Op,
    hash: &SecretHash,
) -> Result<Option<(TokenFamily, Granted)>, StoreError> {
    let now = op.now;
    if !rows::is_current(txn, hash, now)? {
        return Ok(None);
    }
    let Some(family) = rows::of_refresh_token(txn, hash, now)? else {
        return Ok(None);
    };
    let (granted, outcome) = decide_again(txn, op, &family)?;
    Ok(outcome.is_allowed().then_some((family, granted)))
}

/// A token that somebody asked about, before it is told to anybody.
pub struct LookedUp(Option<Worth>);

enum Worth {
    Access(Box<Live>),
    Refresh(Box<(TokenFamily, Granted)>),
}

/// What stands behind a token.
enum Found {
    Nothing,
    /// A client's own.
    Own(Box<Application>),
    /// A person's, decided again.
    Persons(Box<(TokenFamily, Granted, Outcome)>),
}

fn introspected(live: &Live, asking: &Application) -> Option<ActiveToken> {
    let audience: Vec<&str> = match live.claims.get("aud") {
        Some(serde_json::Value::Array(all)) => all.iter().filter_map(|v| v.as_str()).collect(),
        Some(serde_json::Value::String(one)) => vec![one],
        _ => Vec::new(),
    };
    let is_its_own = live.application.id == asking.id;
    let mut resources = asking.client()?.resources.iter();
    if !is_its_own && !resources.any(|r| audience.contains(&r.as_str())) {
        return None;
    }
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
