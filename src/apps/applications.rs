//! SAML service providers, by values or by their metadata.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::clients::check_client;
use super::{Apps, AppsError, Attempt, TRIES, check_source, invalid, plain};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change};
use crate::model::{
    AppId, AppState, Application, NameIdFormat, Registration, ReleasedAttribute, ResponseSigning,
    ServiceProvider, Timestamp,
};
use crate::op::Op;
use crate::protocol::saml::{
    check_acs_url, check_certificate, check_relay_state, parse_sp_metadata,
};
use crate::store::{StoreError, Txn, applications as rows};

/// What a new application is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApplication {
    /// For people: the tile's text.
    pub name: String,
    /// The registration.
    pub registration: Registration,
}

impl NewApplication {
    /// A registration from a service provider's metadata (SAML metadata, 2.4.4), with defaults for what it does not say:
    /// everything signed, persistent names, five minutes, no sign-in from our side, the person's name and address released.
    ///
    /// # Errors
    /// [`AppsError::Metadata`]; [`AppsError::MetadataExpired`] once its `validUntil` has come (SAML metadata, 2.3.2).
    pub fn service_provider(xml: &[u8], now: Timestamp) -> Result<ServiceProvider, AppsError> {
        let metadata = parse_sp_metadata(xml)?;
        if let Some(until) = metadata.valid_until.filter(|until| *until <= now) {
            return Err(AppsError::MetadataExpired(until));
        }
        let formats = metadata.name_id_formats;
        let released = |name: &str, source: &str| ReleasedAttribute {
            name: name.to_owned(),
            source: source.to_owned(),
        };
        Ok(ServiceProvider {
            entity_id: metadata.entity_id,
            assertion_consumer_services: metadata.assertion_consumer_services,
            signing_certificates: metadata.signing_certificates,
            require_signed_requests: metadata.authn_requests_signed,
            response_signing: ResponseSigning::Both,
            default_name_id_format: *formats.first().unwrap_or(&NameIdFormat::Persistent),
            name_id_formats: if formats.is_empty() {
                NameIdFormat::ALL.to_vec()
            } else {
                formats
            },
            allow_idp_initiated: false,
            default_relay_state: None,
            assertion_lifetime_seconds: 300,
            attributes: vec![
                released("email", "email"),
                released("displayName", "display_name"),
                released("givenName", "given_name"),
                released("surname", "family_name"),
                released("groups", "groups"),
            ],
        })
    }
}

impl Apps {
    /// Registers an application.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn register(&self, op: &Op, new: NewApplication) -> Result<Application, AppsError> {
        let app = checked(Application {
            id: AppId::from_random(op.entropy.octets()),
            name: new.name,
            state: AppState::Enabled,
            registration: new.registration,
            created_at: op.now,
            revision: 0,
        })?;
        self.is_not_aws(&app)?;
        let event = AuditEvent::ApplicationCreated { after: app.clone() };
        let (stored, asked) = (app.clone(), asked_for([&app]));
        self.commit(op, (asked, &event), move |txn| {
            if let Some(taken) = taken(txn, &stored)? {
                return Ok(taken);
            }
            rows::insert(txn, &stored)?;
            Ok(Attempt::Done)
        })
        .await?;
        Ok(app)
    }

    /// Changes an application: name, state, registration.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn update(&self, op: &Op, app: Application) -> Result<Application, AppsError> {
        let app = checked(app)?;
        self.is_not_aws(&app)?;
        for _ in 0..TRIES {
            let before = self.existing(&app.id).await?;
            let asked = asked_for([&before, &app]);
            let same = Application {
                revision: before.revision,
                created_at: before.created_at,
                ..app.clone()
            };
            if same == before {
                self.ask(op, asked).await?;
                return Ok(before);
            }
            let after = Application {
                revision: before.revision.saturating_add(1),
                ..same
            };
            let event = AuditEvent::ApplicationUpdated {
                before,
                after: after.clone(),
            };
            let stored = after.clone();
            let work = move |txn: &mut dyn Txn| {
                if let Some(taken) = taken(txn, &stored)? {
                    return Ok(taken);
                }
                Ok(if rows::update(txn, &stored)? {
                    Attempt::Done
                } else {
                    Attempt::Lost
                })
            };
            if self.commit(op, (asked, &event), work).await? {
                return Ok(after);
            }
        }
        Err(AppsError::Conflict)
    }

    /// Deletes an application with its assignments and policy.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn delete(&self, op: &Op, id: &AppId) -> Result<(), AppsError> {
        // Before anything of it ends.
        let there = self.existing(id).await?;
        self.ask(op, asked_for([&there])).await?;
        for assignment in self.app_assignments().await? {
            if assignment.app_id == *id {
                self.unassign(op, assignment).await?;
            }
        }
        for _ in 0..TRIES {
            let before = self.existing(id).await?;
            let asked = asked_for([&before]);
            let event = AuditEvent::ApplicationDeleted {
                before: before.clone(),
            };
            let policy = self
                .audit
                .prepare_policy_end(op, ("application", id.as_str()));
            let policy = policy.await?;
            let work = move |txn: &mut dyn Txn| -> Result<Attempt, StoreError> {
                if !policy.delete(txn)? || !rows::delete(txn, &before.id, before.revision)? {
                    return Err(StoreError::Changed);
                }
                Ok(Attempt::Done)
            };
            match self.commit(op, (asked, &event), work).await {
                Err(AppsError::Store(StoreError::Changed)) => {}
                other => return other.map(drop),
            }
        }
        Err(AppsError::Conflict)
    }

    async fn existing(&self, id: &AppId) -> Result<Application, AppsError> {
        let found = self.application(id).await?;
        found.ok_or_else(|| AppsError::NotFound {
            what: "application",
            name: id.to_string(),
        })
    }
}

