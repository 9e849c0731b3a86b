//! What an account must have, as one text: shown, and to be had as a file.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;

use super::aws_account::find;
use super::frame::show;
use super::{Admin, within};
use crate::model::{AwsAccount, PermissionSet};
use crate::protocol::aws::RolePlan;
use crate::render::{RolesForm, RolesPage};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::saml::metadata;
use crate::web::{App, headers, routes};

/// Which form of the text, and whether as a file.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Wanted {
    #[serde(default)]
    form: String,
    download: Option<String>,
    /// Of which partition, where it is of every account.
    partition: Option<String>,
}

/// A form: its word, its file, how it is applied.
const FORMS: [(&str, &str, &str); 3] = [
    (
        "cloudformation",
        "signet.template.json",
        "aws cloudformation deploy --stack-name signet --template-file signet.template.json --capabilities CAPABILITY_NAMED_IAM",
    ),
    (
        "terraform",
        "signet.tf",
        "terraform init && terraform apply",
    ),
    ("script", "signet-roles.sh", "bash signet-roles.sh"),
];
const STACK_SET: &str = "aws cloudformation create-stack-set --stack-set-name signet --template-body file://signet.template.json --capabilities CAPABILITY_NAMED_IAM --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false";

/// Of one account.
pub(in crate::web) async fn of_account(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
    wanted: Option<Query<Wanted>>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let account = find(&app, &path).await?;
            let sets = app.apps.permission_sets_in(&account).await?;
            let wanted = wanted.map(Query::into_inner).unwrap_or_default();
            let here = routes::account_act(&account.id, "roles");
            let whole = Whole {
                account: Some(&account),
                partition: account.partition.clone(),
                provider_name: account.provider_name.clone(),
                sets,
                here,
            };
            answer(&app, (visitor, admin), &whole, &wanted)
        },
    )
    .await
}

/// Of every account of a partition: what a StackSet takes.
pub(in crate::web) async fn everywhere(
    app: Data<App>,
    mut visitor: Visitor,
    wanted: Option<Query<Wanted>>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let wanted = wanted.map(Query::into_inner).unwrap_or_default();
            let accounts = app.apps.accounts().await?;
            let first = accounts.first().map(|account| account.partition.clone());
            let partition = wanted.partition.clone().or(first);
            let partition = partition.unwrap_or_else(|| "aws".to_owned());
            let provider = accounts.iter().find(|a| a.partition == partition);
            let mut sets = app.apps.permission_sets().await?;
            let used = app.apps.roles_by_account().await?;
            sets.retain(|set| used.values().any(|of_account| of_account.contains(&set.id)));
            let whole = Whole {
                account: None,
                provider_name: provider
                    .map_or_else(|| "Signet".to_owned(), |a| a.provider_name.clone()),
                here: format!("{}?partition={partition}", routes::ALL_ROLES),
                partition,
                sets,
            };
            answer(&app, (visitor, admin), &whole, &wanted)
        },
    )
    .await
}

/// Of what the text is.
struct Whole<'a> {
    account: Option<&'a AwsAccount>,
    partition: String,
    provider_name: String,
    sets: Vec<PermissionSet>,
    here: String,
}

impl Whole<'_> {
    fn link(&self, form: &str) -> String {
        let joint = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{joint}form={form}", self.here)
    }

    fn text(&self, app: &App, form: &str) -> Result<String, PageError> {
        let partitions = app.issuer.partitions();
        let partition = partitions.iter().find(|p| p.name == self.partition);
        let metadata = metadata::sign(app)?;
        let plan = RolePlan {
            partition: partition.ok_or(PageError::NotFound)?,
            account: self.account.map(|account| &account.id),
            provider_name: &self.provider_name,
            metadata: &metadata,
            permission_sets: self.sets.iter().collect(),
        };
        let text = match form {
            "terraform" => plan.terraform(),
            "script" => plan.script(),
            _ => plan.cloudformation(),
        };
        text.map_err(|error| PageError::BadRequest(error.to_string()))
    }
}

fn answer(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    whole: &Whole<'_>,
    wanted: &Wanted,
) -> Result<HttpResponse, PageError> {
    let known = FORMS.iter().find(|(name, ..)| *name == wanted.form);
    let [first, ..] = &FORMS;
    let (form, file, command) = *known.unwrap_or(first);
    let text = whole.text(app, form)?;
    if wanted.download.is_some() {
        let mut response = HttpResponse::build(StatusCode::OK);
        response
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"{file}\""),
            ));
        headers::about_a_person(&mut response, app);
        return Ok(response.body(text));
    }
    let is_stack_set = whole.account.is_none() && form == "cloudformation";
    let page = RolesPage {
        console: admin.console(app, "aws"),
        account: whole
            .account
            .map(|account| format!("{} ({})", account.name, account.id)),
        forms: FORMS
            .iter()
            .map(|(name, ..)| RolesForm {
                href: whole.link(name),
                name,
                is_chosen: *name == form,
            })
            .collect(),
        form,
        text,
        download: format!("{}&download=1", whole.link(form)),
        file,
        command: if is_stack_set { STACK_SET } else { command }.to_owned(),
        is_empty: whole.sets.is_empty(),
    };
    show(app, visitor, &page, None)
}
