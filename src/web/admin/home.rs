//! The console's first page: what is set up, and how it goes.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::frame::show;
use super::within;
use crate::model::{RoleCheck, Span};
use crate::render::{HomePage, NumberRow, StepRow};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, routes};

/// What is counted of the audit.
const COUNTED: [&str; 8] = [
    "sign_in.completed",
    "sign_in.password_refused",
    "sign_in.second_factor_refused",
    "sign_in.locked",
    "access.denied",
    "change.refused",
    "aws_assertion.issued",
    "mail.failed",
];

/// The page.
pub(in crate::web) async fn home(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Home,
        async |visitor, admin| {
            let checks = app.apps.role_checks().await?;
            let steps = steps(&app, &checks).await?;
            let page = HomePage {
                console: admin.console(&app, "home"),
                done: steps.iter().filter(|step| step.is_done).count(),
                steps,
                numbers: numbers(&app, visitor, &checks).await?,
            };
            show(&app, visitor, &page, None)
        },
    )
    .await
}

async fn steps(app: &App, checks: &[RoleCheck]) -> Result<Vec<StepRow>, PageError> {
    // Whoever set the instance up is the first.
    let has_people = app.directory.users_after("", 2).await?.len() > 1;
    let few = app.directory.few_groups().await?;
    let has_groups = few.is_none_or(|groups| !groups.is_empty());
    let has_accounts = !app.apps.accounts().await?.is_empty();
    let has_sets = !app.apps.permission_sets().await?.is_empty();
    let roles = app.apps.roles_by_account().await?;
    let needed: usize = roles.values().map(|sets| sets.len()).sum();
    let in_place = checks.iter().filter(|check| {
        let of_account = roles.get(&check.account_id);
        check.in_place && of_account.is_some_and(|sets| sets.contains(&check.permission_set_id))
    });
    let all_in_place = needed > 0 && in_place.count() == needed;
    let step = |key, href: &str, is_done| StepRow {
        key,
        href: href.to_owned(),
        is_done,
    };
    Ok(vec![
        step("mail", routes::INVITE_PEOPLE, app.smtp.is_some()),
        step("people", routes::INVITE_PEOPLE, has_people),
        step("groups", routes::GROUPS, has_groups),
        step("accounts", routes::AWS, has_accounts),
        step("sets", routes::NEW_SET, has_sets),
        step("assignments", routes::ASSIGN, needed > 0),
        step("roles", routes::AWS, all_in_place),
    ])
}

async fn numbers(
    app: &App,
    visitor: &Visitor,
    checks: &[RoleCheck],
) -> Result<Vec<NumberRow>, PageError> {
    let since = visitor.op.now.minus(Span::hours(24));
    let counts = app.audit.counts_since(&COUNTED, since).await?;
    let counts: BTreeMap<String, i64> = counts.into_iter().collect();
    let of = |kinds: &[&str]| -> i64 { kinds.iter().filter_map(|kind| counts.get(*kind)).sum() };
    let number = |key, kinds: &[&str], is_bad: bool| {
        let count = of(kinds);
        let kind = kinds.first().copied().unwrap_or_default();
        NumberRow {
            key,
            count,
            href: format!("{}?kind={kind}&from={}", routes::AUDIT, since.to_rfc3339()),
            is_bad: is_bad && count > 0,
        }
    };
    let missing = checks.iter().filter(|check| !check.in_place).count();
    let approvals = app.directory.approvals(&visitor.op).await?;
    let waiting = approvals
        .iter()
        .filter(|one| one.agreed_by.is_none())
        .count();
    Ok(vec![
        number("sign-ins", &["sign_in.completed"], false),
        number(
            "refused",
            &["sign_in.password_refused", "sign_in.second_factor_refused"],
            false,
        ),
        number("locked", &["sign_in.locked"], true),
        number("denied", &["access.denied"], false),
        number("changes-refused", &["change.refused"], true),
        number("aws", &["aws_assertion.issued"], false),
        NumberRow {
            key: "roles-missing",
            count: i64::try_from(missing).unwrap_or(i64::MAX),
            href: routes::AWS.to_owned(),
            is_bad: missing > 0,
        },
        NumberRow {
            key: "waiting",
            count: i64::try_from(waiting).unwrap_or(i64::MAX),
            href: routes::PROTECTION.to_owned(),
            is_bad: waiting > 0,
        },
        number("mail-failed", &["mail.failed"], true),
    ])
}
