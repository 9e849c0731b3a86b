//! One group: who is in it by hand or by rule, the groups in it, and those that it is in.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::form::Fields;
use super::frame::{group_pick, problem, row, show};
use super::groups::group_row;
use super::{Admin, posted, within};
use crate::directory::{DirectoryError, Members};
use crate::model::{Group, GroupId, GroupRule, Quantifier, UserId};
use crate::render::{ConsoleProblem, GroupActions, GroupLink, GroupPage, RuleForm};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The page.
pub(in crate::web) async fn one(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Groups,
        async |visitor, admin| {
            let group = find(&app, &path).await?;
            page(&app, (visitor, admin), &group, Shown::default()).await
        },
    )
    .await
}

/// A change: `add`, `remove`, `nest`, `unnest`, `rule` or `delete`.
pub(in crate::web) async fn change(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::Groups,
        (&request, &body),
        async |visitor, admin, fields| {
            let (id, act) = path.into_inner();
            let group = find(&app, &id).await?;
            if act == "rule" && fields.one("act") == "preview" {
                return preview(&app, (visitor, admin), &group, fields).await;
            }
            match run(&app, admin, &group, (&act, fields)).await {
                Ok(to) => Ok(headers::see_other(&app, visitor, &to).finish()),
                Err(Failed::Page(error)) => Err(*error),
                Err(Failed::Told(error)) => {
                    let shown = Shown {
                        added: fields.one("value").to_owned(),
                        rule: (act == "rule").then(|| rule_form(fields)),
                        problem: Some(problem(*error)?),
                        ..Shown::default()
                    };
                    page(&app, (visitor, admin), &group, shown).await
                }
            }
        },
    )
    .await
}

/// Why a change was not made.
enum Failed {
    /// It can be told on the page.
    Told(Box<DirectoryError>),
    /// It cannot.
    Page(Box<PageError>),
}

impl From<DirectoryError> for Failed {
    fn from(error: DirectoryError) -> Self {
        Self::Told(Box::new(error))
    }
}

impl From<PageError> for Failed {
    fn from(error: PageError) -> Self {
        Self::Page(Box::new(error))
    }
}

/// Makes the change; where to go then.
async fn run(
    app: &App,
    admin: &Admin,
    group: &Group,
    (act, fields): (&str, &Fields),
) -> Result<String, Failed> {
    let (op, directory, value) = (&admin.op, &app.directory, fields.one("value"));
    match act {
        "add" => {
            let found = directory.user_by_name(value.trim()).await;
            let found = found.map_err(PageError::from)?;
            let user = found.ok_or_else(|| DirectoryError::NotFound {
                what: "user",
                name: value.to_owned(),
            })?;
            directory.add_member(op, &group.id, &user.id).await?;
        }
        "remove" => {
            let id = UserId::parse(value).map_err(|_| PageError::NotFound)?;
            directory.remove_member(op, &group.id, &id).await?;
        }
        "nest" => {
            let inner = directory.group_called(value).await?;
            directory.nest_group(op, &group.id, &inner.id).await?;
        }
        "unnest" => {
            let id = GroupId::parse(value).map_err(|_| PageError::NotFound)?;
            directory.unnest_group(op, &group.id, &id).await?;
        }
        "rule" => {
            let rule = rule_of(fields)?;
            directory.set_group_rule(op, &group.id, rule).await?;
        }
        // The name is typed: with a group go all of its assignments.
        "delete" if value.trim() == group.name => {
            directory.delete_group(op, &group.id).await?;
            return Ok(routes::GROUPS.to_owned());
        }
        "delete" => {
            return Err(DirectoryError::Invalid {
                field: "name",
                reason: format!("is not \"{}\"", group.name),
            }
            .into());
        }
        _ => return Err(PageError::NotFound.into()),
    }
    Ok(routes::group(&group.id))
}

/// Who would be in the group, before the rule is kept.
async fn preview(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    group: &Group,
    fields: &Fields,
) -> Result<HttpResponse, PageError> {
    let mut shown = Shown {
        rule: Some(rule_form(fields)),
        ..Shown::default()
    };
    match rule_of(fields) {
        Ok(Some(rule)) => {
            shown.members = Some(app.directory.who_meets(&rule).await?);
            if let Some(form) = &mut shown.rule {
                form.is_preview = true;
            }
        }
        Ok(None) => {}
        Err(error) => shown.problem = Some(problem(error)?),
    }
    page(app, (visitor, admin), group, shown).await
}

/// The rule of the form; none when there are no conditions in it.
fn rule_of(fields: &Fields) -> Result<Option<GroupRule>, DirectoryError> {
    let conditions = fields.one("conditions");
    if conditions.trim().is_empty() {
        return Ok(None);
    }
    let quantifier = match fields.one("quantifier") {
        "any" => Quantifier::Any,
        _ => Quantifier::All,
    };
    let rule = GroupRule::parse(quantifier, conditions);
    rule.map(Some).map_err(|error| DirectoryError::Invalid {
        field: "rule",
        reason: error.reason.to_owned(),
    })
}

fn rule_form(fields: &Fields) -> RuleForm {
    RuleForm {
        quantifier: match fields.one("quantifier") {
            "any" => "any",
            _ => "all",
        },
        conditions: fields.one("conditions").to_owned(),
        is_preview: false,
    }
}

async fn find(app: &App, id: &str) -> Result<Group, PageError> {
    let id = GroupId::parse(id).map_err(|_| PageError::NotFound)?;
    app.directory.group(&id).await?.ok_or(PageError::NotFound)
}

/// What the page shows beside the group itself.
#[derive(Default)]
struct Shown {
    added: String,
    rule: Option<RuleForm>,
    members: Option<Members>,
    problem: Option<ConsoleProblem>,
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    group: &Group,
    shown: Shown,
) -> Result<HttpResponse, PageError> {
    let members = match shown.members {
        Some(members) => members,
        None => app.directory.members(group).await?,
    };
    let (inner, outer) = app.directory.around(&group.id).await?;
    let is_near =
        |other: &Group| other.id == group.id || inner.contains(other) || outer.contains(other);
    let link = |group: &Group| GroupLink {
        href: routes::group(&group.id),
        value: group.id.to_string(),
        name: group.name.clone(),
    };
    let kept = || RuleForm {
        quantifier: match group.rule.as_ref().map(|rule| rule.quantifier) {
            Some(Quantifier::Any) => "any",
            _ => "all",
        },
        conditions: group
            .rule
            .as_ref()
            .map(GroupRule::to_text)
            .unwrap_or_default(),
        is_preview: false,
    };
    let act = |name| routes::group_act(&group.id, name);
    let page = GroupPage {
        console: admin.console(app, "groups"),
        group: group_row(group, members.count),
        actions: GroupActions {
            add: act("add"),
            remove: act("remove"),
            nest: act("nest"),
            unnest: act("unnest"),
            rule: act("rule"),
            delete: act("delete"),
        },
        more_members: members
            .count
            .unwrap_or_default()
            .saturating_sub(members.people.len()),
        members: members.people.iter().map(row).collect(),
        other: group_pick(app, "", is_near).await?,
        inner: inner.iter().map(link).collect(),
        outer: outer.iter().map(link).collect(),
        rule: shown.rule.unwrap_or_else(kept),
        has_rule: group.rule.is_some(),
        added: shown.added,
        problem: shown.problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
