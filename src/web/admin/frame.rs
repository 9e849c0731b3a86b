//! What the console's pages share: the frame, the row of a person, and a refusal in the reader's words.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::Admin;
use crate::apps::AppsError;
use crate::authority::ChangeRefusal;
use crate::credentials::CredentialError;
use crate::directory::DirectoryError;
use crate::model::{Duty, Group, User};
use crate::render::{Choice, Console, ConsoleProblem, GroupPick, Page, PersonRow};
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, routes};

impl Admin {
    /// The frame, with this part open.
    pub(super) fn console(&self, app: &App, current: &'static str) -> Console {
        Console {
            current,
            home: routes::ADMIN.to_owned(),
            people: routes::PEOPLE.to_owned(),
            groups: routes::GROUPS.to_owned(),
            aws: routes::AWS.to_owned(),
            policies: routes::POLICIES.to_owned(),
            protection: routes::PROTECTION.to_owned(),
            audit: routes::AUDIT.to_owned(),
            traces: routes::TRACES.to_owned(),
            portal: routes::PORTAL.to_owned(),
            sign_out: routes::SIGN_OUT.to_owned(),
            csrf: app.sessions.csrf_token(&self.session),
            may_change: self.user.admin_role.may(Duty::People),
            may_change_all: self.user.admin_role.may(Duty::Everything),
        }
    }
}

/// Somebody in a list.
pub(super) fn row(user: &User) -> PersonRow {
    PersonRow {
        href: routes::person(&user.id),
        id: user.id.to_string(),
        name: user.display_name.clone(),
        user_name: user.user_name.to_string(),
        email: user.email.to_string(),
        state: user.state.as_str(),
        role: user.admin_role.as_str(),
    }
}

/// A page; 422 where it says what was wrong.
pub(super) fn show(
    app: &App,
    visitor: &Visitor,
    page: &impl Page,
    problem: Option<&ConsoleProblem>,
) -> Result<HttpResponse, PageError> {
    let status = match problem {
        None => StatusCode::OK,
        Some(problem) if REFUSALS.contains(&problem.key) => StatusCode::FORBIDDEN,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let html = app.renderer.render(page, visitor.language)?;
    Ok(headers::page(app, visitor, status, &Forms::Ours, html))
}

/// A group to choose, but for some.
pub(super) async fn group_pick(
    app: &App,
    value: &str,
    but_for: impl Fn(&Group) -> bool,
) -> Result<GroupPick, PageError> {
    let few = app.directory.few_groups().await?;
    let choice = |group: Group| Choice {
        is_chosen: group.id.as_str() == value,
        value: group.id.to_string(),
        name: group.name,
    };
    Ok(GroupPick {
        is_typed: few.is_none(),
        choices: few
            .unwrap_or_default()
            .into_iter()
            .filter(|group| !but_for(group))
            .map(choice)
            .collect(),
        value: value.to_owned(),
    })
}

const REFUSALS: [&str; 5] = [
    "not-your-duty",
    "above-you",
    "yourself",
    "carries-rights",
    "needs-second",
];

/// What somebody did wrong, as the page says it; an error that is ours stays one.
pub(super) fn problem(error: DirectoryError) -> Result<ConsoleProblem, PageError> {
    let (key, about) = match error {
        DirectoryError::NotAllowed(refusal) => return Ok(refused(refusal)),
        DirectoryError::Credentials(error) => return credential_problem(*error),
        DirectoryError::Invalid { field, reason } => ("invalid", format!("{field}: {reason}")),
        DirectoryError::Taken { value, .. } => ("taken", value),
        DirectoryError::NotFound { name, .. } => ("not-found", name),
        DirectoryError::LastAdministrator(name) => ("last-administrator", name),
        DirectoryError::Conflict => ("conflict", String::new()),
        error => return Err(error.into()),
    };
    Ok(ConsoleProblem { key, about })
}

/// The same of a credential.
pub(super) fn credential_problem(error: CredentialError) -> Result<ConsoleProblem, PageError> {
    match error {
        CredentialError::NotAllowed(refusal) => Ok(refused(refusal)),
        CredentialError::MailOff => Ok(ConsoleProblem {
            key: "mail-off",
            about: String::new(),
        }),
        error => Err(error.into()),
    }
}

/// The same of an account, a permission set or an assignment.
pub(super) fn apps_problem(error: AppsError) -> Result<ConsoleProblem, PageError> {
    let (key, about) = match error {
        AppsError::NotAllowed(refusal) => return Ok(refused(refusal)),
        AppsError::Invalid { field, reason } => ("invalid", format!("{field}: {reason}")),
        AppsError::Policy(error) => ("invalid", error.to_string()),
        AppsError::Taken { value, .. } => ("taken", value),
        AppsError::NotFound { name, .. } => ("not-found", name),
        AppsError::Conflict => ("conflict", String::new()),
        error => return Err(error.into()),
    };
    Ok(ConsoleProblem { key, about })
}

fn refused(refusal: ChangeRefusal) -> ConsoleProblem {
    let key = match refusal {
        ChangeRefusal::NotYourDuty => "not-your-duty",
        ChangeRefusal::AboveYou => "above-you",
        ChangeRefusal::Yourself => "yourself",
        ChangeRefusal::CarriesRights => "carries-rights",
        ChangeRefusal::NeedsSecond => "needs-second",
        ChangeRefusal::Gone => "gone",
    };
    ConsoleProblem {
        key,
        about: String::new(),
    }
}
