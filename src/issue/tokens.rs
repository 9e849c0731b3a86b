//! Tokens: for a code, for a refresh token, for a client in its own name. Each redeem uses up what was shown, and decides
//! again from what is stored before anything is signed.

use super::claims::{released, standard};
use super::oauth::{OauthError, TokenAudience};
use super::{IssueError, Issuer};
use crate::access::{Access, Authorized, Granted, Known, Outcome, Proof, Resolved};
use crate::audit::{AuditEvent, IssuedTokens};
use crate::model::{
    Application, Client, FamilyId, GrantType, Purpose, SecretHash, Span, TokenFamily,
};
use crate::op::Op;
use crate::policy::{AccessRequest, ClientGrant, Decision, Grant, Target};
use crate::protocol::jose::{TokenType, write_jws};
use crate::protocol::oauth::{
    AccessTokenClaims, CodeRequest, ErrorCode, IdTokenClaims, RefreshRequest, ReleasedClaims,
    Scopes, StandardScope, TokenResponse, at_hash, check_pkce,
};
use crate::store::token_families::{self as rows, CodeUse, NewRefreshToken, Rotation};
use crate::store::{StoreError, Txn};

/// What is signed at once, about one person for one client.
struct Issue<'a> {
    app: &'a Application,
    client: &'a Client,
    family: &'a TokenFamily,
    granted: &'a Granted,
    scopes: Scopes,
    known: &'a Known,
    grant: Grant,
}

impl Issuer {
    /// Redeems a code (RFC 6749, section 4.1.3; OpenID Connect core, 3.1.3).
    ///
    /// # Errors
    /// [`OauthError`] for the client; [`IssueError`] when it is ours.
    pub async fn redeem_code(
        &self,
        op: &Op,
        app: &Application,
        request: &CodeRequest,
    ) -> Result<Result<TokenResponse, OauthError>, IssueError> {
        let Some(client) = may(app, GrantType::AuthorizationCode) else {
            return Ok(Err(OauthError::unauthorized_grant()));
        };
        let hash = hash_of(&request.code);
        let (now, at) = (op.now, op.clone());
        let used = self
            .store
            .write(move |txn| {
                Ok(match rows::use_code(txn, &hash, now)? {
                    CodeUse::First(family, code) => {
                        let decided = decide_again(txn, &at, &family)?;
                        (CodeUse::First(family, code), Some(decided))
                    }
                    other => (other, None),
                })
            })
            .await?;
        let (family, code, decided) = match used {
            (CodeUse::First(family, code), Some(decided)) => (family, code, decided),
            (CodeUse::Again(family_id), _) => {
                self.record_reuse(op, &family_id, "code").await?;
                return Ok(Err(OauthError::grant(
                    "code_used",
                    "the code was used before",
                )));
            }
            (CodeUse::Unknown | CodeUse::First(..), _) => {
                let text = "the code is unknown or expired";
                return Ok(Err(OauthError::grant("code_unknown", text)));
            }
        };
        if let Err(error) = check_code(app, request, &family, &code)? {
            self.revoke_family(op, &family.id).await?;
            return Ok(Err(error));
        }
        let (granted, outcome) = decided;
        let scopes = granted.scopes.clone();
        let with_refresh = family.is_offline && may(app, GrantType::RefreshToken).is_some();
        let Some((known, grant)) = allowed(outcome) else {
            return Ok(Err(OauthError::person_denied()));
        };
        let audience = match TokenAudience::of(
            &granted.resources,
            client,
            &request.resources,
            self.issuer(),
        ) {
            Ok(audience) => audience,
            Err(error) => return Ok(Err(error)),
        };
        let issue = Issue {
            app,
            client,
            family: &family,
            granted: &granted,
            scopes,
            known: &known,
            grant,
        };
        let nonce = granted.nonce.clone();
        let (response, event) = self.sign_tokens(op, &issue, &audience, nonce)?;
        let refresh = with_refresh.then(|| new_refresh_token(op, client, &family));
        let entry = self
            .audit
            .prepare(&op.as_user(&known.user.id), &event)
            .await?;
        let (family_id, stored) = (family.id.clone(), refresh.as_ref().map(|r| r.1.clone()));
        self.store
            .write(move |txn| {
                if let Some(token) = &stored {
                    rows::insert_refresh_token(txn, &family_id, token, None, now)?;
                }
                txn.append_audit(&entry)
            })
            .await?;
        Ok(Ok(match refresh {
            Some((token, _)) => response.with_refresh_token(token),
            None => response,
        }))
    }

