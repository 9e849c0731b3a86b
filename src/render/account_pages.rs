//! A person's own pages.

use serde::Serialize;

use super::{EnrollTotp, PasskeyForm, Problem};

/// Asks whether to make new recovery codes.
#[derive(Debug, Clone, Serialize)]
pub struct NewRecoveryCodesPage {
    /// Where the form goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
    /// Back.
    pub back: String,
}

/// A person's own page.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPage {
    /// Who.
    pub display_name: String,
    /// Signs in with this name.
    pub user_name: String,
    /// The mail address.
    pub email: String,
    /// Whether there is a password.
    pub has_password: bool,
    /// What the person has to sign in with besides it, the oldest first.
    pub devices: Vec<DeviceRow>,
    /// How many saved codes are left.
    pub recovery_codes: i64,
    /// Adds a passkey; none where there can be none.
    pub add_passkey: Option<String>,
    /// Adds a security key.
    pub add_security_key: Option<String>,
    /// Adds an authenticator app.
    pub add_totp: String,
    /// Where the mail address is changed; none where there is no mail.
    pub change_email: Option<String>,
    /// Where a pass is made for a colleague, by whom a policy names.
    pub colleague_pass: Option<String>,
    /// What one did.
    pub activity: String,
    /// What clients have of one.
    pub grants: String,
    /// Everything that is known of one.
    pub export: String,
    /// How pages look.
    pub look: String,
    /// Where the password is changed.
    pub change_password: String,
    /// Where new recovery codes are made, for whoever has a second factor.
    pub new_recovery_codes: Option<String>,
    /// The forms' token.
    pub csrf: String,
    /// Ends one session.
    pub revoke_action: String,
    /// Ends all others.
    pub revoke_others_action: String,
    /// The sessions, the latest first.
    pub sessions: Vec<SessionRow>,
    /// The portal.
    pub portal: String,
    /// Sign out.
    pub sign_out: String,
}

/// Something to sign in with, in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceRow {
    /// Its own page.
    pub href: String,
    /// `passkey`, `security_key` or `totp`.
    pub kind: &'static str,
    /// As the person calls it; may be empty.
    pub name: String,
    /// Since when, UTC.
    pub created: String,
    /// When it was last used to sign in, UTC.
    pub last_used: Option<String>,
}

/// One thing to sign in with: its name, and its end.
#[derive(Debug, Clone, Serialize)]
pub struct DevicePage {
    /// Which.
    pub device: DeviceRow,
    /// The forms' token.
    pub csrf: String,
    /// Gives it a name.
    pub rename: String,
    /// Removes it.
    pub remove: String,
    /// Back.
    pub back: String,
    /// What was wrong.
    pub problem: Option<Problem>,
}

/// Another thing to sign in with.
#[derive(Debug, Clone, Serialize)]
pub struct NewDevicePage {
    /// A passkey or security key.
    pub key: Option<PasskeyForm>,
    /// An authenticator app.
    pub totp: Option<EnrollTotp>,
    /// Back.
    pub back: String,
    /// What was wrong.
    pub problem: Option<Problem>,
}

/// A session in the list.
#[derive(Debug, Clone, Serialize)]
pub struct SessionRow {
    /// Which.
    pub id: String,
    /// The browser's own words.
    pub browser: String,
    /// When it began, UTC.
    pub created: String,
    /// When it was last used, UTC.
    pub last_seen: String,
    /// Whether it is this one.
    pub is_current: bool,
}

/// What one did, and what was done about one.
#[derive(Debug, Clone, Serialize)]
pub struct ActivityPage {
    /// The latest first.
    pub rows: Vec<ActivityRow>,
    /// What was before.
    pub next: Option<String>,
    /// Whether there may be nothing: it looks further back.
    pub is_further: bool,
    /// Back.
    pub back: String,
}

/// One thing.
#[derive(Debug, Clone, Serialize)]
pub struct ActivityRow {
    /// When, UTC.
    pub at: String,
    /// What: a kind of the audit.
    pub kind: String,
    /// The text's key for it, if it has one.
    pub text: Option<String>,
    /// From which address; may be empty.
    pub from: String,
    /// Whether it was refused.
    pub is_failure: bool,
}

/// What clients have of one.
#[derive(Debug, Clone, Serialize)]
pub struct GrantsPage {
    /// By name.
    pub grants: Vec<GrantRow>,
    /// Where the forms go.
    pub action: String,
    /// Their token.
    pub csrf: String,
    /// Back.
    pub back: String,
}

/// What one client has.
#[derive(Debug, Clone, Serialize)]
pub struct GrantRow {
    /// Its id.
    pub app: String,
    /// Its name.
    pub name: String,
    /// What was agreed to; may be empty.
    pub scopes: String,
    /// When, UTC.
    pub at: String,
    /// Whether it can get tokens now.
    pub is_live: bool,
}

/// How pages look.
#[derive(Debug, Clone, Serialize)]
pub struct LookPage {
    /// As it is.
    pub form: LookForm,
    /// Where the form goes.
    pub action: String,
    /// Its token.
    pub csrf: String,
    /// Back.
    pub back: String,
}

/// What was chosen.
#[derive(Debug, Clone, Serialize)]
pub struct LookForm {
    /// A tag, or `auto`.
    pub language: &'static str,
    /// `system`, `light` or `dark`.
    pub theme: &'static str,
}

/// Asks for another mail address.
#[derive(Debug, Clone, Serialize)]
pub struct NewAddressPage {
    /// Where the form goes.
    pub action: String,
    /// Its token.
    pub csrf: String,
    /// As it is.
    pub former: String,
    /// As it was typed.
    pub typed: String,
    /// Back.
    pub back: String,
    /// What was wrong: `address-invalid`, `address-mail-off` or `address-carries-rights`.
    pub problem: Option<&'static str>,
}

/// Asks for whom a pass is made, or shows it this once.
#[derive(Debug, Clone, Serialize)]
pub struct ColleaguePassPage {
    /// Where the form goes.
    pub action: String,
    /// Its token.
    pub csrf: String,
    /// The name that was typed.
    pub typed: String,
    /// Back.
    pub back: String,
    /// For whom it was made.
    pub person: Option<String>,
    /// The pass.
    pub pass: Option<String>,
    /// What was wrong: `pass-nobody` or `pass-needs-second`.
    pub problem: Option<&'static str>,
}

/// Asks whether an address is to be the new one.
#[derive(Debug, Clone, Serialize)]
pub struct ConfirmAddressPage {
    /// Where the form goes.
    pub action: String,
    /// Its token.
    pub csrf: String,
    /// The new address.
    pub email: String,
}
