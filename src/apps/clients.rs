//! OAuth clients: what a registration may say, and the secrets that are in no registration.

use std::collections::BTreeSet;

use super::{Apps, AppsError, Attempt, check_source, invalid};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change};
use crate::model::{
    AppId, ApplicationType, Client, ClientAuthMethod, GrantType, Secret, SecretHash, Timestamp,
};
use crate::op::Op;
use crate::protocol::jose::parse_registered_keys;
use crate::protocol::oauth::{ReleasedClaims, check_redirect_uri};
use crate::store::client_secrets as rows;

/// A client has at most so many secrets at once: the one in use, and the one that replaces it.
const MOST_SECRETS: usize = 2;
impl Apps {
    /// Makes a secret for a client. It is shown once: the database keeps its hash.
    ///
    /// # Errors
    /// [`AppsError::Invalid`] when the client has two already, or proves itself otherwise.
    pub async fn new_client_secret(&self, op: &Op, id: &AppId) -> Result<Secret, AppsError> {
        let found = self.application(id).await?;
        let client = found.as_ref().and_then(|app| app.client().cloned());
        let client = client.ok_or_else(|| AppsError::NotFound {
            what: "client",
            name: id.to_string(),
        })?;
        if !uses_a_secret(client.token_endpoint_auth_method) {
            let reason = "this client does not prove itself with a secret";
            return Err(invalid("token_endpoint_auth_method", reason));
        }
        let secret = op.entropy.token();
        let (hash, app_id, now) = (SecretHash::of(&secret), id.clone(), op.now);
        let event = AuditEvent::ClientSecretMade { app_id: id.clone() };
        self.commit(op, (Asked::of(Change::Application), &event), move |txn| {
            if rows::hashes(txn, &app_id)?.len() >= MOST_SECRETS {
                let reason = "there are two already: remove the old ones first";
                return Ok(Attempt::Refused(invalid("client_secret", reason)));
            }
            rows::insert(txn, &app_id, &hash, now)?;
            Ok(Attempt::Done)
        })
        .await?;
        Ok(Secret::from_text(secret))
    }

    /// Removes every secret of a client that was made before a time: the end of a rotation.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn remove_client_secrets(
        &self,
        op: &Op,
        id: &AppId,
        before: Timestamp,
    ) -> Result<(), AppsError> {
        let event = AuditEvent::ClientSecretsRemoved { app_id: id.clone() };
        let app_id = id.clone();
        self.commit(op, (Asked::of(Change::Application), &event), move |txn| {
            rows::delete_before(txn, &app_id, before)?;
            Ok(Attempt::Done)
        })
        .await?;
        Ok(())
    }
}

const fn uses_a_secret(method: ClientAuthMethod) -> bool {
    matches!(
        method,
        ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost
    )
}

/// Everything that a registration must be; each rule says what to change.
pub(super) fn check_client(client: &Client) -> Result<(), AppsError> {
    check_grants(client)?;
    check_uris(client)?;
    check_keys(client)?;
    check_scopes(client)?;
    check_lifetimes(client)?;
    for claim in &client.claims {
        ReleasedClaims::check_name(&claim.name)
            .map_err(|e| invalid("claims", format!("\"{}\": {e}", claim.name)))?;
        check_source("claims", &claim.source)?;
    }
    Ok(())
}

fn check_grants(client: &Client) -> Result<(), AppsError> {
    let has = |grant| client.grant_types.contains(&grant);
    let public = client.token_endpoint_auth_method == ClientAuthMethod::None;
    if client.grant_types.is_empty() {
        return Err(invalid("grant_types", "at least one"));
    }
    if has(GrantType::ClientCredentials) && public {
        let reason = "client_credentials needs a client that proves who it is";
        return Err(invalid("grant_types", reason));
    }
    if has(GrantType::RefreshToken) && !has(GrantType::AuthorizationCode) {
        let reason = "a refresh token comes from a code: add authorization_code";
        return Err(invalid("grant_types", reason));
    }
    if public && !client.require_pkce {
        let reason = "a client without a secret needs PKCE (RFC 9700, section 2.1.1)";
        return Err(invalid("require_pkce", reason));
    }
    if has(GrantType::AuthorizationCode) && client.redirect_uris.is_empty() {
        return Err(invalid("redirect_uris", "at least one"));
    }
    Ok(())
}

fn check_uris(client: &Client) -> Result<(), AppsError> {
    let native = client.application_type == ApplicationType::Native;
    for uri in &client.redirect_uris {
        check_redirect_uri(uri, client.application_type)
            .map_err(|e| invalid("redirect_uris", e.to_string()))?;
    }
    for uri in &client.post_logout_redirect_uris {
        check_redirect_uri(uri, client.application_type)
            .map_err(|e| invalid("post_logout_redirect_uris", e.to_string()))?;
    }
    let web = [
        ("backchannel_logout_uri", &client.backchannel_logout_uri),
        ("initiate_login_uri", &client.initiate_login_uri),
    ];
    for (field, uri) in web {
        if let Some(uri) = uri {
            check_redirect_uri(uri, ApplicationType::Web)
                .map_err(|e| invalid(field, e.to_string()))?;
        }
    }
    if native && client.backchannel_logout_uri.is_some() {
        let reason = "a native client has no address to be called at";
        return Err(invalid("backchannel_logout_uri", reason));
    }
    let unique: BTreeSet<_> = client.redirect_uris.iter().collect();
    if unique.len() != client.redirect_uris.len() {
        return Err(invalid("redirect_uris", "one is there twice"));
    }
    Ok(())
}

fn check_keys(client: &Client) -> Result<(), AppsError> {
    match (&client.jwks, client.token_endpoint_auth_method) {
        (None, ClientAuthMethod::PrivateKeyJwt) => Err(invalid(
            "jwks",
            "private_key_jwt needs the client's public keys",
        )),
        (Some(jwks), _) => parse_registered_keys(jwks.as_bytes())
            .map(drop)
            .map_err(|e| invalid("jwks", e.to_string())),
        (None, _) => Ok(()),
    }
}

fn check_scopes(client: &Client) -> Result<(), AppsError> {
    // RFC 6749, section 3.3: %x21 / %x23-5B / %x5D-7E.
    let token = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    for scope in &client.scopes {
        if scope.is_empty() || scope.len() > 128 || !scope.bytes().all(token) {
            return Err(invalid("scopes", format!("\"{scope}\" is no scope")));
        }
    }
    for resource in &client.resources {
        let parsed = url::Url::parse(resource);
        if !parsed.is_ok_and(|url| url.fragment().is_none()) {
            let reason = format!("\"{resource}\" is no absolute URI without a fragment");
            return Err(invalid("resources", reason));
        }
    }
    Ok(())
}

fn check_lifetimes(client: &Client) -> Result<(), AppsError> {
    let l = &client.lifetimes;
    let ranges = [
        ("lifetimes.access_token", l.access_token, 60, 86_400),
        ("lifetimes.id_token", l.id_token, 60, 86_400),
        (
            "lifetimes.refresh_token_idle",
            l.refresh_token_idle,
            300,
            366 * 86_400,
        ),
        (
            "lifetimes.refresh_token",
            l.refresh_token,
            300,
            366 * 86_400,
        ),
    ];
    for (field, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            return Err(invalid(
                field,
                format!("between {least} and {most} seconds"),
            ));
        }
    }
    Ok(())
}
