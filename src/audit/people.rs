//! People's keys: made with the person, kept open for a while, destroyed to erase.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};

use super::personal::Ciphers;
use super::{Attempted, Audit, AuditError, AuditEvent, FieldCipher, Personal, SealerError};
use crate::entropy::Entropy;
use crate::model::{Span, Timestamp, UserId, fold_key};
use crate::op::Op;
use crate::store::person_keys::{self, PersonKeyRow};
use crate::store::{StoreError, Txn};

/// Opened keys are kept at most so long: after an erasure by another process no copy outlives it by more.
const KEPT_OPEN: Span = Span::minutes(10);

/// A generation of opened keys; there are two.
const GENERATION: usize = 2_048;

/// Seals people's keys, and makes codes of what must not be kept. The keys are the one implementation.
pub trait PersonSealer: Send + Sync {
    /// Makes a person's key: as the database keeps it, and opened.
    ///
    /// # Errors
    /// When the library refuses.
    fn new_key(
        &self,
        entropy: &Entropy,
        person: &UserId,
    ) -> Result<(String, Arc<dyn FieldCipher>), SealerError>;

    /// Opens a person's key.
    ///
    /// # Errors
    /// When the text was changed or is another person's.
    fn open_key(&self, person: &UserId, sealed: &str) -> Result<Arc<dyn FieldCipher>, SealerError>;

    /// A keyed code: equal for equal data, and nobody without the key can tell of what.
    fn mac(&self, label: &str, data: &[u8]) -> [u8; 32];
}

/// The key of somebody who is being created: to be inserted in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Whose.
    pub person_id: UserId,
    /// As the database keeps it.
    pub sealed_key: String,
    /// When made.
    pub created_at: Timestamp,
}

impl NewPerson {
    /// Inserts the key.
    ///
    /// # Errors
    /// The engine's.
    pub fn insert(&self, txn: &mut dyn Txn) -> Result<(), StoreError> {
        person_keys::insert(txn, &self.person_id, &self.sealed_key, self.created_at)
    }
}

/// Opened keys in two generations: what is asked for stays, what is not goes; never more than two generations.
#[derive(Default)]
pub(super) struct PeopleCache {
    young: HashMap<UserId, (Timestamp, Arc<dyn FieldCipher>)>,
    old: HashMap<UserId, (Timestamp, Arc<dyn FieldCipher>)>,
}

impl PeopleCache {
    fn find(&mut self, person: &UserId, now: Timestamp) -> Option<Arc<dyn FieldCipher>> {
        let found = match self.young.get(person) {
            Some(found) => found.clone(),
            None => {
                let found = self.old.remove(person)?;
                self.keep(person, found.0, Arc::clone(&found.1));
                found
            }
        };
        (now < found.0.plus(KEPT_OPEN) && found.0 <= now).then_some(found.1)
    }

    fn keep(&mut self, person: &UserId, opened_at: Timestamp, cipher: Arc<dyn FieldCipher>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(person.clone(), (opened_at, cipher));
    }

    fn forget(&mut self, person: &UserId) {
        self.young.remove(person);
        self.old.remove(person);
    }
}

impl Audit {
    fn people(&self) -> MutexGuard<'_, PeopleCache> {
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the key of somebody who is being created; events about the person can be prepared from then on.
    ///
    /// # Errors
    /// [`AuditError::Sealer`].
    pub fn new_person(&self, op: &Op, id: &UserId) -> Result<NewPerson, AuditError> {
        let (sealed_key, cipher) = self.0.sealer.new_key(&op.entropy, id)?;
        self.people().keep(id, op.now, cipher);
        Ok(NewPerson {
            person_id: id.clone(),
            sealed_key,
            created_at: op.now,
        })
    }

    /// Destroys a person's key and records that, in one transaction: the chain still verifies, and what it holds of the
    /// person cannot be read any more (security.md P-10). False when there is no key to destroy.
    ///
    /// # Errors
    /// As [`Audit::prepare`].
    pub async fn erase_person(&self, op: &Op, person: &UserId) -> Result<bool, AuditError> {
        let event = AuditEvent::PersonErased {
            user_id: person.clone(),
        };
        let entry = self.prepare(op, &event).await?;
        let (now, id) = (op.now, person.clone());
        let erased = self
            .0
            .store
            .write(move |txn| {
                let erased = person_keys::destroy(txn, &id, now)?;
                if erased {
                    txn.append_audit(&entry)?;
                }
                Ok(erased)
            })
            .await?;
        self.forget(person);
        Ok(erased)
    }

    /// Drops the opened key of a person: to be called by whoever destroys the key in a transaction of their own.
    pub fn forget(&self, person: &UserId) {
        self.people().forget(person);
    }

    /// Who somebody said they are, in the form that events keep.
    pub fn attempted(&self, user: Option<&UserId>, typed: &str) -> Attempted {
        match user {
            Some(user_id) => Attempted::Known {
                user_id: user_id.clone(),
                typed: Personal::new(user_id, typed.to_owned()),
            },
            None => Attempted::Unknown {
                name_code: self.code("user name", &fold_key(typed)),
            },
        }
    }

    pub(super) fn code(&self, label: &str, text: &str) -> String {
        hex::encode(self.0.sealer.mac(label, text.as_bytes()))
    }

    /// The opened keys of these people, from memory where they are there. Somebody unknown is left out.
    pub(super) async fn ciphers(
        &self,
        now: Timestamp,
        people: BTreeSet<UserId>,
    ) -> Result<Ciphers, AuditError> {
        let mut found = Ciphers::new();
        let mut missing = Vec::new();
        {
            let mut cache = self.people();
            for person in people {
                match cache.find(&person, now) {
                    Some(cipher) => {
                        found.insert(person, Some(cipher));
                    }
                    None => missing.push(person),
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let rows = self
            .0
            .store
            .read(move |txn| {
                missing
                    .iter()
                    .map(|person| Ok((person.clone(), person_keys::find(txn, person)?)))
                    .collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        for (person, row) in rows {
            match row {
                None => {}
                Some(PersonKeyRow::Destroyed) => {
                    found.insert(person, None);
                }
                Some(PersonKeyRow::Sealed(sealed)) => {
                    let cipher = self.0.sealer.open_key(&person, &sealed)?;
                    self.people().keep(&person, now, Arc::clone(&cipher));
                    found.insert(person, Some(cipher));
                }
            }
        }
        Ok(found)
    }
}
