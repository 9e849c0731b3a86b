//! A one-time link. To open it uses nothing up: mail scanners open links. The button does.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::Token;
use crate::render::{LinkProblemPage, SetupLinkPage};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, csrf, routes};

/// Says whose link it is, with the button that begins.
pub(in crate::web) async fn show(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = async {
        let Some(user_id) = app.credentials.peek_link(&visitor.op, &path).await? else {
            return problem(&app, &visitor);
        };
        let user = app.directory.user(&user_id).await?;
        let Some(user) = user else {
            return problem(&app, &visitor);
        };
        visitor.bind();
        let page = SetupLinkPage {
            action: routes::invite(&path),
            csrf: csrf::token(&app, &visitor),
            display_name: user.display_name,
        };
        let html = app.renderer.render(&page, visitor.language)?;
        Ok(headers::page(
            &app,
            &visitor,
            StatusCode::OK,
            &Forms::Ours,
            html,
        ))
    };
    let result: Result<HttpResponse, PageError> = result.await;
    answer(&app, &visitor, result)
}

/// Uses the link up and begins the sign-in that sets the credentials.
pub(in crate::web) async fn redeem(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<Token>,
) -> HttpResponse {
    let result = async {
        csrf::check(&app, &visitor, &request, &form.csrf)?;
        let begun = app
            .sign_ins
            .redeem_link(&visitor.op, &visitor.browser, &path)
            .await?;
        match begun {
            Some(id) => Ok(headers::see_other(&app, &visitor, &routes::sign_in(&id)).finish()),
            None => problem(&app, &visitor),
        }
    };
    answer(&app, &visitor, result.await)
}

fn problem(app: &App, visitor: &Visitor) -> Result<HttpResponse, PageError> {
    let html = app.renderer.render(&LinkProblemPage {}, visitor.language)?;
    Ok(headers::page(
        app,
        visitor,
        StatusCode::GONE,
        &Forms::Ours,
        html,
    ))
}
