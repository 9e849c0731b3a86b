//! Policies, and the simulator: what would be asked of somebody who comes now.

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::form::Fields;
use super::frame::{apps_problem, show};
use super::policy_scopes::{Scopes, factor_choices};
use super::{Admin, posted, within};
use crate::access::{Simulated, SimulatedVerdict};
use crate::apps::{AppsError, PolicyScope};
use crate::directory::DirectoryError;
use crate::model::{Assurance, Factor, GroupId, Network, SatisfiedFactor};
use crate::op::Op;
use crate::policy::{DenyReason, Policy, Requirement};
use crate::render::{ConsoleProblem, PoliciesPage, PolicyForm, SimulatorForm, Verdict};
use crate::signin::ConsolePart;
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::{App, headers, routes};

/// What the simulator is asked.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    user: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    set: String,
    #[serde(default)]
    proved: String,
    #[serde(default)]
    from: String,
}

/// The page.
pub(in crate::web) async fn show_all(
    app: Data<App>,
    mut visitor: Visitor,
    asked: Option<Query<Asked>>,
) -> HttpResponse {
    within(
        &app,
        &mut visitor,
        ConsolePart::Policies,
        async |visitor, admin| {
            let asked = asked.map(Query::into_inner).unwrap_or_default();
            let scopes = Scopes::read(&app).await?;
            let (verdict, problem) = match simulate(&app, visitor, &scopes, &asked).await? {
                Ok(verdict) => (verdict, None),
                Err(problem) => (None, Some(problem)),
            };
            let shown = Shown {
                asked,
                verdict,
                problem,
                ..Shown::default()
            };
            page(&app, (visitor, admin), &scopes, shown).await
        },
    )
    .await
}

/// Sets a policy.
pub(in crate::web) async fn set(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    posted(
        (&app, &mut visitor),
        ConsolePart::Policies,
        (&request, &body),
        async |visitor, admin, fields| {
            let scopes = Scopes::read(&app).await?;
            let scope = scope_of(&app, &scopes, fields).await?;
            let set = match (scope, policy_of(&app, fields).await?) {
                (Ok(scope), Ok(policy)) => app.apps.set_policy(&admin.op, &scope, &policy).await,
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            match set {
                Ok(()) => Ok(headers::see_other(&app, visitor, routes::POLICIES).finish()),
                Err(error) => {
                    let shown = Shown {
                        form: form_of(fields),
                        scope: fields.one("scope").to_owned(),
                        group: fields.one("group").to_owned(),
                        problem: Some(apps_problem(error)?),
                        ..Shown::default()
                    };
                    page(&app, (visitor, admin), &scopes, shown).await
                }
            }
        },
    )
    .await
}

/// The scope that was chosen, or the group whose name was typed.
async fn scope_of(
    app: &App,
    scopes: &Scopes,
    fields: &Fields,
) -> Result<Result<PolicyScope, AppsError>, PageError> {
    let typed = fields.one("group").trim();
    if typed.is_empty() {
        let scope = scopes.scope(fields.one("scope"));
        return scope.map(Ok).ok_or(PageError::NotFound);
    }
    Ok(group_called(app, typed).await?.map(PolicyScope::Group))
}

async fn group_called(app: &App, typed: &str) -> Result<Result<GroupId, AppsError>, PageError> {
    match app.directory.group_called(typed).await {
        Ok(group) => Ok(Ok(group.id)),
        Err(DirectoryError::NotFound { what, name }) => Ok(Err(AppsError::NotFound { what, name })),
        Err(error) => Err(error.into()),
    }
}

async fn policy_of(app: &App, fields: &Fields) -> Result<Result<Policy, AppsError>, PageError> {
    let mut groups = Vec::new();
    for line in fields.lines("passes") {
        match group_called(app, &line).await? {
            Ok(group) => groups.push(group),
            Err(error) => return Ok(Err(error)),
        }
    }
    let says_something = !groups.is_empty() || !fields.one("no_passes").is_empty();
    Ok(rules_of(fields).map(|rules| Policy {
        passes_from: says_something.then_some(groups),
        ..rules
    }))
}

fn rules_of(fields: &Fields) -> Result<Policy, AppsError> {
    let minutes = |name: &'static str| match fields.one(name).trim() {
        "" => Ok(None),
        text => match text.parse::<u32>() {
            Ok(minutes) => Ok(Some(minutes.saturating_mul(60))),
            Err(_) => Err(AppsError::Invalid {
                field: name,
                reason: "must be a number of minutes, or empty".to_owned(),
            }),
        },
    };
    Ok(Policy {
        required_assurance: assurance_of(fields.one("assurance")),
        allowed_factors: factors_of(fields),
        networks: networks_of(fields)?,
        max_authentication_age_seconds: minutes("age")?,
        max_application_session_seconds: minutes("application_session")?,
        max_aws_session_seconds: minutes("aws_session")?,
        passes_from: None,
    })
}

fn assurance_of(word: &str) -> Option<Assurance> {
    let all = [Assurance::One, Assurance::Two, Assurance::PhishingResistant];
    all.into_iter().find(|assurance| assurance.as_str() == word)
}

/// Every box ticked, or none: the policy leaves it to the others.
fn factors_of(fields: &Fields) -> Option<Vec<Factor>> {
    let is_ticked = |factor: &Factor| fields.all("factor").any(|word| word == factor.as_str());
    let ticked: Vec<Factor> = Factor::CHOICES.into_iter().filter(is_ticked).collect();
    let says_something = !ticked.is_empty() && ticked.len() < Factor::CHOICES.len();
    says_something.then_some(ticked)
}

