//! What a person signs in with besides a password: another one, its name, its end.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::recent::{Recent, recent, show};
use crate::access::Known;
use crate::credentials::{CodeOutcome, Removal};
use crate::model::{BrowserSession, Device, DeviceId, PasskeyKind};
use crate::render::{DevicePage, DeviceRow, EnrollTotp, NewDevicePage, Problem, RecoveryCodesPage};
use crate::signin::OwnCredential;
use crate::web::browser_name::browser_name;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::signin::passkey::{PasskeyAnswer, form_of, problem_of};
use crate::web::{App, csrf, headers, routes};

const AGAIN: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// A form with the code of a new authenticator app.
#[derive(Deserialize)]
pub(in crate::web) struct NewTotpForm {
    csrf: String,
    code: String,
}

/// A form about one device.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct DeviceForm {
    csrf: String,
    #[serde(default)]
    name: String,
}

/// A person who has just proved who they are.
type Owner = (Known, BrowserSession);

/// The list's row of a device.
pub(super) fn row(device: &Device) -> DeviceRow {
    DeviceRow {
        href: routes::own_device(&device.id),
        kind: device.kind.as_str(),
        name: device.name.clone(),
        created: device.created_at.to_minute(),
        last_used: device.last_used_at.map(|at| at.to_minute()),
    }
}

