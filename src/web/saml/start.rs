//! A sign-in that starts from our side: the portal's tiles and links of other pages.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;

use super::proceed;
use crate::model::{AppId, TraceProtocol};
use crate::protocol::saml::check_relay_state;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, trace};

/// What may be asked for.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct StartQuery {
    #[serde(rename = "RelayState")]
    relay_state: Option<String>,
}

/// Goes to the application, with the RelayState of the link or of the registration.
pub(in crate::web) async fn start(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
    query: Query<StartQuery>,
) -> HttpResponse {
    let result = async {
        let app_id = AppId::parse(&path).map_err(|_| PageError::NotFound)?;
        let relay_state = query
            .relay_state
            .as_deref()
            .filter(|state| !state.is_empty());
        relay_state
            .map_or(Ok(()), check_relay_state)
            .map_err(|error| PageError::BadRequest(error.to_string()))?;
        let found = app.apps.application(&app_id).await?;
        let application = found.ok_or(PageError::NotFound)?;
        let of = (Some(&application), None);
        visitor
            .trace
            .begin(&visitor.op, TraceProtocol::Saml, "start");
        visitor
            .trace
            .is_from(&application.id, application.registration.identifier());
        let exchange = app
            .issuer
            .start_from_our_side(&application, relay_state)
            .inspect_err(|error| trace::not_issued(&app, &visitor, of, error))?;
        proceed(&app, &mut visitor, exchange).await
    };
    let result = result.await;
    answer(&app, &visitor, result)
}
