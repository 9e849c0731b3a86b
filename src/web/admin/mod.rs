//! The console. What there is now: what became of applications' attempts.

pub(super) mod traces;

use actix_web::HttpResponse;

use super::error::PageError;
use super::extract::Visitor;
use super::{App, headers, routes};
use crate::access::Proof;
use crate::policy::{AccessRequest, Decision, Target};
use crate::signin::Continuation;

/// Whether the person may be here; if not yet, the sign-in that leads here.
enum Admitted {
    Yes,
    NotYet(HttpResponse),
}

async fn admit(app: &App, visitor: &mut Visitor) -> Result<Admitted, PageError> {
    let proof = Proof::session(visitor.browser.session.clone());
    let request = AccessRequest::plain(Target::Admin);
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    if let Decision::Allow(_) = outcome.decision {
        if let Some(session) = &outcome.session {
            app.sessions.touch(&visitor.op, session).await?;
        }
        return Ok(Admitted::Yes);
    }
    let binding = visitor.bind();
    let id = app
        .sign_ins
        .begin(&visitor.op, Some(&binding), Continuation::Admin)
        .await?;
    let to = routes::sign_in(&id);
    Ok(Admitted::NotYet(
        headers::see_other(app, visitor, &to).finish(),
    ))
}
