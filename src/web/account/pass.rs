//! A pass for a colleague who has lost every second factor, made by somebody whom a policy names.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::recent::{Recent, recent, show};
use super::{allowed, decide};
use crate::authority::ChangeRefusal;
use crate::credentials::CredentialError;
use crate::model::{BrowserSession, User};
use crate::op::Op;
use crate::render::ColleaguePassPage;
use crate::signin::OwnCredential;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, csrf, routes};

/// The form.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct PassForm {
    csrf: String,
    user: String,
}

/// Asks for whom.
pub(in crate::web) async fn ask(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        let (_, session) = match colleague(&app, &mut visitor).await? {
            Recent::Yes(owner) => *owner,
            Recent::NotYet(response) => return Ok(response),
        };
        show(&app, &visitor, StatusCode::OK, &page(&app, &session))
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Makes it, and shows it this once.
pub(in crate::web) async fn make(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<PassForm>,
) -> HttpResponse {
    let result = async {
        let (known, session) = match colleague(&app, &mut visitor).await? {
            Recent::Yes(owner) => *owner,
            Recent::NotYet(response) => return Ok(response),
        };
        csrf::check_session(&app, &session, &request, &form.csrf)?;
        let op = visitor.op.as_user(&known.user.id);
        let empty = page(&app, &session);
        match made(&app, &op, &form.user).await? {
            Ok((user, pass)) => {
                let page = ColleaguePassPage {
                    person: Some(user.display_name),
                    pass: Some(pass),
                    ..empty
                };
                show(&app, &visitor, StatusCode::OK, &page)
            }
            Err(problem) => {
                let page = ColleaguePassPage {
                    typed: form.user.clone(),
                    problem: Some(problem),
                    ..empty
                };
                show(&app, &visitor, StatusCode::FORBIDDEN, &page)
            }
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Somebody whom a policy names, and who has proved a moment ago who they are. For everybody else there is no such page.
async fn colleague(app: &App, visitor: &mut Visitor) -> Result<Recent, PageError> {
    // Nobody proves anything on the way to what is not theirs.
    if let Some((known, _)) = allowed(&decide(app, visitor).await?)
        && !app.credentials.makes_passes(&known.user).await?
    {
        return Err(PageError::NotFound);
    }
    recent(app, visitor, OwnCredential::ColleaguePass).await
}

/// A pass for whoever has a name. Who may not make one for them is not told whether they are there.
async fn made(
    app: &App,
    op: &Op,
    name: &str,
) -> Result<Result<(User, String), &'static str>, PageError> {
    let Some(user) = app.directory.user_by_name(name.trim()).await? else {
        return Ok(Err("pass-nobody"));
    };
    match app.credentials.issue_pass(op, &user.id).await {
        Ok(pass) => Ok(Ok((user, pass))),
        Err(CredentialError::NotAllowed(ChangeRefusal::NeedsSecond)) => {
            Ok(Err("pass-needs-second"))
        }
        Err(CredentialError::NotAllowed(_)) => Ok(Err("pass-nobody")),
        Err(error) => Err(error.into()),
    }
}

fn page(app: &App, session: &BrowserSession) -> ColleaguePassPage {
    ColleaguePassPage {
        action: routes::COLLEAGUE_PASS.to_owned(),
        csrf: app.sessions.csrf_token(session),
        back: routes::ACCOUNT.to_owned(),
        typed: String::new(),
        person: None,
        pass: None,
        problem: None,
    }
}
