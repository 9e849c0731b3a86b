//! What is protected, and the second administrator.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::form::Fields;
use super::frame::{problem, show};
use super::{Admin, posted, within};
use crate::directory::DirectoryError;
use crate::model::{Approval, ProtectedObject, UserId};
use crate::render::{ApprovalRow, ConsoleProblem, ProtectedRow, ProtectionPage};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The page.
pub(in crate::web) async fn show_all(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Protection,
        async |visitor, admin| page(&app, (visitor, admin), String::new(), None).await,
    )
    .await
}

/// Protects, releases, agrees, or breaks the glass: `act`.
pub(in crate::web) async fn change(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::Protection,
        (&request, &body),
        async |visitor, admin, fields| match run(&app, admin, fields).await? {
            Ok(()) => Ok(headers::see_other(&app, visitor, routes::PROTECTION).finish()),
            Err(error) => {
                let told = match error {
                    DirectoryError::MailOff => ConsoleProblem {
                        key: "glass-needs-mail",
                        about: String::new(),
                    },
                    DirectoryError::NobodyElse => ConsoleProblem {
                        key: "glass-needs-others",
                        about: String::new(),
                    },
                    error => problem(error)?,
                };
                let typed = fields.one("name").to_owned();
                page(&app, (visitor, admin), typed, Some(told)).await
            }
        },
    )
    .await
}

async fn run(
    app: &App,
    admin: &Admin,
    fields: &Fields,
) -> Result<Result<(), DirectoryError>, PageError> {
    let (op, directory, id) = (&admin.op, &app.directory, fields.one("id"));
    Ok(match fields.one("act") {
        "protect" => match named(app, fields.one("kind"), fields.one("name").trim()).await? {
            Some(object) => directory.set_protected(op, &object, true).await.map(drop),
            None => Err(DirectoryError::NotFound {
                what: "object",
                name: fields.one("name").to_owned(),
            }),
        },
        "release" => {
            let object = ProtectedObject::parse(fields.one("kind"), id);
            let object = object.ok_or(PageError::NotFound)?;
            directory.set_protected(op, &object, false).await.map(drop)
        }
        "agree" => directory.agree(op, id).await,
        "glass" => {
            let reason = fields.one("reason");
            directory.break_glass(op, &app.outbox, (id, reason)).await
        }
        _ => return Err(PageError::NotFound),
    })
}

/// By the name under which people know it; an account by its number.
async fn named(app: &App, kind: &str, name: &str) -> Result<Option<ProtectedObject>, PageError> {
    Ok(match kind {
        "user" => {
            let user = app.directory.user_by_name(name).await?;
            user.map(|user| ProtectedObject::User(user.id))
        }
        "group" => {
            let group = app.directory.group_by_name(name).await?;
            group.map(|group| ProtectedObject::Group(group.id))
        }
        _ => match ProtectedObject::parse("account", name) {
            Some(ProtectedObject::Account(id)) => {
                let account = app.apps.account(&id).await?;
                account.map(|account| ProtectedObject::Account(account.id))
            }
            _ => None,
        },
    })
}

async fn row(app: &App, object: &ProtectedObject) -> Result<ProtectedRow, PageError> {
    let (name, href) = match object {
        ProtectedObject::User(id) => {
            let user = app.directory.user(id).await?;
            (user.map(|user| user.display_name), routes::person(id))
        }
        ProtectedObject::Group(id) => {
            let group = app.directory.group(id).await?;
            (group.map(|group| group.name), routes::group(id))
        }
        ProtectedObject::Account(id) => {
            let account = app.apps.account(id).await?;
            let name = account.map(|account| format!("{} ({id})", account.name));
            (name, routes::account(id))
        }
    };
    Ok(ProtectedRow {
        kind: object.kind(),
        id: object.id().to_owned(),
        // What was deleted stays protected, should it come back.
        name: name.unwrap_or_else(|| object.id().to_owned()),
        href,
    })
}

async fn approval_row(
    app: &App,
    admin: &Admin,
    approval: Approval,
) -> Result<ApprovalRow, PageError> {
    let mut about = Vec::with_capacity(approval.about.len());
    for object in &approval.about {
        about.push(row(app, object).await?.name);
    }
    let agreed_by = match &approval.agreed_by {
        Some(id) => Some(name_of(app, id).await?),
        None => None,
    };
    Ok(ApprovalRow {
        who: name_of(app, &approval.requested_by).await?,
        is_own: approval.requested_by == admin.user.id,
        id: approval.id,
        change: approval.change,
        about: about.join(", "),
        detail: approval.detail,
        until: approval.expires_at.to_minute(),
        agreed_by,
    })
}

async fn name_of(app: &App, id: &UserId) -> Result<String, PageError> {
    let user = app.directory.user(id).await?;
    Ok(user.map_or_else(|| id.to_string(), |user| user.display_name))
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    typed: String,
    problem: Option<ConsoleProblem>,
) -> Result<HttpResponse, PageError> {
    let mut objects = Vec::new();
    for object in app.directory.protected().await? {
        objects.push(row(app, &object).await?);
    }
    let mut approvals = Vec::new();
    for approval in app.directory.approvals(&visitor.op).await? {
        approvals.push(approval_row(app, admin, approval).await?);
    }
    let page = ProtectionPage {
        console: admin.console(app, "protection"),
        action: routes::PROTECTION.to_owned(),
        objects,
        approvals,
        typed,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
