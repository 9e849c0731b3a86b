//! The simulated AWS's pages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::refusal::Refusal;
use super::stack::StackError;
use super::{ConsoleSession, SimulatedAwsSettings};
use crate::demo::page::{Content, Site};

pub(super) const SITE: Site = Site {
    name: "Simulated AWS",
    notice: "This is a demo: a simulation that asks what AWS documents. It is not Amazon's, and nothing is behind it.",
};

/// What there is to sign in to.
pub(super) fn home(settings: &SimulatedAwsSettings) -> HttpResponse {
    let mut content = Content::new()
        .markup("<p>AWS takes sign-ins that start at the identity provider: open its portal, choose an account and a role, and come back here with a signed response.</p><p>Command lines and programs find a simulated STS at this very address: it takes AssumeRoleWithSAML and GetCallerIdentity when <code>AWS_ENDPOINT_URL_STS</code> is set to it.</p><h2 id=\"accounts-heading\">Accounts</h2><table id=\"accounts\" aria-labelledby=\"accounts-heading\"><thead><tr><th scope=\"col\">Account</th><th scope=\"col\">Name</th><th scope=\"col\">Roles</th></tr></thead><tbody>");
    for account in &settings.accounts {
        content = content
            .markup("<tr><th scope=\"row\">")
            .text(account.id.as_str())
            .markup("</th><td>")
            .text(&account.name)
            .markup("</td><td><ul>");
        for role in &account.roles {
            content = content
                .markup("<li>")
                .text(&role.path_and_name)
                .markup("</li>");
        }
        content = content.markup("</ul></td></tr>");
    }
    content = content.markup("</tbody></table><p><a id=\"cloudformation\" href=\"/cloudformation\">Make roles from a CloudFormation template</a></p>");
    SITE.page(StatusCode::OK, "Sign-in endpoint", content)
}

/// Where a template is applied, and what came of it.
pub(super) fn stack(applied: Option<&Result<Vec<String>, StackError>>) -> HttpResponse {
    let mut content = Content::new();
    let mut status = StatusCode::OK;
    match applied {
        None => {}
        Some(Ok(made)) => {
            content = content
                .markup("<p>The stack is there. Its roles for federation:</p><ul id=\"made\">");
            for role in made {
                content = content.markup("<li>").text(role).markup("</li>");
            }
            content = content.markup("</ul>");
        }
        Some(Err(error)) => {
            status = StatusCode::BAD_REQUEST;
            content = content
                .markup("<p id=\"refused\">")
                .text(&error.to_string())
                .markup("</p>");
        }
    }
    let content = content.markup("<form method=\"post\"><p><label for=\"account\">Account</label> <input id=\"account\" name=\"account\" required></p><p><label for=\"template\">Template (JSON)</label></p><p><textarea id=\"template\" name=\"template\" rows=\"12\" cols=\"60\" required></textarea></p><p><button id=\"apply\">Create the stack</button></p></form>");
    SITE.page(status, "CloudFormation", content)
}

/// The console, as far as there is one: the session.
pub(super) fn console(session: &ConsoleSession) -> HttpResponse {
    let request = &session.request;
    let mut content = Content::new()
        .markup("<dl>")
        .row("Account", "account-id", request.role.account.as_str())
        .row("Account name", "account-name", &session.account_name)
        .row("Role", "role-name", request.role.name())
        .row("Role ARN", "role-arn", &request.role.arn)
        .row(
            "Role session name",
            "role-session-name",
            &request.session_name,
        )
        .row(
            "Session duration in seconds",
            "session-duration",
            &session.duration.as_seconds().to_string(),
        )
        .row(
            "Source identity",
            "source-identity",
            request.source_identity.as_deref().unwrap_or_default(),
        )
        .row("Destination", "destination", &session.destination)
        .markup("</dl><h2 id=\"tags-heading\">Session tags</h2><table id=\"tags\" aria-labelledby=\"tags-heading\"><thead><tr><th scope=\"col\">Key</th><th scope=\"col\">Value</th><th scope=\"col\">Role chaining</th></tr></thead><tbody>");
    for (key, value) in &request.tags {
        let is_transitive = request.transitive_tag_keys.contains(key);
        content = content
            .markup("<tr><th scope=\"row\">")
            .text(key)
            .markup("</th><td>")
            .text(value)
            .markup("</td><td>")
            .markup(if is_transitive {
                "passed on"
            } else {
                "not passed on"
            })
            .markup("</td></tr>");
    }
    content = content.markup("</tbody></table>");
    SITE.page(StatusCode::OK, "Console home", content)
}

/// The response broke a rule: AWS's words first, then the cause, which AWS would keep to itself.
pub(super) fn refused(refusal: &Refusal) -> HttpResponse {
    let content = Content::new()
        .markup("<p id=\"refused\">")
        .text(refusal.aws_text())
        .markup("</p><p>The cause, which AWS itself would not show: <span id=\"refused-reason\">")
        .text(&refusal.to_string())
        .markup("</span></p>");
    SITE.page(StatusCode::FORBIDDEN, "Sign-in refused", content)
}

/// No session of this handle, or no more.
pub(super) fn no_session() -> HttpResponse {
    let content = Content::new().markup(
        "<p id=\"no-session\">There is no console session here. Start from the identity provider's portal.</p>",
    );
    SITE.page(StatusCode::UNAUTHORIZED, "Not signed in", content)
}
