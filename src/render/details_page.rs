//! The console's page about who a person is.

use serde::Serialize;

use super::{Console, ConsoleProblem, PersonRow};

/// Name, address and attributes of a person.
#[derive(Debug, Clone, Serialize)]
pub struct DetailsPage {
    /// The frame.
    pub console: Console,
    /// Who.
    pub person: PersonRow,
    /// Where the form goes.
    pub action: String,
    /// As it is filled in.
    pub form: DetailsForm,
    /// What was wrong.
    pub problem: Option<ConsoleProblem>,
}

/// Who somebody is, as it is filled in.
#[derive(Debug, Clone, Serialize)]
pub struct DetailsForm {
    /// Signs in with this name.
    pub user_name: String,
    /// The mail address.
    pub email: String,
    /// The whole name.
    pub display_name: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// The attributes with a field of their own.
    pub attributes: Vec<AttributeField>,
    /// The others: `name = value`, one a line.
    pub others: String,
}

/// An attribute.
#[derive(Debug, Clone, Serialize)]
pub struct AttributeField {
    /// Whether its name has a text, behind `attribute-`.
    pub is_known: bool,
    /// Its name.
    pub name: String,
    /// Its value, or its values.
    pub value: String,
}
