//! One person: who they are, what they are in, and what an administrator may do about it.

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::details::attributes;
use super::frame::{credential_problem, group_pick, problem, row, show};
use super::{Admin, Admitted, admit};
use crate::audit::LinkPurpose;
use crate::directory::{InvitationOutcome, Invitations, Travel};
use crate::model::{AdminRole, Duty, Group, GroupId, Span, Timestamp, User, UserId, UserState};
use crate::render::{Choice, ConsoleProblem, PersonActions, PersonPage};
use crate::signin::ConsolePart;
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// A new invitation works as long as the first one.
const INVITATION_LIFETIME: Span = Span::days(7);
/// For somebody who has lost the password: long enough to be passed on by telephone.
const PASSWORD_LINK_LIFETIME: Span = Span::hours(1);

/// A form of the page.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct ChangeForm {
    pub(super) csrf: String,
    #[serde(default)]
    pub(super) value: String,
    #[serde(default)]
    pub(super) starts: String,
    #[serde(default)]
    pub(super) ends: String,
}

fn day_field(text: &str) -> &str {
    match text.trim() {
        "" => "-",
        day => day,
    }
}

/// What became of a change.
enum Changed {
    Done,
    /// A link that is shown this once.
    Link(String),
    /// A pass that is shown this once.
    Pass(String),
    Not(ConsoleProblem),
}

