//! What is left of a person who may not sign in any more: read back, not promised.

use super::{Directory, DirectoryError};
use crate::audit::AwsSession;
use crate::model::{Application, Timestamp, UserId};
use crate::op::Op;
use crate::store::{
    api_tokens, applications, logout_outbox, one_time_links, sessions, token_families,
};

/// What still is there.
#[derive(Debug, Clone)]
pub struct Left {
    /// Browser sessions.
    pub sessions: i64,
    /// Grants that give tokens, refresh tokens among them.
    pub grants: i64,
    /// Tokens of the API.
    pub api_tokens: i64,
    /// One-time links.
    pub links: i64,
    /// Applications that are still to be told, each with how often it was tried.
    pub to_tell: Vec<(String, i64)>,
    /// Applications that cannot be told, each with when its session has ended at the latest.
    pub untold: Vec<(String, Timestamp)>,
    /// Sessions in AWS that may still live, the longest living first.
    pub aws: Vec<AwsSession>,
}

impl Directory {
    /// What is left of a person.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn left_of(&self, op: &Op, id: &UserId) -> Result<Left, DirectoryError> {
        let aws = self.audit.aws_sessions_of(op, id).await?;
        let (id, now) = (id.clone(), op.now);
        let count = |all: usize| i64::try_from(all).unwrap_or(i64::MAX);
        let left = self.store.read(move |txn| {
            let tokens = api_tokens::list(txn)?.into_iter();
            let is_live = |token: &crate::model::ApiToken| {
                token.user_id == id && token.revoked_at.is_none() && token.expires_at > now
            };
            let mut untold = Vec::new();
            for (app_id, ends_at) in sessions::application_sessions_of(txn, &id, now)? {
                let found = applications::by_id(txn, &app_id)?;
                let told = |app: &Application| {
                    let client = app.client();
                    client.is_some_and(|client| client.backchannel_logout_uri.is_some())
                };
                if let Some(app) = found.filter(|app| !told(app)) {
                    untold.push((app.name, ends_at));
                }
            }
            Ok(Left {
                untold,
                sessions: count(sessions::list(txn, &id, now)?.len()),
                grants: token_families::live_of_user(txn, &id, now)?,
                api_tokens: count(tokens.filter(is_live).count()),
                links: one_time_links::open_of(txn, &id, now)?,
                to_tell: logout_outbox::of_user(txn, &id)?,
                aws: aws.clone(),
            })
        });
        Ok(left.await?)
    }
}
