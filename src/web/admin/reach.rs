//! Why somebody can take a role in AWS, and who can, now or at a past time.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::frame::show;
use super::within;
use crate::access::{Answer, OutsideDays, ReachError, ReachQuery};
use crate::model::Timestamp;
use crate::render::{Choice, ConsoleProblem, ReachPage, ReachRow};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// Answers on a page; a file has all of them.
const MOST: usize = 200;

/// What is asked.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    user: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    format: String,
}

/// The answers, as a page or as CSV.
pub(in crate::web) async fn ask(
    app: Data<App>,
    mut visitor: Visitor,
    asked: Option<Query<Asked>>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let asked = asked.map(Query::into_inner).unwrap_or_default();
            let (found, problem) = match answers(&app, visitor, &asked).await? {
                Ok(found) => (found, None),
                Err(problem) => (Vec::new(), Some(problem)),
            };
            if asked.format == "csv" && problem.is_none() {
                let mut response = HttpResponse::build(StatusCode::OK);
                response
                    .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
                    .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"access.csv\""));
                headers::about_a_person(&mut response, &app);
                return Ok(response.body(Answer::csv(&found)));
            }
            let accounts = app.apps.accounts().await?;
            let page = ReachPage {
                console: admin.console(&app, "aws"),
                action: routes::REACH.to_owned(),
                is_asked: problem.is_none() && !(asked.user.is_empty() && asked.account.is_empty()),
                csv: link(&asked),
                accounts: accounts
                    .iter()
                    .map(|account| Choice {
                        value: account.id.to_string(),
                        name: format!("{} ({})", account.name, account.id),
                        is_chosen: account.id.as_str() == asked.account,
                    })
                    .collect(),
                user: asked.user,
                at: asked.at,
                more: found.len().saturating_sub(MOST),
                rows: found.into_iter().take(MOST).map(row).collect(),
                problem,
            };
            show(&app, visitor, &page, page.problem.as_ref())
        },
    )
    .await
}

/// Nothing for nothing asked; what is wrong with the question otherwise.
async fn answers(
    app: &App,
    visitor: &Visitor,
    asked: &Asked,
) -> Result<Result<Vec<Answer>, ConsoleProblem>, PageError> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let problem = |key, about: &str| {
        Ok(Err(ConsoleProblem {
            key,
            about: about.to_owned(),
        }))
    };
    let at = match given(&asked.at) {
        None => None,
        Some(text) => match Timestamp::parse_rfc3339(&text) {
            None => return problem("not-a-time", &text),
            at => at,
        },
    };
    let query = ReachQuery {
        user: given(&asked.user),
        account: given(&asked.account),
        at,
    };
    match app.access.reach((&app.audit, &visitor.op), &query).await {
        Ok(answers) => Ok(Ok(answers)),
        Err(ReachError::NothingAsked) => Ok(Ok(Vec::new())),
        Err(ReachError::NotFound { name, .. } | ReachError::Ambiguous(name)) => {
            problem("not-found", &name)
        }
        Err(ReachError::Audit(error)) => Err(error.into()),
        Err(ReachError::Store(error)) => Err(error.into()),
    }
}

fn row(answer: Answer) -> ReachRow {
    ReachRow {
        user: answer.user,
        state: answer.state.as_str(),
        days: answer.days.map_or("", OutsideDays::as_str),
        account: answer.account,
        account_name: answer.account_name,
        set: answer.permission_set,
        through: answer.through,
        by_rule: answer.by_rule,
        selector: answer.selector.unwrap_or_default(),
    }
}

fn link(asked: &Asked) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("user", &asked.user)
        .append_pair("account", &asked.account)
        .append_pair("at", &asked.at)
        .append_pair("format", "csv")
        .finish();
    format!("{}?{query}", routes::REACH)
}
