//! Responses to applications.

use super::issuer::{Record, message_id};
use super::validate::default_acs;
use super::{IssueError, Issuer, Posted, Witness, release};
use crate::access::Exchange;
use crate::audit::{AuditEvent, IssuedAssertion};
use crate::model::{
    AppState, Application, NameIdFormat, ResponseSigning, ServiceProvider, Span, Timestamp,
};
use crate::op::Op;
use crate::policy::{Grant, Interaction, Target};
use crate::protocol::saml::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Status, StatusCode,
    SubStatus,
};
use crate::store::{name_ids, saml_requests};

/// Conditions begin this long before now, for clocks that are behind (security.md S-12).
pub(super) const SKEW: Span = Span::seconds(60);
/// How long an answered request's id is remembered: longer than a request may be old and a sign-in may last.
const REMEMBERED: Span = Span::hours(2);

impl Issuer {
    /// The exchange of a sign-in that starts from our side (SAML profiles, 4.1.5).
    ///
    /// # Errors
    /// When the registration does not allow it (security.md S-11) or names no endpoint.
    pub fn start_from_our_side(
        &self,
        app: &Application,
        relay_state: Option<&str>,
    ) -> Result<Exchange, IssueError> {
        let saml = registered(app)?;
        if !saml.allow_idp_initiated || app.state == AppState::Disabled {
            return Err(IssueError::StartsAtApplication);
        }
        let acs = default_acs(saml).ok_or(IssueError::StartsAtApplication)?;
        let relay_state = relay_state
            .map(str::to_owned)
            .or_else(|| saml.default_relay_state.clone());
        Ok(Exchange {
            app_id: app.id.clone(),
            request_id: None,
            acs_url: acs.acs_url.clone(),
            name_id_format: saml.default_name_id_format,
            allow_create: true,
            relay_state,
            interaction: Interaction::Allowed,
            authenticated_since: None,
            context: None,
        })
    }

    /// Answers with an assertion. It is on disk that it was issued before this returns.
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued.
    pub async fn respond(
        &self,
        op: &Op,
        grant: Grant,
        witness: &Witness<'_>,
        app: &Application,
        exchange: &Exchange,
    ) -> Result<Posted, IssueError> {
        let target = Target::Application {
            app_id: app.id.clone(),
        };
        let is_ours = *grant.target() == target && *grant.subject() == witness.known.user.id;
        if !is_ours || exchange.app_id != app.id {
            return Err(IssueError::WrongGrant);
        }
        let saml = registered(app)?;
        is_still_registered(saml, exchange)?;
        let name_id = self.name_id(op, witness, app, exchange).await?;
        let session = witness.application_session(op, Some(app.id.clone()), &name_id.value, &grant);
        let session_index = format!("_{}", session.id);
        let assertion = AssertionContent {
            id: message_id(op),
            issue_instant: op.now,
            issuer: self.entity_id().to_owned(),
            name_id,
            recipient: exchange.acs_url.clone(),
            in_response_to: exchange.request_id.clone(),
            not_before: op.now.minus(SKEW),
            not_on_or_after: lifetime(saml, op.now),
            audience: saml.entity_id.as_str().to_owned(),
            authn_instant: grant.authenticated_at(),
            session_index: session_index.clone(),
            session_not_on_or_after: Some(grant.ends_at()),
            authn_context_class_ref: grant.context().uri().to_owned(),
            attributes: attributes(witness, saml),
        };
        let event = IssuedAssertion {
            user_id: witness.known.user.id.clone(),
            app_id: app.id.clone(),
            in_response_to: exchange.request_id.clone(),
            assertion_id: assertion.id.clone(),
            response_id: message_id(op),
            name_id_format: exchange.name_id_format,
            session_index,
            acs_url: exchange.acs_url.clone(),
            not_on_or_after: assertion.not_on_or_after,
        };
        let content = ResponseContent {
            id: event.response_id.clone(),
            in_response_to: exchange.request_id.clone(),
            destination: exchange.acs_url.clone(),
            issue_instant: op.now,
            issuer: self.entity_id().to_owned(),
            status: Status::success(),
            assertion: Some(assertion),
        };
        let relay_state = exchange.relay_state.clone();
        let posted = self.sign(&content, saml.response_signing, relay_state)?;
        let record = Record {
            takes: None,
            under: witness.under.clone(),
            application_session: session,
            answers: answers(exchange, op.now),
            code: None,
            event: AuditEvent::AssertionIssued(event),
        };
        self.record(op, record).await?;
        Ok(posted)
    }

