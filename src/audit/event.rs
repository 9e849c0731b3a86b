//! Everything that the audit records, as one type.
//!
//! The names (`sign_in.completed`) are an interface: exports and other people's rules rely on them. A change carries the
//! full value before and after. A field may be added if it has a default; none is renamed or given another meaning.

use serde::{Deserialize, Serialize};

use super::{
    Attempted, Counter, IssuedAssertion, IssuedAwsAssertion, IssuedCode, IssuedTokens, KeyChange,
    LinkPurpose, PasskeyRefusal, PasswordRefusal, Personal, PolicySnapshot, RevocationReason,
    Target, UserSnapshot,
};
use crate::model::{
    AccountAssignment, AccountId, AccountRule, ApiScope, ApiTokenId, AppAssignment, AppId,
    Application, Assurance, AwsAccount, DeviceId, DeviceKind, Factor, FamilyId, Group, GroupId,
    InstanceIdentity, PendingId, PermissionSet, PermissionSetId, PortalAddress, ProtectedObject,
    SatisfiedFactor, SessionId, Timestamp, UserId,
};

/// One thing that happened. Who did it, when, from where and in which request come from the `Op`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum AuditEvent {
    /// The instance was made.
    #[serde(rename = "instance.created")]
    InstanceCreated {
        /// What it is called.
        identity: InstanceIdentity,
    },
    /// A key of the ring changed its state.
    #[serde(rename = "key.changed")]
    KeyChanged(KeyChange),

    /// A user was made.
    #[serde(rename = "user.created")]
    UserCreated {
        /// As made.
        after: UserSnapshot,
    },
    /// A user's profile was changed.
    #[serde(rename = "user.updated")]
    UserUpdated {
        /// As it was.
        before: UserSnapshot,
        /// As it is.
        after: UserSnapshot,
    },
    /// A user may no longer sign in.
    #[serde(rename = "user.disabled")]
    UserDisabled {
        /// As it was.
        before: UserSnapshot,
        /// As it is.
        after: UserSnapshot,
    },
    /// A user may not sign in for now.
    #[serde(rename = "user.suspended")]
    UserSuspended {
        /// As it was.
        before: UserSnapshot,
        /// As it is.
        after: UserSnapshot,
    },
    /// An invited user has signed in for the first time.
    #[serde(rename = "user.activated")]
    UserActivated {
        /// As it was.
        before: UserSnapshot,
        /// As it is.
        after: UserSnapshot,
    },
    /// A user may sign in again.
    #[serde(rename = "user.enabled")]
    UserEnabled {
        /// As it was.
        before: UserSnapshot,
        /// As it is.
        after: UserSnapshot,
    },
    /// What a user may do in Signet was changed.
    #[serde(rename = "user.role_changed")]
    UserRoleChanged {
        /// As it was.
        before: UserSnapshot,
        /// As it is.
        after: UserSnapshot,
    },
    /// A user was deleted, and with it the memberships.
    #[serde(rename = "user.deleted")]
    UserDeleted {
        /// As it was.
        before: UserSnapshot,
    },
    /// A person's key was destroyed: what the audit held of the person cannot be read any more.
    #[serde(rename = "person.erased")]
    PersonErased {
        /// Whose.
        user_id: UserId,
    },

    /// A group was made.
    #[serde(rename = "group.created")]
    GroupCreated {
        /// As made.
        after: Group,
    },
    /// A group was changed.
    #[serde(rename = "group.updated")]
    GroupUpdated {
        /// As it was.
        before: Group,
        /// As it is.
        after: Group,
    },
    /// A group was deleted, and with it the memberships.
    #[serde(rename = "group.deleted")]
    GroupDeleted {
        /// As it was.
        before: Group,
    },
    /// A user became a member.
    #[serde(rename = "membership.added")]
    MembershipAdded {
        /// Of which group.
        group_id: GroupId,
        /// Who.
        user_id: UserId,
    },
    /// A user is no longer a member.
    #[serde(rename = "membership.removed")]
    MembershipRemoved {
        /// Of which group.
        group_id: GroupId,
        /// Who.
        user_id: UserId,
    },

    /// A group was put into another one: its members are members there.
    #[serde(rename = "group.nested")]
    GroupNested {
        /// Into which.
        group_id: GroupId,
        /// Which.
        member_id: GroupId,
    },
    /// A group was taken out of another one.
    #[serde(rename = "group.unnested")]
    GroupUnnested {
        /// Of which.
        group_id: GroupId,
        /// Which.
        member_id: GroupId,
    },

    /// A password was set.
    #[serde(rename = "password.set")]
    PasswordSet {
        /// Whose.
        user_id: UserId,
    },
    /// The same password was hashed anew, because its former hash was made another way.
    #[serde(rename = "password.rehashed")]
    PasswordRehashed {
        /// Whose.
        user_id: UserId,
    },
    /// Somebody tried a change that they may not make.
    #[serde(rename = "change.refused")]
    ChangeRefused {
        /// What: `role`, `state`, `credentials` and so on.
        change: String,
        /// About whom, if it was about somebody.
        about: Option<UserId>,
    },
    /// A program did something by a token of the API: the records of the same request are its own.
    #[serde(rename = "api_token.used")]
    ApiTokenUsed {
        /// In whose name.
        user_id: UserId,
        /// Which.
        token_id: ApiTokenId,
        /// For what.
        scope: ApiScope,
    },
    /// A program tried something that its token is not good for.
    #[serde(rename = "api_token.refused")]
    ApiTokenRefused {
        /// In whose name it acts.
        user_id: UserId,
        /// Which.
        token_id: ApiTokenId,
        /// For what.
        scope: ApiScope,
    },
    /// A token of the API was made.
    #[serde(rename = "api_token.created")]
    ApiTokenCreated {
        /// In whose name it acts.
        user_id: UserId,
        /// Which.
        token_id: ApiTokenId,
        /// What it is good for.
        scopes: Vec<ApiScope>,
        /// Until when.
        expires_at: Timestamp,
    },
    /// A token of the API was revoked.
    #[serde(rename = "api_token.revoked")]
    ApiTokenRevoked {
        /// In whose name it acted.
        user_id: UserId,
        /// Which.
        token_id: ApiTokenId,
    },
    /// A mail server has taken a mail.
    #[serde(rename = "mail.sent")]
    MailSent {
        /// To whom.
        user_id: UserId,
        /// What it was: `invitation`, `new_password` or `notice`.
        mail: String,
    },
    /// A mail was given up: no mail server took it.
    #[serde(rename = "mail.failed")]
    MailFailed {
        /// To whom.
        user_id: UserId,
        /// What it was.
        mail: String,
    },
    /// A TOTP device was confirmed.
    #[serde(rename = "totp.enrolled")]
    TotpEnrolled {
        /// Whose.
        user_id: UserId,
        /// Which.
        device_id: DeviceId,
    },
    /// A TOTP device was removed.
    #[serde(rename = "totp.removed")]
    TotpRemoved {
        /// Whose.
        user_id: UserId,
        /// Which.
        device_id: DeviceId,
    },
    /// A passkey or security key was added.
    #[serde(rename = "passkey.added")]
    PasskeyAdded {
        /// Whose.
        user_id: UserId,
        /// Which.
        device_id: DeviceId,
        /// What it is.
        device: DeviceKind,
    },
    /// A passkey or security key was removed.
    #[serde(rename = "passkey.removed")]
    PasskeyRemoved {
        /// Whose.
        user_id: UserId,
        /// Which.
        device_id: DeviceId,
    },
    /// A pass was made for somebody who has lost the second factors.
    #[serde(rename = "pass.issued")]
    PassIssued {
        /// For whom.
        user_id: UserId,
        /// Until when it works.
        expires_at: Timestamp,
    },
    /// A pass was used up.
    #[serde(rename = "pass.used")]
    PassUsed {
        /// By whom.
        user_id: UserId,
    },
    /// New recovery codes replaced all former ones.
    #[serde(rename = "recovery_codes.made")]
    RecoveryCodesMade {
        /// Whose.
        user_id: UserId,
        /// How many.
        count: i64,
    },
    /// A recovery code was used up.
    #[serde(rename = "recovery_code.used")]
    RecoveryCodeUsed {
        /// Whose.
        user_id: UserId,
        /// How many are left.
        left: i64,
    },
    /// A one-time link was made.
    #[serde(rename = "link.issued")]
    LinkIssued {
        /// For whom.
        user_id: UserId,
        /// What for.
        purpose: LinkPurpose,
        /// Until when it works.
        expires_at: Timestamp,
    },
    /// A one-time link was used up.
    #[serde(rename = "link.used")]
    LinkUsed {
        /// Whose.
        user_id: UserId,
        /// What for.
        purpose: LinkPurpose,
    },

    /// A sign-in began.
    #[serde(rename = "sign_in.begun")]
    SignInBegun {
        /// Which.
        pending_id: PendingId,
        /// Where it leads.
        target: Target,
    },
    /// A password was right.
    #[serde(rename = "sign_in.password_verified")]
    PasswordVerified {
        /// Whose.
        user_id: UserId,
    },
    /// A password was refused.
    #[serde(rename = "sign_in.password_refused")]
    PasswordRefused {
        /// Whose, by their word.
        who: Attempted,
        /// Why.
        reason: PasswordRefusal,
        /// The counter after this failure.
        failures: i64,
    },
    /// A counter is full.
    #[serde(rename = "sign_in.locked")]
    SignInLocked {
        /// Whose, by their word.
        who: Attempted,
        /// Which counter.
        counter: Counter,
        /// What it counts.
        failures: i64,
        /// Until when nothing is looked at.
        until: Timestamp,
    },
    /// A passkey or security key has answered.
    #[serde(rename = "sign_in.passkey_verified")]
    PasskeyVerified {
        /// Whose.
        user_id: UserId,
        /// Which.
        device_id: DeviceId,
        /// What it is worth.
        factor: Factor,
    },
    /// The answer of a passkey or security key was refused.
    #[serde(rename = "sign_in.passkey_refused")]
    PasskeyRefused {
        /// Whose key it was, or who is signing in.
        user_id: Option<UserId>,
        /// Why.
        reason: PasskeyRefusal,
    },
    /// A second factor was right.
    #[serde(rename = "sign_in.second_factor_verified")]
    SecondFactorVerified {
        /// Whose.
        user_id: UserId,
        /// Which kind.
        factor: Factor,
    },
    /// A second factor was refused.
    #[serde(rename = "sign_in.second_factor_refused")]
    SecondFactorRefused {
        /// Whose.
        user_id: UserId,
        /// Which kind.
        factor: Factor,
        /// The counter after this failure.
        failures: i64,
    },
    /// A sign-in was completed.
    #[serde(rename = "sign_in.completed")]
    SignInCompleted {
        /// Whose.
        user_id: UserId,
        /// The browser session.
        session_id: SessionId,
        /// How strong it is.
        assurance: Assurance,
        /// With what, and when.
        factors: Vec<SatisfiedFactor>,
        /// Where it leads.
        target: Target,
        /// The browser's own words.
        user_agent: Personal<String>,
    },
    /// A person signed out.
    #[serde(rename = "session.signed_out")]
    SignedOut {
        /// Who.
        user_id: UserId,
        /// The browser session.
        session_id: SessionId,
    },
    /// A session was ended by other means.
    #[serde(rename = "session.revoked")]
    SessionRevoked {
        /// Whose.
        user_id: UserId,
        /// The browser session.
        session_id: SessionId,
        /// Why.
        reason: RevocationReason,
    },

    /// A person took back what they had let a client have.
    #[serde(rename = "grant.taken_back")]
    GrantTakenBack {
        /// Who.
        user_id: UserId,
        /// The client.
        app_id: AppId,
    },
    /// A person wants another mail address.
    #[serde(rename = "address_change.begun")]
    AddressChangeBegun {
        /// Who.
        user_id: UserId,
        /// Which.
        email: Personal<String>,
    },
    /// A person's data were given to them.
    #[serde(rename = "person.exported")]
    PersonExported {
        /// Whose.
        user_id: UserId,
    },
    /// Something is protected from now on, or is no more.
    #[serde(rename = "protection.changed")]
    ProtectionChanged {
        /// What.
        object: ProtectedObject,
        /// Whether it is.
        is_protected: bool,
    },
    /// A change of something that is protected waits for a second administrator.
    #[serde(rename = "approval.requested")]
    ApprovalRequested {
        /// Which.
        approval_id: String,
        /// What: `role`, `credentials` and so on.
        change: String,
        /// Of what.
        about: Vec<ProtectedObject>,
    },
    /// A second administrator agrees.
    #[serde(rename = "approval.given")]
    ApprovalGiven {
        /// To which.
        approval_id: String,
        /// Who asked for it.
        requested_by: UserId,
    },
    /// Somebody goes on without a second administrator, and everybody who administers is told.
    #[serde(rename = "approval.glass_broken")]
    GlassBroken {
        /// With which.
        approval_id: String,
        /// Why, in their words.
        reason: String,
    },
    /// An application was registered.
    #[serde(rename = "application.created")]
    ApplicationCreated {
        /// As made.
        after: Application,
    },
    /// An application was changed.
    #[serde(rename = "application.updated")]
    ApplicationUpdated {
        /// As it was.
        before: Application,
        /// As it is.
        after: Application,
    },
    /// An application was deleted, and with it its assignments.
    #[serde(rename = "application.deleted")]
    ApplicationDeleted {
        /// As it was.
        before: Application,
    },
    /// Somebody may use an application.
    #[serde(rename = "application.assigned")]
    ApplicationAssigned(AppAssignment),
    /// Somebody may no longer.
    #[serde(rename = "application.unassigned")]
    ApplicationUnassigned(AppAssignment),

    /// An AWS account was added.
    #[serde(rename = "aws_account.created")]
    AwsAccountCreated {
        /// As made.
        after: AwsAccount,
    },
    /// An AWS account was changed.
    #[serde(rename = "aws_account.updated")]
    AwsAccountUpdated {
        /// As it was.
        before: AwsAccount,
        /// As it is.
        after: AwsAccount,
    },
    /// An AWS account was removed, and with it its assignments.
    #[serde(rename = "aws_account.deleted")]
    AwsAccountDeleted {
        /// As it was.
        before: AwsAccount,
    },
    /// A permission set was made.
    #[serde(rename = "permission_set.created")]
    PermissionSetCreated {
        /// As made.
        after: PermissionSet,
    },
    /// A permission set was changed.
    #[serde(rename = "permission_set.updated")]
    PermissionSetUpdated {
        /// As it was.
        before: PermissionSet,
        /// As it is.
        after: PermissionSet,
    },
    /// A permission set was deleted, and with it its assignments.
    #[serde(rename = "permission_set.deleted")]
    PermissionSetDeleted {
        /// As it was.
        before: PermissionSet,
    },
    /// Somebody may take a permission set in an account.
    #[serde(rename = "account_assignment.added")]
    AccountAssignmentAdded(AccountAssignment),
    /// Somebody may no longer.
    #[serde(rename = "account_assignment.removed")]
    AccountAssignmentRemoved(AccountAssignment),
    /// Somebody may take a permission set in every account of a kind.
    #[serde(rename = "account_rule.added")]
    AccountRuleAdded(AccountRule),
    /// Somebody may no longer.
    #[serde(rename = "account_rule.removed")]
    AccountRuleRemoved(AccountRule),
    /// A policy was set, replaced or taken away.
    #[serde(rename = "policy.set")]
    PolicySet {
        /// None: there was none.
        before: Option<PolicySnapshot>,
        /// None: there is none any more.
        after: Option<PolicySnapshot>,
    },

    /// An assertion is about to leave for an application.
    #[serde(rename = "assertion.issued")]
    AssertionIssued(IssuedAssertion),
    /// An assertion is about to leave for AWS.
    #[serde(rename = "aws_assertion.issued")]
    AwsAssertionIssued(IssuedAwsAssertion),
    /// A client's secret was made.
    #[serde(rename = "client_secret.made")]
    ClientSecretMade {
        /// Whose.
        app_id: AppId,
    },
    /// A client's former secrets were removed.
    #[serde(rename = "client_secret.removed")]
    ClientSecretsRemoved {
        /// Whose.
        app_id: AppId,
    },
    /// A person agreed that a client may have something.
    #[serde(rename = "consent.given")]
    ConsentGiven {
        /// Who.
        user_id: UserId,
        /// To which client.
        app_id: AppId,
        /// To what.
        scopes: Vec<String>,
    },
    /// A code is about to leave for a client.
    #[serde(rename = "code.issued")]
    CodeIssued(IssuedCode),
    /// Tokens about a person are about to leave for a client.
    #[serde(rename = "tokens.issued")]
    TokensIssued(IssuedTokens),
    /// A token about a client itself is about to leave.
    #[serde(rename = "client_token.issued")]
    ClientTokenIssued {
        /// The client.
        app_id: AppId,
        /// The token's id.
        jti: String,
        /// For what.
        scopes: String,
    },
    /// Everything that came of one sign-in at a client was revoked.
    #[serde(rename = "tokens.revoked")]
    TokensRevoked {
        /// Which family.
        family_id: FamilyId,
        /// Why: `refused`, `revoked`, `code_reused`, `refresh_token_reused`.
        reason: String,
    },
    /// One access token was revoked.
    #[serde(rename = "token.revoked")]
    TokenRevoked {
        /// By which client.
        app_id: AppId,
        /// Which.
        jti: String,
    },
    /// A client's request was refused.
    #[serde(rename = "oauth_request.refused")]
    OauthRequestRefused {
        /// The error's name.
        rule: String,
        /// The client as the request names it, shortened.
        #[serde(serialize_with = "shortened")]
        client_id: Option<String>,
        /// The application, when the client is one.
        app_id: Option<AppId>,
    },
    /// The portal has an address of its own.
    #[serde(rename = "portal_address.set")]
    PortalAddressSet {
        /// The former one.
        before: Option<PortalAddress>,
        /// The one that it has.
        after: PortalAddress,
    },
    /// An administrator has asked AWS whether a role can be taken.
    #[serde(rename = "aws_role.verified")]
    AwsRoleVerified {
        /// Where.
        account_id: AccountId,
        /// Which permission set's.
        permission_set_id: PermissionSetId,
        /// Whether it can.
        in_place: bool,
    },
    /// Somebody asked for what they may not have.
    #[serde(rename = "access.denied")]
    AccessDenied {
        /// Who, when known.
        user_id: Option<UserId>,
        /// What for.
        target: Target,
        /// The reason's name in `policy`.
        reason: String,
    },
    /// A SAML request was refused.
    #[serde(rename = "saml_request.refused")]
    SamlRequestRefused {
        /// The rule's name.
        rule: String,
        /// The issuer as the request names it, shortened.
        #[serde(serialize_with = "shortened")]
        issuer: Option<String>,
        /// The application, when the issuer is one.
        app_id: Option<AppId>,
    },

    /// A backup was made.
    #[serde(rename = "backup.made")]
    BackupMade {
        /// The file's name, without its folder.
        file_name: String,
    },
    /// The database was restored from a backup.
    #[serde(rename = "backup.restored")]
    BackupRestored {
        /// The file's name, without its folder.
        file_name: String,
        /// When that backup was made.
        made_at: Timestamp,
    },
    /// Migrations were applied.
    #[serde(rename = "migration.applied")]
    MigrationApplied {
        /// Their names.
        names: Vec<String>,
    },
    /// A declared configuration was applied; each change in it has its own record.
    #[serde(rename = "configuration.applied")]
    ConfigurationApplied {
        /// The revision that it made.
        revision: i64,
        /// The SHA-256 of the file, in hexadecimal.
        file_sha256: String,
        /// How many changes it made.
        changes: i64,
    },
}

/// A stranger's text is kept up to the length that a real entity id may have (SAML core, lines 462-470).
fn shortened<S: serde::Serializer>(
    issuer: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    issuer
        .as_ref()
        .map(|text| text.chars().take(1_024).collect::<String>())
        .serialize(serializer)
}
