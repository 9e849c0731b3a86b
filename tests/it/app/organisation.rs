//! People, applications and accounts, made through the services.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::apps::{NewApplication, PolicyScope};
use signet::audit::LinkPurpose;
use signet::directory::{NewUser, Profile};
use signet::model::{
    AccountAssignment, AccountColour, AccountId, AdminRole, AppAssignment, AppState, Application,
    AssertionConsumerService, AwsAccount, EntityId, Group, NameIdFormat, PermissionSet,
    PermissionSetId, Principal, Registration, ReleasedAttribute, ResponseSigning, Secret,
    ServiceProvider, Span, Timestamp, User, UserId, UserState,
};
use signet::policy::Policy;

use super::TestApp;
use crate::keys_audit::wait;

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const ACCOUNT: &str = "123456789012";

/// Somebody with a password and an authenticator.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) user_name: String,
    pub(crate) password: String,
    /// Base32; empty without authenticator.
    pub(crate) totp_secret: String,
}

impl Person {
    pub(crate) fn code_at(&self, at: Timestamp) -> String {
        let secret = totp_rs::Secret::try_from_base32(&self.totp_secret).unwrap();
        let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
        totp.generate(u64::try_from(at.as_seconds()).unwrap())
            .to_string()
    }
}

/// A registered service provider.
#[derive(Debug, Clone)]
pub(crate) struct ServiceProviderApp {
    pub(crate) application: Application,
    pub(crate) entity_id: String,
    pub(crate) acs_url: String,
}