/// Asks for a new passkey or security key.
pub(in crate::web) async fn ask_key(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = async {
        let kind = kind_of(&path)?;
        match recent(&app, &mut visitor, OwnCredential::NewKey(kind)).await? {
            Recent::Yes(owner) => key_page(&app, &visitor, &owner, kind, None).await,
            Recent::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Adds it. With somebody's first second factor come recovery codes.
pub(in crate::web) async fn add_key(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<PasskeyAnswer>,
) -> HttpResponse {
    let result = async {
        let kind = kind_of(&path)?;
        let owner = match recent(&app, &mut visitor, OwnCredential::NewKey(kind)).await? {
            Recent::Yes(owner) => owner,
            Recent::NotYet(response) => return Ok(response),
        };
        let (known, session) = &*owner;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let op = visitor.op.as_user(&known.user.id);
        let page = page_of(session, kind);
        let name = browser_name(&visitor.browser.user_agent);
        let added = app
            .credentials
            .add_passkey(&op, (&page, &known.user.id), form.pair(), &name)
            .await?;
        match added {
            Ok(_) => after_new(&app, &visitor, &owner).await,
            Err(problem) => key_page(&app, &visitor, &owner, kind, Some(problem_of(problem))).await,
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Shows a new authenticator app.
pub(in crate::web) async fn ask_totp(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        match recent(&app, &mut visitor, OwnCredential::NewTotp).await? {
            Recent::Yes(owner) => totp_page(&app, &visitor, &owner, None).await,
            Recent::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Confirms it by its first code.
pub(in crate::web) async fn add_totp(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<NewTotpForm>,
) -> HttpResponse {
    let result = async {
        let owner = match recent(&app, &mut visitor, OwnCredential::NewTotp).await? {
            Recent::Yes(owner) => owner,
            Recent::NotYet(response) => return Ok(response),
        };
        let (known, session) = &*owner;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let op = visitor.op.as_user(&known.user.id);
        let device = app
            .credentials
            .begin_totp(&op, &known.user, session.id.as_str())
            .await?
            .device_id;
        let confirmed = app
            .credentials
            .confirm_totp(&op, &known.user.id, (&device, ""), &form.code)
            .await?;
        let problem = match confirmed {
            CodeOutcome::Verified => return after_new(&app, &visitor, &owner).await,
            CodeOutcome::Refused => Problem::WRONG_CODE,
            CodeOutcome::Locked { until } => Problem::locked(until.since(op.now)),
        };
        totp_page(&app, &visitor, &owner, Some(problem)).await
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// One device.
pub(in crate::web) async fn one(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = async {
        let id = DeviceId::parse(&path).map_err(|_| PageError::NotFound)?;
        match recent(&app, &mut visitor, OwnCredential::Device(id.clone())).await? {
            Recent::Yes(owner) => device_page(&app, &visitor, &owner, &id, None).await,
            Recent::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Renames or removes it: `rename` or `remove`.
pub(in crate::web) async fn change(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<(String, String)>,
    form: Form<DeviceForm>,
) -> HttpResponse {
    let result = async {
        let (id, act) = path.into_inner();
        let id = DeviceId::parse(&id).map_err(|_| PageError::NotFound)?;
        let owner = match recent(&app, &mut visitor, OwnCredential::Device(id.clone())).await? {
            Recent::Yes(owner) => owner,
            Recent::NotYet(response) => return Ok(response),
        };
        let (known, session) = &*owner;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let (op, user_id) = (visitor.op.as_user(&known.user.id), &known.user.id);
        let removal = match act.as_str() {
            "rename" => {
                let renamed = app.credentials.rename_device(user_id, &id, &form.name);
                if renamed.await? {
                    Removal::Done
                } else {
                    Removal::Unknown
                }
            }
            "remove" => {
                let here = (user_id, &session.id);
                app.credentials.remove_device(&op, here, &id).await?
            }
            _ => return Err(PageError::NotFound),
        };
        match removal {
            Removal::Done => Ok(headers::see_other(&app, &visitor, routes::ACCOUNT).finish()),
            Removal::Unknown => Err(PageError::NotFound),
            Removal::Last => {
                let problem = Some(Problem::LAST_FACTOR);
                device_page(&app, &visitor, &owner, &id, problem).await
            }
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

fn kind_of(word: &str) -> Result<PasskeyKind, PageError> {
    match word {
        "passkey" => Ok(PasskeyKind::Passkey),
        "security-key" => Ok(PasskeyKind::SecurityKey),
        _ => Err(PageError::NotFound),
    }
}

/// What an answer is good for: this session, and this kind of key.
fn page_of(session: &BrowserSession, kind: PasskeyKind) -> String {
    format!("{} {}", session.id, kind.as_str())
}

async fn after_new(
    app: &App,
    visitor: &Visitor,
    (known, _): &Owner,
) -> Result<HttpResponse, PageError> {
    if known.enrolled.recovery_codes {
        return Ok(headers::see_other(app, visitor, routes::ACCOUNT).finish());
    }
    let op = visitor.op.as_user(&known.user.id);
    let codes = app.credentials.new_recovery_codes(&op, &known.user.id);
    let page = RecoveryCodesPage {
        next: routes::ACCOUNT.to_owned(),
        codes: codes.await?,
    };
    show(app, visitor, StatusCode::OK, &page)
}

async fn key_page(
    app: &App,
    visitor: &Visitor,
    (known, session): &Owner,
    kind: PasskeyKind,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageError> {
    let page = page_of(session, kind);
    let asked = app
        .credentials
        .ask_for_new_passkey(&visitor.op, &page, &known.user, kind)
        .await?;
    let ceremony = asked.ok_or(PageError::NotFound)?;
    let (purpose, action) = match kind {
        PasskeyKind::Passkey => ("passkey", routes::OWN_NEW_PASSKEY),
        PasskeyKind::SecurityKey => ("security-key", routes::OWN_NEW_SECURITY_KEY),
    };
    let csrf = app.sessions.csrf_token(session);
    new_page(
        app,
        visitor,
        NewDevicePage {
            key: Some(form_of(ceremony, (action.to_owned(), &csrf), purpose)),
            totp: None,
            back: routes::ACCOUNT.to_owned(),
            problem,
        },
    )
}

async fn totp_page(
    app: &App,
    visitor: &Visitor,
    (known, session): &Owner,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageError> {
    let begun = app
        .credentials
        .begin_totp(&visitor.op, &known.user, session.id.as_str())
        .await?;
    let totp = EnrollTotp::new(
        routes::OWN_NEW_TOTP.to_owned(),
        app.sessions.csrf_token(session),
        &begun.otpauth_url,
        &begun.secret_base32,
    )?;
    new_page(
        app,
        visitor,
        NewDevicePage {
            key: None,
            totp: Some(totp),
            back: routes::ACCOUNT.to_owned(),
            problem,
        },
    )
}

fn new_page(app: &App, visitor: &Visitor, page: NewDevicePage) -> Result<HttpResponse, PageError> {
    let status = if page.problem.is_some() {
        AGAIN
    } else {
        StatusCode::OK
    };
    show(app, visitor, status, &page)
}

async fn device_page(
    app: &App,
    visitor: &Visitor,
    (known, session): &Owner,
    id: &DeviceId,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageError> {
    let devices = app.credentials.devices(&known.user.id).await?;
    let device = devices.iter().find(|device| device.id == *id);
    let device = device.ok_or(PageError::NotFound)?;
    let status = if problem.is_some() {
        AGAIN
    } else {
        StatusCode::OK
    };
    let page = DevicePage {
        device: row(device),
        csrf: app.sessions.csrf_token(session),
        rename: routes::own_device_act(id, "rename"),
        remove: routes::own_device_act(id, "remove"),
        back: routes::ACCOUNT.to_owned(),
        problem,
    };
    show(app, visitor, status, &page)
}