    /// Answers that there will be no assertion, and why (SAML core, 3.2.2.2). This answers the request, too: its id is
    /// used up.
    ///
    /// # Errors
    /// [`IssueError`], among them that the request was answered before.
    pub async fn refuse(
        &self,
        op: &Op,
        app: &Application,
        exchange: &Exchange,
        sub: SubStatus,
    ) -> Result<Posted, IssueError> {
        let saml = registered(app)?;
        let event = AuditEvent::SamlRequestRefused {
            rule: rule_name(sub).to_owned(),
            issuer: Some(saml.entity_id.as_str().to_owned()),
            app_id: Some(app.id.clone()),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let answers = answers(exchange, op.now);
        let is_first = self
            .store
            .write(move |txn| {
                if let Some((app_id, request_id, expires_at)) = &answers
                    && !saml_requests::answer_once(txn, app_id, request_id, *expires_at)?
                {
                    return Ok(false);
                }
                txn.append_audit(&entry)?;
                Ok(true)
            })
            .await?;
        if !is_first {
            return Err(IssueError::AlreadyAnswered);
        }
        let content = ResponseContent {
            id: message_id(op),
            in_response_to: exchange.request_id.clone(),
            destination: exchange.acs_url.clone(),
            issue_instant: op.now,
            issuer: self.entity_id().to_owned(),
            status: Status {
                top: top_level(sub),
                sub: Some(sub),
                message: None,
            },
            assertion: None,
        };
        self.sign(
            &content,
            ResponseSigning::ResponseOnly,
            exchange.relay_state.clone(),
        )
    }

    async fn name_id(
        &self,
        op: &Op,
        witness: &Witness<'_>,
        app: &Application,
        exchange: &Exchange,
    ) -> Result<NameId, IssueError> {
        let user = &witness.known.user;
        let saml = registered(app)?;
        let value = match exchange.name_id_format {
            NameIdFormat::Persistent => self.persistent(op, witness, app, exchange).await?,
            NameIdFormat::Transient => message_id(op),
            NameIdFormat::EmailAddress => user.email.as_str().to_owned(),
            NameIdFormat::Unspecified => user.user_name.as_str().to_owned(),
        };
        let is_qualified = exchange.name_id_format == NameIdFormat::Persistent;
        Ok(NameId {
            format: exchange.name_id_format,
            value,
            name_qualifier: is_qualified.then(|| self.entity_id().to_owned()),
            sp_name_qualifier: is_qualified.then(|| saml.entity_id.as_str().to_owned()),
        })
    }

    /// Random, for this pair of person and application alone (SAML core, 8.3.7).
    async fn persistent(
        &self,
        op: &Op,
        witness: &Witness<'_>,
        app: &Application,
        exchange: &Exchange,
    ) -> Result<String, IssueError> {
        if let Some(name) = &witness.known.persistent_name {
            return Ok(name.clone());
        }
        if !exchange.allow_create {
            return Err(IssueError::NoName);
        }
        let (user_id, app_id) = (witness.known.user.id.clone(), app.id.clone());
        let (fresh, now) = (message_id(op), op.now);
        Ok(self
            .store
            .write(move |txn| name_ids::find_or_insert(txn, &user_id, &app_id, &fresh, now))
            .await?)
    }
}

/// SAML speaks with service providers alone.
fn registered(app: &Application) -> Result<&ServiceProvider, IssueError> {
    app.saml().ok_or(IssueError::WrongGrant)
}

/// The exchange was checked when it began, and a sign-in takes a while: what was taken from the registration since gets no
/// assertion.
fn is_still_registered(saml: &ServiceProvider, exchange: &Exchange) -> Result<(), IssueError> {
    let mut endpoints = saml.assertion_consumer_services.iter();
    if !endpoints.any(|acs| acs.acs_url == exchange.acs_url)
        || !saml.name_id_formats.contains(&exchange.name_id_format)
    {
        return Err(IssueError::RegistrationChanged);
    }
    if exchange.request_id.is_none() && !saml.allow_idp_initiated {
        return Err(IssueError::StartsAtApplication);
    }
    Ok(())
}

fn lifetime(saml: &ServiceProvider, now: Timestamp) -> Timestamp {
    now.plus(Span::seconds(i64::from(saml.assertion_lifetime_seconds)))
}

fn answers(
    exchange: &Exchange,
    now: Timestamp,
) -> Option<(crate::model::AppId, String, Timestamp)> {
    let request_id = exchange.request_id.clone()?;
    Some((exchange.app_id.clone(), request_id, now.plus(REMEMBERED)))
}

fn attributes(witness: &Witness<'_>, saml: &ServiceProvider) -> Vec<Attribute> {
    saml.attributes
        .iter()
        .map(|released| Attribute {
            name: released.name.clone(),
            name_format: if released.name.contains(':') {
                AttributeNameFormat::Uri
            } else {
                AttributeNameFormat::Basic
            },
            values: release::values(witness.known, &released.source),
        })
        .filter(|attribute| !attribute.values.is_empty())
        .collect()
}

fn top_level(sub: SubStatus) -> StatusCode {
    match sub {
        SubStatus::InvalidNameIdPolicy
        | SubStatus::RequestUnsupported
        | SubStatus::UnsupportedBinding => StatusCode::Requester,
        SubStatus::AuthnFailed
        | SubStatus::NoAuthnContext
        | SubStatus::NoPassive
        | SubStatus::RequestDenied
        | SubStatus::UnknownPrincipal => StatusCode::Responder,
    }
}

fn rule_name(sub: SubStatus) -> &'static str {
    match sub {
        SubStatus::AuthnFailed => "authn_failed",
        SubStatus::InvalidNameIdPolicy => "invalid_name_id_policy",
        SubStatus::NoAuthnContext => "no_authn_context",
        SubStatus::NoPassive => "no_passive",
        SubStatus::RequestDenied => "request_denied",
        SubStatus::RequestUnsupported => "request_unsupported",
        SubStatus::UnsupportedBinding => "unsupported_binding",
        SubStatus::UnknownPrincipal => "unknown_principal",
    }
}
