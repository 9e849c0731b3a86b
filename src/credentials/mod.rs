//! What people prove themselves with: passwords, passkeys, TOTP, recovery codes, one-time links, passes.
//!
//! Each attempt is charged before it is looked at (`lockout`), and leaves a record. What is stored is a hash, or sealed.
//! Who may do what with a proof is `policy`'s.

mod api_tokens;
mod attempts;
mod devices;
mod endings;
mod hasher;
mod imported;
mod links;
pub mod lockout;
mod passes;
mod passkeys;
mod password;
mod password_rules;
mod recovery_codes;
mod totp;
mod totp_seed;
mod webauthn;

pub use devices::Removal;
pub use hasher::{HashError, PasswordHasher};
pub use imported::{HashProblem, ImportedCredentials, ImportedHash};
pub use links::PreparedLink;
pub use passes::PASS_LIFETIME;
pub use passkeys::{Asked as AskedForPasskey, Ceremony, PasskeyOutcome, PasskeyProblem};
pub use password::PasswordOutcome;
pub use password_rules::{Blocklist, BlocklistError, MINIMUM_LENGTH, PasswordProblem};
pub use totp::{TotpEnrollment, latest_step};
pub use totp_seed::{SeedProblem, TotpSeed};

use std::sync::Arc;

use devices::device_name;
use webauthn_rs::Webauthn;

use crate::audit::{Audit, AuditError};
use crate::authority::{self, Asked, ChangeRefusal, NotMade};
use crate::keys::{Keys, KeysError};
use crate::mail::{MailError, Outbox, QueuedMail};
use crate::model::{CredentialChange, SecretHash, Span, Timestamp, UserId, UserState};
use crate::op::Op;
use crate::store::credentials::{self as rows, EnrolledRow};
use crate::store::{Store, StoreError, Txn, users};

/// How long a browser stays known (it is a hint for lockout, and proves nothing).
const KNOWN_FOR: Span = Span::days(365);

/// Why a credential was not looked at, or not stored.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// A stored hash or seed cannot be used.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A stored passkey cannot be read, or the library refuses to ask.
    #[error("passkeys: {0}")]
    Passkey(String),
    /// A mail was asked for, and there is no mail server.
    #[error("there is no mail server; ask an administrator for the link")]
    MailOff,
    /// The actor may not.
    #[error("{0}")]
    NotAllowed(ChangeRefusal),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotMade> for CredentialError {
    fn from(error: NotMade) -> Self {
        match error {
            NotMade::NotAllowed(refusal) => Self::NotAllowed(refusal),
            NotMade::Audit(error) => Self::Audit(error),
            NotMade::Store(error) => Self::Store(error),
        }
    }
}

impl CredentialError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_temporary(),
            Self::Audit(error) => error.is_temporary(),
            Self::Mail(error) => error.is_temporary(),
            Self::Store(error) => error.is_temporary(),
            _ => false,
        }
    }
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOutcome {
    /// It was right, and is used up.
    Verified,
    /// It was not, or was used before.
    Refused,
    /// It was not looked at.
    Locked {
        /// Try again then.
        until: Timestamp,
    },
}

/// Credentials. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Credentials {
    store: Store,
    audit: Audit,
    keys: Keys,
    hasher: PasswordHasher,
    mail: Outbox,
    blocklist: Arc<Blocklist>,
    webauthn: Option<Arc<Webauthn>>,
}

impl Credentials {
    /// Over a store; seeds are sealed by `keys`, passwords hashed by `hasher`, and people told of changes by `mail`.
    pub fn new(
        (store, audit): (Store, Audit),
        keys: Keys,
        (hasher, blocklist): (PasswordHasher, Blocklist),
        mail: Outbox,
    ) -> Self {
        Self {
            blocklist: Arc::new(blocklist),
            webauthn: webauthn::relying_party(&keys),
            mail,
            store,
            audit,
            keys,
            hasher,
        }
    }

    /// Writes as the actor of an operation (`authority::write_as`).
    async fn write_as<T, F>(&self, op: &Op, asked: Asked, work: F) -> Result<T, CredentialError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let written = authority::write_as((&self.store, &self.audit), op, asked, work);
        Ok(written.await?)
    }

    /// A notice for the transaction of the change; none for whoever is just joining: they know what they set up.
    async fn notice_unless_joining(
        &self,
        op: &Op,
        user_id: &UserId,
        change: CredentialChange,
    ) -> Result<Option<QueuedMail>, CredentialError> {
        let id = user_id.clone();
        let user = self.store.read(move |txn| users::by_id(txn, &id)).await?;
        if user.is_some_and(|user| user.state == UserState::Invited) {
            return Ok(None);
        }
        Ok(self.mail.notice(op, user_id, change)?)
    }

    /// Remembers that a person has signed in from the browser with this secret.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn remember_browser(
        &self,
        op: &Op,
        user_id: &UserId,
        browser: &str,
    ) -> Result<(), CredentialError> {
        let (user_id, browser) = (user_id.clone(), SecretHash::of(browser));
        let times = (op.now, op.now.plus(KNOWN_FOR));
        Ok(self
            .store
            .write(move |txn| rows::remember_browser(txn, &user_id, &browser, times))
            .await?)
    }
}

/// The credentials that a person has.
///
/// # Errors
/// The store's.
pub fn enrolled(txn: &mut dyn Txn, user_id: &UserId) -> Result<EnrolledRow, StoreError> {
    rows::enrolled(txn, user_id)
}

/// Queues a notice, where mail is on.
fn queue(txn: &mut dyn Txn, notice: Option<&QueuedMail>) -> Result<(), StoreError> {
    notice.map_or(Ok(()), |notice| notice.insert(txn))
}