fn taken(txn: &mut dyn Txn, app: &Application) -> Result<Option<Attempt>, StoreError> {
    let Some(other) = rows::other_with_name(txn, app)? else {
        return Ok(None);
    };
    let identifier = app.registration.identifier();
    let (field, value) = if other.registration.identifier() == identifier {
        let field = match app.registration {
            Registration::Saml(_) => "entity_id",
            Registration::Client(_) => "client_id",
        };
        (field, identifier.to_owned())
    } else {
        ("application name", app.name.clone())
    };
    Ok(Some(Attempt::Refused(AppsError::Taken { field, value })))
}

/// By a client with the scope `aws` people's roles in AWS are had: it is an administrator's, as the roles are.
fn asked_for<'a>(versions: impl IntoIterator<Item = &'a Application>) -> Asked {
    let reaches_aws =
        |app: &Application| app.client().is_some_and(|client| client.has_scope("aws"));
    let mut versions = versions.into_iter();
    Asked::of(match versions.any(reaches_aws) {
        true => Change::AccountAssignment,
        false => Change::Application,
    })
}

impl Apps {
    /// Whether an application of that name and registration could be, by itself.
    ///
    /// # Errors
    /// [`AppsError::Invalid`].
    pub fn check_application(
        &self,
        op: &Op,
        name: &str,
        registration: &Registration,
    ) -> Result<(), AppsError> {
        let app = checked(Application {
            id: AppId::from_random([0; 16]),
            name: name.to_owned(),
            state: AppState::Enabled,
            registration: registration.clone(),
            created_at: op.now,
            revision: 0,
        })?;
        self.is_not_aws(&app)
    }

    /// AWS trusts our issuer and key: an application that AWS would take for its own could be told of any role.
    fn is_not_aws(&self, app: &Application) -> Result<(), AppsError> {
        let Some(saml) = app.saml() else {
            return Ok(());
        };
        let told = saml
            .attributes
            .iter()
            .map(|attribute| attribute.name.as_str());
        if told.clone().any(is_a_role) {
            let reason = "AWS's roles are given by permission sets, and not by an application";
            return Err(invalid("attributes", reason));
        }
        let of_aws = |url: &str| {
            self.partitions.iter().any(|partition| {
                let regional = partition.regional_sign_in_url.as_deref();
                let end = regional.and_then(|url| url.strip_prefix("https://{region}"));
                url == partition.audience
                    || url == partition.sign_in_url
                    || end.is_some_and(|end| url.starts_with("https://") && url.ends_with(end))
            })
        };
        let acs = saml.assertion_consumer_services.iter();
        let mut urls = acs.map(|acs| acs.acs_url.as_str());
        if of_aws(saml.entity_id.as_str()) || urls.any(of_aws) {
            let reason = "this is AWS itself: add its accounts as accounts";
            return Err(invalid("entity_id", reason));
        }
        Ok(())
    }
}

fn is_a_role(name: &str) -> bool {
    let attribute = name.strip_prefix("https://aws.amazon.com/SAML/Attributes/");
    attribute.is_some_and(|name| {
        matches!(
            name,
            "Role" | "RoleSessionName" | "SourceIdentity" | "TransitiveTagKeys"
        ) || name.starts_with("PrincipalTag")
    })
}

fn checked(app: Application) -> Result<Application, AppsError> {
    let name = plain("name", &app.name, 128)?;
    if name.is_empty() {
        return Err(invalid("name", "must not be empty"));
    }
    match &app.registration {
        Registration::Saml(saml) => check_service_provider(saml)?,
        Registration::Client(client) => check_client(client)?,
    }
    Ok(Application { name, ..app })
}

fn check_service_provider(saml: &ServiceProvider) -> Result<(), AppsError> {
    if saml.assertion_consumer_services.is_empty() {
        return Err(invalid("assertion_consumer_services", "at least one"));
    }
    for acs in &saml.assertion_consumer_services {
        check_acs_url(&acs.acs_url)?;
    }
    for certificate in &saml.signing_certificates {
        let der = STANDARD
            .decode(certificate)
            .map_err(|_| invalid("signing_certificates", "DER in base64"))?;
        check_certificate(&der)?;
    }
    if saml.require_signed_requests && saml.signing_certificates.is_empty() {
        let reason = "a certificate is needed to verify the requests that must be signed";
        return Err(invalid("signing_certificates", reason));
    }
    if !saml.name_id_formats.contains(&saml.default_name_id_format) {
        let reason = "must be one of name_id_formats";
        return Err(invalid("default_name_id_format", reason));
    }
    if !(60..=3_600).contains(&saml.assertion_lifetime_seconds) {
        return Err(invalid("assertion_lifetime_seconds", "between 60 and 3600"));
    }
    if let Some(relay_state) = &saml.default_relay_state {
        check_relay_state(relay_state)
            .map_err(|error| invalid("default_relay_state", error.to_string()))?;
    }
    for attribute in &saml.attributes {
        if plain("attributes", &attribute.name, 256)?.is_empty() {
            return Err(invalid("attributes", "each needs a name"));
        }
        check_source("attributes", &attribute.source)?;
    }
    Ok(())
}
