//! What became of applications' attempts: the list, and each by itself.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::frame::show;
use super::{Admitted, admit};
use crate::render::{CauseRow, TracePage, TraceRow, TracesPage, ValueRow};
use crate::signin::ConsolePart;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, routes};

/// In the list.
const MOST: u32 = 200;

/// All of them, failing ones first.
pub(in crate::web) async fn list(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        let admin = match admit(&app, &mut visitor, ConsolePart::Traces).await? {
            Admitted::Yes(admin) => admin,
            Admitted::NotYet(response) => return Ok(response),
        };
        let found = app.traces.newest(&visitor.op, None, MOST).await?;
        let page = TracesPage {
            traces: found
                .iter()
                .map(|named| TraceRow::of(named, routes::trace(&named.trace.id)))
                .collect(),
            console: admin.console(&app, "traces"),
        };
        show(&app, &visitor, &page, None)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// One, by its id or by the id of a request.
pub(in crate::web) async fn one(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = async {
        let admin = match admit(&app, &mut visitor, ConsolePart::Traces).await? {
            Admitted::Yes(admin) => admin,
            Admitted::NotYet(response) => return Ok(response),
        };
        let found = app.traces.find(&visitor.op, &path).await?;
        let named = found.ok_or(PageError::NotFound)?;
        let page = TracePage {
            row: TraceRow::of(&named, routes::trace(&named.trace.id)),
            request_id: named.trace.request_id.to_string(),
            updated: named.trace.updated_at.to_xs_date_time(),
            causes: CauseRow::all(&named),
            asked: ValueRow::all(&named.trace.asked),
            answered: ValueRow::all(&named.trace.answered),
            console: admin.console(&app, "traces"),
        };
        show(&app, &visitor, &page, None)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}
