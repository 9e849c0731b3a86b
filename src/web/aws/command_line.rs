//! The portal's "Command line" for a permission set: how `signet` on the person's own machine gets credentials, and, asked
//! for by a form, credentials in every form in which a shell takes them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{named, sts};
use crate::access::{Outcome, Proof, Resolved};
use crate::issue::{Under, Witness};
use crate::model::{AwsAccount, PermissionSet, Secret};
use crate::policy::Decision;
use crate::protocol::aws::{Shell, StsCredentials};
use crate::render::{CommandLinePage, CommandLineValues, SecretBlock};
use crate::signin::{AwsDoor, Continuation};
use crate::web::error::{PageError, answer, known};
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, csrf, routes};

/// Which role.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct RoleQuery {
    account_id: String,
    /// The permission set's name.
    role_name: String,
}

/// The same, by a form of ours.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct RoleForm {
    csrf: String,
    #[serde(flatten)]
    role: RoleQuery,
}

/// The page without any credentials, or the sign-in that leads here.
pub(in crate::web) async fn show(
    app: Data<App>,
    mut visitor: Visitor,
    query: Query<RoleQuery>,
) -> HttpResponse {
    let result = async {
        let (continuation, outcome) = decide(&app, &visitor, &query).await?;
        if !outcome.is_allowed() {
            return begin(&app, &mut visitor, continuation).await;
        }
        page(&app, &visitor, &outcome, None)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Credentials: our assertion, exchanged at AWS STS.
pub(in crate::web) async fn credentials(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<RoleForm>,
) -> HttpResponse {
    let result = async {
        let (continuation, outcome) = decide(&app, &visitor, &form.role).await?;
        let Some(session) = outcome.session.as_ref().filter(|_| outcome.is_allowed()) else {
            return begin(&app, &mut visitor, continuation).await;
        };
        csrf::check_session(&app, session, &request, &form.csrf)?;
        take(&app, &visitor, outcome).await
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

async fn decide(
    app: &App,
    visitor: &Visitor,
    role: &RoleQuery,
) -> Result<(Continuation, Outcome), PageError> {
    let (account, set) = named(app, &role.account_id, &role.role_name).await?;
    let continuation = Continuation::AwsRole {
        account_id: account.id,
        permission_set_id: set.id,
        destination: None,
        door: AwsDoor::CommandLine,
    };
    let proof = Proof::session(visitor.browser.session.clone());
    let request = continuation.access_request();
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    Ok((continuation, outcome))
}

async fn begin(
    app: &App,
    visitor: &mut Visitor,
    continuation: Continuation,
) -> Result<HttpResponse, PageError> {
    let binding = visitor.bind();
    let id = app
        .sign_ins
        .begin(&visitor.op, Some(&binding), continuation)
        .await?;
    Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish())
}

/// At the end of a sign-in: back to the page, by its own address.
pub(in crate::web) fn respond(
    app: &App,
    visitor: &Visitor,
    outcome: &Outcome,
) -> Result<HttpResponse, PageError> {
    let Resolved::Aws(pair) = &outcome.target else {
        return Err(PageError::Gone);
    };
    let path = routes::command_line(pair.0.id.as_str(), &pair.1.name);
    Ok(headers::see_other(app, visitor, &path).finish())
}

/// Uses the grant up for an assertion, and the assertion for credentials.
async fn take(app: &App, visitor: &Visitor, outcome: Outcome) -> Result<HttpResponse, PageError> {
    let Outcome {
        decision: Decision::Allow(grant),
        target: Resolved::Aws(pair),
        session: Some(session),
        known: person,
    } = outcome
    else {
        return Err(PageError::Gone);
    };
    let op = visitor.op.as_user(grant.subject());
    let (account, set) = (&pair.0, &pair.1);
    let witness = Witness {
        known: known(person.as_ref())?,
        session_id: &session.id,
        under: Under::Session(visitor.browser.session.clone().ok_or(PageError::Gone)?),
    };
    let sts_url = app
        .issuer
        .partition_of(account)?
        .sts_endpoint(None)
        .map_err(|error| PageError::BadRequest(error.to_string()))?;
    let issued = app
        .issuer
        .aws_response(&op, grant, &witness, (account, set))
        .await?;
    app.sessions.touch(&op, &session).await?;
    let got = sts::credentials(app, issued, &sts_url).await;
    let values = got.map(|credentials| values(&credentials, account, set));
    let csrf = app.sessions.csrf_token(&session);
    let page = filled(app, (account, set), csrf, Some(values));
    render(app, visitor, &page)
}

fn page(
    app: &App,
    visitor: &Visitor,
    outcome: &Outcome,
    values: Option<Result<CommandLineValues, sts::Trouble>>,
) -> Result<HttpResponse, PageError> {
    let (Resolved::Aws(pair), Some(session)) = (&outcome.target, &outcome.session) else {
        return Err(PageError::Gone);
    };
    let csrf = app.sessions.csrf_token(session);
    render(app, visitor, &filled(app, (&pair.0, &pair.1), csrf, values))
}

fn filled(
    app: &App,
    (account, set): (&AwsAccount, &PermissionSet),
    csrf: String,
    values: Option<Result<CommandLineValues, sts::Trouble>>,
) -> CommandLinePage {
    let url = app.site.public_url.as_str().trim_end_matches('/');
    let profile = profile(account, set);
    let (values, trouble) = match values {
        None => (None, None),
        Some(Ok(values)) => (Some(values), None),
        Some(Err(trouble)) => (None, Some((trouble.cause, trouble.fix))),
    };
    CommandLinePage {
        account_id: account.id.to_string(),
        account_name: account.name.clone(),
        role_name: set.name.clone(),
        login: format!("signet login {url}"),
        profile: format!(
            "[profile {profile}]\ncredential_process = signet aws creds --url {url} --account {} --role {}",
            account.id, set.name
        ),
        action: routes::AWS_COMMAND_LINE.to_owned(),
        csrf,
        values,
        trouble,
        portal: routes::PORTAL.to_owned(),
        sign_out: routes::SIGN_OUT.to_owned(),
    }
}

/// As AWS's own portal names it.
fn profile(account: &AwsAccount, set: &PermissionSet) -> String {
    format!("{}_{}", account.id, set.name)
}

fn values(
    credentials: &StsCredentials,
    account: &AwsAccount,
    set: &PermissionSet,
) -> CommandLineValues {
    let text = |secret: &Secret| secret.expose_text().unwrap_or_default().to_owned();
    let shells = [
        ("bash", Shell::Posix),
        ("powershell", Shell::PowerShell),
        ("fish", Shell::Fish),
    ];
    let mut blocks: Vec<SecretBlock> = shells
        .into_iter()
        .filter_map(|(name, shell)| {
            let lines = credentials.environment(shell, None).ok()?;
            Some(SecretBlock::new(name, text(&lines)))
        })
        .collect();
    let section = credentials.credentials_file_section(&profile(account, set));
    blocks.extend(
        section
            .ok()
            .map(|lines| SecretBlock::new("file", text(&lines))),
    );
    CommandLineValues {
        blocks,
        access_key_id: credentials.access_key_id.clone(),
        secret_access_key: text(&credentials.secret_access_key),
        session_token: text(&credentials.session_token),
        expires: credentials.expiration.to_xs_date_time(),
        assumed_role_arn: credentials.assumed_role_arn.clone(),
    }
}

fn render(app: &App, visitor: &Visitor, page: &CommandLinePage) -> Result<HttpResponse, PageError> {
    let html = app.renderer.render(page, visitor.language)?;
    let status = if page.trouble.is_some() {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::OK
    };
    Ok(headers::page(app, visitor, status, &Forms::Ours, html))
}
