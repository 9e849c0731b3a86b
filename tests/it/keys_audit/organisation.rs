//! Sample values of every aggregate. Whatever says something about a person has `alice` in it.

use signet::audit::{
    Attempted, Counter, IssuedAssertion, IssuedAwsAssertion, IssuedCode, IssuedTokens, KeyChange,
    PasswordRefusal, Personal, PolicySnapshot, RevocationReason, Target, UserSnapshot,
};
use signet::audit::{Audit, AuditEvent};
use signet::keys::{KeyAlgorithm, KeyState, Purpose};
use signet::model::{
    AccountAssignment, AccountColour, AccountId, AccountRule, AccountSelector, AppAssignment,
    AppId, AppState, Application, AssertionConsumerService, Assurance, AwsAccount, EntityId,
    Factor, FamilyId, Group, GroupId, KeyId, NameIdFormat, PendingId, PermissionSet,
    PermissionSetId, PortalAddress, Principal, Registration, ReleasedAttribute, ResponseSigning,
    SatisfiedFactor, ServiceProvider, SessionId, Span, Timestamp, User, UserState,
};

pub(super) fn group(n: u8, name: &str, at: Timestamp) -> Group {
    Group {
        id: GroupId::from_random([n; 16]),
        name: name.into(),
        description: format!("{name}: \u{1f600} \"quoted\""),
        rule: None,
        created_at: at,
        revision: 1,
    }
}

pub(super) fn application(n: u8, name: &str, at: Timestamp) -> Application {
    Application {
        id: AppId::from_random([n; 16]),
        name: name.into(),
        state: AppState::Enabled,
        registration: Registration::Saml(ServiceProvider {
            entity_id: EntityId::parse(&format!("https://{name}.example.org/sp")).unwrap(),
            assertion_consumer_services: vec![AssertionConsumerService {
                acs_url: format!("https://{name}.example.org/acs"),
                index: 0,
                is_default: true,
            }],
            signing_certificates: vec!["MIIB".into()],
            require_signed_requests: true,
            response_signing: ResponseSigning::Both,
            default_name_id_format: NameIdFormat::Persistent,
            name_id_formats: NameIdFormat::ALL.to_vec(),
            allow_idp_initiated: false,
            default_relay_state: Some("/home".into()),
            assertion_lifetime_seconds: 300,
            attributes: vec![ReleasedAttribute {
                name: "mail".into(),
                source: "email".into(),
            }],
        }),
        created_at: at,
        revision: 1,
    }
}

pub(super) fn account(digits: &str, name: &str) -> AwsAccount {
    AwsAccount {
        id: AccountId::parse(digits).unwrap(),
        name: name.into(),
        email: format!("{name}@example.com"),
        partition: "aws".into(),
        provider_name: "signet".into(),
        path: "/".into(),
        labels: Vec::new(),
        colour: AccountColour::None,
        revision: 1,
    }
}

pub(super) fn permission_set(n: u8, name: &str) -> PermissionSet {
    PermissionSet {
        id: PermissionSetId::from_random([n; 16]),
        name: name.into(),
        description: "reads".into(),
        role_path: format!("signet/{name}"),
        session_duration_seconds: 3_600,
        relay_state: None,
        session_tags: [("CostCenter".to_owned(), "attributes.costCenter".to_owned())].into(),
        transitive_tag_keys: vec!["CostCenter".into()],
        role: Default::default(),
        revision: 1,
    }
}

pub(super) fn policy(id: &str, group: &Group) -> PolicySnapshot {
    PolicySnapshot {
        id: id.into(),
        scope_kind: "group".into(),
        scope_id: group.id.as_str().into(),
        body: serde_json::json!({"z": [1, null, true], "a": {"minutes": 15}}),
        revision: 1,
    }
}

/// One event of each kind about a person, and one of each kind about nobody.
pub(super) struct Samples<'a> {
    pub(super) audit: &'a Audit,
    pub(super) user: &'a User,
    pub(super) at: Timestamp,
}

