//! Which page shows which requirement.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::AGAIN;
use crate::access::{Outcome, Resolved};
use crate::credentials::MINIMUM_LENGTH;
use crate::model::Factor;
use crate::policy::Requirement;
use crate::render::{
    ConsentItem, ConsentPage, DeniedPage, EnrollTotpPage, Problem, RecoveryCodePage,
    SecondFactorPage, SetPasswordPage, SignInPage,
};
use crate::signin::{Continuation, PendingSignIn};
use crate::web::error::{PageError, known};
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, csrf, routes};

/// What was wrong with the last answer, and what of it is shown again.
#[derive(Debug, Clone)]
pub(super) struct Again {
    pub(super) problem: Problem,
    pub(super) user_name: Option<String>,
}

/// The page of a requirement; with `again` the one that says what was wrong.
pub(super) async fn ask(
    app: &App,
    visitor: &Visitor,
    pending: &PendingSignIn,
    requirement: &Requirement,
    outcome: &Outcome,
    again: Option<Again>,
) -> Result<HttpResponse, PageError> {
    let csrf = csrf::token(app, visitor);
    let status = if again.is_some() {
        AGAIN
    } else {
        StatusCode::OK
    };
    let problem = again.as_ref().map(|again| again.problem.clone());
    let step = |step: &str| routes::sign_in_step(&pending.id, step);
    let language = visitor.language;
    let html = match requirement {
        Requirement::FirstFactor | Requirement::Reauthenticate { .. } => {
            let before = outcome
                .known
                .as_ref()
                .map(|known| known.user.user_name.to_string());
            app.renderer.render(
                &SignInPage {
                    action: step("password"),
                    csrf,
                    user_name: again
                        .and_then(|again| again.user_name)
                        .or(before)
                        .or_else(|| hinted_name(pending))
                        .unwrap_or_default(),
                    problem,
                    continue_to: target_name(outcome),
                },
                language,
            )
        }
        Requirement::SecondFactor { allowed } if !allowed.contains(&Factor::Totp) => {
            app.renderer.render(
                &RecoveryCodePage {
                    action: step("recovery-code"),
                    csrf,
                    problem,
                    code_action: None,
                },
                language,
            )
        }
        Requirement::SecondFactor { allowed } => app.renderer.render(
            &SecondFactorPage {
                action: step("code"),
                csrf,
                user_name: known(outcome.known.as_ref())?.user.user_name.to_string(),
                problem,
                recovery_action: allowed
                    .contains(&Factor::RecoveryCode)
                    .then(|| step("recovery-code")),
            },
            language,
        ),
        Requirement::Consent { scopes } => app.renderer.render(
            &ConsentPage {
                action: step("consent"),
                decline_action: step("decline"),
                csrf,
                user_name: known(outcome.known.as_ref())?.user.user_name.to_string(),
                target_name: target_name(outcome).unwrap_or_default(),
                items: ConsentItem::of(scopes),
            },
            language,
        ),
        Requirement::ChangePassword => app.renderer.render(
            &SetPasswordPage {
                action: step("set-password"),
                csrf,
                user_name: known(outcome.known.as_ref())?.user.user_name.to_string(),
                minimum: MINIMUM_LENGTH,
                problem,
            },
            language,
        ),
        Requirement::EnrollFactor => {
            let user = &known(outcome.known.as_ref())?.user;
            let enrollment = app.sign_ins.enrollment(&visitor.op, user).await?;
            app.renderer.render(
                &EnrollTotpPage::new(
                    step("confirm"),
                    csrf,
                    &enrollment.otpauth_url,
                    &enrollment.secret_base32,
                    problem,
                )?,
                language,
            )
        }
    }?;
    Ok(headers::page(
        app,
        visitor,
        status,
        &forms(app, pending),
        html,
    ))
}

/// The denial, with the way back.
pub(super) fn denied(
    app: &App,
    visitor: &Visitor,
    pending: &PendingSignIn,
    outcome: &Outcome,
) -> Result<HttpResponse, PageError> {
    let can_be_told = matches!(
        pending.continuation,
        Continuation::Saml(_) | Continuation::Oauth(_)
    );
    let html = app.renderer.render(
        &DeniedPage {
            target_name: target_name(outcome).unwrap_or_default(),
            request_id: visitor.op.request_id.to_string(),
            portal: routes::PORTAL.to_owned(),
            sign_out: routes::SIGN_OUT.to_owned(),
            csrf: csrf::token(app, visitor),
            decline_action: can_be_told.then(|| routes::sign_in_step(&pending.id, "decline")),
        },
        visitor.language,
    )?;
    let forms = forms(app, pending);
    Ok(headers::page(
        app,
        visitor,
        StatusCode::FORBIDDEN,
        &forms,
        html,
    ))
}

/// What the person is signing in to, where it has a name.
fn target_name(outcome: &Outcome) -> Option<String> {
    match &outcome.target {
        Resolved::Application(app) => Some(app.name.clone()),
        Resolved::Aws(pair) => Some(format!("{} ({})", pair.0.name, pair.1.name)),
        Resolved::Own | Resolved::Admin | Resolved::Verification(_) | Resolved::Unknown => None,
    }
}

/// `login_hint`: the name that the client has.
fn hinted_name(pending: &PendingSignIn) -> Option<String> {
    match &pending.continuation {
        Continuation::Oauth(exchange) => exchange.login_hint.clone(),
        _ => None,
    }
}

fn forms(app: &App, pending: &PendingSignIn) -> Forms {
    match &pending.continuation {
        Continuation::Saml(exchange) => Forms::to(&exchange.acs_url),
        Continuation::Oauth(exchange) => Forms::to(&exchange.redirect_uri),
        Continuation::AwsRole { .. } => {
            let plain = app
                .issuer
                .partitions()
                .iter()
                .find(|partition| !partition.sign_in_url.starts_with("https:"));
            plain.map_or(Forms::Target(None), |partition| {
                Forms::to(&partition.sign_in_url)
            })
        }
        Continuation::Portal
        | Continuation::Account
        | Continuation::OwnCredentials { .. }
        | Continuation::Admin { .. } => Forms::Ours,
    }
}
