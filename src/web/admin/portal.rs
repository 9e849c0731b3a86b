//! The portal's own address.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::frame::{apps_problem, show};
use super::{Admin, posted, within};
use crate::model::PortalAddress;
use crate::render::{ConsoleProblem, PortalAddressPage};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The page.
pub(in crate::web) async fn ask(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| page(&app, (visitor, admin), (None, None)).await,
    )
    .await
}

/// Sets the address.
pub(in crate::web) async fn set(
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
            let value = fields.one("value");
            let problem = match PortalAddress::parse(value) {
                Ok(address) => match app.apps.set_portal_address(&admin.op, &address).await {
                    Ok(()) => {
                        let to = routes::PORTAL_ADDRESS;
                        return Ok(headers::see_other(&app, visitor, to).finish());
                    }
                    Err(error) => apps_problem(error)?,
                },
                Err(error) => ConsoleProblem {
                    key: "invalid",
                    about: error.to_string(),
                },
            };
            page(&app, (visitor, admin), (Some(value), Some(problem))).await
        },
    )
    .await
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    (value, problem): (Option<&str>, Option<ConsoleProblem>),
) -> Result<HttpResponse, PageError> {
    let addresses = app.apps.portal_addresses().await?;
    let mut urls = addresses
        .iter()
        .map(|address| app.site.url(&format!("/{}", address.as_str())));
    let own = urls.next();
    let page = PortalAddressPage {
        console: admin.console(app, "aws"),
        action: routes::PORTAL_ADDRESS.to_owned(),
        base: app.site.url("/"),
        value: match (value, addresses.first()) {
            (Some(value), _) => value.to_owned(),
            (None, Some(address)) => address.as_str().to_owned(),
            (None, None) => String::new(),
        },
        former: urls.collect(),
        own,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
