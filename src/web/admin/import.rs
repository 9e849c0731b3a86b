//! Many people at once, from a table: looked at first, then made, everybody or nobody.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::frame::{problem, show};
use super::{Admin, posted, within};
use crate::directory::{ImportError, ImportPlan, ImportProblem, ImportTable, NewGroups};
use crate::render::{ConsoleProblem, ImportPage};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, routes};

/// Of the problems that are shown.
const MOST_SHOWN: usize = 50;

/// Asks for the table.
pub(in crate::web) async fn ask(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::People,
        async |visitor, admin| answer(&app, (visitor, admin), empty(&app, admin)),
    )
    .await
}

/// Looks at it, or makes the people in it: `act`.
pub(in crate::web) async fn import(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::People,
        (&request, &body),
        async |visitor, admin, fields| {
            let mut page = ImportPage {
                csv: fields.one("csv").to_owned(),
                make_groups: fields.one("make_groups") == "yes",
                ..empty(&app, admin)
            };
            match plan(&app, admin, &page).await? {
                Err(Refused::Rows(problems)) => {
                    let shown = problems.into_iter().take(MOST_SHOWN);
                    let shown = shown.map(|one| (one.line, one.column, one.reason));
                    page.problems = shown.collect();
                }
                Err(Refused::Whole(problem)) => page.problem = Some(problem),
                Ok(plan) => {
                    page.plan = Some((plan.users().len(), plan.new_groups().len()));
                    if fields.one("act") == "import" {
                        let made = app.directory.import(&admin.op, &app.credentials, plan);
                        match made.await {
                            Ok(()) => page.is_done = true,
                            Err(ImportError::Directory(error)) => {
                                page.problem = Some(problem(error)?);
                            }
                            Err(ImportError::Credentials(error)) => return Err(error.into()),
                            Err(ImportError::Problems(_)) => return Err(PageError::Gone),
                        }
                    }
                }
            }
            answer(&app, (visitor, admin), page)
        },
    )
    .await
}

/// Why there is no plan.
enum Refused {
    /// It can be said of rows.
    Rows(Vec<ImportProblem>),
    /// It is about the whole.
    Whole(ConsoleProblem),
}

async fn plan(
    app: &App,
    admin: &Admin,
    page: &ImportPage,
) -> Result<Result<ImportPlan, Refused>, PageError> {
    let table = match ImportTable::from_csv(page.csv.as_bytes()) {
        Ok(table) => table,
        Err(reason) => {
            return Ok(Err(Refused::Whole(ConsoleProblem {
                key: "invalid",
                about: reason,
            })));
        }
    };
    let new_groups = if page.make_groups {
        NewGroups::Make
    } else {
        NewGroups::Refuse
    };
    let mut problems = table.problems;
    let planned = app
        .directory
        .plan_import(&admin.op, table.rows, new_groups)
        .await;
    Ok(match planned {
        Ok(plan) if problems.is_empty() => Ok(plan),
        Ok(_) => Err(Refused::Rows(problems)),
        Err(ImportError::Problems(more)) => {
            problems.extend(more);
            problems.sort_by_key(|one| one.line);
            Err(Refused::Rows(problems))
        }
        Err(ImportError::Directory(error)) => Err(Refused::Whole(problem(error)?)),
        Err(ImportError::Credentials(error)) => return Err(error.into()),
    })
}

fn empty(app: &App, admin: &Admin) -> ImportPage {
    ImportPage {
        console: admin.console(app, "people"),
        action: routes::IMPORT_PEOPLE.to_owned(),
        csv: String::new(),
        make_groups: false,
        problems: Vec::new(),
        plan: None,
        is_done: false,
        problem: None,
    }
}

fn answer(
    app: &App,
    (visitor, _): (&Visitor, &Admin),
    page: ImportPage,
) -> Result<HttpResponse, PageError> {
    let rows = ConsoleProblem {
        key: "invalid",
        about: String::new(),
    };
    let wrong = (!page.problems.is_empty()).then_some(&rows);
    show(app, visitor, &page, page.problem.as_ref().or(wrong))
}
