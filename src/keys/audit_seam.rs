//! What the audit asks of the keys, through the traits that it defines: people's keys, and signatures under
//! checkpoints.

use std::sync::Arc;

use super::sealing::{Place, SealingKey};
use super::{Keys, KeysError, Purpose, mac};
use crate::audit::{
    CheckpointSignature, CheckpointSigner, FieldCipher, PersonSealer, PinnedKey, SealerError,
};
use crate::entropy::Entropy;
use crate::model::{Secret, UserId};

impl From<KeysError> for SealerError {
    fn from(error: KeysError) -> Self {
        Self(error.to_string())
    }
}

fn place(person: &UserId) -> Place<'_> {
    Place {
        table: "person_keys",
        column: "sealed_key",
        row: person.as_str(),
    }
}

fn cipher(person: &UserId, octets: &Secret) -> Result<Arc<dyn FieldCipher>, KeysError> {
    let key = SealingKey::new(person.as_str(), octets.expose())?;
    Ok(Arc::new(PersonCipher(key)))
}

impl PersonSealer for Keys {
    fn new_key(
        &self,
        entropy: &Entropy,
        person: &UserId,
    ) -> Result<(String, Arc<dyn FieldCipher>), SealerError> {
        let octets = Secret::new(entropy.octets::<32>().to_vec());
        let sealed = self.seal(entropy, place(person), octets.expose())?;
        Ok((sealed, cipher(person, &octets)?))
    }

    fn open_key(&self, person: &UserId, sealed: &str) -> Result<Arc<dyn FieldCipher>, SealerError> {
        let octets = self.open_sealed(place(person), sealed)?;
        Ok(cipher(person, &octets)?)
    }

    fn mac(&self, label: &str, data: &[u8]) -> [u8; 32] {
        mac(&self.0.names, label, data)
    }
}

/// One person's key.
struct PersonCipher(SealingKey);

fn field(row: &str) -> Place<'_> {
    Place {
        table: "audit_records",
        column: "body",
        row,
    }
}

impl FieldCipher for PersonCipher {
    fn seal(&self, entropy: &Entropy, place: &str, plain: &[u8]) -> Result<String, SealerError> {
        Ok(self.0.seal(entropy, field(place), plain)?)
    }

    fn open(&self, place: &str, text: &str) -> Result<Secret, SealerError> {
        Ok(self.0.open(field(place), text)?)
    }
}

impl CheckpointSigner for Keys {
    fn sign_with(
        &self,
        body: &dyn Fn(&PinnedKey) -> Result<String, crate::audit::AuditError>,
    ) -> Result<CheckpointSignature, crate::audit::AuditError> {
        let sealer = |e: KeysError| crate::audit::AuditError::Sealer(e.into());
        let key = self.active(Purpose::Audit).map_err(sealer)?;
        let body = body(&PinnedKey {
            key_id: key.id().clone(),
            public_key: key.public_key_der().to_vec(),
        })?;
        let signature = key.sign(body.as_bytes()).map_err(sealer)?;
        Ok(CheckpointSignature {
            key_id: key.id().clone(),
            body,
            signature,
        })
    }

    fn pinned_keys(&self) -> Vec<PinnedKey> {
        let ring = self.ring();
        ring.keys
            .iter()
            .filter(|k| k.facts.purpose == Purpose::Audit)
            .map(|k| PinnedKey {
                key_id: k.facts.id.clone(),
                public_key: k.public_key.clone(),
            })
            .collect()
    }
}
