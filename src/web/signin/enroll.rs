//! A first password, a first second factor.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::code::CodeForm;
use super::pages::{self, Again};
use crate::credentials::PasswordProblem;
use crate::model::{PendingId, Secret};
use crate::render::{Problem, RecoveryCodesPage};
use crate::signin::{Advance, Step};
use crate::web::error::{PageError, answer, known};
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, csrf, routes};

/// The form.
#[derive(Deserialize)]
pub(in crate::web) struct NewPasswordForm {
    csrf: String,
    password: String,
}

/// Sets the password that the dispatcher asks for.
pub(in crate::web) async fn set_password(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<NewPasswordForm>,
) -> HttpResponse {
    let result = async {
        csrf::check(&app, &visitor, &request, &form.csrf)?;
        let id = PendingId::parse(&path).map_err(|_| PageError::NotFound)?;
        let next = headers::see_other(&app, &visitor, &routes::sign_in(&id)).finish();
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
            return Ok(next);
        };
        let user_id = &known(outcome.known.as_ref())?.user.id;
        let asked = (&requirement, user_id);
        let password = Secret::from_text(form.into_inner().password);
        let set = app
            .sign_ins
            .set_password(&visitor.op.as_user(user_id), &pending, asked, password)
            .await?;
        match set {
            Ok(Advance::Done) => Ok(next),
            Ok(Advance::Busy { retry_after }) => Err(PageError::Busy(retry_after)),
            Ok(_) => Err(PageError::Gone),
            Err(problem) => {
                let again = Again {
                    problem: problem_of(problem),
                    user_name: None,
                };
                pages::ask(
                    &app,
                    &visitor,
                    &pending,
                    &requirement,
                    &outcome,
                    Some(again),
                )
                .await
            }
        }
    };
    answer(&app, &visitor, result.await)
}

/// Confirms the new device by its first code, and shows the recovery codes: this once.
pub(in crate::web) async fn confirm(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<CodeForm>,
) -> HttpResponse {
    let result = async {
        csrf::check(&app, &visitor, &request, &form.csrf)?;
        let id = PendingId::parse(&path).map_err(|_| PageError::NotFound)?;
        let next = routes::sign_in(&id);
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
            return Ok(headers::see_other(&app, &visitor, &next).finish());
        };
        let user = &known(outcome.known.as_ref())?.user;
        let confirmed = app
            .sign_ins
            .confirm_enrollment(
                &visitor.op.as_user(&user.id),
                &pending,
                (&requirement, user),
                (&form.code, ""),
            )
            .await?;
        let problem = match confirmed {
            Ok(codes) => {
                let page = RecoveryCodesPage { next, codes };
                let html = app.renderer.render(&page, visitor.language)?;
                return Ok(headers::page(
                    &app,
                    &visitor,
                    StatusCode::OK,
                    &Forms::Ours,
                    html,
                ));
            }
            Err(Advance::Refused) => Problem::WRONG_CODE,
            Err(Advance::Locked { until }) => Problem::locked(until.since(visitor.op.now)),
            Err(_) => return Ok(headers::see_other(&app, &visitor, &next).finish()),
        };
        let again = Again {
            problem,
            user_name: None,
        };
        pages::ask(
            &app,
            &visitor,
            &pending,
            &requirement,
            &outcome,
            Some(again),
        )
        .await
    };
    answer(&app, &visitor, result.await)
}

pub(in crate::web) fn problem_of(problem: PasswordProblem) -> Problem {
    match problem {
        PasswordProblem::TooShort => Problem::PASSWORD_TOO_SHORT,
        PasswordProblem::TooLong => Problem::PASSWORD_TOO_LONG,
        PasswordProblem::OwnName => Problem::PASSWORD_OWN_NAME,
        PasswordProblem::TooSimple => Problem::PASSWORD_TOO_SIMPLE,
        PasswordProblem::Breached => Problem::PASSWORD_BREACHED,
    }
}
