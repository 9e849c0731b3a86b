//! One event of each kind about what people sign in with.

use signet::audit::{AuditEvent, LinkPurpose, PasskeyRefusal, Personal};
use signet::model::{
    ApiScope, ApiTokenId, AppId, DeviceId, DeviceKind, Factor, ProtectedObject, Span,
};

use super::organisation::Samples;

impl Samples<'_> {
    pub(super) fn of_credentials(&self) -> Vec<AuditEvent> {
        let user_id = self.user.id.clone();
        let device_id = DeviceId::from_random([2; 16]);
        vec![
            AuditEvent::PasswordSet {
                user_id: user_id.clone(),
            },
            AuditEvent::ChangeRefused {
                change: "role".to_owned(),
                about: Some(user_id.clone()),
            },
            AuditEvent::ApiTokenUsed {
                user_id: user_id.clone(),
                token_id: ApiTokenId::from_random([7; 16]),
                scope: ApiScope::UsersInvite,
            },
            AuditEvent::ApiTokenRefused {
                user_id: user_id.clone(),
                token_id: ApiTokenId::from_random([7; 16]),
                scope: ApiScope::UsersInvite,
            },
            AuditEvent::ApiTokenCreated {
                user_id: user_id.clone(),
                token_id: ApiTokenId::from_random([7; 16]),
                scopes: ApiScope::ALL.to_vec(),
                expires_at: self.at,
            },
            AuditEvent::ApiTokenRevoked {
                user_id: user_id.clone(),
                token_id: ApiTokenId::from_random([7; 16]),
            },
            AuditEvent::MailSent {
                user_id: user_id.clone(),
                mail: "invitation".to_owned(),
            },
            AuditEvent::MailFailed {
                user_id: user_id.clone(),
                mail: "notice".to_owned(),
            },
            AuditEvent::PasswordRehashed {
                user_id: user_id.clone(),
            },
            AuditEvent::TotpEnrolled {
                user_id: user_id.clone(),
                device_id: device_id.clone(),
            },
            AuditEvent::TotpRemoved {
                user_id: user_id.clone(),
                device_id: device_id.clone(),
            },
            AuditEvent::PasskeyAdded {
                user_id: user_id.clone(),
                device_id: device_id.clone(),
                device: DeviceKind::SecurityKey,
            },
            AuditEvent::PasskeyRemoved {
                user_id: user_id.clone(),
                device_id: device_id.clone(),
            },
            AuditEvent::PasskeyVerified {
                user_id: user_id.clone(),
                device_id,
                factor: Factor::Passkey,
            },
            AuditEvent::PasskeyRefused {
                user_id: None,
                reason: PasskeyRefusal::UnknownKey,
            },
            AuditEvent::PassIssued {
                user_id: user_id.clone(),
                expires_at: self.at,
            },
            AuditEvent::PassUsed {
                user_id: user_id.clone(),
            },
            AuditEvent::GrantTakenBack {
                user_id: user_id.clone(),
                app_id: AppId::from_random([8; 16]),
            },
            AuditEvent::AddressChangeBegun {
                user_id: user_id.clone(),
                email: Personal::new(&user_id, "new@example.com".to_owned()),
            },
            AuditEvent::PersonExported {
                user_id: user_id.clone(),
            },
            AuditEvent::RecoveryCodesMade {
                user_id: user_id.clone(),
                count: 10,
            },
            AuditEvent::RecoveryCodeUsed {
                user_id: user_id.clone(),
                left: 9,
            },
            AuditEvent::LinkIssued {
                user_id: user_id.clone(),
                purpose: LinkPurpose::Setup,
                expires_at: self.at.plus(Span::days(3)),
            },
            AuditEvent::LinkUsed {
                user_id,
                purpose: LinkPurpose::Recovery,
            },
        ]
    }

    pub(super) fn of_protection(&self) -> Vec<AuditEvent> {
        let object = ProtectedObject::User(self.user.id.clone());
        vec![
            AuditEvent::ProtectionChanged {
                object: object.clone(),
                is_protected: true,
            },
            AuditEvent::ApprovalRequested {
                approval_id: "v1".to_owned(),
                change: "role".to_owned(),
                about: vec![object],
            },
            AuditEvent::ApprovalGiven {
                approval_id: "v1".to_owned(),
                requested_by: self.user.id.clone(),
            },
            AuditEvent::GlassBroken {
                approval_id: "v1".to_owned(),
                reason: "nobody else is awake".to_owned(),
            },
        ]
    }
}
