//! Tokens of the API: made for a person, shown once, stored as hashes.

use super::{CredentialError, Credentials};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change};
use crate::model::{ApiScope, ApiToken, ApiTokenId, SecretHash, Span, UserId};
use crate::op::Op;
use crate::store::api_tokens as rows;

/// Begins each, so that one in a log or a repository is recognised.
const PREFIX: &str = "signet_";

impl Credentials {
    /// Makes a token in a person's name. Its secret cannot be shown again.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn create_api_token(
        &self,
        op: &Op,
        user_id: &UserId,
        (name, scopes): (&str, &[ApiScope]),
        lifetime: Span,
    ) -> Result<(ApiToken, String), CredentialError> {
        let secret = format!("{PREFIX}{}", op.entropy.token());
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let token = ApiToken {
            id: ApiTokenId::from_random(op.entropy.octets()),
            user_id: user_id.clone(),
            name: name.chars().filter(|c| !c.is_control()).take(100).collect(),
            scopes,
            created_at: op.now,
            expires_at: op.now.plus(lifetime),
            last_used_at: None,
            revoked_at: None,
        };
        let event = AuditEvent::ApiTokenCreated {
            user_id: user_id.clone(),
            token_id: token.id.clone(),
            scopes: token.scopes.clone(),
            expires_at: token.expires_at,
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (stored, hash) = (token.clone(), SecretHash::of(&secret));
        let asked = Asked::of(Change::Token);
        self.write_as(op, asked, move |txn| {
            rows::insert(txn, &stored, &hash)?;
            txn.append_audit(&entry)
        })
        .await?;
        Ok((token, secret))
    }

    /// Every token, the youngest first.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>, CredentialError> {
        Ok(self.store.read(rows::list).await?)
    }

    /// Revokes a token; false when it was revoked, or when there is none.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn revoke_api_token(
        &self,
        op: &Op,
        token: &ApiToken,
    ) -> Result<bool, CredentialError> {
        let event = AuditEvent::ApiTokenRevoked {
            user_id: token.user_id.clone(),
            token_id: token.id.clone(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (id, now) = (token.id.clone(), op.now);
        self.write_as(op, Asked::of(Change::Token), move |txn| {
            let is_revoked = rows::revoke(txn, &id, now)?;
            if is_revoked {
                txn.append_audit(&entry)?;
            }
            Ok(is_revoked)
        })
        .await
    }
}
