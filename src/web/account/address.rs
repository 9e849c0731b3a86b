//! Another mail address, confirmed at both.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::recent::{Recent, recent, show};
use crate::directory::{Confirmed, DirectoryError};
use crate::render::{ConfirmAddressPage, LinkProblemPage, NewAddressPage, NoticePage};
use crate::signin::OwnCredential;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, csrf, routes};

/// The form.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct AddressForm {
    csrf: String,
    email: String,
}

/// A form that only says yes.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct YesForm {
    csrf: String,
}

/// Asks for it.
pub(in crate::web) async fn ask(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        match recent(&app, &mut visitor, OwnCredential::Address).await? {
            Recent::Yes(owner) => {
                let csrf = app.sessions.csrf_token(&owner.1);
                page(
                    &app,
                    &visitor,
                    csrf,
                    (owner.0.user.email.as_str(), ""),
                    None,
                )
            }
            Recent::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Sends a link to each address.
pub(in crate::web) async fn begin(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<AddressForm>,
) -> HttpResponse {
    let result = async {
        let owner = match recent(&app, &mut visitor, OwnCredential::Address).await? {
            Recent::Yes(owner) => owner,
            Recent::NotYet(response) => return Ok(response),
        };
        let (known, session) = &*owner;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let op = visitor.op.as_user(&known.user.id);
        let links_at = app.site.url(&routes::confirm_address(""));
        let begun = app.directory.begin_address_change(
            &op,
            &app.outbox,
            (&known.user, &form.email),
            &links_at,
        );
        let problem = match begun.await {
            Ok(()) => {
                let page = NoticePage {
                    text: "address-begun",
                    restart: routes::ACCOUNT.to_owned(),
                };
                return show(&app, &visitor, StatusCode::OK, &page);
            }
            Err(DirectoryError::Invalid { .. }) => "address-invalid",
            Err(DirectoryError::MailOff) => "address-mail-off",
            Err(DirectoryError::NotAllowed(_)) => "address-carries-rights",
            Err(error) => return Err(error.into()),
        };
        let csrf = app.sessions.csrf_token(session);
        let addresses = (known.user.email.as_str(), form.email.as_str());
        page(&app, &visitor, csrf, addresses, Some(problem))
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Says what a link is for, with the button.
pub(in crate::web) async fn ask_confirm(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = async {
        let found = app.directory.peek_address_change(&visitor.op, &path).await;
        let Some(email) = found? else {
            return show(&app, &visitor, StatusCode::GONE, &LinkProblemPage {});
        };
        visitor.bind();
        let page = ConfirmAddressPage {
            action: routes::confirm_address(&path),
            csrf: csrf::token(&app, &visitor),
            email: email.to_string(),
        };
        show(&app, &visitor, StatusCode::OK, &page)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Confirms.
pub(in crate::web) async fn confirm(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<YesForm>,
) -> HttpResponse {
    let result = async {
        csrf::check(&app, &visitor, &request, &form.csrf)?;
        let confirmed = app
            .directory
            .confirm_address_change(&visitor.op, &app.outbox, &path);
        let text = match confirmed.await {
            Ok(Confirmed::Half) => "address-half",
            Ok(Confirmed::Whole) => "address-changed",
            // Taken, or a right hangs on it, since.
            Ok(Confirmed::Unknown)
            | Err(DirectoryError::Taken { .. } | DirectoryError::NotAllowed(_)) => {
                return show(&app, &visitor, StatusCode::GONE, &LinkProblemPage {});
            }
            Err(error) => return Err(PageError::from(error)),
        };
        let page = NoticePage {
            text,
            restart: routes::ACCOUNT.to_owned(),
        };
        show(&app, &visitor, StatusCode::OK, &page)
    };
    answer(&app, &visitor, result.await)
}

fn page(
    app: &App,
    visitor: &Visitor,
    csrf: String,
    (former, typed): (&str, &str),
    problem: Option<&'static str>,
) -> Result<HttpResponse, PageError> {
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = NewAddressPage {
        action: routes::OWN_ADDRESS.to_owned(),
        csrf,
        former: former.to_owned(),
        typed: typed.to_owned(),
        back: routes::ACCOUNT.to_owned(),
        problem,
    };
    show(app, visitor, status, &page)
}
