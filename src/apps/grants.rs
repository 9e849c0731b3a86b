//! What a person has let clients have, and its end by their word.

use std::collections::BTreeMap;

use super::{Apps, AppsError};
use crate::audit::AuditEvent;
use crate::model::{AppId, Timestamp, UserId};
use crate::op::Op;
use crate::store::{applications, consents, token_families};

/// What a client has of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppGrant {
    /// The client.
    pub app_id: AppId,
    /// By name.
    pub name: String,
    /// What the person agreed to; empty where an administrator has for everybody.
    pub scopes: Vec<String>,
    /// When that was, or when it got its last tokens.
    pub at: Timestamp,
    /// Whether it can get tokens now.
    pub is_live: bool,
}

impl Apps {
    /// What clients have of a person, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn grants_of(&self, op: &Op, user_id: &UserId) -> Result<Vec<AppGrant>, AppsError> {
        let (user_id, now) = (user_id.clone(), op.now);
        let read = self.store.read(move |txn| {
            let mut grants: BTreeMap<AppId, AppGrant> = BTreeMap::new();
            for (app_id, consent) in consents::of(txn, &user_id)? {
                let grant = AppGrant {
                    app_id: app_id.clone(),
                    name: String::new(),
                    scopes: consent.scopes,
                    at: consent.granted_at,
                    is_live: false,
                };
                grants.insert(app_id, grant);
            }
            for (app_id, at) in token_families::live_apps_of(txn, &user_id, now)? {
                let grant = grants.entry(app_id.clone()).or_insert_with(|| AppGrant {
                    app_id,
                    name: String::new(),
                    scopes: Vec::new(),
                    at,
                    is_live: true,
                });
                grant.is_live = true;
                grant.at = grant.at.max(at);
            }
            let mut named = Vec::with_capacity(grants.len());
            for grant in grants.into_values() {
                if let Some(app) = applications::by_id(txn, &grant.app_id)? {
                    named.push(AppGrant {
                        name: app.name,
                        ..grant
                    });
                }
            }
            named.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(named)
        });
        Ok(read.await?)
    }

    /// Takes everything back that a client has of a person: their agreement, and every token that it could get.
    ///
    /// # Errors
    /// The store's, the audit's.
    pub async fn take_back(
        &self,
        op: &Op,
        user_id: &UserId,
        app_id: &AppId,
    ) -> Result<(), AppsError> {
        let event = AuditEvent::GrantTakenBack {
            user_id: user_id.clone(),
            app_id: app_id.clone(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (user_id, app_id, now) = (user_id.clone(), app_id.clone(), op.now);
        let taken = self.store.write(move |txn| {
            let agreed = consents::delete(txn, &user_id, &app_id)?;
            let tokens = token_families::revoke_at_app(txn, (&user_id, &app_id), now)?;
            if agreed || tokens > 0 {
                txn.append_audit(&entry)?;
            }
            Ok(())
        });
        Ok(taken.await?)
    }
}
