//! The parameters of a call: which operation, and AssumeRoleWithSAML's with their documented limits.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::fault::Fault;
use super::policy;
use crate::demo::aws::refusal::Refusal;
use crate::demo::form::FormProblem;
use crate::model::Span;

const VERSION: &str = "2011-06-15";
const MAX_POLICY_ARNS: usize = 10;

/// The fields of the form.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the form, each parameter once.
    pub(super) fn read(body: &[u8]) -> Result<Self, Fault> {
        let mut all = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if all.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Fault::plain(
                    "InvalidQueryParameter",
                    StatusCode::BAD_REQUEST,
                    format!("The parameter {name} is there more than once."),
                ));
            }
        }
        Ok(Self(all))
    }

    /// The name of an operation of the one version that there is.
    pub(super) fn operation(&self) -> Result<&str, Fault> {
        let action = self.get("Action").filter(|action| !action.is_empty());
        let action = action.ok_or_else(|| {
            Fault::plain(
                "MissingAction",
                StatusCode::BAD_REQUEST,
                "The request must contain the parameter Action.",
            )
        })?;
        match self.get("Version") {
            Some(VERSION) => Ok(action),
            _ => Err(self.unknown_operation()),
        }
    }

    pub(super) fn unknown_operation(&self) -> Fault {
        Fault::plain(
            "InvalidAction",
            StatusCode::BAD_REQUEST,
            format!(
                "Could not find operation {} for version {}",
                self.get("Action").unwrap_or_default(),
                self.get("Version").unwrap_or("NO_VERSION_SPECIFIED")
            ),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `PolicyArns.member.N.arn`.
    fn policy_arns(&self) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(name, _)| name.starts_with("PolicyArns.member.") && name.ends_with(".arn"))
            .map(|(_, arn)| arn.as_str())
            .collect()
    }
}

/// What AssumeRoleWithSAML is asked.
pub(super) struct Federation<'a> {
    pub(super) role_arn: &'a str,
    pub(super) principal_arn: &'a str,
    /// The octets of the `samlp:Response`.
    pub(super) response: Vec<u8>,
    /// `DurationSeconds`.
    pub(super) duration: Option<Span>,
    /// In percent.
    pub(super) packed_policy_size: usize,
}

impl<'a> Federation<'a> {
    /// Reads the parameters: all that break a limit are named together.
    pub(super) fn read(parameters: &'a Parameters) -> Result<Self, Fault> {
        let mut limits = Limits::default();
        let role_arn = limits.length(parameters, "RoleArn", 20..=2_048);
        let principal_arn = limits.length(parameters, "PrincipalArn", 20..=2_048);
        let assertion = limits.length(parameters, "SAMLAssertion", 4..=100_000);
        let duration = limits.duration(parameters)?;
        let inline = parameters.get("Policy");
        if inline.is_some() {
            limits.length(parameters, "Policy", 1..=policy::MAX_CHARACTERS);
        }
        let arns = parameters.policy_arns();
        if arns.len() > MAX_POLICY_ARNS {
            limits.broken(
                "Value",
                "policyArns",
                "Member must have length less than or equal to 10",
            );
        }
        limits.keep()?;
        check_arn(role_arn)?;
        check_arn(principal_arn)?;
        if let Some(inline) = inline {
            policy::check(inline)?;
        }
        for arn in &arns {
            check_arn(arn)?;
        }
        let characters = inline
            .iter()
            .chain(&arns)
            .map(|text| text.chars().count())
            .sum();
        Ok(Self {
            role_arn,
            principal_arn,
            response: STANDARD
                .decode(assertion)
                .map_err(|_| Refusal::from(FormProblem::Base64))?,
            duration,
            packed_policy_size: policy::packed_size(characters)?,
        })
    }
}

fn check_arn(text: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, _, _, resource]
            if ![partition, service, resource].iter().any(|p| p.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(Fault::new(
            "ValidationError",
            StatusCode::BAD_REQUEST,
            "Request ARN is invalid",
            format!("{text:?} is not an ARN"),
        )),
    }
}

/// The limits that were found broken, in AWS's wording.
#[derive(Default)]
struct Limits(Vec<String>);

impl Limits {
    /// A parameter that must be there, with a length in characters; empty when it is not as it must be.
    fn length<'a>(
        &mut self,
        parameters: &'a Parameters,
        name: &'static str,
        allowed: std::ops::RangeInclusive<usize>,
    ) -> &'a str {
        let member = member_name(name);
        let Some(value) = parameters.get(name) else {
            self.broken("Value null", &member, "Member must not be null");
            return "";
        };
        // The assertion is a secret, and AWS does not repeat it either.
        let shown = match name {
            "SAMLAssertion" => "Value".to_owned(),
            _ => format!("Value '{value}'"),
        };
        let length = value.chars().count();
        let (least, most) = (allowed.start(), allowed.end());
        if length < *least {
            let rule = format!("Member must have length greater than or equal to {least}");
            self.broken(&shown, &member, &rule);
        } else if length > *most {
            let rule = format!("Member must have length less than or equal to {most}");
            self.broken(&shown, &member, &rule);
        }
        value
    }

    fn duration(&mut self, parameters: &Parameters) -> Result<Option<Span>, Fault> {
        let Some(text) = parameters.get("DurationSeconds") else {
            return Ok(None);
        };
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let seconds = text.parse::<i64>().ok().filter(|_| is_number);
        let seconds = seconds.ok_or_else(|| {
            Fault::plain(
                "MalformedInput",
                StatusCode::BAD_REQUEST,
                format!("DurationSeconds is '{text}', and must be a whole number of seconds"),
            )
        })?;
        let shown = format!("Value '{seconds}'");
        let member = member_name("DurationSeconds");
        if seconds < 900 {
            let rule = "Member must have value greater than or equal to 900";
            self.broken(&shown, &member, rule);
        } else if seconds > 43_200 {
            let rule = "Member must have value less than or equal to 43200";
            self.broken(&shown, &member, rule);
        }
        Ok(Some(Span::seconds(seconds)))
    }

    fn broken(&mut self, value: &str, member: &str, rule: &str) {
        self.0.push(format!(
            "{value} at '{member}' failed to satisfy constraint: {rule}"
        ));
    }

    fn keep(self) -> Result<(), Fault> {
        let count = match self.0.len() {
            0 => return Ok(()),
            1 => "1 validation error".to_owned(),
            several => format!("{several} validation errors"),
        };
        Err(Fault::plain(
            "ValidationError",
            StatusCode::BAD_REQUEST,
            format!("{count} detected: {}", self.0.join("; ")),
        ))
    }
}

/// AWS names members with a small first letter: `sAMLAssertion`.
fn member_name(parameter: &str) -> String {
    let mut characters = parameter.chars();
    characters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(characters)
        .collect()
}