fn networks_of(fields: &Fields) -> Result<Option<Vec<Network>>, AppsError> {
    let lines = fields.lines("networks");
    let networks = lines.iter().map(|line| {
        Network::parse(line).map_err(|error| AppsError::Invalid {
            field: "networks",
            reason: format!("{line}: {}", error.reason),
        })
    });
    let networks: Vec<Network> = networks.collect::<Result<_, _>>()?;
    Ok((!networks.is_empty()).then_some(networks))
}

fn form_of(fields: &Fields) -> PolicyForm {
    let text = |name| fields.one(name).to_owned();
    PolicyForm {
        assurance: assurance_of(fields.one("assurance")).map_or("", Assurance::as_str),
        factors: factor_choices(factors_of(fields).as_deref()),
        networks: fields.one("networks").to_owned(),
        age: text("age"),
        application_session: text("application_session"),
        aws_session: text("aws_session"),
        passes: Some(fields.lines("passes"))
            .filter(|groups| !groups.is_empty() || !fields.one("no_passes").is_empty()),
    }
}

async fn simulate(
    app: &App,
    visitor: &Visitor,
    scopes: &Scopes,
    asked: &Asked,
) -> Result<Result<Option<Verdict>, ConsoleProblem>, PageError> {
    let name = asked.user.trim();
    if name.is_empty() {
        return Ok(Ok(None));
    }
    let Some(user) = app.directory.user_by_name(name).await? else {
        return Ok(Err(ConsoleProblem {
            key: "not-found",
            about: name.to_owned(),
        }));
    };
    let target = scopes.target(&asked.target, (&asked.account, &asked.set));
    let target = target.ok_or(PageError::NotFound)?;
    let factors: &[Factor] = match asked.proved.as_str() {
        "password" => &[Factor::Password],
        "both" => &[Factor::Password, Factor::Totp],
        "passkey" => &[Factor::Passkey],
        _ => &[],
    };
    let remote_addr = match asked.from.trim() {
        "" => visitor.op.remote_addr,
        text => match text.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                return Ok(Err(ConsoleProblem {
                    key: "invalid",
                    about: format!("{text}: not an address"),
                }));
            }
        },
    };
    let op = Op {
        remote_addr,
        ..visitor.op.clone()
    };
    let at = op.now;
    let proved = factors.iter().map(|factor| SatisfiedFactor {
        factor: *factor,
        at,
    });
    let simulated = app
        .access
        .simulate(&op, (&user.id, proved.collect()), target)
        .await?;
    Ok(Ok(Some(verdict(scopes, &simulated))))
}

fn verdict(scopes: &Scopes, simulated: &Simulated) -> Verdict {
    let mut minutes = 0;
    let key = match &simulated.verdict {
        SimulatedVerdict::Allow(Some(seconds)) => {
            minutes = i64::from(*seconds).div_euclid(60);
            "allowed-aws"
        }
        SimulatedVerdict::Allow(None) => "allowed",
        SimulatedVerdict::StepUp(requirement) => match requirement {
            Requirement::FirstFactor { .. } => "first-factor",
            Requirement::SecondFactor { .. } => "second-factor",
            Requirement::Reauthenticate { .. } => "reauthenticate",
            Requirement::EnrollFactor { .. } => "enroll",
            Requirement::SetCredential { .. } => "set-credential",
            // Nobody asks for consent here.
            Requirement::Consent { .. } => "allowed",
        },
        SimulatedVerdict::Deny(reason) => match reason {
            DenyReason::UserDisabled => "user-disabled",
            DenyReason::NotAssigned => "not-assigned",
            DenyReason::TargetDisabled => "target-disabled",
            DenyReason::TargetUnknown => "target-unknown",
            DenyReason::AwsSessionTooShort => "aws-too-short",
            DenyReason::NetworkNotAllowed => "network",
            DenyReason::NoFactorAllowed => "no-factor",
            DenyReason::NoAuthnContext | DenyReason::NoPassive | DenyReason::ConsentRequired => {
                "no-authn-context"
            }
        },
    };
    let because = simulated.policies.iter();
    Verdict {
        key,
        minutes,
        because: because
            .filter_map(|(kind, id, policy)| scopes.row(kind, id, policy))
            .collect(),
    }
}

/// What the page shows beside the policies.
#[derive(Default)]
struct Shown {
    asked: Asked,
    verdict: Option<Verdict>,
    form: PolicyForm,
    scope: String,
    group: String,
    problem: Option<ConsoleProblem>,
}

async fn page(
    app: &App,
    (visitor, admin): (&Visitor, &Admin),
    scopes: &Scopes,
    mut shown: Shown,
) -> Result<HttpResponse, PageError> {
    if shown.form.factors.is_empty() {
        shown.form.factors = factor_choices(None);
    }
    let (accounts, sets) = scopes.roles((&shown.asked.account, &shown.asked.set));
    let is_said = |policy: &Policy| *policy != Policy::default();
    let page = PoliciesPage {
        console: admin.console(app, "policies"),
        action: routes::POLICIES.to_owned(),
        policies: scopes
            .policies
            .iter()
            .filter(|(_, policy)| is_said(policy))
            .filter_map(|(scope, policy)| scopes.row_of(scope, policy))
            .collect(),
        scopes: scopes.choices(&shown.scope),
        types_group: scopes.types_group,
        group: shown.group,
        form: shown.form,
        simulator: SimulatorForm {
            targets: scopes.targets(&shown.asked.target),
            accounts,
            sets,
            user: shown.asked.user,
            proved: match shown.asked.proved.as_str() {
                "password" => "password",
                "both" => "both",
                "passkey" => "passkey",
                _ => "nothing",
            },
            from: shown.asked.from,
        },
        verdict: shown.verdict,
        problem: shown.problem,
    };
    show(app, visitor, &page, page.problem.as_ref())
}
