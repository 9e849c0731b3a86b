//! The pages, one type each.

use serde::Serialize;

use super::{
    AccountPage, ActivityPage, AssignPage, AuditPage, AwsAccountPage, AwsPage, ColleaguePassPage,
    CommandLinePage, ConfirmAddressPage, DetailsPage, DevicePage, EnrollPage, GrantsPage,
    GroupPage, GroupsPage, HomePage, ImportPage, InvitePage, LeavingPage, LookPage, NewAddressPage,
    NewDevicePage, NewRecoveryCodesPage, Page, PeoplePage, PermissionSetPage, PersonPage,
    PoliciesPage, PortalAddressPage, PortalPage, ProtectionPage, ReachPage, RolesPage,
    SavedCodePage, SecondFactorPage, SetPasswordPage, SignInPage, TracePage, TracesPage,
};
use crate::model::Span;

macro_rules! page {
    ($($name:ident => $template:literal),* $(,)?) => {
        $(impl Page for $name { const TEMPLATE: &'static str = $template; })*
    };
}

page! {
    SignInPage => "signin/password.html",
    SecondFactorPage => "signin/code.html",
    SavedCodePage => "signin/saved_code.html",
    SetupLinkPage => "signin/setup_link.html",
    LinkProblemPage => "signin/link_problem.html",
    SetPasswordPage => "signin/set_password.html",
    EnrollPage => "signin/enroll.html",
    RecoveryCodesPage => "signin/recovery_codes.html",
    SignOutPage => "signin/sign_out.html",
    SignedOutPage => "signin/signed_out.html",
    NoticePage => "signin/notice.html",
    DeniedPage => "signin/denied.html",
    ErrorPage => "error.html",
    SamlPostPage => "saml_post.html",
    FormPostPage => "form_post.html",
    ConsentPage => "signin/consent.html",
    PortalPage => "portal/portal.html",
    CommandLinePage => "portal/command_line.html",
    AccountPage => "account/account.html",
    NewRecoveryCodesPage => "account/recovery_codes.html",
    ActivityPage => "account/activity.html",
    GrantsPage => "account/grants.html",
    LookPage => "account/look.html",
    NewAddressPage => "account/new_address.html",
    ColleaguePassPage => "account/pass.html",
    ConfirmAddressPage => "account/confirm_address.html",
    DevicePage => "account/device.html",
    NewDevicePage => "account/new_device.html",
    HomePage => "admin/home.html",
    DetailsPage => "admin/details.html",
    PeoplePage => "admin/people.html",
    InvitePage => "admin/invite.html",
    PersonPage => "admin/person.html",
    LeavingPage => "admin/leaving.html",
    GroupsPage => "admin/groups.html",
    GroupPage => "admin/group.html",
    AwsPage => "admin/aws.html",
    AwsAccountPage => "admin/aws_account.html",
    PermissionSetPage => "admin/permission_set.html",
    AssignPage => "admin/assign.html",
    RolesPage => "admin/roles.html",
    ReachPage => "admin/reach.html",
    AuditPage => "admin/audit.html",
    PortalAddressPage => "admin/portal.html",
    PoliciesPage => "admin/policies.html",
    ProtectionPage => "admin/protection.html",
    ImportPage => "admin/import.html",
    TracesPage => "admin/traces.html",
    TracePage => "admin/trace.html",
}

/// What was wrong with the last answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    key: &'static str,
    minutes: i64,
}

impl Problem {
    /// User name or password; the page does not say which.
    pub const WRONG_PASSWORD: Self = Self::of("problem-wrong-password");
    /// A passkey.
    pub const PASSKEY_REFUSED: Self = Self::of("problem-passkey-refused");
    /// A new passkey.
    pub const PASSKEY_REGISTERED: Self = Self::of("problem-passkey-registered");
    /// A new passkey.
    pub const TOO_MANY_PASSKEYS: Self = Self::of("problem-too-many-passkeys");
    /// A factor that cannot be removed.
    pub const LAST_FACTOR: Self = Self::of("problem-last-factor");
    /// A code.
    pub const WRONG_CODE: Self = Self::of("problem-wrong-code");
    /// A new password.
    pub const PASSWORD_TOO_SHORT: Self = Self::of("problem-password-too-short");
    /// A new password.
    pub const PASSWORD_TOO_LONG: Self = Self::of("problem-password-too-long");
    /// A new password.
    pub const PASSWORD_OWN_NAME: Self = Self::of("problem-password-own-name");
    /// A new password.
    pub const PASSWORD_TOO_SIMPLE: Self = Self::of("problem-password-too-simple");
    /// A new password.
    pub const PASSWORD_BREACHED: Self = Self::of("problem-password-breached");

    const fn of(key: &'static str) -> Self {
        Self { key, minutes: 0 }
    }

    /// Too many failures: nothing is looked at for this long.
    pub fn locked(wait: Span) -> Self {
        let minutes = wait.as_seconds().saturating_add(59).div_euclid(60).max(1);
        if minutes > 24 * 60 {
            return Self::of("problem-locked-for-good");
        }
        Self {
            key: "problem-locked",
            minutes,
        }
    }
}

/// A one-time link, opened.
#[derive(Debug, Clone, Serialize)]
pub struct SetupLinkPage {
    /// Where the form goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
    /// Whose link it is.
    pub display_name: String,
}

/// A one-time link that does not work.
#[derive(Debug, Clone, Serialize)]
pub struct LinkProblemPage {}

/// The saved codes, this once.
#[derive(Debug, Clone, Serialize)]
pub struct RecoveryCodesPage {
    /// Where it goes on.
    pub next: String,
    /// The codes.
    pub codes: Vec<String>,
}

/// Asks whether to sign out.
#[derive(Debug, Clone, Serialize)]
pub struct SignOutPage {
    /// Where the form goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
}

/// Signed out.
#[derive(Debug, Clone, Serialize)]
pub struct SignedOutPage {
    /// Where to sign in again.
    pub sign_in: String,
}

/// That something is not to be had now, and what to do: the sign-in is over, the server is busy.
#[derive(Debug, Clone, Serialize)]
pub struct NoticePage {
    /// The text: `expired` or `busy`.
    pub text: &'static str,
    /// Where to begin again.
    pub restart: String,
}

/// Signed in, and not allowed.
#[derive(Debug, Clone, Serialize)]
pub struct DeniedPage {
    /// What for, by name.
    pub target_name: String,
    /// For whoever is asked for help.
    pub request_id: String,
    /// Back to what is allowed.
    pub portal: String,
    /// Sign in as somebody else.
    pub sign_out: String,
    /// The form's token.
    pub csrf: String,
    /// Back to the application, which is told.
    pub decline_action: Option<String>,
}

/// An error.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: u16,
    /// The text.
    pub text: &'static str,
    /// For the engineer, in English.
    pub detail: Option<String>,
    /// For whoever is asked for help.
    pub request_id: String,
    /// Back to safe ground.
    pub portal: String,
}

