//! Tokens of the API: loaded with their owner, and decided about for each request.

use super::Access;
use crate::model::{ApiScope, ApiToken, SecretHash, Span};
use crate::op::Op;
use crate::policy::{ApiDenial, ApiFacts, ApiGrant, decide_api};
use crate::store::{StoreError, api_tokens, users};

/// The last use is remembered this exactly: not every request is a write.
const EXACTNESS: Span = Span::hours(1);

/// A decision about a token, and the token that it was about, where there is one with that secret.
#[derive(Debug)]
pub struct ApiOutcome {
    /// The decision.
    pub decision: Result<ApiGrant, ApiDenial>,
    /// Whatever it is worth.
    pub token: Option<ApiToken>,
}

impl Access {
    /// Decides whether a secret is good for a scope now, from what the database says now.
    ///
    /// # Errors
    /// The store's.
    pub async fn decide_api(
        &self,
        op: &Op,
        secret: &str,
        scope: ApiScope,
    ) -> Result<ApiOutcome, StoreError> {
        let (hash, now) = (SecretHash::of(secret), op.now);
        let read = self.store.read(move |txn| {
            let token = api_tokens::by_secret(txn, &hash)?;
            let owner = match &token {
                Some(token) => users::by_id(txn, &token.user_id)?,
                None => None,
            };
            // Whose time is not now is nobody's.
            let owner = owner.filter(|user| user.may_sign_in(now));
            let owner = owner.map(|user| (user.state, user.admin_role));
            Ok(ApiFacts { token, owner })
        });
        let facts = read.await?;
        let decision = decide_api(scope, &facts, now);
        if let (Ok(_), Some(token)) = (&decision, &facts.token)
            && token
                .last_used_at
                .is_none_or(|last| last.plus(EXACTNESS) <= now)
        {
            let id = token.id.clone();
            self.store
                .write(move |txn| api_tokens::used(txn, &id, now))
                .await?;
        }
        Ok(ApiOutcome {
            decision,
            token: facts.token,
        })
    }
}
