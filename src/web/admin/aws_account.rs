//! One AWS account: what it is, who may take what there, and whether the roles are there.

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::aws::{AwsAccountValues, account_form, account_of, account_row, form_of};
use super::form::Fields;
use super::frame::{apps_problem, show};
use super::{Admin, posted, within};
use crate::access::{Proof, Resolved};
use crate::apps::AppsError;
use crate::authority::ChangeRefusal;
use crate::issue::{Under, Witness};
use crate::model::{
    AccountAssignment, AccountId, AccountRule, AwsAccount, PermissionSet, Principal, RoleCheck,
};
use crate::policy::{AccessRequest, Decision, Target};
use crate::render::{
    AccountActions, AccountForm, AssignmentRow, AwsAccountPage, ConsoleProblem, RoleState,
};
use crate::signin::ConsolePart;
use crate::web::aws::sts;
use crate::web::error::{PageError, known};
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The page.
pub(in crate::web) async fn one(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let account = find(&app, &path).await?;
            page(&app, visitor, admin, &account, (None, None)).await
        },
    )
    .await
}

/// A change: `change`, `verify`, `unassign` or `delete`.
pub(in crate::web) async fn change(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::Aws,
        (&request, &body),
        async |visitor, admin, fields| {
            let (id, act) = path.into_inner();
            let account = find(&app, &id).await?;
            let changed = run(&app, (visitor, admin), &account, (&act, fields)).await?;
            match changed {
                Ok(to) => Ok(headers::see_other(&app, visitor, &to).finish()),
                Err(error) => {
                    let form = (act == "change").then(|| form_of(&app, fields));
                    let filled = (form, Some(apps_problem(error)?));
                    page(&app, visitor, admin, &account, filled).await
                }
            }
        },
    )
    .await
}

pub(super) async fn find(app: &App, id: &str) -> Result<AwsAccount, PageError> {
    let id = AccountId::parse(id).map_err(|_| PageError::NotFound)?;
    app.apps.account(&id).await?.ok_or(PageError::NotFound)
}

/// Makes the change; where to go then.
async fn run(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    account: &AwsAccount,
    (act, fields): (&str, &Fields),
) -> Result<Result<String, AppsError>, PageError> {
    let (op, apps, here) = (&admin.op, &app.apps, routes::account(&account.id));
    let changed = match act {
        "change" => match account_of(fields, account.id.as_str()) {
            Ok(changed) => apps.update_account(op, changed).await.map(drop),
            Err(error) => Err(error),
        },
        "verify" => verify(app, visitor, account).await?,
        "unassign" => unassign(app, admin, account, fields.one("value")).await?,
        "delete" if fields.one("value").trim() == account.id.as_str() => {
            let deleted = apps.delete_account(op, &account.id).await;
            return Ok(deleted.map(|()| routes::AWS.to_owned()));
        }
        "delete" => Err(AppsError::Invalid {
            field: "account id",
            reason: format!("is not {}", account.id),
        }),
        _ => return Err(PageError::NotFound),
    };
    Ok(changed.map(|()| here))
}

async fn unassign(
    app: &App,
    admin: &Admin,
    account: &AwsAccount,
    value: &str,
) -> Result<Result<(), AppsError>, PageError> {
    let rows = assigned(app, account).await?;
    let found = rows.into_iter().find(|assigned| assigned.value() == value);
    let ended = match found {
        Some(Assigned::Named(assignment)) => app.apps.unassign_account(&admin.op, assignment).await,
        Some(Assigned::Rule(rule)) => app.apps.unassign_rule(&admin.op, rule).await,
        // It has ended meanwhile.
        None => Ok(false),
    };
    Ok(ended.map(drop))
}

/// Asks AWS for each role of the account, one after the other, and keeps what it says. What AWS gives is dropped at once.
async fn verify(
    app: &App,
    visitor: &Visitor,
    account: &AwsAccount,
) -> Result<Result<(), AppsError>, PageError> {
    for set in app.apps.permission_sets_in(account).await? {
        let target = Target::AwsVerification {
            account_id: account.id.clone(),
            permission_set_id: set.id.clone(),
        };
        let proof = Proof::session(visitor.browser.session.clone());
        let request = AccessRequest::plain(target);
        let outcome = app.access.decide(&visitor.op, proof, request).await?;
        let (Decision::Allow(grant), Resolved::Verification(pair), Some(session)) =
            (outcome.decision, &outcome.target, &outcome.session)
        else {
            return Ok(Err(AppsError::NotAllowed(ChangeRefusal::NotYourDuty)));
        };
        let op = visitor.op.as_user(grant.subject());
        let witness = Witness {
            known: known(outcome.known.as_ref())?,
            session_id: &session.id,
            under: Under::Session(visitor.browser.session.clone().ok_or(PageError::Gone)?),
        };
        let (account, set) = &**pair;
        let url = app.issuer.partition_of(account)?.sts_endpoint(None);
        let url = url.map_err(|error| PageError::BadRequest(error.to_string()))?;
        let asked = app
            .issuer
            .verification_response(&op, grant, &witness, (account, set));
        let trouble = sts::credentials(app, asked.await?, &url).await.err();
        let check = RoleCheck {
            account_id: account.id.clone(),
            permission_set_id: set.id.clone(),
            checked_at: app.clock.now(),
            in_place: trouble.is_none(),
            cause: trouble
                .as_ref()
                .map(|t| t.cause.clone())
                .unwrap_or_default(),
            fix: trouble.map(|t| t.fix).unwrap_or_default(),
        };
        app.apps.keep_role_check(&op, check).await?;
    }
    Ok(Ok(()))
}

