//! A person changes how they sign in. Whatever they proved a while ago does not count: a browser that was left open changes
//! nothing.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::recent::{Recent, recent, show};
use crate::credentials::{CredentialError, HashError, MINIMUM_LENGTH};
use crate::model::{BrowserSession, Secret, Span, User};
use crate::render::{
    NewRecoveryCodesPage, NoticePage, Problem, RecoveryCodesPage, SetPasswordPage,
};
use crate::signin::OwnCredential;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::signin::enroll::problem_of;
use crate::web::{App, csrf, routes};

const AGAIN_AFTER: Span = Span::seconds(2);

/// The form of a new password; taken over into a [`Secret`] at once.
#[derive(Deserialize)]
pub(in crate::web) struct PasswordForm {
    csrf: String,
    password: String,
}

/// A form that only says yes.
#[derive(Deserialize)]
pub(in crate::web) struct YesForm {
    csrf: String,
}

/// Asks for a new password.
pub(in crate::web) async fn ask_password(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        match recent(&app, &mut visitor, OwnCredential::Password).await? {
            Recent::Yes(person) => {
                let (known, session) = *person;
                password_page(&app, &visitor, (&known.user, &session), None)
            }
            Recent::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Sets it. Every session ends, this one too: the new password is tried at once.
pub(in crate::web) async fn set_password(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<PasswordForm>,
) -> HttpResponse {
    let result = async {
        let (known, session) = match recent(&app, &mut visitor, OwnCredential::Password).await? {
            Recent::Yes(person) => *person,
            Recent::NotYet(response) => return Ok(response),
        };
        let form = form.into_inner();
        csrf::check_session(&app, &session, &request, &form.csrf)?;
        let op = visitor.op.as_user(&known.user.id);
        let password = Secret::from_text(form.password);
        let set = app
            .credentials
            .set_password(&op, &known.user.id, password)
            .await;
        match set {
            Ok(Ok(())) => show(
                &app,
                &visitor,
                StatusCode::OK,
                &NoticePage {
                    text: "password-changed",
                    restart: routes::ACCOUNT.to_owned(),
                },
            ),
            Ok(Err(problem)) => {
                let problem = Some(problem_of(problem));
                password_page(&app, &visitor, (&known.user, &session), problem)
            }
            Err(CredentialError::Hash(HashError::Busy)) => Err(PageError::Busy(AGAIN_AFTER)),
            Err(error) => Err(error.into()),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Asks whether to make new recovery codes.
pub(in crate::web) async fn ask_recovery_codes(
    app: Data<App>,
    mut visitor: Visitor,
) -> HttpResponse {
    let result = async {
        match recent(&app, &mut visitor, OwnCredential::RecoveryCodes).await? {
            Recent::Yes(person) => {
                let page = NewRecoveryCodesPage {
                    action: routes::OWN_RECOVERY_CODES.to_owned(),
                    csrf: app.sessions.csrf_token(&person.1),
                    back: routes::ACCOUNT.to_owned(),
                };
                show(&app, &visitor, StatusCode::OK, &page)
            }
            Recent::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Makes them, in place of every former one, and shows them this once. They are the way back to a second factor: whoever
/// has none needs none.
pub(in crate::web) async fn make_recovery_codes(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<YesForm>,
) -> HttpResponse {
    let result = async {
        let part = OwnCredential::RecoveryCodes;
        let (known, session) = match recent(&app, &mut visitor, part).await? {
            Recent::Yes(person) => *person,
            Recent::NotYet(response) => return Ok(response),
        };
        csrf::check_session(&app, &session, &request, &form.csrf)?;
        if !known.enrolled.second_factor() {
            return Err(PageError::NotFound);
        }
        let op = visitor.op.as_user(&known.user.id);
        let page = RecoveryCodesPage {
            next: routes::ACCOUNT.to_owned(),
            codes: app
                .credentials
                .new_recovery_codes(&op, &known.user.id)
                .await?,
        };
        show(&app, &visitor, StatusCode::OK, &page)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

fn password_page(
    app: &App,
    visitor: &Visitor,
    (user, session): (&User, &BrowserSession),
    problem: Option<Problem>,
) -> Result<HttpResponse, PageError> {
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = SetPasswordPage {
        action: Some(routes::OWN_PASSWORD.to_owned()),
        csrf: app.sessions.csrf_token(session),
        user_name: user.user_name.to_string(),
        minimum: MINIMUM_LENGTH,
        problem,
        passkey: None,
    };
    show(app, visitor, status, &page)
}
