//! One permission set, or a new one.

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::form::Fields;
use super::frame::{apps_problem, show};
use super::{Admin, posted, within};
use crate::apps::{AppsError, JOB_FUNCTIONS, SERVICES};
use crate::model::{PermissionSet, PermissionSetId, PermissionsBoundary, RoleContent};
use crate::render::{Choice, ConsoleProblem, PermissionSetForm, PermissionSetPage, TagRow};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// Whose session tags are shown.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Preview {
    #[serde(default)]
    preview: String,
}

/// The form of a new one.
pub(in crate::web) async fn ask(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let shown = Shown {
                form: PermissionSetForm {
                    minutes: "60".to_owned(),
                    boundary_kind: "none",
                    ..PermissionSetForm::default()
                },
                ..Shown::default()
            };
            page(&app, (visitor, admin), None, shown)
        },
    )
    .await
}

/// Makes it.
pub(in crate::web) async fn make(
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
            let id = PermissionSetId::from_random(admin.op.entropy.octets());
            let made = match set_of(fields, id) {
                Ok(set) => app.apps.create_permission_set(&admin.op, set).await,
                Err(error) => Err(error),
            };
            match made {
                Ok(_) => Ok(headers::see_other(&app, visitor, routes::AWS).finish()),
                Err(error) => {
                    let shown = Shown::refused(fields, apps_problem(error)?);
                    page(&app, (visitor, admin), None, shown)
                }
            }
        },
    )
    .await
}

/// The page.
pub(in crate::web) async fn one(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
    preview: Option<Query<Preview>>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Aws,
        async |visitor, admin| {
            let set = find(&app, &path).await?;
            let mut shown = Shown::of(&set);
            let of = preview.map(|query| query.preview.trim().to_owned());
            if let Some(name) = of.filter(|name| !name.is_empty()) {
                match app.directory.user_by_name(&name).await? {
                    Some(user) => {
                        let tags = app.access.session_tags(&user, &set).await?;
                        shown.preview = tags
                            .into_iter()
                            .map(|(key, value)| TagRow { key, value })
                            .collect();
                    }
                    None => {
                        shown.problem = Some(ConsoleProblem {
                            key: "not-found",
                            about: name.clone(),
                        });
                    }
                }
                shown.preview_of = name;
            }
            page(&app, (visitor, admin), Some(&set), shown)
        },
    )
    .await
}

/// A change: `change` or `delete`.
pub(in crate::web) async fn change(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::Aws,
        (&request, &body),
        async |visitor, admin, fields| {
            let (id, act) = path.into_inner();
            let set = find(&app, &id).await?;
            let (op, apps) = (&admin.op, &app.apps);
            let changed = match act.as_str() {
                "change" => match set_of(fields, set.id.clone()) {
                    Ok(changed) => apps.update_permission_set(op, changed).await.map(drop),
                    Err(error) => Err(error),
                },
                // The name is typed: with a permission set go all of its assignments.
                "delete" if fields.one("value").trim() == set.name => {
                    apps.delete_permission_set(op, &set.id).await
                }
                "delete" => Err(AppsError::Invalid {
                    field: "name",
                    reason: format!("is not \"{}\"", set.name),
                }),
                _ => return Err(PageError::NotFound),
            };
            match changed {
                Ok(()) => Ok(headers::see_other(&app, visitor, routes::AWS).finish()),
                Err(error) => {
                    let problem = apps_problem(error)?;
                    let shown = match act.as_str() {
                        "change" => Shown::refused(fields, problem),
                        _ => Shown {
                            problem: Some(problem),
                            ..Shown::of(&set)
                        },
                    };
                    page(&app, (visitor, admin), Some(&set), shown)
                }
            }
        },
    )
    .await
}

async fn find(app: &App, id: &str) -> Result<PermissionSet, PageError> {
    let id = PermissionSetId::parse(id).map_err(|_| PageError::NotFound)?;
    let set = app.apps.permission_set(&id).await?;
    set.ok_or(PageError::NotFound)
}

