//! Which page shows which requirement.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::AGAIN;
use super::passkey::form_of;
use crate::access::{Outcome, Resolved};
use crate::credentials::MINIMUM_LENGTH;
use crate::model::{Factor, PasskeyKind, User};
use crate::policy::Requirement;
use crate::render::{
    ConsentItem, ConsentPage, DeniedPage, EnrollPage, EnrollTotp, Page, PasskeyForm, Problem,
    SavedCodePage, SecondFactorPage, SetPasswordPage, SignInPage,
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
    let status = if again.is_some() {
        AGAIN
    } else {
        StatusCode::OK
    };
    let asking = Asking {
        app,
        visitor,
        pending,
        outcome,
        csrf: csrf::token(app, visitor),
        problem: again.as_ref().map(|again| again.problem.clone()),
    };
    let html = match requirement {
        Requirement::FirstFactor { allowed } | Requirement::Reauthenticate { allowed, .. } => {
            let typed = again.and_then(|again| again.user_name);
            asking.who(requirement, allowed, typed).await
        }
        Requirement::SecondFactor { allowed } => asking.second(requirement, allowed).await,
        Requirement::Consent { scopes } => asking.consent(scopes),
        Requirement::SetCredential { allowed } => asking.credential(requirement, allowed).await,
        Requirement::EnrollFactor { allowed } => asking.enrollment(requirement, allowed).await,
    }?;
    Ok(headers::page(
        app,
        visitor,
        status,
        &forms(app, pending),
        html,
    ))
}

/// One question to a person.
struct Asking<'a> {
    app: &'a App,
    visitor: &'a Visitor,
    pending: &'a PendingSignIn,
    outcome: &'a Outcome,
    csrf: String,
    problem: Option<Problem>,
}

impl Asking<'_> {
    fn step(&self, step: &str) -> String {
        routes::sign_in_step(&self.pending.id, step)
    }

    fn render(&self, page: &impl Page) -> Result<String, PageError> {
        Ok(self.app.renderer.render(page, self.visitor.language)?)
    }

    fn known(&self) -> Result<&User, PageError> {
        Ok(&known(self.outcome.known.as_ref())?.user)
    }

    async fn who(
        &self,
        requirement: &Requirement,
        allowed: &[Factor],
        typed: Option<String>,
    ) -> Result<String, PageError> {
        let before = self.outcome.known.as_ref();
        let before = before.map(|known| known.user.user_name.to_string());
        let page = SignInPage {
            action: allowed
                .contains(&Factor::Password)
                .then(|| self.step("password")),
            csrf: self.csrf.clone(),
            user_name: typed
                .or(before)
                .or_else(|| hinted_name(self.pending))
                .unwrap_or_default(),
            problem: self.problem.clone(),
            continue_to: target_name(self.outcome),
            passkey: self.passkey(requirement, "sign-in").await?,
        };
        self.render(&page)
    }

    async fn second(
        &self,
        requirement: &Requirement,
        allowed: &[Factor],
    ) -> Result<String, PageError> {
        let way = |factor, step| allowed.contains(&factor).then(|| self.step(step));
        let (csrf, problem) = (self.csrf.clone(), self.problem.clone());
        let passkey = self.passkey(requirement, "second-factor").await?;
        let code = way(Factor::Totp, "code");
        let recovery_action = way(Factor::RecoveryCode, "recovery-code");
        let pass_action = way(Factor::Pass, "pass");
        match (&code, &passkey, &recovery_action, &pass_action) {
            (None, None, Some(action), _) => self.render(&SavedCodePage {
                kind: "recovery-code",
                action: action.clone(),
                csrf,
                problem,
                code_action: pass_action,
            }),
            (None, None, None, Some(action)) => self.render(&SavedCodePage {
                kind: "pass",
                action: action.clone(),
                csrf,
                problem,
                code_action: None,
            }),
            _ => self.render(&SecondFactorPage {
                action: code,
                csrf,
                user_name: self.known()?.user_name.to_string(),
                problem,
                passkey,
                recovery_action,
                pass_action,
            }),
        }
    }

    fn consent(&self, scopes: &[String]) -> Result<String, PageError> {
        self.render(&ConsentPage {
            action: self.step("consent"),
            decline_action: self.step("decline"),
            csrf: self.csrf.clone(),
            user_name: self.known()?.user_name.to_string(),
            target_name: target_name(self.outcome).unwrap_or_default(),
            items: ConsentItem::of(scopes),
        })
    }

    async fn credential(
        &self,
        requirement: &Requirement,
        allowed: &[Factor],
    ) -> Result<String, PageError> {
        let page = SetPasswordPage {
            action: allowed
                .contains(&Factor::Password)
                .then(|| self.step("set-password")),
            csrf: self.csrf.clone(),
            user_name: self.known()?.user_name.to_string(),
            minimum: MINIMUM_LENGTH,
            problem: self.problem.clone(),
            passkey: self.new_key(requirement, PasskeyKind::Passkey).await?,
        };
        self.render(&page)
    }

    async fn enrollment(
        &self,
        requirement: &Requirement,
        allowed: &[Factor],
    ) -> Result<String, PageError> {
        let totp = if allowed.contains(&Factor::Totp) {
            let user = self.known()?;
            let (op, sign_ins) = (&self.visitor.op, &self.app.sign_ins);
            let enrollment = sign_ins.enrollment(op, self.pending, user).await?;
            Some(EnrollTotp::new(
                self.step("confirm"),
                self.csrf.clone(),
                &enrollment.otpauth_url,
                &enrollment.secret_base32,
            )?)
        } else {
            None
        };
        let page = EnrollPage {
            passkey: self.new_key(requirement, PasskeyKind::Passkey).await?,
            security_key: self.new_key(requirement, PasskeyKind::SecurityKey).await?,
            totp,
            problem: self.problem.clone(),
        };
        self.render(&page)
    }

    async fn passkey(
        &self,
        requirement: &Requirement,
        purpose: &'static str,
    ) -> Result<Option<PasskeyForm>, PageError> {
        let user_id = self.outcome.known.as_ref().map(|known| &known.user.id);
        let ceremony = self
            .app
            .sign_ins
            .ask_for_passkey(&self.visitor.op, self.pending, (requirement, user_id))
            .await?;
        let form = |ceremony| form_of(ceremony, (self.step("passkey"), &self.csrf), purpose);
        Ok(ceremony.map(form))
    }

    async fn new_key(
        &self,
        requirement: &Requirement,
        kind: PasskeyKind,
    ) -> Result<Option<PasskeyForm>, PageError> {
        let purpose = match kind {
            PasskeyKind::Passkey => "passkey",
            PasskeyKind::SecurityKey => "security-key",
        };
        let user = self.known()?;
        let ceremony = self
            .app
            .sign_ins
            .ask_for_new_passkey(&self.visitor.op, self.pending, (requirement, user), kind)
            .await?;
        let form = |ceremony| form_of(ceremony, (self.step("add-passkey"), &self.csrf), purpose);
        Ok(ceremony.map(form))
    }
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
