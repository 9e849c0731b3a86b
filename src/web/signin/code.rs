//! The second factor by a code: of an authenticator app, a saved one, a pass.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::AGAIN;
use super::pages::{self, Again};
use crate::model::PendingId;
use crate::policy::Requirement;
use crate::render::{Problem, SavedCodePage};
use crate::signin::{Advance, CodeKind, PendingSignIn, Step};
use crate::web::error::{PageError, answer, known};
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, csrf, routes};

/// The form of both kinds.
#[derive(Deserialize)]
pub(in crate::web) struct CodeForm {
    pub(super) csrf: String,
    pub(super) code: String,
}

/// Verifies a code of the authenticator app.
pub(in crate::web) async fn submit_totp(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<CodeForm>,
) -> HttpResponse {
    let result = submit(&app, &visitor, &request, &path, &form, CodeKind::Totp).await;
    answer(&app, &visitor, result)
}

/// Verifies a saved code.
pub(in crate::web) async fn submit_recovery(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<CodeForm>,
) -> HttpResponse {
    let result = submit(&app, &visitor, &request, &path, &form, CodeKind::Recovery).await;
    answer(&app, &visitor, result)
}

/// Verifies a pass.
pub(in crate::web) async fn submit_pass(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<CodeForm>,
) -> HttpResponse {
    let result = submit(&app, &visitor, &request, &path, &form, CodeKind::Pass).await;
    answer(&app, &visitor, result)
}

/// The page for a saved code, for whoever has no phone at hand.
pub(in crate::web) async fn show_recovery(
    app: Data<App>,
    visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = show_other(&app, &visitor, &path, CodeKind::Recovery).await;
    answer(&app, &visitor, result)
}

/// The page for a pass, for whoever has lost everything.
pub(in crate::web) async fn show_pass(
    app: Data<App>,
    visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = show_other(&app, &visitor, &path, CodeKind::Pass).await;
    answer(&app, &visitor, result)
}

async fn show_other(
    app: &App,
    visitor: &Visitor,
    path: &str,
    kind: CodeKind,
) -> Result<HttpResponse, PageError> {
    let id = PendingId::parse(path).map_err(|_| PageError::NotFound)?;
    let step = app
        .sign_ins
        .next_step(&visitor.op, &id, &visitor.browser)
        .await?;
    match step {
        Step::Ask {
            pending,
            requirement: Requirement::SecondFactor { allowed },
            ..
        } if allowed.contains(&kind.factor()) => other_page(app, visitor, &pending, kind, None),
        _ => Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish()),
    }
}

async fn submit(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    path: &str,
    form: &CodeForm,
    kind: CodeKind,
) -> Result<HttpResponse, PageError> {
    csrf::check(app, visitor, request, &form.csrf)?;
    let id = PendingId::parse(path).map_err(|_| PageError::NotFound)?;
    let step = app
        .sign_ins
        .next_step(&visitor.op, &id, &visitor.browser)
        .await?;
    let Step::Ask {
        pending,
        requirement,
        outcome,
    } = step
    else {
        return Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish());
    };
    let user = &known(outcome.known.as_ref())?.user;
    let advance = app
        .sign_ins
        .submit_code(
            &visitor.op,
            &pending,
            (&requirement, user),
            kind,
            &form.code,
        )
        .await?;
    let problem = match advance {
        Advance::Done => {
            let path = routes::sign_in(&id);
            return Ok(headers::see_other(app, visitor, &path).finish());
        }
        Advance::Gone => return Err(PageError::Gone),
        Advance::Busy { retry_after } => return Err(PageError::Busy(retry_after)),
        Advance::Refused => Problem::WRONG_CODE,
        Advance::Locked { until } => Problem::locked(until.since(visitor.op.now)),
    };
    match kind {
        CodeKind::Recovery | CodeKind::Pass => {
            other_page(app, visitor, &pending, kind, Some(problem))
        }
        CodeKind::Totp => {
            let again = Again {
                problem,
                user_name: None,
            };
            pages::ask(app, visitor, &pending, &requirement, &outcome, Some(again)).await
        }
    }
}

fn other_page(
    app: &App,
    visitor: &Visitor,
    pending: &PendingSignIn,
    kind: CodeKind,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageError> {
    let status = if problem.is_some() {
        AGAIN
    } else {
        StatusCode::OK
    };
    let csrf = csrf::token(app, visitor);
    let code_action = Some(routes::sign_in(&pending.id));
    let kind = match kind {
        CodeKind::Pass => "pass",
        CodeKind::Recovery | CodeKind::Totp => "recovery-code",
    };
    let page = SavedCodePage {
        kind,
        action: routes::sign_in_step(&pending.id, kind),
        csrf,
        problem,
        code_action,
    };
    let html = app.renderer.render(&page, visitor.language)?;
    Ok(headers::page(
        app,
        visitor,
        status,
        &Forms::Target(None),
        html,
    ))
}
