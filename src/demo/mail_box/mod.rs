//! The demonstration's mail box: takes all mail by SMTP, sends none on, and shows it.
//!
//! `/` what came, the newest first; `/mails/{n}` one, and `/mails/{n}/html` its markup by itself; `/mails.json` all of it
//! for programs. What it holds is in memory and gone with the process.

mod smtp;

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::HttpResponse;
use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{self, Data, Path, ServiceConfig};
use mail_parser::MessageParser;
use serde::Serialize;

use super::page::{Content, Site, configure_files};
use super::server;

const SITE: Site = Site {
    name: "Demo mail box",
    notice: "This is a demo: it catches all mail of the demonstration and sends none on.",
};
/// Older ones go.
const MOST: usize = 500;

/// One mail, as it came.
#[derive(Debug, Clone, Serialize)]
struct Mail {
    number: usize,
    from: String,
    to: Vec<String>,
    subject: String,
    message_id: String,
    text: String,
    html: String,
}

/// The mail box. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct MailBox {
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailBox {
    /// Takes mail on an open listener, on threads of its own, as long as the process runs.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn receive(&self, listener: TcpListener) -> std::io::Result<()> {
        let mails = self.clone();
        smtp::listen(listener, move |recipients, octets| {
            mails.put(recipients, octets);
        })
    }

    /// Shows it on an open listener.
    ///
    /// # Errors
    /// When the server cannot be started.
    pub fn serve(&self, listener: TcpListener) -> std::io::Result<Server> {
        let mails = self.clone();
        server::serve(listener, move |config| mails.configure(config))
    }

    /// Its routes, for an application of actix-web.
    pub fn configure(&self, config: &mut ServiceConfig) {
        configure_files(config);
        config
            .app_data(Data::new(self.clone()))
            .route("/", web::get().to(list))
            .route("/mails.json", web::get().to(json))
            .route("/mails/{number}", web::get().to(one))
            .route("/mails/{number}/html", web::get().to(markup))
            .default_service(web::route().to(not_found));
    }

    fn put(&self, recipients: Vec<String>, octets: &[u8]) {
        let parsed = MessageParser::default().parse(octets);
        let text = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap_or_default().into_owned();
        let mut mails = self.all();
        let number = mails.last().map_or(1, |mail| mail.number.saturating_add(1));
        let mail = match &parsed {
            Some(message) => Mail {
                number,
                from: address(message.from()),
                to: recipients,
                subject: message.subject().unwrap_or_default().to_owned(),
                message_id: message.message_id().unwrap_or_default().to_owned(),
                text: text(message.body_text(0)),
                html: text(message.body_html(0)),
            },
            None => Mail {
                number,
                from: String::new(),
                to: recipients,
                subject: "(cannot be read)".to_owned(),
                message_id: String::new(),
                text: String::from_utf8_lossy(octets).into_owned(),
                html: String::new(),
            },
        };
        mails.push(mail);
        let surplus = mails.len().saturating_sub(MOST);
        mails.drain(..surplus);
    }

    fn find(&self, number: usize) -> Option<Mail> {
        let mails = self.all();
        mails.iter().find(|mail| mail.number == number).cloned()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address(addresses: Option<&mail_parser::Address<'_>>) -> String {
    let first = addresses.and_then(mail_parser::Address::first);
    let Some(first) = first else {
        return String::new();
    };
    let address = first.address().unwrap_or_default();
    match first.name() {
        Some(name) => format!("{name} <{address}>"),
        None => address.to_owned(),
    }
}

async fn list(mails: Data<MailBox>) -> HttpResponse {
    let mails = mails.all().clone();
    if mails.is_empty() {
        let content = Content::new().markup(
            "<p id=\"empty\">No mail yet. Invite somebody, or change a password: what Signet writes to people arrives here.</p>",
        );
        return SITE.page(StatusCode::OK, "Mail", content);
    }
    let mut content = Content::new().markup(
        "<table id=\"mails\"><thead><tr><th scope=\"col\">To</th><th scope=\"col\">Subject</th></tr></thead><tbody>",
    );
    for mail in mails.iter().rev() {
        content = content
            .markup("<tr><td>")
            .text(&mail.to.join(", "))
            .markup("</td><td><a href=\"/mails/")
            .text(&mail.number.to_string())
            .markup("\">")
            .text(&mail.subject)
            .markup("</a></td></tr>");
    }
    SITE.page(StatusCode::OK, "Mail", content.markup("</tbody></table>"))
}

async fn one(mails: Data<MailBox>, number: Path<usize>) -> HttpResponse {
    let Some(mail) = mails.find(*number) else {
        return SITE.not_found();
    };
    let mut content = Content::new()
        .markup("<dl>")
        .row("From", "from", &mail.from)
        .row("To", "to", &mail.to.join(", "))
        .row("Subject", "subject", &mail.subject)
        .markup("</dl><div id=\"text\">");
    for line in mail.text.lines() {
        content = content.markup("<p>");
        content = if line.starts_with("http://") || line.starts_with("https://") {
            content
                .markup("<a href=\"")
                .text(line.trim())
                .markup("\">")
                .text(line.trim())
                .markup("</a>")
        } else {
            content.text(line)
        };
        content = content.markup("</p>");
    }
    let content = content
        .markup("</div><p><a href=\"/mails/")
        .text(&mail.number.to_string())
        .markup("/html\">With its markup</a> &middot; <a href=\"/\">All mail</a></p>");
    SITE.page(StatusCode::OK, "One mail", content)
}

/// As a mail program would show it: no script, nothing from elsewhere.
async fn markup(mails: Data<MailBox>, number: Path<usize>) -> HttpResponse {
    let Some(mail) = mails.find(*number) else {
        return SITE.not_found();
    };
    HttpResponse::Ok()
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(mail.html)
}

async fn json(mails: Data<MailBox>) -> HttpResponse {
    let mails = mails.all().clone();
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(mails)
}

async fn not_found() -> HttpResponse {
    SITE.not_found()
}
