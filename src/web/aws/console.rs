//! AWS's console by deep link: `/aws/console?account_id=&role_name=&destination=`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::named;
use crate::access::{Outcome, Proof, Resolved};
use crate::issue::{AwsDestination, Under, Witness};
use crate::policy::Decision;
use crate::signin::{AwsDoor, Continuation};
use crate::web::error::{PageError, answer, known};
use crate::web::extract::Visitor;
use crate::web::saml::post_page;
use crate::web::{App, headers, routes};

/// The link, as AWS's own portal has it.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct ConsoleQuery {
    account_id: String,
    /// The permission set's name.
    role_name: String,
    destination: Option<String>,
}

/// Goes to the console, or begins the sign-in that leads there.
pub(in crate::web) async fn console(
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

/// What the link names; a destination that AWS's console does not have is refused.
async fn continuation(app: &App, query: &ConsoleQuery) -> Result<Continuation, PageError> {
    let (account, set) = named(app, &query.account_id, &query.role_name).await?;
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
        account_id: account.id,
        permission_set_id: set.id,
        destination,
        door: AwsDoor::Console,
    })
}

/// Uses the grant up for AWS's response, and shows the page that posts it.
pub(in crate::web) async fn respond(
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
