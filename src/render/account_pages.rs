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