impl TestApp<'_> {
    /// A person without any credential.
    pub(crate) fn user(&self, name: &str, admin_role: AdminRole) -> User {
        let new = NewUser {
            user_name: name.to_owned(),
            state: UserState::Active,
            admin_role,
            profile: Profile {
                email: format!("{name}@example.com"),
                display_name: format!("{name} Ω & <b>"),
                given_name: name.to_owned(),
                family_name: "Example".to_owned(),
                attributes: BTreeMap::from([("department".to_owned(), vec!["Shop".to_owned()])]),
            },
        };
        wait(self.services.directory.create_user(&self.op(), new)).unwrap()
    }

    /// A person with a password and an authenticator.
    pub(crate) fn person(&self, name: &str) -> Person {
        self.person_with(name, AdminRole::None)
    }

    pub(crate) fn person_with(&self, name: &str, role: AdminRole) -> Person {
        self.enrolled(&self.user(name, role))
    }

    /// In place of what attributes they had.
    pub(crate) fn set_attributes(&self, person: &Person, attributes: &[(&str, &str)]) {
        let (op, directory) = (self.op(), &self.services.directory);
        let user = wait(directory.user(&person.id)).unwrap().unwrap();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![(*value).to_owned()]);
        let profile = Profile {
            email: user.email.to_string(),
            display_name: user.display_name,
            given_name: user.given_name,
            family_name: user.family_name,
            attributes: attributes.iter().map(owned).collect(),
        };
        wait(directory.update_user(&op, &person.id, &person.user_name, &profile)).unwrap();
    }

    pub(crate) fn set_password(&self, id: &UserId, password: &str) {
        let password = Secret::from_text(password.to_owned());
        let op = self.op();
        let set = self.services.credentials.set_password(&op, id, password);
        wait(set).unwrap().unwrap();
    }

    fn enrolled(&self, user: &User) -> Person {
        self.set_password(&user.id, PASSWORD);
        let op = self.op();
        let device = wait(self.services.credentials.begin_totp(&op, user, "here")).unwrap();
        let person = Person {
            id: user.id.clone(),
            user_name: user.user_name.to_string(),
            password: PASSWORD.to_owned(),
            totp_secret: device.secret_base32,
        };
        let code = person.code_at(op.now.minus(Span::seconds(30)));
        let device = (&device.device_id, "");
        let credentials = &self.services.credentials;
        let confirmed = credentials.confirm_totp(&op, &user.id, device, &code);
        wait(confirmed).unwrap();
        person
    }

    /// New recovery codes, as the person saves them.
    pub(crate) fn recovery_codes(&self, person: &Person) -> Vec<String> {
        let op = self.op();
        wait(
            self.services
                .credentials
                .new_recovery_codes(&op, &person.id),
        )
        .unwrap()
    }

    /// A pass as an administrator reads it out.
    pub(crate) fn pass(&self, person: &Person) -> String {
        let op = self.op();
        wait(self.services.credentials.issue_pass(&op, &person.id)).unwrap()
    }

    /// What everybody must do.
    pub(crate) fn set_global_policy(&self, policy: &Policy) {
        let op = self.op();
        let apps = &self.services.apps;
        wait(apps.set_policy(&op, &PolicyScope::Global, policy)).unwrap();
    }

    /// A link as an administrator sends it.
    pub(crate) fn link(&self, user: &UserId, purpose: LinkPurpose) -> String {
        let op = self.op();
        let token = self
            .services
            .credentials
            .issue_link(&op, user, purpose, Span::hours(1));
        format!("/invite/{}", wait(token).unwrap())
    }

    pub(crate) fn group(&self, name: &str, members: &[&Person]) -> Group {
        let op = self.op();
        let group = wait(self.services.directory.create_group(&op, name, "")).unwrap();
        for person in members {
            wait(
                self.services
                    .directory
                    .add_member(&op, &group.id, &person.id),
            )
            .unwrap();
        }
        group
    }

    /// A service provider that accepts everything, changed by `change` before it is registered.
    pub(crate) fn service_provider(
        &self,
        host: &str,
        change: impl FnOnce(&mut ServiceProvider),
    ) -> ServiceProviderApp {
        let entity_id = format!("https://{host}/metadata");
        let acs_url = format!("https://{host}/acs");
        let mut saml = ServiceProvider {
            entity_id: EntityId::parse(&entity_id).unwrap(),
            assertion_consumer_services: vec![AssertionConsumerService {
                acs_url: acs_url.clone(),
                index: 0,
                is_default: true,
            }],
            signing_certificates: vec![STANDARD.encode(&crate::saml::keys::rsa().certificate)],
            require_signed_requests: false,
            response_signing: ResponseSigning::Both,
            default_name_id_format: NameIdFormat::Persistent,
            name_id_formats: NameIdFormat::ALL.to_vec(),
            allow_idp_initiated: true,
            default_relay_state: None,
            assertion_lifetime_seconds: 300,
            attributes: vec![
                ReleasedAttribute {
                    name: "displayName".into(),
                    source: "display_name".into(),
                },
                ReleasedAttribute {
                    name: "groups".into(),
                    source: "groups".into(),
                },
            ],
        };
        change(&mut saml);
        let new = NewApplication {
            name: host.to_owned(),
            registration: Registration::Saml(saml),
        };
        let application = wait(self.services.apps.register(&self.op(), new)).unwrap();
        ServiceProviderApp {
            application,
            entity_id,
            acs_url,
        }
    }

    pub(crate) fn assign(&self, app: &ServiceProviderApp, principal: Principal) -> AppAssignment {
        let assignment = AppAssignment {
            app_id: app.application.id.clone(),
            principal,
        };
        wait(self.services.apps.assign(&self.op(), assignment.clone())).unwrap();
        assignment
    }

    pub(crate) fn assign_to(&self, app: &ServiceProviderApp, person: &Person) -> AppAssignment {
        self.assign(app, Principal::User(person.id.clone()))
    }

    pub(crate) fn set_app_state(&self, app: &ServiceProviderApp, state: AppState) {
        let changed = Application {
            state,
            ..app.application.clone()
        };
        wait(self.services.apps.update(&self.op(), changed)).unwrap();
    }

    /// Changes the registration as it stands now.
    pub(crate) fn change_registration(
        &self,
        app: &ServiceProviderApp,
        change: impl FnOnce(&mut ServiceProvider),
    ) {
        let id = &app.application.id;
        let mut changed = wait(self.services.apps.application(id)).unwrap().unwrap();
        let mut saml = changed.saml().unwrap().clone();
        change(&mut saml);
        changed.registration = Registration::Saml(saml);
        wait(self.services.apps.update(&self.op(), changed)).unwrap();
    }

    /// An account with one permission set, `ReadOnly`, assigned to a person.
    pub(crate) fn aws_role(&self, person: &Person) -> AccountAssignment {
        self.account(&AccountId::parse(ACCOUNT).unwrap(), "Production");
        let set = self.permission_set("ReadOnly", |_| {});
        self.assign_role(person, set.id)
    }

    /// A role in the account that [`TestApp::aws_role`] has made.
    pub(crate) fn assign_role(
        &self,
        person: &Person,
        permission_set_id: PermissionSetId,
    ) -> AccountAssignment {
        let op = self.op();
        let assignment = AccountAssignment {
            account_id: AccountId::parse(ACCOUNT).unwrap(),
            permission_set_id,
            principal: Principal::User(person.id.clone()),
        };
        wait(self.services.apps.assign_account(&op, assignment.clone())).unwrap();
        assignment
    }

    pub(crate) fn account(&self, id: &AccountId, name: &str) {
        let op = self.op();
        let account = AwsAccount {
            id: id.clone(),
            name: name.into(),
            email: "aws@example.com".into(),
            partition: "aws".into(),
            provider_name: "Signet".into(),
            path: "/".into(),
            labels: Vec::new(),
            colour: AccountColour::None,
            revision: 0,
        };
        wait(self.services.apps.add_account(&op, account)).unwrap();
    }

    pub(crate) fn permission_set(
        &self,
        name: &str,
        change: impl FnOnce(&mut PermissionSet),
    ) -> PermissionSet {
        let op = self.op();
        let mut set = PermissionSet {
            id: PermissionSetId::from_random(op.entropy.octets()),
            name: name.to_owned(),
            description: "Looking".into(),
            role_path: format!("signet/Signet_{name}"),
            session_duration_seconds: 3_600,
            relay_state: None,
            session_tags: BTreeMap::from([(
                "department".to_owned(),
                "attributes.department".to_owned(),
            )]),
            transitive_tag_keys: vec!["department".to_owned()],
            role: Default::default(),
            revision: 0,
        };
        change(&mut set);
        wait(self.services.apps.create_permission_set(&op, set)).unwrap()
    }

    /// May no longer sign in.
    pub(crate) fn disable(&self, person: &Person) {
        let op = self.op();
        let disable =
            self.services
                .directory
                .set_user_state(&op, &person.id, UserState::Deactivated);
        wait(disable).unwrap();
    }
}
