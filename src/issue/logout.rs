//! Logout tokens: a client is told that a session has ended (OpenID Connect back-channel logout, section 2).

use super::{IssueError, Issuer};
use crate::model::{Application, Secret, Span, SubjectType, UserId};
use crate::op::Op;
use crate::protocol::jose::{TokenType, write_jws};
use crate::protocol::oauth::{LogoutEvents, LogoutTokenClaims};
use crate::store::logout_outbox::{self as rows, LogoutNotice};
use crate::store::{StoreError, Txn, applications, name_ids};

/// Recommended: two minutes at most (section 2.4).
const LIFETIME: Span = Span::minutes(2);
/// Notices in one run.
const MOST: i64 = 50;
/// The first pause; doubled by each failure.
const FIRST_PAUSE: Span = Span::seconds(15);
/// The longest.
const LONGEST_PAUSE: Span = Span::minutes(30);

/// One call that is due.
#[derive(Debug)]
pub struct LogoutCall {
    notice: LogoutNotice,
    /// The client's address.
    pub url: String,
    /// The form's `logout_token`.
    pub token: Secret,
}

impl Issuer {
    /// The calls that are due. A client without an address is not called, and its notice goes.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn due_logouts(&self, op: &Op) -> Result<Vec<LogoutCall>, IssueError> {
        let now = op.now;
        let due = self
            .store
            .read(move |txn| {
                let mut due = Vec::new();
                for notice in rows::due(txn, now, MOST)? {
                    let application = applications::by_id(txn, &notice.app_id)?;
                    let subject = match &application {
                        Some(app) => subject(txn, app, &notice.user_id)?,
                        None => None,
                    };
                    due.push((notice, application, subject));
                }
                Ok(due)
            })
            .await?;
        let mut calls = Vec::new();
        for (notice, application, subject) in due {
            let call = self.logout_call(op, &notice, application.as_ref(), subject)?;
            match call {
                Some(call) => calls.push(call),
                None => self.forget(notice).await?,
            }
        }
        Ok(calls)
    }

    fn logout_call(
        &self,
        op: &Op,
        notice: &LogoutNotice,
        application: Option<&Application>,
        subject: Option<String>,
    ) -> Result<Option<LogoutCall>, IssueError> {
        let client = application.and_then(Application::client);
        let (Some(client), Some(sub)) = (client, subject) else {
            return Ok(None);
        };
        let Some(url) = client.backchannel_logout_uri.clone() else {
            return Ok(None);
        };
        let claims = LogoutTokenClaims {
            iss: self.issuer().to_owned(),
            sub,
            aud: client.client_id.to_string(),
            iat: op.now.into(),
            exp: op.now.plus(LIFETIME).into(),
            jti: op.entropy.token(),
            events: LogoutEvents,
            sid: Some(self.client_session_id(&notice.session_id, &notice.app_id)),
        };
        let key = self.token_key(client.id_token_signed_response_alg)?;
        let token = write_jws(TokenType::LogoutToken, &claims, &*key)?;
        Ok(Some(LogoutCall {
            notice: notice.clone(),
            url,
            token: Secret::from_text(token),
        }))
    }

    /// The client has answered.
    ///
    /// # Errors
    /// The store's.
    pub async fn logout_done(&self, call: LogoutCall) -> Result<(), IssueError> {
        self.forget(call.notice).await
    }

    /// The client has not: later again, or given up after a day (true).
    ///
    /// # Errors
    /// The store's.
    pub async fn logout_failed(&self, op: &Op, call: LogoutCall) -> Result<bool, IssueError> {
        let doublings = u32::try_from(call.notice.attempts)
            .unwrap_or(u32::MAX)
            .min(8);
        let pause = Span::seconds(FIRST_PAUSE.as_seconds() << doublings).min(LONGEST_PAUSE);
        let (id, now) = (call.notice.id, op.now);
        let next = now.plus(pause);
        Ok(self
            .store
            .write(move |txn| rows::put_off(txn, &id, next, now))
            .await?)
    }

    async fn forget(&self, notice: LogoutNotice) -> Result<(), IssueError> {
        Ok(self
            .store
            .write(move |txn| rows::delete(txn, &notice.id))
            .await?)
    }
}

/// The person's `sub` at the client; none where they never had one.
fn subject(
    txn: &mut dyn Txn,
    app: &Application,
    user_id: &UserId,
) -> Result<Option<String>, StoreError> {
    match app.client().map(|client| client.subject_type) {
        Some(SubjectType::Public) => Ok(Some(user_id.to_string())),
        Some(SubjectType::Pairwise) => name_ids::find(txn, user_id, &app.id),
        None => Ok(None),
    }
}
