//! What is left of somebody who may not sign in any more, and how the rest is cut short.

use std::collections::BTreeSet;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::frame::{problem, row, show};
use super::person::find;
use super::{Admin, posted, within};
use crate::directory::{DirectoryError, Left};
use crate::model::{Duty, Timestamp, User, UserState};
use crate::protocol::aws::deny_sessions;
use crate::render::{AwsSessionRow, ConsoleProblem, EndedRow, LeavingPage, ToTellRow, UntoldRow};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The receipt.
pub(in crate::web) async fn receipt(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::People,
        async |visitor, admin| {
            let user = find(&app, &path).await?;
            page(&app, (visitor, admin), user, None).await
        },
    )
    .await
}

/// Erases somebody who has left: the name is typed, since nothing of it can be undone.
pub(in crate::web) async fn erase(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::People,
        (&request, &body),
        async |visitor, admin, fields| {
            let user = find(&app, &path).await?;
            if user.state != UserState::Deactivated {
                return Err(PageError::NotFound);
            }
            let erased = if fields.one("value").trim() == user.user_name.as_str() {
                app.directory.erase_user(&admin.op, &user.id).await
            } else {
                Err(DirectoryError::Invalid {
                    field: "name",
                    reason: format!("is not \"{}\"", user.user_name),
                })
            };
            match erased {
                Ok(()) => Ok(headers::see_other(&app, visitor, routes::PEOPLE).finish()),
                Err(error) => page(&app, (visitor, admin), user, Some(problem(error)?)).await,
            }
        },
    )
    .await
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    user: User,
    problem: Option<ConsoleProblem>,
) -> Result<HttpResponse, PageError> {
    let left = app.directory.left_of(&visitor.op, &user.id).await?;
    let ended = [
        ("sessions", left.sessions),
        ("grants", left.grants),
        ("api-tokens", left.api_tokens),
        ("links", left.links),
    ];
    let page = LeavingPage {
        console: admin.console(app, "people"),
        person: row(&user),
        erase: (user.state == UserState::Deactivated && admin.user.admin_role.may(Duty::People))
            .then(|| routes::leaving(&user.id)),
        problem,
        ended: ended.map(|(what, left)| EndedRow { what, left }).to_vec(),
        deny: deny_sessions(&user.source_identity, visitor.op.now),
        commands: commands(&user, &left, visitor.op.now),
        to_tell: left
            .to_tell
            .into_iter()
            .map(|(name, attempts)| ToTellRow { name, attempts })
            .collect(),
        untold: left
            .untold
            .into_iter()
            .map(|(name, ends)| UntoldRow {
                name,
                ends: ends.to_xs_date_time(),
            })
            .collect(),
        aws: left
            .aws
            .into_iter()
            .map(|session| AwsSessionRow {
                account: session.issued.account_id.to_string(),
                role_arn: session.issued.role_arn,
                issued: session.issued_at.to_xs_date_time(),
                ends: session.ends_at.to_xs_date_time(),
            })
            .collect(),
    };
    show(app, visitor, &page, page.problem.as_ref())
}

/// One command for each role, to be run in its account.
fn commands(user: &User, left: &Left, now: Timestamp) -> String {
    let roles: BTreeSet<(String, String)> = left
        .aws
        .iter()
        .map(|session| {
            let arn = &session.issued.role_arn;
            let name = arn.rsplit('/').next().unwrap_or_default();
            (session.issued.account_id.to_string(), name.to_owned())
        })
        .collect();
    let policy = deny_sessions(&user.source_identity, now);
    // IAM's names and ours have no quotation mark, and JSON has no single one.
    let compact: String = policy.lines().map(str::trim).collect();
    let lines = roles.into_iter().map(|(account, role)| {
        format!(
            "# in {account}\naws iam put-role-policy --role-name '{role}' --policy-name 'SignetDeny-{}' --policy-document '{compact}'",
            user.source_identity
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
