//! Who a person is: name, address and attributes, as an administrator changes them.

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::form::Fields;
use super::frame::{problem, row, show};
use super::person::find;
use super::{Admin, posted, within};
use crate::directory::Profile;
use crate::model::{KNOWN_ATTRIBUTES, User};
use crate::render::{AttributeField, ConsoleProblem, DetailsForm, DetailsPage};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// The page.
pub(in crate::web) async fn ask(
    app: Data<App>,
    mut visitor: Visitor,
    path: Path<String>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::People,
        async |visitor, admin| {
            let user = find(&app, &path).await?;
            let form = form_of(&user);
            page(&app, (visitor, admin), &user, form, None)
        },
    )
    .await
}

/// Changes them.
pub(in crate::web) async fn save(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::People,
        (&request, &body),
        async |visitor, admin, fields| {
            let user = find(&app, &path).await?;
            let (name, profile) = (fields.one("user_name"), profile_of(fields));
            let saved = app
                .directory
                .update_user(&admin.op, &user.id, name, &profile);
            match saved.await {
                Ok(_) => {
                    let to = routes::person(&user.id);
                    Ok(headers::see_other(&app, visitor, &to).finish())
                }
                Err(error) => {
                    let (form, told) = (typed(fields), problem(error)?);
                    page(&app, (visitor, admin), &user, form, Some(told))
                }
            }
        },
    )
    .await
}

/// What a person's page shows of their attributes.
pub(super) fn attributes(user: &User) -> Vec<AttributeField> {
    let field = |(name, values): (&String, &Vec<String>)| AttributeField {
        is_known: KNOWN_ATTRIBUTES.contains(&name.as_str()),
        name: name.clone(),
        value: values.join(", "),
    };
    user.attributes.iter().map(field).collect()
}

fn profile_of(fields: &Fields) -> Profile {
    let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in KNOWN_ATTRIBUTES {
        let value = fields.one(name).trim();
        if !value.is_empty() {
            attributes.insert(name.to_owned(), vec![value.to_owned()]);
        }
    }
    for (name, value) in fields.pairs("others") {
        attributes.entry(name).or_default().push(value);
    }
    let text = |name| fields.one(name).to_owned();
    Profile {
        email: text("email"),
        display_name: text("display_name"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        attributes,
    }
}

/// An attribute that has a field and one value stands there; the rest by lines.
fn form_of(user: &User) -> DetailsForm {
    let one = |name: &str| match user.attributes.get(name).map(Vec::as_slice) {
        Some([value]) => Some(value.clone()),
        _ => None,
    };
    let has_field = |name: &str| KNOWN_ATTRIBUTES.contains(&name) && one(name).is_some();
    let others = user.attributes.iter().filter(|(name, _)| !has_field(name));
    let lines =
        others.flat_map(|(name, values)| values.iter().map(move |v| format!("{name} = {v}")));
    DetailsForm {
        user_name: user.user_name.to_string(),
        email: user.email.to_string(),
        display_name: user.display_name.clone(),
        given_name: user.given_name.clone(),
        family_name: user.family_name.clone(),
        attributes: known(|name| one(name).unwrap_or_default()),
        others: lines.collect::<Vec<_>>().join("\n"),
    }
}

fn typed(fields: &Fields) -> DetailsForm {
    let text = |name| fields.one(name).to_owned();
    DetailsForm {
        user_name: text("user_name"),
        email: text("email"),
        display_name: text("display_name"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        attributes: known(|name| fields.one(name).to_owned()),
        others: text("others"),
    }
}

fn known(value: impl Fn(&str) -> String) -> Vec<AttributeField> {
    let field = |name: &str| AttributeField {
        is_known: true,
        name: name.to_owned(),
        value: value(name),
    };
    KNOWN_ATTRIBUTES.into_iter().map(field).collect()
}

fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    user: &User,
    form: DetailsForm,
    problem: Option<ConsoleProblem>,
) -> Result<HttpResponse, PageError> {
    let page = DetailsPage {
        console: admin.console(app, "people"),
        person: row(user),
        action: routes::details(&user.id),
        form,
        problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
