//! Passwords (NIST SP 800-63B-4, 3.1.1; security.md N-PWD).
//!
//! A hash that is not made as a new one would be (imported from another system, or of a former cost) is replaced in the
//! transaction of the next sign-in with it, over the very hash that was verified.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::attempts::locked;
use super::hasher::{HashError, StoredHash};
use super::lockout::Admission;
use super::password_rules::{PasswordProblem, check, names_of};
use super::{CredentialError, Credentials, queue};
use crate::audit::{AuditEvent, Counter, PasswordRefusal};
use crate::mail;
use crate::model::{CredentialChange, Secret, SecretHash, Span, Timestamp, User, UserId, fold_key};
use crate::op::Op;
use crate::store::{
    AuditEntry, StoreError, Txn, credentials as rows, failure_counters, one_time_links, sessions,
    users,
};

const RETRY_AFTER: Span = Span::seconds(2);

/// What became of a name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordOutcome {
    /// Right: this person.
    Verified(UserId),
    /// Not right; nobody is told why.
    Refused,
    /// Not looked at.
    Locked {
        /// Try again then.
        until: Timestamp,
    },
    /// Too many at once.
    Busy {
        /// Try again after this long.
        retry_after: Span,
    },
}

/// What is known of who tries.
struct Attempt {
    user: Option<User>,
    phc: Option<String>,
    /// The browser's hash, when this person has signed in from it before.
    known_browser: Option<SecretHash>,
}

impl Attempt {
    /// The counter that is charged. One for every spelling of a name, by the person; for nobody's names by a keyed code,
    /// as people type passwords into this field. A known browser has its own.
    fn counter(&self, code_of_name: &str) -> (String, Counter) {
        match (&self.user, &self.known_browser) {
            (Some(user), Some(browser)) => {
                let key = format!("password:{}:{}", user.id, browser.as_str());
                (key, Counter::KnownBrowser)
            }
            (Some(user), None) => (format!("password:{}:", user.id), Counter::Password),
            (None, _) => (
                format!("password:unknown:{code_of_name}"),
                Counter::Password,
            ),
        }
    }

    fn refusal(&self, now: Timestamp) -> PasswordRefusal {
        match (&self.user, &self.phc) {
            (None, _) => PasswordRefusal::UnknownUser,
            (Some(_), None) => PasswordRefusal::NotSet,
            (Some(user), _) if !user.may_sign_in(now) => PasswordRefusal::Disabled,
            (Some(_), Some(_)) => PasswordRefusal::Wrong,
        }
    }
}

/// A new hash of the same password.
struct Renewal {
    user_id: UserId,
    former: String,
    phc: String,
    entry: AuditEntry,
}

impl Renewal {
    /// Over the hash that was verified: a password that was set meanwhile stays.
    fn replace(&self, txn: &mut dyn Txn) -> Result<(), StoreError> {
        if rows::replace_password(txn, &self.user_id, (&self.former, &self.phc))? {
            txn.append_audit(&self.entry)?;
        }
        Ok(())
    }
}

