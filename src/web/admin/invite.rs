//! Inviting people.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::frame::{group_pick, problem, show};
use super::{Admin, Admitted, admit};
use crate::directory::{DirectoryError, InvitationOutcome, Invitations, Invited, Travel};
use crate::mail::Delivery;
use crate::model::Span;
use crate::render::{ConsoleProblem, InvitePage, InviteRow};
use crate::signin::ConsolePart;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, routes};

/// How long an invitation works.
const LIFETIME: Span = Span::days(7);

/// The form.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct InviteForm {
    csrf: String,
    addresses: String,
    #[serde(default)]
    group: String,
    by_hand: Option<String>,
}

/// What the form holds, and what came of it.
#[derive(Default)]
struct Filled {
    addresses: String,
    group: String,
    by_hand: bool,
    results: Vec<InviteRow>,
    problem: Option<ConsoleProblem>,
}

/// The empty form.
pub(in crate::web) async fn ask(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        match admit(&app, &mut visitor, ConsolePart::People).await? {
            Admitted::Yes(admin) => page(&app, &visitor, &admin, Filled::default()).await,
            Admitted::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Invites, and says what became of each address. Links that do not travel by mail are shown this once.
pub(in crate::web) async fn invite(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    form: Form<InviteForm>,
) -> HttpResponse {
    let result = async {
        let admin = match admit(&app, &mut visitor, ConsolePart::People).await? {
            Admitted::Yes(admin) => admin,
            Admitted::NotYet(response) => return Ok(response),
        };
        let form = form.into_inner();
        admin.check(&app, &request, &form.csrf)?;
        let by_hand = form.by_hand.is_some();
        let groups = match form.group.trim() {
            "" => Ok(Vec::new()),
            text => app
                .directory
                .group_called(text)
                .await
                .map(|group| vec![group.id]),
        };
        let groups = match groups {
            Ok(groups) => groups,
            Err(error) => {
                let filled = Filled {
                    problem: Some(problem(error)?),
                    addresses: form.addresses,
                    group: form.group,
                    by_hand,
                    ..Filled::default()
                };
                return page(&app, &visitor, &admin, filled).await;
            }
        };
        let invitations = Invitations {
            addresses: form.addresses.clone(),
            groups,
            lifetime: LIFETIME,
            links_at: app.site.url(&routes::invite("")),
            travel: if by_hand {
                Travel::ByHand
            } else {
                Travel::ByMail
            },
        };
        let services = (&app.credentials, &app.outbox);
        let invited = app.directory.invite(&admin.op, services, &invitations);
        let filled = match invited.await {
            Ok(invited) => Filled {
                results: invited.into_iter().map(result_row).collect(),
                ..Filled::default()
            },
            Err(error) => Filled {
                problem: Some(problem(error)?),
                addresses: form.addresses,
                group: form.group,
                by_hand,
                ..Filled::default()
            },
        };
        page(&app, &visitor, &admin, filled).await
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

fn result_row(invited: Invited) -> InviteRow {
    let (outcome, link, detail) = match invited.outcome {
        InvitationOutcome::Sent { link: None, .. } => ("mailed", None, String::new()),
        InvitationOutcome::Sent { link, .. } => ("link", link, String::new()),
        InvitationOutcome::IsThere(_) => ("is-there", None, String::new()),
        InvitationOutcome::Refused(DirectoryError::Invalid { reason, .. }) => {
            ("refused", None, reason)
        }
        InvitationOutcome::Refused(error) => ("refused", None, error.to_string()),
    };
    InviteRow {
        address: invited.address,
        outcome,
        link,
        detail,
    }
}

async fn page(
    app: &App,
    visitor: &Visitor,
    admin: &Admin,
    filled: Filled,
) -> Result<HttpResponse, PageError> {
    let page = InvitePage {
        console: admin.console(app, "people"),
        action: routes::INVITE_PEOPLE.to_owned(),
        group: group_pick(app, &filled.group, |_| false).await?,
        can_mail: app.outbox.delivery() == Delivery::On,
        addresses: filled.addresses,
        by_hand: filled.by_hand,
        results: filled.results,
        problem: filled.problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
