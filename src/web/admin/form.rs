//! Forms in which a field may stand several times.

use actix_web::HttpRequest;

use super::Admin;
use crate::web::App;
use crate::web::error::PageError;

/// The fields of a form, in their order.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form that comes from a page of the session.
    pub(super) fn read(
        app: &App,
        admin: &Admin,
        request: &HttpRequest,
        body: &[u8],
    ) -> Result<Self, PageError> {
        let fields = Self(url::form_urlencoded::parse(body).into_owned().collect());
        admin.check(app, request, fields.one("csrf"))?;
        Ok(fields)
    }

    /// A field's first value; nothing when it is not there.
    pub(super) fn one(&self, name: &str) -> &str {
        let of = self.0.iter().find(|(field, _)| field == name);
        of.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of = self.0.iter().filter(move |(field, _)| field == name);
        of.map(|(_, value)| value.as_str())
    }

    /// The lines of a field that hold something.
    pub(super) fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.one(name).lines().map(str::trim);
        let filled = lines.filter(|line| !line.is_empty());
        filled.map(str::to_owned).collect()
    }

    /// Lines of `key = value`; a line without `=` has an empty value.
    pub(super) fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let pair = |line: String| match line.split_once('=') {
            Some((key, value)) => (key.trim().to_owned(), value.trim().to_owned()),
            None => (line, String::new()),
        };
        self.lines(name).into_iter().map(pair).collect()
    }
}
