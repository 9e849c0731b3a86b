//! The console: people, groups, and what became of applications' attempts.
//!
//! Whether somebody may be here at all is decided at the door, at each request; what they may change is refused by the
//! services themselves (`authority`), so that no page can forget it.

pub(super) mod audit;
pub(super) mod aws;
pub(super) mod aws_account;
pub(super) mod aws_assign;
pub(super) mod aws_roles;
pub(super) mod aws_set;
pub(super) mod details;
mod form;
mod frame;
pub(super) mod group;
pub(super) mod groups;
pub(super) mod home;
pub(super) mod import;
pub(super) mod invite;
pub(super) mod leaving;
pub(super) mod people;
pub(super) mod person;
pub(super) mod policies;
mod policy_scopes;
pub(super) mod portal;
pub(super) mod protection;
pub(super) mod reach;
pub(super) mod traces;

use actix_web::{HttpRequest, HttpResponse};

use form::Fields;

use super::error::{PageError, answer};
use super::extract::Visitor;
use super::{App, csrf, headers, routes};
use crate::access::Proof;
use crate::model::{BrowserSession, User};
use crate::op::Op;
use crate::policy::{AccessRequest, Decision, Target};
use crate::signin::{ConsolePart, Continuation};

/// Whether the person may be here; if not yet, the sign-in that leads here.
enum Admitted {
    Yes(Box<Admin>),
    NotYet(HttpResponse),
}

/// Somebody at work in the console.
struct Admin {
    /// The request as theirs.
    op: Op,
    user: User,
    session: BrowserSession,
}

impl Admin {
    /// Refuses a form that is not from a page of this session.
    fn check(&self, app: &App, request: &HttpRequest, token: &str) -> Result<(), PageError> {
        csrf::check_session(app, &self.session, request, token)
    }
}

/// Runs a page of the console for whoever may be in it; begins the sign-in that leads to it for whoever may not yet.
async fn within<F>(app: &App, visitor: &mut Visitor, part: ConsolePart, run: F) -> HttpResponse
where
    F: AsyncFnOnce(&Visitor, &Admin) -> Result<HttpResponse, PageError>,
{
    let result = match admit(app, visitor, part).await {
        Ok(Admitted::Yes(admin)) => run(visitor, &admin).await,
        Ok(Admitted::NotYet(response)) => Ok(response),
        Err(error) => Err(error),
    };
    answer(app, visitor, result)
}

/// The same for what a page of the console sends.
async fn posted<F>(
    (app, visitor): (&App, &mut Visitor),
    part: ConsolePart,
    (request, body): (&HttpRequest, &[u8]),
    run: F,
) -> HttpResponse
where
    F: AsyncFnOnce(&Visitor, &Admin, &Fields) -> Result<HttpResponse, PageError>,
{
    within(app, visitor, part, async |visitor, admin| {
        let fields = Fields::read(app, admin, request, body)?;
        run(visitor, admin, &fields).await
    })
    .await
}

async fn admit(app: &App, visitor: &mut Visitor, part: ConsolePart) -> Result<Admitted, PageError> {
    let proof = Proof::session(visitor.browser.session.clone());
    let request = AccessRequest::plain(Target::Admin);
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    if let (Decision::Allow(grant), Some(session), Some(known)) =
        (&outcome.decision, outcome.session, outcome.known)
    {
        app.sessions.touch(&visitor.op, &session).await?;
        return Ok(Admitted::Yes(Box::new(Admin {
            op: visitor.op.as_user(grant.subject()),
            user: known.user,
            session,
        })));
    }
    let binding = visitor.bind();
    let id = app
        .sign_ins
        .begin(&visitor.op, Some(&binding), Continuation::Admin { part })
        .await?;
    let to = routes::sign_in(&id);
    Ok(Admitted::NotYet(
        headers::see_other(app, visitor, &to).finish(),
    ))
}