impl Samples<'_> {
    pub(super) fn all(&self) -> Vec<AuditEvent> {
        let mut events = self.of_people();
        events.extend(self.of_credentials());
        events.extend(self.of_protection());
        events.extend(self.of_sign_ins());
        events.extend(self.of_targets());
        events.extend(self.of_issuing());
        events.extend(self.of_clients());
        events.extend(self.of_the_instance());
        events
    }

    fn snapshot(&self) -> UserSnapshot {
        UserSnapshot::from(self.user)
    }

    fn of_people(&self) -> Vec<AuditEvent> {
        let user_id = self.user.id.clone();
        let (before, mut after) = (self.snapshot(), self.snapshot());
        after.revision = 2;
        after.state = UserState::Deactivated;
        let mut one = group(1, "staff", self.at);
        one.description.push('\0');
        let two = Group {
            revision: 2,
            ..one.clone()
        };
        let group_id = one.id.clone();
        let changed = |make: fn(UserSnapshot, UserSnapshot) -> AuditEvent| {
            make(before.clone(), after.clone())
        };
        vec![
            AuditEvent::UserCreated {
                after: before.clone(),
            },
            changed(|before, after| AuditEvent::UserUpdated { before, after }),
            changed(|before, after| AuditEvent::UserDisabled { before, after }),
            changed(|before, after| AuditEvent::UserEnabled { before, after }),
            changed(|before, after| AuditEvent::UserSuspended { before, after }),
            changed(|before, after| AuditEvent::UserActivated { before, after }),
            changed(|before, after| AuditEvent::UserRoleChanged { before, after }),
            AuditEvent::UserDeleted {
                before: before.clone(),
            },
            AuditEvent::PersonErased {
                user_id: user_id.clone(),
            },
            AuditEvent::GroupCreated { after: one.clone() },
            AuditEvent::GroupUpdated {
                before: one.clone(),
                after: two,
            },
            AuditEvent::GroupDeleted { before: one },
            AuditEvent::MembershipAdded {
                group_id: group_id.clone(),
                user_id: user_id.clone(),
            },
            AuditEvent::MembershipRemoved { group_id, user_id },
        ]
    }

    fn of_sign_ins(&self) -> Vec<AuditEvent> {
        let user_id = self.user.id.clone();
        let session_id = SessionId::from_random([3; 16]);
        let known = || self.audit.attempted(Some(&user_id), "ALICE as typed");
        let unknown = || self.audit.attempted(None, "alice's passw0rd by mistake");
        vec![
            AuditEvent::SignInBegun {
                pending_id: PendingId::from_random([4; 16]),
                target: Target::Portal,
            },
            AuditEvent::PasswordVerified {
                user_id: user_id.clone(),
            },
            refused(known(), PasswordRefusal::Wrong),
            refused(unknown(), PasswordRefusal::UnknownUser),
            AuditEvent::SignInLocked {
                who: known(),
                counter: Counter::KnownBrowser,
                failures: 5,
                until: self.at.plus(Span::minutes(5)),
            },
            AuditEvent::SecondFactorVerified {
                user_id: user_id.clone(),
                factor: Factor::Totp,
            },
            AuditEvent::SecondFactorRefused {
                user_id: user_id.clone(),
                factor: Factor::RecoveryCode,
                failures: 1,
            },
            AuditEvent::SignInCompleted {
                user_id: user_id.clone(),
                session_id: session_id.clone(),
                assurance: Assurance::Two,
                factors: vec![SatisfiedFactor {
                    factor: Factor::Password,
                    at: self.at,
                }],
                target: Target::Application {
                    app_id: AppId::from_random([5; 16]),
                },
                user_agent: Personal::new(&user_id, "alice's browser/1.0".to_owned()),
            },
            AuditEvent::SignedOut {
                user_id: user_id.clone(),
                session_id: session_id.clone(),
            },
            AuditEvent::SessionRevoked {
                user_id,
                session_id,
                reason: RevocationReason::CredentialChanged,
            },
        ]
    }

    fn of_targets(&self) -> Vec<AuditEvent> {
        let (app, aws) = (
            application(6, "wiki", self.at),
            account("123456789012", "production"),
        );
        let set = permission_set(7, "ReadOnly");
        let staff = group(1, "staff", self.at);
        let to_app = AppAssignment {
            app_id: app.id.clone(),
            principal: Principal::Group(staff.id.clone()),
        };
        let to_account = AccountAssignment {
            account_id: aws.id.clone(),
            permission_set_id: set.id.clone(),
            principal: Principal::User(self.user.id.clone()),
        };
        let by_label = AccountRule {
            selector: AccountSelector::Label("production".into()),
            permission_set_id: set.id.clone(),
            principal: Principal::Group(staff.id.clone()),
        };
        let inner = GroupId::from_random([9; 16]);
        let verified = AuditEvent::AwsRoleVerified {
            account_id: aws.id.clone(),
            permission_set_id: set.id.clone(),
            in_place: false,
        };
        vec![
            AuditEvent::ApplicationCreated { after: app.clone() },
            AuditEvent::ApplicationUpdated {
                before: app.clone(),
                after: app.clone(),
            },
            AuditEvent::ApplicationDeleted { before: app },
            AuditEvent::ApplicationAssigned(to_app.clone()),
            AuditEvent::ApplicationUnassigned(to_app),
            AuditEvent::AwsAccountCreated { after: aws.clone() },
            AuditEvent::AwsAccountUpdated {
                before: aws.clone(),
                after: aws.clone(),
            },
            AuditEvent::AwsAccountDeleted { before: aws },
            AuditEvent::PermissionSetCreated { after: set.clone() },
            AuditEvent::PermissionSetUpdated {
                before: set.clone(),
                after: set.clone(),
            },
            AuditEvent::PermissionSetDeleted { before: set },
            AuditEvent::AccountAssignmentAdded(to_account.clone()),
            AuditEvent::AccountAssignmentRemoved(to_account),
            AuditEvent::AccountRuleAdded(by_label.clone()),
            AuditEvent::AccountRuleRemoved(by_label),
            AuditEvent::GroupNested {
                group_id: staff.id.clone(),
                member_id: inner.clone(),
            },
            AuditEvent::GroupUnnested {
                group_id: staff.id.clone(),
                member_id: inner,
            },
            AuditEvent::PortalAddressSet {
                before: None,
                after: PortalAddress::parse("our-apps").unwrap(),
            },
            verified,
            AuditEvent::PolicySet {
                before: None,
                after: Some(policy("policy-1", &staff)),
            },
            AuditEvent::PolicySet {
                before: Some(policy("policy-1", &staff)),
                after: None,
            },
        ]
    }

    fn of_issuing(&self) -> Vec<AuditEvent> {
        let user_id = self.user.id.clone();
        let set = permission_set(7, "ReadOnly");
        vec![
            AuditEvent::AssertionIssued(IssuedAssertion {
                user_id: user_id.clone(),
                app_id: AppId::from_random([5; 16]),
                in_response_to: Some("_request".into()),
                assertion_id: "_assertion".into(),
                response_id: "_response".into(),
                name_id_format: NameIdFormat::EmailAddress,
                session_index: "_index".into(),
                acs_url: "https://wiki.example.org/acs".into(),
                not_on_or_after: self.at.plus(Span::minutes(5)),
            }),
            AuditEvent::AwsAssertionIssued(IssuedAwsAssertion {
                user_id: user_id.clone(),
                account_id: AccountId::parse("123456789012").unwrap(),
                permission_set_id: set.id,
                role_arn: "arn:aws:iam::123456789012:role/signet/ReadOnly".into(),
                role_session_name: Personal::new(&user_id, "alice@example.com".into()),
                duration_seconds: 3_600,
                tag_keys: vec!["CostCenter".into()],
                assertion_id: "_assertion".into(),
                response_id: "_response".into(),
                session_index: "_index".into(),
                acs_url: "https://signin.aws.amazon.com/saml".into(),
                not_on_or_after: self.at.plus(Span::minutes(5)),
            }),
            AuditEvent::AccessDenied {
                user_id: Some(user_id),
                target: Target::Aws {
                    account_id: AccountId::parse("123456789012").unwrap(),
                    permission_set_id: PermissionSetId::from_random([7; 16]),
                },
                reason: "not_assigned".into(),
            },
            AuditEvent::SamlRequestRefused {
                rule: "acs_not_registered".into(),
                issuer: Some("https://wiki.example.org/sp".into()),
                app_id: Some(AppId::from_random([5; 16])),
            },
        ]
    }

    fn of_clients(&self) -> Vec<AuditEvent> {
        vec![
            AuditEvent::ClientSecretMade {
                app_id: AppId::from_random([9; 16]),
            },
            AuditEvent::ClientSecretsRemoved {
                app_id: AppId::from_random([9; 16]),
            },
            AuditEvent::ConsentGiven {
                user_id: self.user.id.clone(),
                app_id: AppId::from_random([9; 16]),
                scopes: vec!["openid".into()],
            },
            AuditEvent::CodeIssued(IssuedCode {
                user_id: self.user.id.clone(),
                app_id: AppId::from_random([9; 16]),
                family_id: FamilyId::from_random([8; 16]),
                scopes: "openid".into(),
                redirect_uri: "https://rp.example/callback".into(),
                is_offline: false,
            }),
            AuditEvent::TokensIssued(IssuedTokens {
                user_id: self.user.id.clone(),
                app_id: AppId::from_random([9; 16]),
                family_id: FamilyId::from_random([8; 16]),
                jti: "f1.x".into(),
                scopes: "openid".into(),
                audience: vec!["https://idp.example".into()],
                ends_at: self.at,
            }),
            AuditEvent::ClientTokenIssued {
                app_id: AppId::from_random([9; 16]),
                jti: "x".into(),
                scopes: "orders.read".into(),
            },
            AuditEvent::TokensRevoked {
                family_id: FamilyId::from_random([8; 16]),
                reason: "revoked".into(),
            },
            AuditEvent::TokenRevoked {
                app_id: AppId::from_random([9; 16]),
                jti: "x".into(),
            },
            AuditEvent::OauthRequestRefused {
                rule: "invalid_grant".into(),
                client_id: Some("rp".into()),
                app_id: None,
            },
        ]
    }

    fn of_the_instance(&self) -> Vec<AuditEvent> {
        vec![
            AuditEvent::InstanceCreated {
                identity: super::identity(),
            },
            AuditEvent::KeyChanged(KeyChange {
                key_id: KeyId::from_random([8; 16]),
                purpose: Purpose::Saml,
                algorithm: KeyAlgorithm::Rsa2048,
                before: None,
                after: Some(KeyState::Next),
            }),
            AuditEvent::BackupMade {
                file_name: "signet.backup".into(),
            },
            AuditEvent::BackupRestored {
                file_name: "signet.backup".into(),
                made_at: self.at,
            },
            AuditEvent::MigrationApplied {
                names: vec!["0001_spine".into()],
            },
            AuditEvent::ConfigurationApplied {
                revision: 3,
                file_sha256: "00".repeat(32),
                changes: 12,
            },
        ]
    }
}

fn refused(who: Attempted, reason: PasswordRefusal) -> AuditEvent {
    AuditEvent::PasswordRefused {
        who,
        reason,
        failures: 1,
    }
}
