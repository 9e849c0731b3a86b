//! What a client wants to be given, and the person's answer.

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::Token;
use crate::model::PendingId;
use crate::signin::Step;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, csrf, headers, routes};

/// The person agrees to what the dispatcher asks for now, and goes back to it.
pub(in crate::web) async fn submit(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<Token>,
) -> HttpResponse {
    let result = async {
        csrf::check(&app, &visitor, &request, &form.csrf)?;
        let id = PendingId::parse(&path).map_err(|_| PageError::NotFound)?;
        let step = app
            .sign_ins
            .next_step(&visitor.op, &id, &visitor.browser)
            .await?;
        let Step::Ask {
            requirement,
            outcome,
            ..
        } = step
        else {
            return Ok(headers::see_other(&app, &visitor, &routes::sign_in(&id)).finish());
        };
        app.sign_ins
            .consent(&visitor.op, &requirement, &outcome)
            .await?;
        Ok(headers::see_other(&app, &visitor, &routes::sign_in(&id)).finish())
    };
    answer(&app, &visitor, result.await)
}
