//! User name and password.

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::pages::{self, Again};
use crate::model::{PendingId, Secret};
use crate::render::Problem;
use crate::signin::{Advance, Step};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, csrf, headers, routes};

/// The form. The password is taken over into a [`Secret`] at once.
#[derive(Deserialize)]
pub(in crate::web) struct PasswordForm {
    csrf: String,
    user_name: String,
    password: String,
}

/// Verifies, and goes back to the dispatcher.
pub(in crate::web) async fn submit(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<PasswordForm>,
) -> HttpResponse {
    let result = run(&app, &visitor, &request, &path, form.into_inner()).await;
    answer(&app, &visitor, result)
}

async fn run(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    path: &str,
    form: PasswordForm,
) -> Result<HttpResponse, PageError> {
    csrf::check(app, visitor, request, &form.csrf)?;
    let id = PendingId::parse(path).map_err(|_| PageError::NotFound)?;
    let found = app
        .sign_ins
        .find(&visitor.op, &id, &visitor.browser)
        .await?;
    let pending = found.ok_or(PageError::Gone)?;
    let password = Secret::from_text(form.password);
    let known = visitor.known.as_deref();
    let advance = app
        .sign_ins
        .submit_password(&visitor.op, &pending, &form.user_name, password, known)
        .await?;
    let again = Again {
        user_name: Some(form.user_name),
        problem: match advance {
            Advance::Done => {
                let path = routes::sign_in(&id);
                return Ok(headers::see_other(app, visitor, &path).finish());
            }
            Advance::Gone => return Err(PageError::Gone),
            Advance::Busy { retry_after } => return Err(PageError::Busy(retry_after)),
            Advance::Refused => Problem::WRONG_PASSWORD,
            Advance::Locked { until } => Problem::locked(until.since(visitor.op.now)),
        },
    };
    // The page again: what the dispatcher asks for is still the password.
    match app
        .sign_ins
        .next_step(&visitor.op, &id, &visitor.browser)
        .await?
    {
        Step::Ask {
            pending,
            requirement,
            outcome,
        } => pages::ask(app, visitor, &pending, &requirement, &outcome, Some(again)).await,
        _ => Err(PageError::Gone),
    }
}