/// Posts a SAML response.
#[derive(Debug, Clone, Serialize)]
pub struct SamlPostPage {
    /// The receiver.
    pub action: String,
    /// Base64.
    #[serde(serialize_with = "as_it_is")]
    pub saml_response: String,
    /// As the receiver gave it, or its place in the console.
    pub relay_state: Option<String>,
    /// The receiver's name.
    pub target_name: String,
}

/// Base64 has nothing to escape in HTML, and there are ten thousand characters of it. Whatever has another character in it is
/// a text like all others.
fn as_it_is<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    if text.bytes().all(is_base64) {
        minijinja::Value::from_safe_string(text.to_owned()).serialize(serializer)
    } else {
        text.serialize(serializer)
    }
}

/// Posts an authorization response (OAuth 2.0 form post response mode).
#[derive(Clone, Serialize)]
pub struct FormPostPage {
    /// The receiver.
    pub action: String,
    /// Names and values; a code is among them.
    pub fields: Vec<(&'static str, String)>,
    /// The receiver's name.
    pub target_name: String,
}

/// What a client wants to be given.
#[derive(Debug, Clone, Serialize)]
pub struct ConsentPage {
    /// Yes.
    pub action: String,
    /// No.
    pub decline_action: String,
    /// The form's token.
    pub csrf: String,
    /// Who agrees.
    pub user_name: String,
    /// The client's name.
    pub target_name: String,
    /// What.
    pub items: Vec<ConsentItem>,
}

/// One thing that a client wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentItem {
    /// The key of its text.
    pub text: &'static str,
    /// The scope, where it has no text of ours.
    pub scope: Option<String>,
}

impl ConsentItem {
    /// What each scope means to a person; what says nothing new is left out.
    pub fn of(scopes: &[String]) -> Vec<Self> {
        let item = |scope: &String| {
            let text = match scope.as_str() {
                "openid" => "consent-openid",
                "profile" => "consent-profile",
                "email" => "consent-email",
                "address" => "consent-address",
                "phone" => "consent-phone",
                "groups" => "consent-groups",
                "offline_access" => "consent-offline",
                "aws" => "consent-aws",
                _ => "consent-other",
            };
            Self {
                text,
                scope: (text == "consent-other").then(|| scope.clone()),
            }
        };
        scopes.iter().map(item).collect()
    }
}
