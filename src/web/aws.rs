//! AWS's console by deep link: `/aws/console?account_id=&role_name=&destination=`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::error::{PageError, answer, known};
use super::extract::Visitor;
use super::saml::post_page;
use super::{App, headers, routes};
use crate::access::{Outcome, Proof, Resolved};
use crate::issue::{AwsDestination, Under, Witness};
use crate::model::AccountId;
use crate::policy::Decision;
use crate::signin::Continuation;

/// The link, as AWS's own portal has it.
#[derive(Debug, Deserialize)]
pub(super) struct ConsoleQuery {
    account_id: String,
    /// The permission set's name.
    role_name: String,
    destination: Option<String>,
}

/// Goes to the console, or begins the sign-in that leads there.
pub(super) async fn console(
    app: Data<App>,
    mut visitor: Visitor,
    query: Query<ConsoleQuery>,
) -> HttpResponse {
    let result = run(&app, &mut visitor, &query).await;
    answer(&app, &visitor, result)
}

async fn run(
    app: &App,
    visitor: &mut Visitor,
    query: &ConsoleQuery,
) -> Result<HttpResponse, PageError> {
    let continuation = continuation(app, query).await?;
    let proof = Proof::session(visitor.browser.session.clone());
    let request = continuation.access_request();
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    if let Continuation::AwsRole { destination, .. } = &continuation
        && outcome.is_allowed()
    {
        return respond(app, visitor, destination.as_deref(), outcome).await;
    }
    let binding = visitor.bind();
    let id = app
        .sign_ins
        .begin(&visitor.op, Some(&binding), continuation)
        .await?;
    Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish())
}

/// What the link names. Whoever is not signed in learns nothing of which accounts and permission sets there are: an
/// unknown pair and a bad destination are the same "no such page".
async fn continuation(app: &App, query: &ConsoleQuery) -> Result<Continuation, PageError> {
    let account_id = AccountId::parse(&query.account_id).map_err(|_| PageError::NotFound)?;
    let pair = app
        .apps
        .account_and_permission_set(&account_id, &query.role_name)
        .await?;
    let (account, set) = pair.ok_or(PageError::NotFound)?;
    let destination = match query.destination.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            let partition = app.issuer.partition_of(&account)?;
            let checked = AwsDestination::parse(text, partition)
                .map_err(|error| PageError::BadRequest(error.to_string()))?;
            Some(checked.as_str().to_owned())
        }
    };
    Ok(Continuation::AwsRole {
        account_id,
        permission_set_id: set.id,
        destination,
    })
}

/// Uses the grant up for AWS's response, and shows the page that posts it.
pub(super) async fn respond(
    app: &App,
    visitor: &Visitor,
    destination: Option<&str>,
    outcome: Outcome,
) -> Result<HttpResponse, PageError> {
    let (Decision::Allow(grant), Resolved::Aws(pair), Some(session)) =
        (outcome.decision, &outcome.target, &outcome.session)
    else {
        return Err(PageError::Gone);
    };
    let (account, set) = &**pair;
    // Checked again: the partitions are configuration, and the sign-in may be older than it.
    let partition = app.issuer.partition_of(account)?;
    let destination = destination
        .map(|text| AwsDestination::parse(text, partition))
        .transpose()
        .map_err(|error| PageError::BadRequest(error.to_string()))?;
    let op = visitor.op.as_user(grant.subject());
    let witness = Witness {
        known: known(outcome.known.as_ref())?,
        session_id: &session.id,
        under: Under::Session(visitor.browser.session.clone().ok_or(PageError::Gone)?),
    };
    let posted = app
        .issuer
        .console_response(&op, grant, &witness, (account, set), destination.as_ref())
        .await?;
    app.sessions.touch(&op, session).await?;
    post_page(
        app,
        visitor,
        posted,
        &format!("AWS {} ({})", account.name, set.name),
    )
}
