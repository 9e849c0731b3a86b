//! People: the list, and whom one looks for.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::frame::{row, show};
use super::{Admitted, admit};
use crate::model::{Duty, fold_key};
use crate::render::PeoplePage;
use crate::signin::ConsolePart;
use crate::web::error::answer;
use crate::web::extract::Visitor;
use crate::web::{App, routes};

/// On one page.
pub(super) const MOST: usize = 50;
/// Of what is looked for.
const LONGEST_QUERY: usize = 100;

/// What is looked for, and from behind whom on.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

impl Search {
    /// The text, and the folded name from behind which on.
    pub(super) fn read(&self) -> (String, String) {
        let plain = |text: &str| -> String {
            let text = text.trim().chars().filter(|c| !c.is_control());
            text.take(LONGEST_QUERY).collect()
        };
        (plain(&self.q), fold_key(&plain(&self.after)))
    }
}

/// People by user name, fifty at a time.
pub(in crate::web) async fn list(
    app: Data<App>,
    mut visitor: Visitor,
    search: Option<Query<Search>>,
) -> HttpResponse {
    let result = async {
        let admin = match admit(&app, &mut visitor, ConsolePart::People).await? {
            Admitted::Yes(admin) => admin,
            Admitted::NotYet(response) => return Ok(response),
        };
        let search = search.map(Query::into_inner).unwrap_or_default();
        let (query, after) = search.read();
        let found = app.directory.search_users(&query, &after, MOST).await?;
        let last = found.last().filter(|_| found.len() == MOST);
        let page = PeoplePage {
            console: admin.console(&app, "people"),
            people: found.iter().map(row).collect(),
            next: last.map(|last| routes::people_after(&query, last.user_name.as_str())),
            invite: routes::INVITE_PEOPLE.to_owned(),
            import: admin
                .user
                .admin_role
                .may(Duty::Everything)
                .then(|| routes::IMPORT_PEOPLE.to_owned()),
            query,
        };
        show(&app, &visitor, &page, None)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}
