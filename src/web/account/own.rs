//! What is known of a person, for themselves: what they did, what clients have of them, all of it as a file, and how they
//! want pages to look.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::recent::show;
use super::{allowed, begin, decide};
use crate::access::Outcome;
use crate::audit::{AuditEvent, Next, RecordFilter, RecordShape, SeenRecord};
use crate::model::{AppId, Span};
use crate::render::{
    ActivityPage, ActivityRow, GrantRow, GrantsPage, Language, LookForm, LookPage, Theme, done,
};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, cookies, csrf, headers, routes};

const ON_A_PAGE: i64 = 50;
const IN_A_FILE: i64 = 10_000;
/// A year of one's own doings is what anybody looks for.
const BACK: Span = Span::days(365);

/// From when on backwards.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Before {
    #[serde(default)]
    before: String,
}

/// Names a client.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct GrantForm {
    csrf: String,
    app: String,
}

/// How pages are to look.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct LookChoice {
    csrf: String,
    language: String,
    theme: String,
}

/// What one did, and what was done about one.
pub(in crate::web) async fn activity(
    app: Data<App>,
    mut visitor: Visitor,
    from: Option<Query<Before>>,
) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let Some((known, _)) = allowed(&outcome) else {
            return begin(&app, &mut visitor).await;
        };
        let filter = RecordFilter {
            names: known.user.id.to_string(),
            from: Some(visitor.op.now.minus(BACK).as_millis()),
            before: from.and_then(|from| from.before.parse().ok()),
            ..RecordFilter::default()
        };
        let found = app.audit.page(&visitor.op, &filter, ON_A_PAGE).await?;
        let page = ActivityPage {
            is_further: matches!(found.next, Some(Next::Further(_))),
            next: found
                .next
                .map(|next| routes::own_activity_before(next.cursor())),
            rows: found.records.iter().map(row).collect(),
            back: routes::ACCOUNT.to_owned(),
        };
        show(&app, &visitor, StatusCode::OK, &page)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

fn row(seen: &SeenRecord) -> ActivityRow {
    ActivityRow {
        at: seen.at.to_minute(),
        text: done(&seen.kind),
        kind: seen.kind.clone(),
        from: seen.remote_addr.clone().unwrap_or_default(),
        is_failure: seen.is_failure(),
    }
}

/// What clients have of one.
pub(in crate::web) async fn grants(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let Some((known, session)) = allowed(&outcome) else {
            return begin(&app, &mut visitor).await;
        };
        let grants = app.apps.grants_of(&visitor.op, &known.user.id).await?;
        let page = GrantsPage {
            grants: grants
                .into_iter()
                .map(|grant| GrantRow {
                    app: grant.app_id.to_string(),
                    name: grant.name,
                    scopes: grant.scopes.join(", "),
                    at: grant.at.to_minute(),
                    is_live: grant.is_live,
                })
                .collect(),
            action: routes::OWN_GRANTS.to_owned(),
            csrf: app.sessions.csrf_token(session),
            back: routes::ACCOUNT.to_owned(),
        };
        show(&app, &visitor, StatusCode::OK, &page)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Takes back what a client has.
pub(in crate::web) async fn take_back(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<GrantForm>,
) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let (known, session) = allowed(&outcome).ok_or(PageError::Gone)?;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let app_id = AppId::parse(&form.app).map_err(|_| PageError::NotFound)?;
        let op = visitor.op.as_user(&known.user.id);
        app.apps.take_back(&op, &known.user.id, &app_id).await?;
        Ok(headers::see_other(&app, &visitor, routes::OWN_GRANTS).finish())
    };
    answer(&app, &visitor, result.await)
}

/// Everything that is known of one, as a file.
pub(in crate::web) async fn export(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        if allowed(&outcome).is_none() {
            return begin(&app, &mut visitor).await;
        }
        let body = everything(&app, &visitor, &outcome).await?;
        let mut response = HttpResponse::build(StatusCode::OK);
        response
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""));
        headers::about_a_person(&mut response, &app);
        Ok(response.body(body))
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

async fn everything(app: &App, visitor: &Visitor, outcome: &Outcome) -> Result<String, PageError> {
    let (known, _) = allowed(outcome).ok_or(PageError::Gone)?;
    let user = &known.user;
    let op = visitor.op.as_user(&user.id);
    let exported = AuditEvent::PersonExported {
        user_id: user.id.clone(),
    };
    app.audit.record(&op, &exported).await?;
    let devices = app.credentials.devices(&user.id).await?;
    let sessions = app.sessions.list(&op, &user.id).await?;
    let grants = app.apps.grants_of(&op, &user.id).await?;
    let filter = RecordFilter {
        names: user.id.to_string(),
        ..RecordFilter::default()
    };
    let records = app.audit.newest(&op, &filter, IN_A_FILE).await?;
    let issuer = app.site.url("");
    let whole = json!({
        "exported_at": op.now.to_xs_date_time(),
        "user": user,
        "groups": known.groups.iter().map(|group| &group.name).collect::<Vec<_>>(),
        "factors": devices.iter().map(|device| json!({
            "kind": device.kind,
            "name": device.name,
            "created_at": device.created_at.to_xs_date_time(),
            "last_used_at": device.last_used_at.map(|at| at.to_xs_date_time()),
        })).collect::<Vec<_>>(),
        "sessions": sessions.iter().map(|session| json!({
            "created_at": session.created_at.to_xs_date_time(),
            "last_seen_at": session.last_seen_at.to_xs_date_time(),
            "browser": session.user_agent,
        })).collect::<Vec<_>>(),
        "granted": grants.iter().map(|grant| json!({
            "application": grant.name,
            "scopes": grant.scopes,
            "at": grant.at.to_xs_date_time(),
        })).collect::<Vec<_>>(),
        "activity": records
            .iter()
            .map(|seen| seen.shaped(RecordShape::Native, &issuer))
            .collect::<Vec<_>>(),
    });
    Ok(format!("{whole:#}\n"))
}

/// Asks how pages are to look.
pub(in crate::web) async fn ask_look(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let Some((_, session)) = allowed(&outcome) else {
            return begin(&app, &mut visitor).await;
        };
        let chosen = cookies::chosen_language(&request, &app.site);
        let page = LookPage {
            form: LookForm {
                language: chosen.map_or("auto", Language::tag),
                theme: visitor.language.theme.as_str(),
            },
            action: routes::OWN_LOOK.to_owned(),
            csrf: app.sessions.csrf_token(session),
            back: routes::ACCOUNT.to_owned(),
        };
        show(&app, &visitor, StatusCode::OK, &page)
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Keeps it, in this browser.
pub(in crate::web) async fn set_look(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<LookChoice>,
) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let (_, session) = allowed(&outcome).ok_or(PageError::Gone)?;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let language = Language::ALL.into_iter().find(|l| l.tag() == form.language);
        let theme = Theme::ALL.into_iter().find(|t| t.as_str() == form.theme);
        let mut response = headers::see_other(&app, &visitor, routes::ACCOUNT);
        response.cookie(cookies::set_look(
            &app.site,
            language,
            theme.unwrap_or_default(),
        ));
        Ok(response.finish())
    };
    answer(&app, &visitor, result.await)
}
