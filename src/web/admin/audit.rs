//! The audit: what happened, by whom and about whom, on pages and for programs.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::frame::show;
use super::within;
use crate::audit::{Next, RecordFilter, RecordShape, RecordedActor, SeenRecord};
use crate::model::{Timestamp, UserId};
use crate::render::{AuditDownload, AuditPage, AuditRow, ConsoleProblem};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// On one page.
const MOST: i64 = 50;
/// In one download.
const MOST_FOR_PROGRAMS: i64 = 10_000;
const SHAPES: [&str; 3] = ["native", "cloudtrail", "ocsf"];

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    /// Where the page before ended: time, stream, sequence.
    #[serde(default)]
    before: String,
    #[serde(default)]
    format: String,
}

/// The records.
pub(in crate::web) async fn list(
    app: Data<App>,
    mut visitor: Visitor,
    asked: Option<Query<Asked>>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Audit,
        async |visitor, admin| {
            let asked = asked.map(Query::into_inner).unwrap_or_default();
            let (filter, problem) = match filter(&app, &asked).await? {
                Ok(filter) => (Some(filter), None),
                Err(problem) => (None, Some(problem)),
            };
            if let (Some(filter), Some(shape)) = (&filter, RecordShape::from_word(&asked.format)) {
                return download(&app, visitor, filter, shape).await;
            }
            let (found, next) = match &filter {
                Some(filter) => {
                    let page = app.audit.page(&visitor.op, filter, MOST).await?;
                    (page.records, page.next)
                }
                None => (Vec::new(), None),
            };
            let names = names(&app, &found).await?;
            let page = AuditPage {
                console: admin.console(&app, "audit"),
                action: routes::AUDIT.to_owned(),
                is_further: matches!(next, Some(Next::Further(_))),
                next: next.map(|next| asked.link(&next.cursor().to_string(), "")),
                downloads: SHAPES
                    .map(|name| AuditDownload {
                        name,
                        href: asked.link("", name),
                    })
                    .to_vec(),
                rows: found.iter().map(|seen| row(seen, &names)).collect(),
                kind: asked.kind,
                user: asked.user,
                from: asked.from,
                until: asked.until,
                problem,
            };
            show(&app, visitor, &page, page.problem.as_ref())
        },
    )
    .await
}

impl Asked {
    fn link(&self, before: &str, format: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("kind", self.kind.as_str()),
            ("user", &self.user),
            ("from", &self.from),
            ("until", &self.until),
            ("before", before),
            ("format", format),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{}?{}", routes::AUDIT, query.finish())
    }
}

/// What is looked for, or what is wrong with the question.
async fn filter(
    app: &App,
    asked: &Asked,
) -> Result<Result<RecordFilter, ConsoleProblem>, PageError> {
    let problem = |key, about: &str| ConsoleProblem {
        key,
        about: about.to_owned(),
    };
    let mut times = [None, None];
    for (text, time) in [&asked.from, &asked.until].iter().zip(&mut times) {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match Timestamp::parse_rfc3339(text) {
            Some(at) => *time = Some(at.as_millis()),
            None => return Ok(Err(problem("not-a-time", text))),
        }
    }
    let [from, until] = times;
    let name = asked.user.trim();
    let names = if name.is_empty() {
        String::new()
    } else {
        match app.directory.user_by_name(name).await? {
            Some(user) => user.id.to_string(),
            // Somebody who was deleted is found by their id.
            None => match UserId::parse(name) {
                Ok(id) => id.to_string(),
                Err(_) => return Ok(Err(problem("not-found", name))),
            },
        }
    };
    Ok(Ok(RecordFilter {
        kind: asked.kind.trim().to_owned(),
        names,
        from,
        until,
        before: asked.before.parse().ok(),
    }))
}

async fn download(
    app: &App,
    visitor: &Visitor,
    filter: &RecordFilter,
    shape: RecordShape,
) -> Result<HttpResponse, PageError> {
    let found = app
        .audit
        .newest(&visitor.op, filter, MOST_FOR_PROGRAMS)
        .await?;
    let issuer = app.site.url("");
    let lines = found
        .iter()
        .map(|seen| format!("{}\n", seen.shaped(shape, &issuer)));
    let mut response = HttpResponse::build(StatusCode::OK);
    response
        .insert_header((CONTENT_TYPE, "application/x-ndjson"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"audit.ndjson\""));
    headers::about_a_person(&mut response, app);
    Ok(response.body(lines.collect::<String>()))
}

/// The names of everybody on the page who still is there.
async fn names(app: &App, found: &[SeenRecord]) -> Result<BTreeMap<UserId, String>, PageError> {
    let mut names = BTreeMap::new();
    for seen in found {
        let actor = match &seen.actor {
            RecordedActor::User { id } => Some(id),
            _ => None,
        };
        for id in actor.into_iter().chain(&seen.about) {
            if !names.contains_key(id)
                && let Some(user) = app.directory.user(id).await?
            {
                names.insert(id.clone(), user.user_name.to_string());
            }
        }
    }
    Ok(names)
}

fn row(seen: &SeenRecord, names: &BTreeMap<UserId, String>) -> AuditRow {
    let name = |id: &UserId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let actor_id = match &seen.actor {
        RecordedActor::User { id } => Some(id),
        _ => None,
    };
    AuditRow {
        at: seen.at.to_xs_date_time(),
        kind: seen.kind.clone(),
        actor: match &seen.actor {
            RecordedActor::User { id } => name(id),
            RecordedActor::Host { name } => format!("signet {name}"),
            RecordedActor::Job { name } => format!("signet ({name})"),
            RecordedActor::Anonymous => "?".to_owned(),
        },
        about: match &seen.about {
            Some(id) if Some(id) != actor_id => name(id),
            _ => String::new(),
        },
        remote_addr: seen.remote_addr.clone().unwrap_or_default(),
        request_id: seen.request_id.clone(),
        detail: format!("{:#}", seen.event),
        is_failure: seen.is_failure(),
    }
}
