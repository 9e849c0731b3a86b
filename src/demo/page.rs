//! The demo's pages: markup of ours, foreign text escaped, one frame with the notice that this is a demo.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, ServiceConfig};
use url::Url;

/// Whose page it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// Its name, in the title and at the head of each page.
    pub(super) name: &'static str,
    /// What each page says of itself.
    pub(super) notice: &'static str,
}

/// A page's content. Markup is `'static`, so it can only be ours; everything else is escaped.
#[derive(Debug, Default)]
pub(super) struct Content(String);

impl Content {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Markup, as it stands in this program.
    pub(super) fn markup(mut self, ours: &'static str) -> Self {
        self.0.push_str(ours);
        self
    }

    /// Any text, for content and for quoted attribute values.
    pub(super) fn text(mut self, any: &str) -> Self {
        self.0.push_str(&escape(any));
        self
    }

    /// A row of a `dl`: a label and a value under an id.
    pub(super) fn row(self, label: &'static str, id: &'static str, value: &str) -> Self {
        self.markup("<div><dt>")
            .markup(label)
            .markup("</dt><dd id=\"")
            .markup(id)
            .markup("\">")
            .text(value)
            .markup("</dd></div>")
    }
}

/// Escapes what is special in HTML and XML content and in quoted attribute values.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

impl Site {
    /// A page whose forms stay on the site.
    pub(super) fn page(
        &self,
        status: StatusCode,
        title: &'static str,
        content: Content,
    ) -> HttpResponse {
        self.page_posting_to(status, title, content, None)
    }

    /// A page whose forms may also go, or be redirected, to the origin of `target`.
    pub(super) fn page_posting_to(
        &self,
        status: StatusCode,
        title: &'static str,
        content: Content,
        target: Option<&Url>,
    ) -> HttpResponse {
        let frame = Content::new()
            .markup("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
            .markup(title)
            .markup(" - ")
            .markup(self.name)
            .markup("</title><link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/style.css\"></head><body><header><p id=\"site\">")
            .markup(self.name)
            .markup("</p><p id=\"demo-notice\">")
            .markup(self.notice)
            .markup("</p></header><main><h1>")
            .markup(title)
            .markup("</h1>");
        let body = format!("{}{}</main></body></html>", frame.0, content.0);
        HttpResponse::build(status)
            .insert_header((CONTENT_SECURITY_POLICY, security_policy(target)))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((REFERRER_POLICY, "same-origin"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .content_type("text/html; charset=utf-8")
            .body(body)
    }

    /// The page of a path that there is not.
    pub(super) fn not_found(&self) -> HttpResponse {
        let content = Content::new().markup("<p>There is nothing at this address.</p>");
        self.page(StatusCode::NOT_FOUND, "Not found", content)
    }
}

/// Nothing is loaded from elsewhere, nothing inline runs, nobody frames it. `form-action` also governs where a form's
/// submission is redirected, hence the identity provider's origin on the pages from which a sign-in starts.
fn security_policy(target: Option<&Url>) -> String {
    let target = target.map_or_else(String::new, |url| {
        format!(" {}", url.origin().ascii_serialization())
    });
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The files that the pages refer to.
pub(super) fn configure_files(config: &mut ServiceConfig) {
    config
        .route("/style.css", web::get().to(style))
        .route("/submit.js", web::get().to(submit_script));
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", STYLE)
}

/// Sends the page's one form, as the HTTP-POST binding suggests; without JavaScript its button does.
async fn submit_script() -> HttpResponse {
    file(
        "text/javascript; charset=utf-8",
        "document.forms[0].submit();\n",
    )
}

/// A document that is no page.
pub(super) fn file(content_type: &'static str, body: impl Into<String>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .content_type(content_type)
        .body(body.into())
}

const STYLE: &str = "\
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0 auto; max-width: 46rem; padding: 0 1rem 3rem; }
header { border-bottom: 1px solid; margin-bottom: 1.5rem; padding-bottom: .5rem; }
header p { margin: .5rem 0; }
#site { font-weight: 700; }
#demo-notice { background: #fff3c4; border-left: .4rem solid #8a5a00; color: #2b1d00; padding: .4rem .7rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
dl > div { border-bottom: 1px solid #8888; padding: .4rem 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8888; overflow-wrap: anywhere; padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; }
fieldset { border: 1px solid #8888; margin: 1rem 0; padding: .5rem 1rem 1rem; }
label { display: block; margin-top: .5rem; }
select, button { font: inherit; margin: .3rem .3rem .3rem 0; min-height: 2.5rem; padding: .3rem .8rem; }
#refused { border-left: .4rem solid #b3261e; padding: .4rem .7rem; }
code { overflow-wrap: anywhere; }
";