/// A permission set as the form says.
fn set_of(fields: &Fields, id: PermissionSetId) -> Result<PermissionSet, AppsError> {
    let wrong = |field, reason: &str| AppsError::Invalid {
        field,
        reason: reason.to_owned(),
    };
    let name = fields.one("name").trim().to_owned();
    let minutes: u32 = fields
        .one("minutes")
        .trim()
        .parse()
        .map_err(|_| wrong("session length", "a number of minutes, from 15 to 720"))?;
    let mut managed: Vec<String> = fields.all("managed").map(str::to_owned).collect();
    managed.extend(fields.lines("other_managed"));
    let boundary = fields.one("boundary").trim().to_owned();
    let boundary = match fields.one("boundary_kind") {
        "managed" => Some(PermissionsBoundary::Managed(boundary)),
        "customer" => Some(PermissionsBoundary::Customer(boundary)),
        _ => None,
    };
    let role_path = match fields.one("role_path").trim() {
        "" => format!("signet/Signet_{name}"),
        given => given.trim_start_matches('/').to_owned(),
    };
    let relay_state = fields.one("relay_state").trim();
    Ok(PermissionSet {
        id,
        description: fields.one("description").to_owned(),
        role_path,
        session_duration_seconds: minutes.saturating_mul(60),
        relay_state: (!relay_state.is_empty()).then(|| relay_state.to_owned()),
        session_tags: fields.pairs("session_tags").into_iter().collect(),
        transitive_tag_keys: fields.lines("transitive"),
        role: RoleContent {
            managed_policies: managed,
            customer_policies: fields.lines("customer"),
            inline_policy: Some(fields.one("inline").to_owned()),
            boundary,
            tags: fields.pairs("role_tags").into_iter().collect(),
        },
        name,
        revision: 0,
    })
}

/// What the page shows.
#[derive(Default)]
struct Shown {
    form: PermissionSetForm,
    managed: Vec<String>,
    preview_of: String,
    preview: Vec<TagRow>,
    problem: Option<ConsoleProblem>,
}

fn is_offered(name: &str) -> bool {
    JOB_FUNCTIONS.contains(&name) || SERVICES.contains(&name)
}

impl Shown {
    fn of(set: &PermissionSet) -> Self {
        let role = &set.role;
        let (offered, others): (Vec<_>, Vec<_>) = role
            .managed_policies
            .iter()
            .cloned()
            .partition(|name| is_offered(name));
        let (boundary_kind, boundary) = match &role.boundary {
            None => ("none", String::new()),
            Some(PermissionsBoundary::Managed(name)) => ("managed", name.clone()),
            Some(PermissionsBoundary::Customer(name)) => ("customer", name.clone()),
        };
        let pairs = |pairs: &std::collections::BTreeMap<String, String>| {
            let lines: Vec<_> = pairs.iter().map(|(k, v)| format!("{k} = {v}")).collect();
            lines.join("\n")
        };
        Self {
            form: PermissionSetForm {
                name: set.name.clone(),
                description: set.description.clone(),
                other_managed: others.join("\n"),
                customer: role.customer_policies.join("\n"),
                inline: role.inline_policy.clone().unwrap_or_default(),
                boundary_kind,
                boundary,
                minutes: set.session_duration_seconds.div_euclid(60).to_string(),
                role_path: set.role_path.clone(),
                relay_state: set.relay_state.clone().unwrap_or_default(),
                session_tags: pairs(&set.session_tags),
                transitive: set.transitive_tag_keys.join("\n"),
                role_tags: pairs(&role.tags),
            },
            managed: offered,
            ..Self::default()
        }
    }

    /// As it was filled in.
    fn refused(fields: &Fields, problem: ConsoleProblem) -> Self {
        let text = |name| fields.one(name).to_owned();
        Self {
            form: PermissionSetForm {
                name: text("name"),
                description: text("description"),
                other_managed: text("other_managed"),
                customer: text("customer"),
                inline: text("inline"),
                boundary_kind: match fields.one("boundary_kind") {
                    "managed" => "managed",
                    "customer" => "customer",
                    _ => "none",
                },
                boundary: text("boundary"),
                minutes: text("minutes"),
                role_path: text("role_path"),
                relay_state: text("relay_state"),
                session_tags: text("session_tags"),
                transitive: text("transitive"),
                role_tags: text("role_tags"),
            },
            managed: fields.all("managed").map(str::to_owned).collect(),
            problem: Some(problem),
            ..Self::default()
        }
    }
}

fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    set: Option<&PermissionSet>,
    shown: Shown,
) -> Result<HttpResponse, PageError> {
    let choice = |name: &&str| Choice {
        value: (*name).to_owned(),
        name: (*name).to_owned(),
        is_chosen: shown.managed.iter().any(|chosen| chosen == name),
    };
    let page = PermissionSetPage {
        console: admin.console(app, "aws"),
        action: match set {
            Some(set) => routes::permission_set_act(&set.id, "change"),
            None => routes::SETS.to_owned(),
        },
        delete: set.map(|set| routes::permission_set_act(&set.id, "delete")),
        job_functions: JOB_FUNCTIONS.iter().map(choice).collect(),
        services: SERVICES.iter().map(choice).collect(),
        form: shown.form,
        preview_of: shown.preview_of,
        preview: shown.preview,
        problem: shown.problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
