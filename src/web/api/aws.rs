//! AWS for programs: which roles a person has, the assertion for one, the credentials of one.
//!
//! The command line takes the assertion and calls STS itself, so that no key crosses the server. Whoever cannot has the
//! server call STS: the credentials pass through and are neither kept nor logged.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Problem, finish};
use crate::access::{Authorized, Proof, Resolved};
use crate::issue::{AwsResponse, Under, Witness};
use crate::model::{AccountId, Secret};
use crate::policy::{AccessRequest, Decision, Target};
use crate::web::App;
use crate::web::aws::sts;
use crate::web::extract::Visitor;
use crate::web::oauth::userinfo::bearer;

/// The scope that these need.
const SCOPE: &str = "aws";

#[derive(Serialize)]
struct Roles {
    roles: Vec<Role>,
}

#[derive(Serialize)]
struct Role {
    account_id: String,
    account_name: String,
    partition: String,
    role_name: String,
    description: String,
    session_duration_seconds: u32,
}

/// Which role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    account_id: String,
    role_name: String,
    region: Option<String>,
}

#[derive(Serialize)]
struct Assertion {
    saml_response: String,
    role_arn: String,
    principal_arn: String,
    session_duration_seconds: u32,
    sts_url: String,
    expires_at: String,
}

#[derive(Serialize)]
struct Credentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: String,
    assumed_role_arn: &'a str,
}

/// Every permission set in every account that the person has.
pub(in crate::web) async fn roles(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
) -> HttpResponse {
    let result = async {
        let authorized = authorize(&app, &visitor, &request).await?;
        let proof = Proof::authorization(authorized);
        let wanted = AccessRequest::plain(Target::Portal);
        let outcome = app.access.decide(&visitor.op, proof, wanted).await?;
        let Decision::Allow(grant) = outcome.decision else {
            return Err(Problem::refused(&outcome.decision));
        };
        let portal = app.access.portal(grant).await?;
        Ok(Roles {
            roles: portal.roles.into_iter().map(role).collect(),
        })
    };
    finish(&app, &visitor, result.await)
}

fn role(role: crate::access::PortalRole) -> Role {
    Role {
        account_id: role.account.id.to_string(),
        account_name: role.account.name,
        partition: role.account.partition,
        role_name: role.permission_set.name,
        description: role.permission_set.description,
        session_duration_seconds: role.permission_set.session_duration_seconds,
    }
}

/// The assertion for one role.
pub(in crate::web) async fn assertion(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let result = async {
        let authorized = authorize(&app, &visitor, &request).await?;
        let (response, sts_url) = issue(&app, &visitor, authorized, &read(&body)?).await?;
        Ok(Assertion {
            saml_response: response.posted.saml_response,
            role_arn: response.role_arn,
            principal_arn: response.principal_arn,
            session_duration_seconds: response.duration_seconds,
            sts_url,
            expires_at: response.expires_at.to_rfc3339(),
        })
    };
    finish(&app, &visitor, result.await)
}

/// The credentials of one role, by our call of STS.
pub(in crate::web) async fn credentials(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let result = async {
        let authorized = authorize(&app, &visitor, &request).await?;
        let (response, sts_url) = issue(&app, &visitor, authorized, &read(&body)?).await?;
        sts::credentials(&app, response, &sts_url)
            .await
            .map_err(|trouble| Problem::sts(&trouble))
    };
    match result.await {
        Ok(credentials) => {
            let text = |secret: &Secret| secret.expose_text().unwrap_or_default().to_owned();
            let (secret, token) = (
                text(&credentials.secret_access_key),
                text(&credentials.session_token),
            );
            let shown = Credentials {
                access_key_id: &credentials.access_key_id,
                secret_access_key: &secret,
                session_token: &token,
                expiration: credentials.expiration.to_rfc3339(),
                assumed_role_arn: &credentials.assumed_role_arn,
            };
            finish(&app, &visitor, Ok(shown))
        }
        Err(problem) => problem.answer(&app, &visitor),
    }
}

async fn authorize(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
) -> Result<Authorized, Problem> {
    let token = bearer(request, &[]).map_err(|error| Problem::token(error.as_ref()))?;
    app.issuer
        .bearer(&visitor.op, &token, SCOPE)
        .await?
        .map_err(|error| Problem::token(Some(&error)))
}

fn read(body: &[u8]) -> Result<Wanted, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::bad_request(format!(
            "send {{\"account_id\": \"123456789012\", \"role_name\": \"ReadOnly\"}}: {error}"
        ))
    })
}

/// Decides about the one role, and issues for it.
async fn issue(
    app: &App,
    visitor: &Visitor,
    authorized: Authorized,
    wanted: &Wanted,
) -> Result<(AwsResponse, String), Problem> {
    let account_id = AccountId::parse(&wanted.account_id)
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    let pair = app
        .apps
        .account_and_permission_set(&account_id, &wanted.role_name)
        .await?;
    let denied = || Problem::refused(&Decision::Deny(crate::policy::DenyReason::TargetUnknown));
    let (_, set) = pair.ok_or_else(denied)?;
    let target = Target::Aws {
        account_id,
        permission_set_id: set.id,
    };
    let (session_id, family_id) = (authorized.session_id.clone(), authorized.family_id.clone());
    let proof = Proof::authorization(authorized);
    let outcome = app
        .access
        .decide(&visitor.op, proof, AccessRequest::plain(target))
        .await?;
    let (Decision::Allow(grant), Resolved::Aws(pair), Some(known)) =
        (outcome.decision, &outcome.target, &outcome.known)
    else {
        return Err(denied());
    };
    let op = visitor.op.as_user(grant.subject());
    let witness = Witness {
        known,
        session_id: &session_id,
        under: Under::Family(family_id),
    };
    let (account, set) = &**pair;
    let region = wanted.region.as_deref();
    let sts_url = app
        .issuer
        .partition_of(account)?
        .sts_endpoint(region)
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    let issued = app
        .issuer
        .aws_response(&op, grant, &witness, (account, set));
    Ok((issued.await?, sts_url))
}
