//! Whom an event is about.

use super::AuditEvent;
use crate::model::UserId;

impl AuditEvent {
    /// The person whom the event is about, when it is about one: under that person's key stands where it came from.
    pub fn person(&self) -> Option<&UserId> {
        match self {
            Self::UserCreated { after }
            | Self::UserUpdated { after, .. }
            | Self::UserDisabled { after, .. }
            | Self::UserEnabled { after, .. }
            | Self::UserSuspended { after, .. }
            | Self::UserActivated { after, .. }
            | Self::UserRoleChanged { after, .. } => Some(&after.id),
            Self::UserDeleted { before } => Some(&before.id),
            Self::MembershipAdded { user_id, .. }
            | Self::MembershipRemoved { user_id, .. }
            | Self::PasswordSet { user_id }
            | Self::PasswordRehashed { user_id }
            | Self::ApiTokenUsed { user_id, .. }
            | Self::ApiTokenRefused { user_id, .. }
            | Self::ApiTokenCreated { user_id, .. }
            | Self::ApiTokenRevoked { user_id, .. }
            | Self::MailSent { user_id, .. }
            | Self::MailFailed { user_id, .. }
            | Self::TotpEnrolled { user_id, .. }
            | Self::TotpRemoved { user_id, .. }
            | Self::PasskeyAdded { user_id, .. }
            | Self::PasskeyRemoved { user_id, .. }
            | Self::PassIssued { user_id, .. }
            | Self::PassUsed { user_id }
            | Self::GrantTakenBack { user_id, .. }
            | Self::AddressChangeBegun { user_id, .. }
            | Self::PersonExported { user_id }
            | Self::PasskeyVerified { user_id, .. }
            | Self::RecoveryCodesMade { user_id, .. }
            | Self::RecoveryCodeUsed { user_id, .. }
            | Self::LinkIssued { user_id, .. }
            | Self::LinkUsed { user_id, .. }
            | Self::PasswordVerified { user_id }
            | Self::SecondFactorVerified { user_id, .. }
            | Self::SecondFactorRefused { user_id, .. }
            | Self::SignInCompleted { user_id, .. }
            | Self::SignedOut { user_id, .. }
            | Self::SessionRevoked { user_id, .. } => Some(user_id),
            Self::PasswordRefused { who, .. } | Self::SignInLocked { who, .. } => who.user_id(),
            Self::AssertionIssued(issued) => Some(&issued.user_id),
            Self::CodeIssued(issued) => Some(&issued.user_id),
            Self::TokensIssued(issued) => Some(&issued.user_id),
            Self::ConsentGiven { user_id, .. } => Some(user_id),
            Self::AwsAssertionIssued(issued) => Some(&issued.user_id),
            Self::AccessDenied { user_id, .. } | Self::PasskeyRefused { user_id, .. } => {
                user_id.as_ref()
            }
            _ => None,
        }
    }
}