/// Something by which somebody may take a role in the account.
enum Assigned {
    Named(AccountAssignment),
    Rule(AccountRule),
}

impl Assigned {
    fn principal(&self) -> &Principal {
        match self {
            Self::Named(assignment) => &assignment.principal,
            Self::Rule(rule) => &rule.principal,
        }
    }

    fn set(&self) -> &crate::model::PermissionSetId {
        match self {
            Self::Named(assignment) => &assignment.permission_set_id,
            Self::Rule(rule) => &rule.permission_set_id,
        }
    }

    /// By what a form names it.
    fn value(&self) -> String {
        let principal = match self.principal() {
            Principal::User(id) => format!("user {id}"),
            Principal::Group(id) => format!("group {id}"),
        };
        let selector = match self {
            Self::Named(_) => String::new(),
            Self::Rule(rule) => rule.selector.to_string(),
        };
        format!("{} {principal} {selector}", self.set())
    }
}

async fn assigned(app: &App, account: &AwsAccount) -> Result<Vec<Assigned>, PageError> {
    let named = app.apps.account_assignments().await?.into_iter();
    let named = named
        .filter(|a| a.account_id == account.id)
        .map(Assigned::Named);
    let rules = app.apps.account_rules().await?.into_iter();
    let rules = rules
        .filter(|rule| rule.selector.covers(account))
        .map(Assigned::Rule);
    Ok(named.chain(rules).collect())
}

async fn rows(
    app: &App,
    account: &AwsAccount,
    sets: &[PermissionSet],
) -> Result<Vec<AssignmentRow>, PageError> {
    let mut rows = Vec::new();
    for one in assigned(app, account).await? {
        let (href, principal, kind) = match one.principal() {
            Principal::User(id) => {
                let user = app.directory.user(id).await?;
                let name = user.map(|user| user.user_name.to_string());
                (routes::person(id), name.unwrap_or_default(), "user")
            }
            Principal::Group(id) => {
                let group = app.directory.group(id).await?;
                let name = group.map(|group| group.name);
                (routes::group(id), name.unwrap_or_default(), "group")
            }
        };
        let set = sets.iter().find(|set| set.id == *one.set());
        rows.push(AssignmentRow {
            href,
            principal,
            kind,
            set: set.map(|set| set.name.clone()).unwrap_or_default(),
            selector: match &one {
                Assigned::Named(_) => String::new(),
                Assigned::Rule(rule) => rule.selector.to_string(),
            },
            value: one.value(),
        });
    }
    rows.sort_by(|a, b| (&a.set, &a.principal).cmp(&(&b.set, &b.principal)));
    Ok(rows)
}

fn role_state(set: &PermissionSet, check: Option<&RoleCheck>) -> RoleState {
    RoleState {
        href: routes::permission_set(&set.id),
        name: set.name.clone(),
        role: set.role_path.clone(),
        state: match check {
            None => "unknown",
            Some(check) if check.in_place => "in-place",
            Some(_) => "missing",
        },
        checked: check
            .map(|c| c.checked_at.to_xs_date_time())
            .unwrap_or_default(),
        cause: check.map(|c| c.cause.clone()).unwrap_or_default(),
        fix: check.map(|c| c.fix.clone()).unwrap_or_default(),
    }
}

async fn page(
    app: &App,
    visitor: &Visitor,
    admin: &Admin,
    account: &AwsAccount,
    (form, problem): (Option<AccountForm>, Option<ConsoleProblem>),
) -> Result<HttpResponse, PageError> {
    let sets = app.apps.permission_sets_in(account).await?;
    let checks = app.apps.role_checks().await?;
    let of_set: BTreeMap<_, _> = checks
        .iter()
        .filter(|check| check.account_id == account.id)
        .map(|check| (&check.permission_set_id, check))
        .collect();
    let act = |name| routes::account_act(&account.id, name);
    let values = || (account.id.to_string(), AwsAccountValues::of(account));
    let page = AwsAccountPage {
        console: admin.console(app, "aws"),
        account: account_row(account, sets.len(), of_set.values().copied()),
        form: form.unwrap_or_else(|| account_form(app, &values())),
        actions: AccountActions {
            change: act("change"),
            verify: act("verify"),
            unassign: act("unassign"),
            delete: act("delete"),
            roles: act("roles"),
            assign: routes::ASSIGN.to_owned(),
            reach: format!("{}?account={}", routes::REACH, account.id),
        },
        roles: sets
            .iter()
            .map(|set| role_state(set, of_set.get(&set.id).copied()))
            .collect(),
        assignments: rows(app, account, &sets).await?,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
