//! Groups: the list, and a new one.

use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::frame::{problem, show};
use super::people::{MOST, Search};
use super::{Admin, Admitted, admit};
use crate::model::Group;
use crate::render::{ConsoleProblem, GroupRow, GroupsPage};
use crate::signin::ConsolePart;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// A new group.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct NewGroupForm {
    csrf: String,
    value: String,
    #[serde(default)]
    description: String,
}

/// Groups by name, fifty at a time.
pub(in crate::web) async fn list(
    app: Data<App>,
    mut visitor: Visitor,
    search: Option<Query<Search>>,
) -> HttpResponse {
    let result = async {
        let search = search.map(Query::into_inner).unwrap_or_default();
        match admit(&app, &mut visitor, ConsolePart::Groups).await? {
            Admitted::Yes(admin) => {
                page(&app, (&visitor, &admin), &search, (String::new(), None)).await
            }
            Admitted::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Makes a group.
pub(in crate::web) async fn make(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<NewGroupForm>,
) -> HttpResponse {
    let result = async {
        let admin = match admit(&app, &mut visitor, ConsolePart::Groups).await? {
            Admitted::Yes(admin) => admin,
            Admitted::NotYet(response) => return Ok(response),
        };
        admin.check(&app, &request, &form.csrf)?;
        let made = app
            .directory
            .create_group(&admin.op, &form.value, &form.description);
        match made.await {
            Ok(group) => {
                let to = routes::group(&group.id);
                Ok(headers::see_other(&app, &visitor, &to).finish())
            }
            Err(error) => {
                let problem = problem(error)?;
                let typed = (form.value.clone(), Some(problem));
                page(&app, (&visitor, &admin), &Search::default(), typed).await
            }
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// A group in the list.
pub(super) fn group_row(group: &Group, members: Option<usize>) -> GroupRow {
    GroupRow {
        href: routes::group(&group.id),
        name: group.name.clone(),
        description: group.description.clone(),
        members,
    }
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    search: &Search,
    (name, problem): (String, Option<ConsoleProblem>),
) -> Result<HttpResponse, PageError> {
    let (query, after) = search.read();
    let groups = app.directory.search_groups(&query, &after, MOST).await?;
    let last = groups.last().filter(|_| groups.len() == MOST);
    let page = GroupsPage {
        console: admin.console(app, "groups"),
        groups: groups
            .iter()
            .map(|(group, members)| group_row(group, group.rule.is_none().then_some(*members)))
            .collect(),
        next: last.map(|(last, _)| routes::groups_after(&query, &last.name)),
        query,
        name,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