    /// Redeems a refresh token and replaces it (RFC 6749, section 6; RFC 9700, section 4.14.2).
    ///
    /// # Errors
    /// As [`Issuer::redeem_code`].
    pub async fn refresh(
        &self,
        op: &Op,
        app: &Application,
        request: &RefreshRequest,
    ) -> Result<Result<TokenResponse, OauthError>, IssueError> {
        let Some(client) = may(app, GrantType::RefreshToken) else {
            return Ok(Err(OauthError::unauthorized_grant()));
        };
        let hash = hash_of(&request.refresh_token);
        let (now, at, shown) = (op.now, op.clone(), hash.clone());
        let found = self
            .store
            .read(move |txn| {
                let Some(family) = rows::of_refresh_token(txn, &shown, now)? else {
                    return Ok(None);
                };
                let (granted, outcome) = decide_again(txn, &at, &family)?;
                Ok(Some((family, granted, outcome)))
            })
            .await?;
        let Some((family, granted, outcome)) = found else {
            return Ok(Err(OauthError::refresh_token("refresh_token_unknown")));
        };
        if family.app_id != app.id {
            return Ok(Err(OauthError::refresh_token("refresh_token_client")));
        }
        let scopes = match narrowed(&granted.scopes, request.scopes.as_ref()) {
            Ok(scopes) => scopes,
            Err(error) => return Ok(Err(error)),
        };
        let audience = match TokenAudience::of(
            &granted.resources,
            client,
            &request.resources,
            self.issuer(),
        ) {
            Ok(audience) => audience,
            Err(error) => return Ok(Err(error)),
        };
        let Some((known, grant)) = allowed(outcome) else {
            return Ok(Err(OauthError::person_denied()));
        };
        let issue = Issue {
            app,
            client,
            family: &family,
            granted: &granted,
            scopes,
            known: &known,
            grant,
        };
        let (response, event) = self.sign_tokens(op, &issue, &audience, None)?;
        let (token, stored) = new_refresh_token(op, client, &family);
        let entry = self
            .audit
            .prepare(&op.as_user(&known.user.id), &event)
            .await?;
        let rotated = self
            .store
            .write(move |txn| {
                let rotated = rows::rotate(txn, &hash, &stored, now)?;
                if rotated == Rotation::Done {
                    txn.append_audit(&entry)?;
                }
                Ok(rotated)
            })
            .await?;
        match rotated {
            Rotation::Done => Ok(Ok(response.with_refresh_token(token))),
            Rotation::Reused => {
                self.record_reuse(op, &family.id, "refresh_token").await?;
                Ok(Err(OauthError::refresh_token("refresh_token_reused")))
            }
            Rotation::Unknown => Ok(Err(OauthError::refresh_token("refresh_token_unknown"))),
        }
    }

    /// Gives a client a token about itself (RFC 6749, section 4.4).
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued.
    pub async fn client_token(
        &self,
        op: &Op,
        grant: ClientGrant,
        client: &Client,
        audience: &TokenAudience,
    ) -> Result<TokenResponse, IssueError> {
        let scopes =
            Scopes::try_from(grant.scopes().join(" ")).map_err(|_| IssueError::WrongGrant)?;
        let lifetime = Span::seconds(i64::from(client.lifetimes.access_token));
        let claims = AccessTokenClaims {
            iss: self.issuer().to_owned(),
            sub: client.client_id.to_string(),
            aud: audience.claim(),
            client_id: client.client_id.to_string(),
            exp: op.now.plus(lifetime).into(),
            iat: op.now.into(),
            jti: op.entropy.token(),
            scope: scopes.clone(),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            claims: ReleasedClaims::default(),
        };
        let key = self.token_key(crate::model::IdTokenAlgorithm::Rs256)?;
        let token = write_jws(TokenType::AccessToken, &claims, &*key)?;
        let event = AuditEvent::ClientTokenIssued {
            app_id: grant.app_id().clone(),
            jti: claims.jti,
            scopes: scopes.to_string(),
        };
        self.audit.record(op, &event).await?;
        Ok(TokenResponse::new(token, lifetime, &scopes))
    }

