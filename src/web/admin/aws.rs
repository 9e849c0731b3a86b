//! AWS: accounts and permission sets, and a new account.

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::form::Fields;
use super::frame::{apps_problem, show};
use super::{Admin, within};
use crate::apps::AppsError;
use crate::model::{AccountColour, AccountId, AwsAccount, PermissionSet, RoleCheck};
use crate::render::{
    AccountForm, AwsAccountRow, AwsLinks, AwsPage, Choice, ConsoleProblem, PermissionSetRow,
};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// Accounts and permission sets.
pub(in crate::web) async fn list(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let form = account_form(&app, &new_account());
            page(&app, visitor, admin, (form, None)).await
        },
    )
    .await
}

/// Adds an account.
pub(in crate::web) async fn add_account(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let fields = Fields::read(&app, admin, &request, &body)?;
            let added = match account_of(&fields, fields.one("id")) {
                Ok(account) => app.apps.add_account(&admin.op, account).await,
                Err(error) => Err(error),
            };
            match added {
                Ok(account) => {
                    let to = routes::account(&account.id);
                    Ok(headers::see_other(&app, visitor, &to).finish())
                }
                Err(error) => {
                    let filled = (form_of(&app, &fields), Some(apps_problem(error)?));
                    page(&app, visitor, admin, filled).await
                }
            }
        },
    )
    .await
}

/// An account as the form says.
pub(super) fn account_of(fields: &Fields, id: &str) -> Result<AwsAccount, AppsError> {
    let wrong = |reason: &str| AppsError::Invalid {
        field: "account id",
        reason: reason.to_owned(),
    };
    // People copy the number as AWS shows it: 1111-2222-3333.
    let digits: String = id
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    Ok(AwsAccount {
        id: AccountId::parse(&digits).map_err(|error| wrong(error.reason))?,
        name: fields.one("name").to_owned(),
        email: fields.one("email").trim().to_owned(),
        partition: fields.one("partition").to_owned(),
        provider_name: fields.one("provider_name").trim().to_owned(),
        path: fields.one("path").to_owned(),
        labels: words(fields.one("labels")),
        colour: AccountColour::from_word(fields.one("colour")).unwrap_or_default(),
        revision: 0,
    })
}

fn words(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '\n', '\r', '\t']);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn new_account() -> (String, AwsAccountValues) {
    let values = AwsAccountValues {
        path: "/".to_owned(),
        provider_name: "Signet".to_owned(),
        partition: "aws".to_owned(),
        ..AwsAccountValues::default()
    };
    (String::new(), values)
}

/// What stands in the fields of an account.
#[derive(Default)]
pub(super) struct AwsAccountValues {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) path: String,
    pub(super) labels: String,
    pub(super) provider_name: String,
    pub(super) partition: String,
    pub(super) colour: AccountColour,
}

impl AwsAccountValues {
    pub(super) fn of(account: &AwsAccount) -> Self {
        Self {
            name: account.name.clone(),
            email: account.email.clone(),
            path: account.path.clone(),
            labels: account.labels.join(" "),
            provider_name: account.provider_name.clone(),
            partition: account.partition.clone(),
            colour: account.colour,
        }
    }
}

/// The form as it was filled in.
pub(super) fn form_of(app: &App, fields: &Fields) -> AccountForm {
    let text = |name| fields.one(name).to_owned();
    let values = AwsAccountValues {
        name: text("name"),
        email: text("email"),
        path: text("path"),
        labels: text("labels"),
        provider_name: text("provider_name"),
        partition: text("partition"),
        colour: AccountColour::from_word(fields.one("colour")).unwrap_or_default(),
    };
    account_form(app, &(text("id"), values))
}

/// The form with these values.
pub(super) fn account_form(app: &App, (id, values): &(String, AwsAccountValues)) -> AccountForm {
    let choice = |name: &str, chosen: &str| Choice {
        value: name.to_owned(),
        name: name.to_owned(),
        is_chosen: name == chosen,
    };
    let partitions = app.issuer.partitions().iter();
    let colours = AccountColour::ALL.iter();
    AccountForm {
        id: id.clone(),
        name: values.name.clone(),
        email: values.email.clone(),
        path: values.path.clone(),
        labels: values.labels.clone(),
        provider_name: values.provider_name.clone(),
        partitions: partitions
            .map(|p| choice(&p.name, &values.partition))
            .collect(),
        colours: colours
            .map(|c| choice(c.as_str(), values.colour.as_str()))
            .collect(),
    }
}

/// An account in a list, with how many of these roles AWS has given.
pub(super) fn account_row(
    account: &AwsAccount,
    roles: usize,
    checks: &[RoleCheck],
) -> AwsAccountRow {
    let of = checks.iter().filter(|check| check.account_id == account.id);
    let in_place = of.clone().filter(|check| check.in_place).count();
    AwsAccountRow {
        href: routes::account(&account.id),
        id: account.id.to_string(),
        name: account.name.clone(),
        path: account.path.clone(),
        labels: account.labels.clone(),
        colour: account.colour.as_str(),
        roles,
        in_place,
        missing: of.count().saturating_sub(in_place),
    }
}

fn set_row(set: &PermissionSet) -> PermissionSetRow {
    let named = set.role.managed_policies.iter();
    let mut policies: Vec<String> = named.chain(&set.role.customer_policies).cloned().collect();
    policies.extend(set.role.inline_policy.as_ref().map(|_| "+".to_owned()));
    PermissionSetRow {
        href: routes::permission_set(&set.id),
        name: set.name.clone(),
        description: set.description.clone(),
        policies,
        minutes: set.session_duration_seconds.div_euclid(60),
    }
}

async fn page(
    app: &App,
    visitor: &Visitor,
    admin: &Admin,
    (account, problem): (AccountForm, Option<ConsoleProblem>),
) -> Result<HttpResponse, PageError> {
    let accounts = app.apps.accounts().await?;
    let checks = app.apps.role_checks().await?;
    let mut roles: BTreeMap<AccountId, usize> = BTreeMap::new();
    for (account, sets) in app.apps.roles_by_account().await? {
        roles.insert(account, sets.len());
    }
    let count = |account: &AwsAccount| roles.get(&account.id).copied().unwrap_or_default();
    let page = AwsPage {
        console: admin.console(app, "aws"),
        links: AwsLinks {
            aws: routes::AWS.to_owned(),
            new_set: routes::NEW_SET.to_owned(),
            assign: routes::ASSIGN.to_owned(),
            all_roles: routes::ALL_ROLES.to_owned(),
            reach: routes::REACH.to_owned(),
            portal: routes::PORTAL_ADDRESS.to_owned(),
        },
        accounts: accounts
            .iter()
            .map(|account| account_row(account, count(account), &checks))
            .collect(),
        sets: app
            .apps
            .permission_sets()
            .await?
            .iter()
            .map(set_row)
            .collect(),
        account,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
