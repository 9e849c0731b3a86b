//! Password hashes of other systems: which are taken, how dear one may be, and how each is verified.
//!
//! Owns the reading of every form and its bounds, so that what is stored can never make one sign-in take seconds: a
//! form, a cost or a length outside the bounds is refused at the import, and again where it is read. Verification runs
//! on the hashing threads alone ([`super::PasswordHasher`]). A salted digest without any cost is put under our own hash
//! at once; the others are replaced at the next sign-in.

mod forms;
mod keycloak;
mod ldap;
mod phc;
mod salted;
mod verify;

use argon2::{Algorithm, Version};

pub(super) use salted::SaltedDigest;

use super::hasher::OwnHash;
use super::{CredentialError, Credentials, TotpSeed};
use crate::audit::AuditEvent;
use crate::model::{Secret, Timestamp, UserId};
use crate::op::Op;
use crate::store::credentials::{self as rows, TotpRow};
use crate::store::{AuditEntry, StoreError, Txn};

/// Longer is no hash.
const LONGEST: usize = 2_048;

/// Why a hash is not taken. Never repeats it: what stands in that field may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashProblem {
    /// None of the forms.
    #[error(
        "no hash in a form that can be imported: argon2id or argon2i ($argon2id$..), bcrypt ($2b$..), scrypt ($scrypt$..), PBKDF2 ($pbkdf2-sha256$.., pbkdf2_sha256$.. of Django), LDAP ({{SSHA}}, {{SSHA256}}, {{SSHA512}}, {{PBKDF2-SHA256}}), or Keycloak's secretData and credentialData as JSON. Leave it empty and give the person a link with `signet admin recover --user`"
    )]
    Unknown,
    /// A form that protects nobody, or that is not verified here.
    #[error(
        "{0} cannot be imported. Leave it empty and give the person a link with `signet admin recover --user`"
    )]
    NotTaken(&'static str),
    /// A part is missing, misspelt, or too short to prove anything.
    #[error("no whole {form} hash: {reason}. Export it again")]
    Malformed {
        /// Which form it began as.
        form: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// Its cost would make one sign-in take seconds.
    #[error(
        "{form} of this cost would make one sign-in take seconds: at most {most}. Leave it empty and give the person a link with `signet admin recover --user`"
    )]
    TooDear {
        /// Which form.
        form: &'static str,
        /// The bound.
        most: &'static str,
    },
}

fn malformed(form: &'static str, reason: &'static str) -> HashProblem {
    HashProblem::Malformed { form, reason }
}

/// The digest inside a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    const fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// Every form, read.
enum Form {
    Argon2 {
        algorithm: Algorithm,
        version: Version,
        params: argon2::Params,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    /// The text itself: 60 characters, the version before the second `$`.
    Bcrypt(String),
    Scrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Pbkdf2 {
        digest: Digest,
        iterations: std::num::NonZeroU32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Salted(SaltedDigest),
    /// A salted digest under our own hash: the digest, its salt, and the hash over it.
    Wrapped {
        digest: Digest,
        salt: Vec<u8>,
        outer: OwnHash,
    },
}

/// A hash of another system.
pub struct ImportedHash {
    form: Form,
    /// As it is stored.
    text: Secret,
}

impl std::fmt::Debug for ImportedHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImportedHash({})", self.name())
    }
}

impl ImportedHash {
    /// Reads a hash as another system wrote it.
    ///
    /// # Errors
    /// [`HashProblem`], which says what to do.
    pub fn parse(text: &str) -> Result<Self, HashProblem> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(HashProblem::Unknown);
        }
        if text.starts_with('{')
            && let Some(phc) = keycloak::to_phc(text)?
        {
            return Self::parse(&phc);
        }
        Ok(Self {
            form: forms::read(text)?,
            text: Secret::from_text(text.to_owned()),
        })
    }

    /// Reads what [`ImportedCredentials`] stored. A salted digest is stored under our own hash alone.
    pub(super) fn stored(text: &str) -> Result<Self, HashProblem> {
        if text.len() > LONGEST {
            return Err(HashProblem::Unknown);
        }
        let form = match salted::read_wrapped(text) {
            Some(form) => form,
            None => forms::read(text)?,
        };
        if matches!(form, Form::Salted(_)) {
            return Err(HashProblem::Unknown);
        }
        Ok(Self {
            form,
            text: Secret::new(Vec::new()),
        })
    }

    /// The form's name, for people.
    pub fn name(&self) -> &'static str {
        match &self.form {
            Form::Argon2 { .. } => phc::ARGON2,
            Form::Bcrypt(_) => forms::BCRYPT,
            Form::Scrypt { .. } => phc::SCRYPT,
            Form::Pbkdf2 { .. } => phc::PBKDF2,
            Form::Salted(_) | Form::Wrapped { .. } => salted::SALTED,
        }
    }
}

/// Credentials from elsewhere, ready for the transaction that makes their person.
pub struct ImportedCredentials {
    user_id: UserId,
    phc: Option<Secret>,
    device: Option<TotpRow>,
    entries: Vec<AuditEntry>,
}

impl ImportedCredentials {
    /// Stores them, with their records.
    ///
    /// # Errors
    /// The engine's.
    pub fn insert(&self, txn: &mut dyn Txn, now: Timestamp) -> Result<(), StoreError> {
        if let Some(phc) = &self.phc {
            let phc = phc
                .expose_text()
                .map_err(|error| StoreError::Data(error.to_string()))?;
            rows::set_password(txn, &self.user_id, phc, now)?;
        }
        if let Some(device) = &self.device {
            rows::insert_confirmed_totp(txn, &self.user_id, device, now)?;
        }
        for entry in &self.entries {
            txn.append_audit(entry)?;
        }
        Ok(())
    }
}

impl Credentials {
    /// Makes what is stored of a new person's imported credentials: a salted digest under our own hash, an
    /// authenticator's seed sealed for its row. The person's key must be known to the audit already.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn imported(
        &self,
        op: &Op,
        user_id: &UserId,
        (hash, seed): (Option<ImportedHash>, Option<&TotpSeed>),
    ) -> Result<ImportedCredentials, CredentialError> {
        let mut entries = Vec::new();
        let mut phc = None;
        if let Some(hash) = hash {
            phc = Some(match &hash.form {
                Form::Salted(digest) => {
                    let wrapped = self.hasher.wrap(digest, op.entropy.octets()).await?;
                    Secret::from_text(wrapped)
                }
                _ => hash.text,
            });
            let set = AuditEvent::PasswordSet {
                user_id: user_id.clone(),
            };
            entries.push(self.audit.prepare(op, &set).await?);
        }
        let mut device = None;
        if let Some(seed) = seed {
            let row = self.imported_device(op, seed)?;
            let enrolled = AuditEvent::TotpEnrolled {
                user_id: user_id.clone(),
                device_id: row.id.clone(),
            };
            entries.push(self.audit.prepare(op, &enrolled).await?);
            device = Some(row);
        }
        Ok(ImportedCredentials {
            user_id: user_id.clone(),
            phc,
            device,
            entries,
        })
    }
}
