//! The organisation for programs: people, invitations, what became of applications' attempts. Each request brings a token
//! of the API, and is decided about by itself.

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Problem, finish};
use crate::audit::AuditEvent;
use crate::directory::{InvitationOutcome, Invitations, Travel};
use crate::model::{
    AdminRole, ApiScope, EmailAddress, NamedTrace, Span, Timestamp, User, UserId, UserName,
    UserState, fold_key,
};
use crate::op::Op;
use crate::signin::SignInError;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::oauth::userinfo::bearer;
use crate::web::{App, routes};

/// On one page.
const MOST: u16 = 200;
/// How long invitations work where nothing else is said, in days.
const DAYS: u16 = 7;
const MOST_DAYS: u16 = 30;

/// Which page of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Paging {
    after: Option<String>,
    limit: Option<u16>,
}

impl Paging {
    fn limit(&self) -> u16 {
        self.limit.unwrap_or(MOST).clamp(1, MOST)
    }
}

#[derive(Serialize)]
struct Users {
    users: Vec<ShownUser>,
    /// Send as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct ShownUser {
    id: UserId,
    user_name: UserName,
    email: EmailAddress,
    display_name: String,
    state: UserState,
    admin_role: AdminRole,
    created_at: Timestamp,
}

#[derive(Serialize)]
struct Traces {
    traces: Vec<NamedTrace>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    addresses: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    by_hand: bool,
    days: Option<u16>,
}

#[derive(Serialize)]
struct Results {
    invitations: Vec<ShownInvitation>,
}

#[derive(Serialize)]
struct ShownInvitation {
    address: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    /// Where it does not travel by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<UserState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// People, by user name.
pub(in crate::web) async fn users(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    paging: Result<Query<Paging>, actix_web::Error>,
) -> HttpResponse {
    let result = async {
        authorize(&app, &visitor, &request, ApiScope::UsersRead).await?;
        let paging = paging.map_err(|error| Problem::bad_request(error.to_string()))?;
        let (after, limit) = (paging.after.as_deref().unwrap_or_default(), paging.limit());
        let found = app
            .directory
            .users_after(&fold_key(after), limit.into())
            .await?;
        let is_whole = found.len() == usize::from(limit);
        let last = found.last().map(|user| user.user_name.to_string());
        Ok(Users {
            next: last.filter(|_| is_whole),
            users: found.into_iter().map(shown).collect(),
        })
    };
    finish(&app, &visitor, result.await)
}

fn shown(user: User) -> ShownUser {
    ShownUser {
        id: user.id,
        user_name: user.user_name,
        email: user.email,
        display_name: user.display_name,
        state: user.state,
        admin_role: user.admin_role,
        created_at: user.created_at,
    }
}

/// Invites people; each has an outcome of their own.
pub(in crate::web) async fn invite(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let result = async {
        let op = authorize(&app, &visitor, &request, ApiScope::UsersInvite).await?;
        let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| {
            Problem::bad_request(format!(
                "send {{\"addresses\": [\"someone@example.com\"], \"groups\": []}}: {error}"
            ))
        })?;
        let days = wanted.days.unwrap_or(DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            let text = format!("days: from 1 to {MOST_DAYS}");
            return Err(Problem::bad_request(text));
        }
        let invitations = Invitations {
            addresses: wanted.addresses.join("\n"),
            groups: app.directory.group_ids(&wanted.groups).await?,
            lifetime: Span::days(days.into()),
            links_at: app.site.url(&routes::invite("")),
            travel: if wanted.by_hand {
                Travel::ByHand
            } else {
                Travel::ByMail
            },
        };
        let services = (&app.credentials, &app.outbox);
        let invited = app.directory.invite(&op, services, &invitations).await?;
        let invitations = invited
            .into_iter()
            .map(|one| outcome(one.address, one.outcome));
        Ok(Results {
            invitations: invitations.collect(),
        })
    };
    finish(&app, &visitor, result.await)
}

fn outcome(address: String, outcome: InvitationOutcome) -> ShownInvitation {
    let blank = ShownInvitation {
        address,
        outcome: "mailed",
        user_id: None,
        link: None,
        state: None,
        detail: None,
    };
    match outcome {
        InvitationOutcome::Sent { user, link } => ShownInvitation {
            outcome: if link.is_some() { "link" } else { "mailed" },
            user_id: Some(user.id),
            link,
            ..blank
        },
        InvitationOutcome::IsThere(state) => ShownInvitation {
            outcome: "is_there",
            state: Some(state),
            ..blank
        },
        InvitationOutcome::Refused(error) => ShownInvitation {
            outcome: "refused",
            detail: Some(error.to_string()),
            ..blank
        },
    }
}

/// What became of applications' attempts, failing ones first.
pub(in crate::web) async fn traces(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
) -> HttpResponse {
    let result = async {
        authorize(&app, &visitor, &request, ApiScope::TracesRead).await?;
        let traces = app.traces.newest(&visitor.op, None, MOST.into()).await?;
        Ok(Traces { traces })
    };
    finish(&app, &visitor, result.await)
}

/// Whether the token is good for this now; the operation is its owner's from then on.
async fn authorize(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    scope: ApiScope,
) -> Result<Op, Problem> {
    let token = bearer(request, &[]).map_err(|error| Problem::token(error.as_ref()))?;
    let outcome = app.access.decide_api(&visitor.op, &token, scope).await?;
    let known = outcome.token.map(|token| (token.user_id, token.id));
    let (op, event) = match (&outcome.decision, known) {
        (Ok(grant), Some((user_id, token_id))) if scope == ApiScope::UsersInvite => (
            visitor.op.as_user(grant.subject()),
            AuditEvent::ApiTokenUsed {
                user_id,
                token_id,
                scope,
            },
        ),
        (Err(_), Some((user_id, token_id))) => (
            visitor.op.clone(),
            AuditEvent::ApiTokenRefused {
                user_id,
                token_id,
                scope,
            },
        ),
        // What only looks leaves no record, and who has no token of ours is nobody.
        (Ok(grant), _) => return Ok(visitor.op.as_user(grant.subject())),
        (Err(denial), None) => return Err(Problem::api(*denial, scope)),
    };
    let recorded = app.audit.record(&op, &event).await;
    recorded.map_err(|error| Problem::from(PageError::from(SignInError::from(error))))?;
    match outcome.decision {
        Ok(_) => Ok(op),
        Err(denial) => Err(Problem::api(denial, scope)),
    }
}