/// The page.
pub(in crate::web) async fn one(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    let result = async {
        match admit(&app, &mut visitor, ConsolePart::People).await? {
            Admitted::Yes(admin) => {
                let user = find(&app, &path).await?;
                page(&app, &visitor, &admin, user, Changed::Done).await
            }
            Admitted::NotYet(response) => Ok(response),
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// A change: `state`, `role`, `dates`, `link`, `pass`, `factors`, `join` or `leave`.
pub(in crate::web) async fn change(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<(String, String)>,
    form: Form<ChangeForm>,
) -> HttpResponse {
    let result = async {
        let admin = match admit(&app, &mut visitor, ConsolePart::People).await? {
            Admitted::Yes(admin) => admin,
            Admitted::NotYet(response) => return Ok(response),
        };
        admin.check(&app, &request, &form.csrf)?;
        let (id, act) = path.into_inner();
        let user = find(&app, &id).await?;
        let value = match act.as_str() {
            "dates" => format!("{} {}", day_field(&form.starts), day_field(&form.ends)),
            _ => form.value.clone(),
        };
        match run(&app, &admin, &user, &act, &value).await? {
            Changed::Done => {
                let to = match (act.as_str(), form.value.as_str()) {
                    ("state", "suspended" | "deactivated") => routes::leaving(&user.id),
                    _ => routes::person(&user.id),
                };
                Ok(headers::see_other(&app, &visitor, &to).finish())
            }
            changed => {
                let user = find(&app, &id).await?;
                page(&app, &visitor, &admin, user, changed).await
            }
        }
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

pub(super) async fn find(app: &App, id: &str) -> Result<User, PageError> {
    let id = UserId::parse(id).map_err(|_| PageError::NotFound)?;
    app.directory.user(&id).await?.ok_or(PageError::NotFound)
}

async fn run(
    app: &App,
    admin: &Admin,
    user: &User,
    act: &str,
    value: &str,
) -> Result<Changed, PageError> {
    let (op, id, directory) = (&admin.op, &user.id, &app.directory);
    let changed = match act {
        "state" => {
            let state = UserState::from_word(value).filter(|state| *state != UserState::Invited);
            let state = state.ok_or(PageError::NotFound)?;
            directory.set_user_state(op, id, state).await.map(drop)
        }
        "role" => {
            let role = AdminRole::from_word(value).ok_or(PageError::NotFound)?;
            directory.set_admin_role(op, id, role).await.map(drop)
        }
        "dates" => match dates(value) {
            Ok(dates) => directory.set_dates(op, id, dates).await.map(drop),
            Err(problem) => return Ok(Changed::Not(problem)),
        },
        "join" => match directory.group_called(value).await {
            Ok(group) => directory.add_member(op, &group.id, id).await.map(drop),
            Err(error) => Err(error),
        },
        "leave" => directory
            .remove_member(op, &group(value)?, id)
            .await
            .map(drop),
        "link" => return new_link(app, admin, user).await,
        "pass" => {
            return match app.credentials.issue_pass(op, id).await {
                Ok(pass) => Ok(Changed::Pass(pass)),
                Err(error) => credential_problem(error).map(Changed::Not),
            };
        }
        "factors" => {
            let removed = app.credentials.reset_second_factors(op, id).await;
            return match removed {
                Ok(()) => Ok(Changed::Done),
                Err(error) => credential_problem(error).map(Changed::Not),
            };
        }
        _ => return Err(PageError::NotFound),
    };
    match changed {
        Ok(()) => Ok(Changed::Done),
        Err(error) => problem(error).map(Changed::Not),
    }
}

/// `2026-03-01 2026-09-30`, each of which may be `-`: from the first day's beginning to the last day's end, UTC.
fn dates(text: &str) -> Result<(Option<Timestamp>, Option<Timestamp>), ConsoleProblem> {
    let day = |text: &str| match text.trim() {
        "" | "-" => Ok(None),
        day => match Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z")) {
            Some(at) => Ok(Some(at)),
            None => Err(ConsoleProblem {
                key: "not-a-time",
                about: day.to_owned(),
            }),
        },
    };
    let (starts, ends) = text.trim().split_once(' ').unwrap_or((text, ""));
    let ends = day(ends)?.map(|last| last.plus(Span::days(1)));
    Ok((day(starts)?, ends))
}

/// The day of a time.
fn day_of(at: Option<Timestamp>) -> String {
    let text = at.map(Timestamp::to_xs_date_time).unwrap_or_default();
    text.chars().take(10).collect()
}

fn group(id: &str) -> Result<GroupId, PageError> {
    GroupId::parse(id).map_err(|_| PageError::NotFound)
}

async fn new_link(app: &App, admin: &Admin, user: &User) -> Result<Changed, PageError> {
    let (purpose, lifetime) = match user.state {
        UserState::Invited => (LinkPurpose::Setup, INVITATION_LIFETIME),
        UserState::Active => (LinkPurpose::Recovery, PASSWORD_LINK_LIFETIME),
        UserState::Suspended | UserState::Deactivated => return Err(PageError::NotFound),
    };
    // Whoever administers people alone never sees a link with which they could become somebody.
    if !admin.user.admin_role.may(Duty::Everything) {
        return mail_link(app, admin, user).await;
    }
    let made = app
        .credentials
        .issue_link(&admin.op, &user.id, purpose, lifetime);
    match made.await {
        Ok(token) => Ok(Changed::Link(app.site.url(&routes::invite(&token)))),
        Err(error) => credential_problem(error).map(Changed::Not),
    }
}

async fn mail_link(app: &App, admin: &Admin, user: &User) -> Result<Changed, PageError> {
    let links_at = app.site.url(&routes::invite(""));
    if user.state == UserState::Invited {
        let invitations = Invitations {
            addresses: user.email.to_string(),
            groups: Vec::new(),
            lifetime: INVITATION_LIFETIME,
            links_at,
            travel: Travel::ByMail,
        };
        let services = (&app.credentials, &app.outbox);
        let invited = app.directory.invite(&admin.op, services, &invitations);
        let outcome = invited
            .await
            .map(|mut all| all.pop().map(|one| one.outcome));
        return match outcome {
            Ok(Some(InvitationOutcome::Refused(error))) | Err(error) => {
                problem(error).map(Changed::Not)
            }
            Ok(_) => Ok(Changed::Done),
        };
    }
    let mailed = app
        .credentials
        .mail_link(&admin.op, &user.id, &links_at, PASSWORD_LINK_LIFETIME);
    match mailed.await {
        Ok(()) => Ok(Changed::Done),
        Err(error) => credential_problem(error).map(Changed::Not),
    }
}

async fn page(
    app: &App,
    visitor: &Visitor,
    admin: &Admin,
    user: User,
    changed: Changed,
) -> Result<HttpResponse, PageError> {
    let (mut link, mut pass, mut problem) = (None, None, None);
    match changed {
        Changed::Done => {}
        Changed::Link(made) => link = Some(made),
        Changed::Pass(made) => pass = Some(made),
        Changed::Not(what) => problem = Some(what),
    }
    let devices = app.credentials.devices(&user.id).await?;
    let shown = app.directory.person(&visitor.op, &user.id).await?;
    let choice = |group: &Group| Choice {
        value: group.id.to_string(),
        name: group.name.clone(),
        is_chosen: false,
    };
    let is_in = |group: &Group| shown.groups.iter().any(|own| own.id == group.id);
    let page = PersonPage {
        console: admin.console(app, "people"),
        actions: actions(&user.id),
        is_oneself: user.id == admin.user.id,
        attributes: attributes(&user),
        created: user.created_at.to_xs_date_time(),
        has_password: shown.enrolled.password,
        devices: devices.iter().map(|device| device.kind.as_str()).collect(),
        needs_pass: shown.enrolled.needs_pass,
        pass,
        recovery_codes: shown.enrolled.recovery_codes_left,
        sessions: shown.sessions,
        groups: shown.groups.iter().map(choice).collect(),
        other_group: group_pick(app, "", is_in).await?,
        roles: AdminRole::ALL.iter().map(|role| role.as_str()).collect(),
        starts: day_of(user.starts_at),
        ends: day_of(user.ends_at.map(|until| until.minus(Span::days(1)))),
        may_change_role: admin.user.admin_role.may(Duty::Everything),
        person: row(&user),
        link,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}

fn actions(id: &UserId) -> PersonActions {
    let act = |name| routes::person_act(id, name);
    PersonActions {
        state: act("state"),
        role: act("role"),
        dates: act("dates"),
        link: act("link"),
        pass: act("pass"),
        factors: act("factors"),
        leaving: routes::leaving(id),
        details: routes::details(id),
        join: act("join"),
        leave: act("leave"),
    }
}