    fn sign_tokens(
        &self,
        op: &Op,
        issue: &Issue<'_>,
        audience: &TokenAudience,
        nonce: Option<String>,
    ) -> Result<(TokenResponse, AuditEvent), IssueError> {
        let client = issue.client;
        let key = self.token_key(client.id_token_signed_response_alg)?;
        let lifetimes = &client.lifetimes;
        let lifetime = within(op, lifetimes.access_token, &issue.grant);
        let jti = format!("{}.{}", issue.family.id, op.entropy.token());
        let access = AccessTokenClaims {
            iss: self.issuer().to_owned(),
            sub: issue.granted.subject.clone(),
            aud: audience.claim(),
            client_id: client.client_id.to_string(),
            exp: op.now.plus(lifetime).into(),
            iat: op.now.into(),
            jti: jti.clone(),
            scope: issue.scopes.clone(),
            auth_time: Some(issue.granted.authenticated_at.into()),
            acr: Some(issue.granted.acr.clone()),
            amr: super::claims::amr(&issue.granted.satisfied),
            claims: ReleasedClaims::default(),
        };
        let access_token = write_jws(TokenType::AccessToken, &access, &*key)?;
        let event = AuditEvent::TokensIssued(IssuedTokens {
            user_id: issue.known.user.id.clone(),
            app_id: issue.app.id.clone(),
            family_id: issue.family.id.clone(),
            jti,
            scopes: issue.scopes.to_string(),
            audience: audience.names(),
            ends_at: op.now.plus(lifetime),
        });
        let mut response = TokenResponse::new(access_token.clone(), lifetime, &issue.scopes);
        if issue.scopes.has(StandardScope::Openid) {
            let id_token = self.id_token_claims(op, issue, &access_token, nonce);
            response = response.with_id_token(write_jws(TokenType::IdToken, &id_token, &*key)?);
        }
        Ok((response, event))
    }

    /// OpenID Connect core, section 2. Claims of scopes are userinfo's where there is an access token (5.4); what the
    /// request names for the ID token, and what the registration maps, stands in it.
    fn id_token_claims(
        &self,
        op: &Op,
        issue: &Issue<'_>,
        access_token: &str,
        nonce: Option<String>,
    ) -> IdTokenClaims {
        let granted = issue.granted;
        let client = issue.client;
        let lifetime = within(op, client.lifetimes.id_token, &issue.grant);
        let mut names = granted.claims.id_token_names();
        if issue.scopes.contains("groups") {
            names.insert("groups");
        }
        let known = standard(issue.known);
        IdTokenClaims {
            iss: self.issuer().to_owned(),
            sub: granted.subject.clone(),
            aud: client.client_id.to_string(),
            exp: op.now.plus(lifetime).into(),
            iat: op.now.into(),
            auth_time: granted.authenticated_at.into(),
            nonce,
            acr: granted.acr.clone(),
            amr: super::claims::amr(&granted.satisfied),
            at_hash: Some(at_hash(access_token)),
            sid: Some(self.client_session_id(&issue.family.session_id, &issue.app.id)),
            session_expiry: (!issue.family.is_offline).then(|| issue.grant.ends_at().into()),
            claims: released(&known, &names, issue.known, client),
        }
    }

