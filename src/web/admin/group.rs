//! One group: who is in it.

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::frame::{problem, row, show};
use super::groups::group_row;
use super::person::ChangeForm;
use super::{Admin, Admitted, admit};
use crate::directory::DirectoryError;
use crate::model::{Group, GroupId, UserId};
use crate::render::{ConsoleProblem, GroupActions, GroupPage};
use crate::signin::ConsolePart;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The page.
pub(in crate::web) async fn one(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = async {
        match admit(&app, &mut visitor, ConsolePart::Groups).await? {
            Admitted::Yes(admin) => {
                let group = find(&app, &path).await?;
                page(&app, &visitor, &admin, &group, (String::new(), None)).await
            }
            Admitted::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// A change: `add`, `remove` or `delete`.
pub(in crate::web) async fn change(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<(String, String)>,
    form: Form<ChangeForm>,
) -> HttpResponse {
    let result = async {
        let admin = match admit(&app, &mut visitor, ConsolePart::Groups).await? {
            Admitted::Yes(admin) => admin,
            Admitted::NotYet(response) => return Ok(response),
        };
        admin.check(&app, &request, &form.csrf)?;
        let (id, act) = path.into_inner();
        let group = find(&app, &id).await?;
        match run(&app, &admin, &group, &act, &form.value).await {
            Ok(to) => Ok(headers::see_other(&app, &visitor, &to).finish()),
            Err(Failed::Page(error)) => Err(*error),
            Err(Failed::Told(error)) => {
                let filled = (form.value.clone(), Some(problem(*error)?));
                page(&app, &visitor, &admin, &group, filled).await
            }
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Why a change was not made.
enum Failed {
    /// It can be told on the page.
    Told(Box<DirectoryError>),
    /// It cannot.
    Page(Box<PageError>),
}

impl From<DirectoryError> for Failed {
    fn from(error: DirectoryError) -> Self {
        Self::Told(Box::new(error))
    }
}

impl From<PageError> for Failed {
    fn from(error: PageError) -> Self {
        Self::Page(Box::new(error))
    }
}

/// Makes the change; where to go then.
async fn run(
    app: &App,
    admin: &Admin,
    group: &Group,
    act: &str,
    value: &str,
) -> Result<String, Failed> {
    let (op, directory) = (&admin.op, &app.directory);
    match act {
        "add" => {
            let found = directory.user_by_name(value.trim()).await;
            let found = found.map_err(PageError::from)?;
            let user = found.ok_or_else(|| DirectoryError::NotFound {
                what: "user",
                name: value.to_owned(),
            })?;
            directory.add_member(op, &group.id, &user.id).await?;
        }
        "remove" => {
            let id = UserId::parse(value).map_err(|_| PageError::NotFound)?;
            directory.remove_member(op, &group.id, &id).await?;
        }
        // The name is typed: with a group go all of its assignments.
        "delete" if value.trim() == group.name => {
            directory.delete_group(op, &group.id).await?;
            return Ok(routes::GROUPS.to_owned());
        }
        "delete" => {
            return Err(DirectoryError::Invalid {
                field: "name",
                reason: format!("is not \"{}\"", group.name),
            }
            .into());
        }
        _ => return Err(PageError::NotFound.into()),
    }
    Ok(routes::group(&group.id))
}

async fn find(app: &App, id: &str) -> Result<Group, PageError> {
    let id = GroupId::parse(id).map_err(|_| PageError::NotFound)?;
    app.directory.group(&id).await?.ok_or(PageError::NotFound)
}

async fn page(
    app: &App,
    visitor: &Visitor,
    admin: &Admin,
    group: &Group,
    (added, problem): (String, Option<ConsoleProblem>),
) -> Result<HttpResponse, PageError> {
    let members = app.directory.members(&group.id).await?;
    let page = GroupPage {
        console: admin.console(app, "groups"),
        group: group_row(group, members.len()),
        actions: GroupActions {
            add: routes::group_act(&group.id, "add"),
            remove: routes::group_act(&group.id, "remove"),
            delete: routes::group_act(&group.id, "delete"),
        },
        members: members.iter().map(row).collect(),
        added,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
