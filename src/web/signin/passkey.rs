//! Passkeys and security keys: the answer of one, and a new one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::pages::{self, Again};
use crate::access::Outcome;
use crate::credentials::{Ceremony, PasskeyProblem};
use crate::model::{PasskeyKind, PendingId, UserId};
use crate::policy::Requirement;
use crate::render::{PasskeyForm, Problem, RecoveryCodesPage};
use crate::signin::{Advance, PendingSignIn, Step};
use crate::web::browser_name::browser_name;
use crate::web::error::{PageError, answer, known};
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, csrf, routes};

/// The form of an answer: what was sealed into the page, and what the authenticator says.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct PasskeyAnswer {
    pub(in crate::web) csrf: String,
    pub(in crate::web) state: String,
    pub(in crate::web) answer: String,
    pub(in crate::web) kind: String,
}

impl PasskeyAnswer {
    /// State and answer.
    pub(in crate::web) fn pair(&self) -> (&str, &str) {
        (&self.state, &self.answer)
    }
}

/// What the dispatcher asks for, of whom.
struct Asked {
    pending: Box<PendingSignIn>,
    requirement: Requirement,
    outcome: Box<Outcome>,
}

/// Judges the answer of a key, and goes back to the dispatcher.
pub(in crate::web) async fn submit(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<PasskeyAnswer>,
) -> HttpResponse {
    let result = async {
        let asked = match asked(&app, &visitor, &request, &path, &form).await? {
            Ok(asked) => asked,
            Err(response) => return Ok(response),
        };
        let who = (&asked.requirement, person(&asked.outcome));
        let advance = app
            .sign_ins
            .submit_passkey(&visitor.op, &asked.pending, who, form.pair())
            .await?;
        match advance {
            Advance::Refused => again(&app, &visitor, &asked, Problem::PASSKEY_REFUSED).await,
            // Done, or something else came first: the dispatcher says what is next.
            _ => Ok(next(&app, &visitor, &asked)),
        }
    };
    answer(&app, &visitor, result.await)
}

/// Adds the key that answered. With somebody's first second factor come recovery codes.
pub(in crate::web) async fn add(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<PasskeyAnswer>,
) -> HttpResponse {
    let result = async {
        let asked = match asked(&app, &visitor, &request, &path, &form).await? {
            Ok(asked) => asked,
            Err(response) => return Ok(response),
        };
        let known = known(asked.outcome.known.as_ref())?;
        let kind = PasskeyKind::from_word(&form.kind).ok_or(PageError::NotFound)?;
        let op = visitor.op.as_user(&known.user.id);
        let name = browser_name(&visitor.browser.user_agent);
        let who = (&asked.requirement, &known.user);
        let added = app
            .sign_ins
            .add_passkey(&op, &asked.pending, who, form.pair(), (kind, &name))
            .await?;
        match added {
            Ok(Advance::Done) if !known.enrolled.recovery_codes => {
                let page = RecoveryCodesPage {
                    next: routes::sign_in(&asked.pending.id),
                    codes: app
                        .credentials
                        .new_recovery_codes(&op, &known.user.id)
                        .await?,
                };
                let html = app.renderer.render(&page, visitor.language)?;
                Ok(headers::page(
                    &app,
                    &visitor,
                    StatusCode::OK,
                    &Forms::Ours,
                    html,
                ))
            }
            Ok(_) => Ok(next(&app, &visitor, &asked)),
            Err(problem) => again(&app, &visitor, &asked, problem_of(problem)).await,
        }
    };
    answer(&app, &visitor, result.await)
}

async fn asked(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    path: &str,
    form: &PasskeyAnswer,
) -> Result<Result<Asked, HttpResponse>, PageError> {
    csrf::check(app, visitor, request, &form.csrf)?;
    let id = PendingId::parse(path).map_err(|_| PageError::NotFound)?;
    let step = app
        .sign_ins
        .next_step(&visitor.op, &id, &visitor.browser)
        .await?;
    Ok(match step {
        Step::Ask {
            pending,
            requirement,
            outcome,
        } => Ok(Asked {
            pending,
            requirement,
            outcome,
        }),
        _ => Err(headers::see_other(app, visitor, &routes::sign_in(&id)).finish()),
    })
}

async fn again(
    app: &App,
    visitor: &Visitor,
    asked: &Asked,
    problem: Problem,
) -> Result<HttpResponse, PageError> {
    let again = Again {
        problem,
        user_name: None,
    };
    pages::ask(
        app,
        visitor,
        &asked.pending,
        &asked.requirement,
        &asked.outcome,
        Some(again),
    )
    .await
}

fn next(app: &App, visitor: &Visitor, asked: &Asked) -> HttpResponse {
    headers::see_other(app, visitor, &routes::sign_in(&asked.pending.id)).finish()
}

fn person(outcome: &Outcome) -> Option<&UserId> {
    outcome.known.as_ref().map(|known| &known.user.id)
}

/// The form for a question.
pub(in crate::web) fn form_of(
    ceremony: Ceremony,
    (action, csrf): (String, &str),
    purpose: &'static str,
) -> PasskeyForm {
    PasskeyForm {
        action,
        csrf: csrf.to_owned(),
        options: ceremony.options,
        state: ceremony.state,
        purpose,
    }
}

/// What was wrong with a new key.
pub(in crate::web) fn problem_of(problem: PasskeyProblem) -> Problem {
    match problem {
        PasskeyProblem::Refused => Problem::PASSKEY_REFUSED,
        PasskeyProblem::Registered => Problem::PASSKEY_REGISTERED,
        PasskeyProblem::TooMany => Problem::TOO_MANY_PASSKEYS,
    }
}
