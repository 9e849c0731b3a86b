//! AWS: accounts and permission sets, and a new account.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::form::Fields;
use super::frame::{apps_problem, show};
use super::people::Search;
use super::{Admin, posted, within};
use crate::apps::AppsError;
use crate::model::{AccountColour, AccountId, AwsAccount, PermissionSet, RoleCheck, fold_key};
use crate::render::{
    AccountForm, AwsAccountRow, AwsLinks, AwsPage, Choice, ConsoleProblem, PermissionSetRow,
};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// Accounts on the page; the others are searched for.
const MOST: usize = 200;

/// Accounts and permission sets.
pub(in crate::web) async fn list(
    app: Data<App>,
    mut visitor: Visitor,
    search: Option<Query<Search>>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let form = account_form(&app, &new_account());
            let (query, _) = search.map(Query::into_inner).unwrap_or_default().read();
            page(&app, (visitor, admin), query, (form, None)).await
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
    posted(
        (&app, &mut visitor),
        ConsolePart::Aws,
        (&request, &body),
        async |visitor, admin, fields| {
            let added = match account_of(fields, fields.one("id")) {
                Ok(account) => app.apps.add_account(&admin.op, account).await,
                Err(error) => Err(error),
            };
            match added {
                Ok(account) => {
                    let to = routes::account(&account.id);
                    Ok(headers::see_other(&app, visitor, &to).finish())
                }
                Err(error) => {
                    let filled = (form_of(&app, fields), Some(apps_problem(error)?));
                    page(&app, (visitor, admin), String::new(), filled).await
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
pub(super) fn account_row<'a>(
    account: &AwsAccount,
    roles: usize,
    checks: impl Iterator<Item = &'a RoleCheck>,
) -> AwsAccountRow {
    let (mut in_place, mut missing) = (0_usize, 0_usize);
    for check in checks {
        let count = if check.in_place {
            &mut in_place
        } else {
            &mut missing
        };
        *count = count.saturating_add(1);
    }
    AwsAccountRow {
        href: routes::account(&account.id),
        id: account.id.to_string(),
        name: account.name.clone(),
        path: account.path.clone(),
        labels: account.labels.clone(),
        colour: account.colour.as_str(),
        roles,
        in_place,
        missing,
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

fn is_found(account: &AwsAccount, folded: &str) -> bool {
    let labels = account.labels.iter().map(String::as_str);
    let texts = [account.name.as_str(), account.id.as_str(), &account.path];
    let mut texts = texts.into_iter().chain(labels);
    texts.any(|text| fold_key(text).contains(folded))
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    query: String,
    (account, problem): (AccountForm, Option<ConsoleProblem>),
) -> Result<HttpResponse, PageError> {
    let folded = fold_key(&query);
    let mut accounts = app.apps.accounts().await?;
    accounts.retain(|account| is_found(account, &folded));
    let more_accounts = accounts.len().saturating_sub(MOST);
    accounts.truncate(MOST);
    let mut checks: BTreeMap<AccountId, Vec<RoleCheck>> = BTreeMap::new();
    for check in app.apps.role_checks().await? {
        let of_account = checks.entry(check.account_id.clone()).or_default();
        of_account.push(check);
    }
    let roles = app.apps.roles_by_account().await?;
    let row = |account: &AwsAccount| {
        let roles = roles.get(&account.id).map(BTreeSet::len);
        let checks = checks.get(&account.id).into_iter().flatten();
        account_row(account, roles.unwrap_or_default(), checks)
    };
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
        query,
        accounts: accounts.iter().map(row).collect(),
        more_accounts,
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