impl Credentials {
    /// Verifies a user name or mail address and a password. It takes as long for nobody as for somebody; for somebody
    /// whose imported hash has not been replaced yet it takes as long as that hash.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn verify_password(
        &self,
        op: &Op,
        name: &str,
        password: Secret,
        known_browser: Option<&str>,
    ) -> Result<PasswordOutcome, CredentialError> {
        let attempt = self.attempt(op, name, known_browser).await?;
        let code = hex::encode(self.keys.mac("lockout", fold_key(name).as_bytes()));
        let (key, counter) = attempt.counter(&code);
        let is_somebodys = attempt.user.is_some();
        let failures = match self.charge_to(op, &key, is_somebodys).await? {
            Admission::Admitted(failures) => failures,
            Admission::Locked { until } => {
                let refused = self.refused(&attempt, name, PasswordRefusal::Locked, 0);
                self.fail(op, &refused, None).await?;
                return Ok(PasswordOutcome::Locked { until });
            }
        };
        let password = Arc::new(normal(password));
        let is_right = match self.compare(&attempt, &password).await {
            Err(HashError::Busy) => {
                self.refund(&key).await?;
                return Ok(PasswordOutcome::Busy {
                    retry_after: RETRY_AFTER,
                });
            }
            other => other?,
        };
        let refused = self.refused(&attempt, name, attempt.refusal(op.now), failures.count);
        match attempt
            .user
            .as_ref()
            .filter(|user| is_right && user.may_sign_in(op.now))
        {
            Some(user) => {
                let verified = AuditEvent::PasswordVerified {
                    user_id: user.id.clone(),
                };
                let op = op.as_user(&user.id);
                let renewal = self.renewal(&op, &user.id, &attempt, &password).await?;
                let work = move |txn: &mut dyn Txn| {
                    if let Some(renewal) = &renewal {
                        renewal.replace(txn)?;
                    }
                    Ok(true)
                };
                self.settle(&op, &key, (&verified, &refused), work).await?;
                Ok(PasswordOutcome::Verified(user.id.clone()))
            }
            None => {
                let user_id = attempt.user.as_ref().map(|user| &user.id);
                let who = self.audit.attempted(user_id, name);
                let locked = locked(op, who, counter, failures);
                self.fail(op, &refused, locked.as_ref()).await?;
                Ok(PasswordOutcome::Refused)
            }
        }
    }

    /// Sets a password, ends what an old one had opened, and sets the failures back.
    ///
    /// # Errors
    /// [`CredentialError`]; the inner error is the person's to mend.
    pub async fn set_password(
        &self,
        op: &Op,
        user_id: &UserId,
        password: Secret,
    ) -> Result<Result<(), PasswordProblem>, CredentialError> {
        let password = normal(password);
        let (id, now) = (user_id.clone(), op.now);
        let read = self
            .store
            .read(move |txn| Ok((users::by_id(txn, &id)?, sessions::list(txn, &id, now)?)));
        let (user, live) = read.await?;
        if let Err(problem) = check(&password, user.as_ref(), &self.blocklist) {
            return Ok(Err(problem));
        }
        let password = Arc::new(password);
        let names = names_of(user.as_ref());
        if self.hasher.is_guessed_soon(&password, names).await? {
            return Ok(Err(PasswordProblem::TooSimple));
        }
        let phc = self.hasher.hash(&password, op.entropy.octets()).await?;
        let set = AuditEvent::PasswordSet {
            user_id: user_id.clone(),
        };
        let mut entries = vec![self.audit.prepare(op, &set).await?];
        let change = CredentialChange::PasswordSet;
        let notice = self.notice_unless_joining(op, user_id, change).await?;
        let ends = self.session_ends(op, user_id, &live).await?;
        entries.extend(ends.into_iter().map(|(_, entry)| entry));
        let user_id = user_id.clone();
        self.store
            .write(move |txn| {
                rows::set_password(txn, &user_id, &phc, now)?;
                failure_counters::clear_all(txn, "password", &user_id)?;
                rows::forget_begun_totp(txn, &user_id)?;
                one_time_links::void(txn, &user_id, now)?;
                users::end_proofs(txn, &user_id, now)?;
                sessions::revoke_all(txn, &user_id, now)?;
                mail::withdraw_links(txn, &user_id)?;
                for entry in &entries {
                    txn.append_audit(entry)?;
                }
                queue(txn, notice.as_ref())
            })
            .await?;
        Ok(Ok(()))
    }

    async fn attempt(
        &self,
        op: &Op,
        name: &str,
        known_browser: Option<&str>,
    ) -> Result<Attempt, CredentialError> {
        let key = fold_key(name);
        let (browser, now) = (known_browser.map(SecretHash::of), op.now);
        Ok(self
            .store
            .read(move |txn| {
                let user = users::by_login(txn, &key)?;
                let (mut phc, mut known) = (None, None);
                if let Some(user) = &user {
                    phc = rows::password(txn, &user.id)?;
                    if let Some(browser) = &browser
                        && rows::is_known_browser(txn, &user.id, browser, now)?
                    {
                        known = Some(browser.clone());
                    }
                }
                Ok(Attempt {
                    user,
                    phc,
                    known_browser: known,
                })
            })
            .await?)
    }

    async fn compare(&self, attempt: &Attempt, password: &Arc<Secret>) -> Result<bool, HashError> {
        match &attempt.phc {
            Some(phc) => {
                let stored = StoredHash::parse(phc)?;
                self.hasher.verify(password, stored).await
            }
            None => self.hasher.verify_nobody(password).await.map(|()| false),
        }
    }

    /// What takes the place of a hash that is not made as a new one would be. None when it is, and when too many hash at
    /// once: the sign-in does not wait for it, the next one may do it.
    async fn renewal(
        &self,
        op: &Op,
        user_id: &UserId,
        attempt: &Attempt,
        password: &Arc<Secret>,
    ) -> Result<Option<Renewal>, CredentialError> {
        let Some(former) = &attempt.phc else {
            return Ok(None);
        };
        if StoredHash::parse(former)?.is_current() {
            return Ok(None);
        }
        let phc = match self.hasher.hash(password, op.entropy.octets()).await {
            Err(HashError::Busy) => return Ok(None),
            other => other?,
        };
        let event = AuditEvent::PasswordRehashed {
            user_id: user_id.clone(),
        };
        Ok(Some(Renewal {
            user_id: user_id.clone(),
            former: former.clone(),
            phc,
            entry: self.audit.prepare(op, &event).await?,
        }))
    }

    /// What was charged and never looked at is given back.
    async fn refund(&self, key: &str) -> Result<(), CredentialError> {
        let key = key.to_owned();
        let refund = self
            .store
            .write(move |txn| failure_counters::refund(txn, &key));
        Ok(refund.await?)
    }

    fn refused(
        &self,
        attempt: &Attempt,
        name: &str,
        reason: PasswordRefusal,
        failures: i64,
    ) -> AuditEvent {
        AuditEvent::PasswordRefused {
            who: self
                .audit
                .attempted(attempt.user.as_ref().map(|u| &u.id), name),
            reason,
            failures,
        }
    }
}

/// NFC, so that the same password typed on another keyboard is the same.
fn normal(password: Secret) -> Secret {
    match password.expose_text() {
        Ok(text) => Secret::from_text(text.nfc().collect()),
        Err(_) => password,
    }
}