    pub(super) async fn revoke_family(&self, op: &Op, id: &FamilyId) -> Result<(), IssueError> {
        let event = AuditEvent::TokensRevoked {
            family_id: id.clone(),
            reason: "refused".to_owned(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (id, now) = (id.clone(), op.now);
        Ok(self
            .store
            .write(move |txn| {
                if rows::revoke(txn, &id, now)? {
                    txn.append_audit(&entry)?;
                }
                Ok(())
            })
            .await?)
    }

    async fn record_reuse(
        &self,
        op: &Op,
        family_id: &FamilyId,
        what: &str,
    ) -> Result<(), IssueError> {
        let event = AuditEvent::TokensRevoked {
            family_id: family_id.clone(),
            reason: format!("{what}_reused"),
        };
        Ok(self.audit.record(op, &event).await?)
    }

    pub(super) fn issuer(&self) -> &str {
        &self.keys.identity().oidc_issuer
    }

    pub(super) fn token_key(
        &self,
        algorithm: crate::model::IdTokenAlgorithm,
    ) -> Result<std::sync::Arc<crate::keys::SigningKey>, IssueError> {
        let purpose = match algorithm {
            crate::model::IdTokenAlgorithm::Es256 => Purpose::OpenIdConnect,
            crate::model::IdTokenAlgorithm::Rs256 => Purpose::OpenIdConnectRsa,
        };
        Ok(self.keys.active(purpose)?)
    }
}

/// Whether a person may still have what they granted: everything is loaded and decided again, in the transaction that uses
/// up what was shown.
pub(super) fn decide_again(
    txn: &mut dyn Txn,
    op: &Op,
    family: &TokenFamily,
) -> Result<(Granted, Outcome), StoreError> {
    let granted = granted(family)?;
    let proof = Proof::authorization(Authorized::of(family, &granted));
    let request = AccessRequest::plain(Target::Application {
        app_id: family.app_id.clone(),
    });
    let outcome = Access::decide_within(txn, op, &proof, &request)?;
    let granted = match &outcome.target {
        Resolved::Application(app) => match app.client() {
            Some(client) => granted.within(client),
            None => granted,
        },
        _ => granted,
    };
    Ok((granted, outcome))
}

/// The person and the grant of a decision that allows.
pub(super) fn allowed(outcome: Outcome) -> Option<(Known, Grant)> {
    match outcome {
        Outcome {
            decision: Decision::Allow(grant),
            known: Some(known),
            target: Resolved::Application(_),
            ..
        } => Some((known, grant)),
        _ => None,
    }
}

/// The client's registration, if it may use this grant type.
fn may(app: &Application, grant: GrantType) -> Option<&Client> {
    app.client()
        .filter(|client| client.grant_types.contains(&grant))
}

pub(super) fn hash_of(secret: &crate::model::Secret) -> SecretHash {
    SecretHash::of(secret.expose_text().unwrap_or_default())
}

pub(super) fn granted(family: &TokenFamily) -> Result<Granted, StoreError> {
    serde_json::from_str(&family.granted)
        .map_err(|error| StoreError::Data(format!("token family {}: {error}", family.id)))
}

/// RFC 6749, section 4.1.3: the code is for this client and this redirect URI; RFC 7636, section 4.6: and for this verifier.
fn check_code(
    app: &Application,
    request: &CodeRequest,
    family: &TokenFamily,
    code: &str,
) -> Result<Result<(), OauthError>, IssueError> {
    let code: super::oauth::StoredCode = serde_json::from_str(code).map_err(|error| {
        IssueError::Store(crate::store::StoreError::Data(format!("a code: {error}")))
    })?;
    if family.app_id != app.id {
        let text = "the code is another client's";
        return Ok(Err(OauthError::grant("code_client", text)));
    }
    if request.redirect_uri.as_deref() != Some(code.redirect_uri.as_str()) {
        let text = "redirect_uri is not the one of the authorization request";
        return Ok(Err(OauthError::grant("code_redirect_uri", text)));
    }
    let pkce = check_pkce(code.code_challenge.as_ref(), request.code_verifier.as_ref());
    Ok(pkce.map_err(|error| OauthError::grant("pkce", &error.to_string())))
}

/// RFC 6749, section 6: no more than was granted.
fn narrowed(granted: &Scopes, asked: Option<&Scopes>) -> Result<Scopes, OauthError> {
    match asked {
        None => Ok(granted.clone()),
        Some(asked) if asked.is_within(granted) => Ok(asked.clone()),
        Some(_) => Err(OauthError::new(
            ErrorCode::InvalidScope,
            "scope has more than was granted",
        )),
    }
}

/// A lifetime, cut where the session ends.
fn within(op: &Op, seconds: u32, grant: &Grant) -> Span {
    let lifetime = Span::seconds(i64::from(seconds));
    lifetime.min(grant.ends_at().since(op.now))
}

fn new_refresh_token(op: &Op, client: &Client, family: &TokenFamily) -> (String, NewRefreshToken) {
    let token = op.entropy.token();
    let idle = Span::seconds(i64::from(client.lifetimes.refresh_token_idle));
    let stored = NewRefreshToken {
        hash: SecretHash::of(&token),
        expires_at: op.now.plus(idle).min(family.ends_at),
    };
    (token, stored)
}
