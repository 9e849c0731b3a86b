//! Factors, sessions, and the context of authentication.

use serde::{Deserialize, Serialize};

use super::{AppId, AppSessionId, SessionId, Timestamp, UserId};

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// Something known.
    Password,
    /// A time-based one-time password (RFC 6238).
    Totp,
    /// One of the codes shown once at enrolment.
    RecoveryCode,
    /// A key that answered and verified its person, by PIN or biometrics (Web Authentication, 6.1: the UV flag): what they
    /// have and what they know or are, at once.
    Passkey,
    /// A key that answered and verified nobody: what they have.
    SecurityKey,
    /// The pass for somebody who has lost every second factor: enough to set up another, and nothing else.
    Pass,
    /// A one-time link from an administrator: enough to set a credential, never a factor for anything else.
    SetupLink,
}

impl Factor {
    /// What a policy may name, in the order in which pages offer it.
    pub const CHOICES: [Self; 5] = [
        Self::Passkey,
        Self::Password,
        Self::SecurityKey,
        Self::Totp,
        Self::RecoveryCode,
    ];

    /// Its word in files, forms and the audit.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
            Self::SecurityKey => "security_key",
            Self::Pass => "pass",
            Self::SetupLink => "setup_link",
        }
    }

    /// Whether it says who somebody is, so that a sign-in can begin with it.
    pub const fn is_first(self) -> bool {
        matches!(self, Self::Password | Self::Passkey)
    }
}

/// A factor that was verified, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SatisfiedFactor {
    /// Which.
    pub factor: Factor,
    /// When verified.
    pub at: Timestamp,
}

/// When somebody last proved who they are.
pub fn last_first_factor(proofs: &[SatisfiedFactor]) -> Option<Timestamp> {
    let first = proofs.iter().filter(|proof| proof.factor.is_first());
    first.map(|proof| proof.at).max()
}

/// How strongly somebody is authenticated, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Not at all.
    None,
    /// One factor.
    One,
    /// Two distinct factors.
    Two,
    /// Two distinct factors, one of them bound to our origin: no other site can ask for it (NIST SP 800-63B-4, 3.2.5).
    PhishingResistant,
}

impl Assurance {
    /// Its word in files and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One => "one",
            Self::Two => "two",
            Self::PhishingResistant => "phishing_resistant",
        }
    }
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    /// Its name in lists and the audit.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// When the person last proved who they are, by password or passkey (the SAML AuthnInstant, OpenID's auth_time).
    pub authenticated_at: Timestamp,
    /// The factors, each with its last time.
    pub factors: Vec<SatisfiedFactor>,
    /// When begun.
    pub created_at: Timestamp,
    /// Last request seen (to the minute).
    pub last_seen_at: Timestamp,
    /// Ends then unless used.
    pub idle_ends_at: Timestamp,
    /// Ends then in any case.
    pub ends_at: Timestamp,
    /// The browser's own words about itself, shortened.
    pub user_agent: String,
    /// The CSRF key: the token in forms is derived from it.
    pub csrf_key: String,
    /// Revoked at.
    pub revoked_at: Option<Timestamp>,
}

/// A person's session at an application, as our response stated it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationSession {
    /// Also the SAML SessionIndex (with a leading underscore).
    pub id: AppSessionId,
    /// The browser session that it came from.
    pub session_id: SessionId,
    /// The application.
    pub app_id: Option<AppId>,
    /// Whose.
    pub user_id: UserId,
    /// The NameID that we sent.
    pub name_id: String,
    /// When issued.
    pub created_at: Timestamp,
    /// SessionNotOnOrAfter.
    pub ends_at: Timestamp,
}
