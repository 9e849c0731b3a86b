//! Assigning: people and groups to accounts and permission sets, all at once, with what became of each.

use std::collections::BTreeSet;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::form::Fields;
use super::frame::{apps_problem, show};
use super::{Admin, posted, within};
use crate::apps::AppsError;
use crate::directory::DirectoryError;
use crate::model::{
    AccountAssignment, AccountId, AccountRule, AccountSelector, Group, PermissionSetId, Principal,
};
use crate::render::{AssignPage, AssignResult, Choice, ConsoleProblem};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, routes};

/// So many at once.
const MOST: usize = 1_000;

/// The empty form.
pub(in crate::web) async fn ask(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let nothing = Fields::default();
            page(&app, (visitor, admin), &nothing, (Vec::new(), None)).await
        },
    )
    .await
}

/// Assigns each combination.
pub(in crate::web) async fn assign(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::Aws,
        (&request, &body),
        async |visitor, admin, fields| match wanted(&app, fields).await? {
            Ok(wanted) => {
                let results = run(&app, admin, wanted).await?;
                let fresh = Fields::default();
                page(&app, (visitor, admin), &fresh, (results, None)).await
            }
            Err(problem) => {
                let shown = (Vec::new(), Some(problem));
                page(&app, (visitor, admin), fields, shown).await
            }
        },
    )
    .await
}

/// Somebody or something with its name.
type Named<T> = (T, String);

/// What is to be assigned to whom, and where.
struct Wanted {
    principals: Vec<Named<Principal>>,
    sets: Vec<Named<PermissionSetId>>,
    accounts: Vec<Named<AccountId>>,
    selectors: Vec<AccountSelector>,
}

async fn wanted(app: &App, fields: &Fields) -> Result<Result<Wanted, ConsoleProblem>, PageError> {
    let problem = |key, about: &str| {
        Ok(Err(ConsoleProblem {
            key,
            about: about.to_owned(),
        }))
    };
    let chosen = |name: &'static str| -> BTreeSet<&str> { fields.all(name).collect() };
    let mut principals = Vec::new();
    let typed = fields.lines("group_names");
    for text in fields.all("group").chain(typed.iter().map(String::as_str)) {
        match app.directory.group_called(text).await {
            Ok(group) => principals.push((Principal::Group(group.id), group.name)),
            Err(DirectoryError::NotFound { name, .. }) => return problem("not-found", &name),
            Err(error) => return Err(error.into()),
        }
    }
    let name = fields.one("user").trim();
    if !name.is_empty() {
        match app.directory.user_by_name(name).await? {
            Some(user) => principals.push((Principal::User(user.id), user.user_name.to_string())),
            None => return problem("not-found", name),
        }
    }
    let accounts = app.apps.accounts().await?.into_iter();
    let accounts = accounts.filter(|a| chosen("account").contains(a.id.as_str()));
    let sets = app.apps.permission_sets().await?.into_iter();
    let sets = sets.filter(|set| chosen("set").contains(set.id.as_str()));
    let path = fields.one("path").trim();
    let labels = fields
        .all("label")
        .map(|l| AccountSelector::Label(l.to_owned()));
    let path = (!path.is_empty()).then(|| AccountSelector::Path(path.to_owned()));
    let wanted = Wanted {
        principals,
        sets: sets.map(|set| (set.id, set.name)).collect(),
        accounts: accounts
            .map(|a| (a.id.clone(), format!("{} ({})", a.name, a.id)))
            .collect(),
        selectors: labels.chain(path).collect(),
    };
    let targets = wanted.accounts.len().saturating_add(wanted.selectors.len());
    let pairs = wanted.principals.len().saturating_mul(wanted.sets.len());
    match pairs.saturating_mul(targets) {
        0 => problem("assign-nothing", ""),
        count if count > MOST => problem("assign-too-many", &count.to_string()),
        _ => Ok(Ok(wanted)),
    }
}

async fn run(app: &App, admin: &Admin, wanted: Wanted) -> Result<Vec<AssignResult>, PageError> {
    let (op, mut results) = (&admin.op, Vec::new());
    for (principal, name) in &wanted.principals {
        for (set, set_name) in &wanted.sets {
            for (account, target) in &wanted.accounts {
                let assignment = AccountAssignment {
                    account_id: account.clone(),
                    permission_set_id: set.clone(),
                    principal: principal.clone(),
                };
                let made = app.apps.assign_account(op, assignment).await;
                results.push(result((name, set_name, target), made)?);
            }
            for selector in &wanted.selectors {
                let rule = AccountRule {
                    selector: selector.clone(),
                    permission_set_id: set.clone(),
                    principal: principal.clone(),
                };
                let made = app.apps.assign_rule(op, rule).await;
                results.push(result((name, set_name, &selector.to_string()), made)?);
            }
        }
    }
    Ok(results)
}

/// A refusal is one assignment's; what is ours ends them all.
fn result(
    (principal, set, target): (&str, &str, &str),
    made: Result<bool, AppsError>,
) -> Result<AssignResult, PageError> {
    let (outcome, detail) = match made {
        Ok(true) => ("made", String::new()),
        Ok(false) => ("was-there", String::new()),
        Err(error) => {
            let words = error.to_string();
            apps_problem(error)?;
            ("refused", words)
        }
    };
    Ok(AssignResult {
        principal: principal.to_owned(),
        set: set.to_owned(),
        target: target.to_owned(),
        outcome,
        detail,
    })
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    fields: &Fields,
    (results, problem): (Vec<AssignResult>, Option<ConsoleProblem>),
) -> Result<HttpResponse, PageError> {
    let choice = |field: &'static str, value: &str, name: String| Choice {
        is_chosen: fields.all(field).any(|chosen| chosen == value),
        value: value.to_owned(),
        name,
    };
    let accounts = app.apps.accounts().await?;
    let labels: BTreeSet<&String> = accounts.iter().flat_map(|a| &a.labels).collect();
    let groups = app.directory.few_groups().await?;
    let group = |group: &Group| choice("group", group.id.as_str(), group.name.clone());
    let sets = app.apps.permission_sets().await?;
    let page = AssignPage {
        console: admin.console(app, "aws"),
        action: routes::ASSIGN.to_owned(),
        groups: groups.map(|groups| groups.iter().map(group).collect()),
        group_names: fields.one("group_names").to_owned(),
        user: fields.one("user").to_owned(),
        accounts: accounts
            .iter()
            .map(|a| choice("account", a.id.as_str(), format!("{} ({})", a.name, a.id)))
            .collect(),
        labels: labels
            .iter()
            .map(|l| choice("label", l, (*l).clone()))
            .collect(),
        path: fields.one("path").to_owned(),
        sets: sets
            .iter()
            .map(|s| choice("set", s.id.as_str(), s.name.clone()))
            .collect(),
        results,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
