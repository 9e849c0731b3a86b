//! Sealing at rest: AES-256-GCM under data keys, which the master key wraps (security.md P-01).
//!
//! A sealed text is `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. Its place in the database,
//! `table|column|row`, is associated data: a sealed value that is moved to another row, column or table does not open.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::KeysError;
use crate::entropy::Entropy;
use crate::model::{KeyId, Secret};

const VERSION: &str = "v1";

/// Where a sealed value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table: a constant of the code, without a vertical bar.
    pub table: &'a str,
    /// The column: likewise.
    pub column: &'a str,
    /// The row's key.
    pub row: &'a str,
}

impl Place<'_> {
    /// The row comes last and alone may hold a bar, so that two places never give the same octets.
    fn associated_data(&self) -> Vec<u8> {
        format!("{}|{}|{}", self.table, self.column, self.row).into_bytes()
    }
}

/// One AES-256 key with the name that stands in what it seals.
pub(super) struct SealingKey {
    id: String,
    key: LessSafeKey,
}

impl SealingKey {
    pub(super) fn new(id: &str, octets: &[u8]) -> Result<Self, KeysError> {
        let key = UnboundKey::new(&AES_256_GCM, octets)
            .map_err(|_| KeysError::Crypto("a sealing key is not 32 octets long"))?;
        Ok(Self {
            id: id.to_owned(),
            key: LessSafeKey::new(key),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Seals under a random nonce: one key may seal 2^32 values (NIST SP 800-38D, 8.3).
    pub(super) fn seal(
        &self,
        entropy: &Entropy,
        place: Place<'_>,
        plain: &[u8],
    ) -> Result<String, KeysError> {
        let nonce = entropy.octets::<NONCE_LEN>();
        let mut octets = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.associated_data()),
                &mut octets,
            )
            .map_err(|_| KeysError::Crypto("sealing failed"))?;
        Ok(format!(
            "{VERSION}.{}.{}.{}",
            self.id,
            URL_SAFE_NO_PAD.encode(nonce),
            URL_SAFE_NO_PAD.encode(octets)
        ))
    }

    pub(super) fn open(&self, place: Place<'_>, text: &str) -> Result<Secret, KeysError> {
        let sealed = SealedText::parse(text).ok_or_else(|| KeysError::unsealable(place))?;
        if sealed.key_id != self.id {
            return Err(KeysError::unsealable(place));
        }
        let mut octets = sealed.ciphertext;
        let length = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(sealed.nonce),
                Aad::from(place.associated_data()),
                &mut octets,
            )
            .map_err(|_| KeysError::unsealable(place))?
            .len();
        octets.truncate(length);
        Ok(Secret::new(octets))
    }
}

struct SealedText<'a> {
    key_id: &'a str,
    nonce: [u8; NONCE_LEN],
    ciphertext: Vec<u8>,
}

impl<'a> SealedText<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('.');
        let (version, key_id, nonce, ciphertext) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if version != VERSION || parts.next().is_some() {
            return None;
        }
        Some(Self {
            key_id,
            nonce: URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?,
            ciphertext: URL_SAFE_NO_PAD.decode(ciphertext).ok()?,
        })
    }
}

/// The data keys: the youngest seals, all open.
pub(super) struct DataKeys {
    sealing: SealingKey,
    older: BTreeMap<String, SealingKey>,
}

impl DataKeys {
    /// Takes the keys over, the oldest first.
    pub(super) fn new(keys: Vec<SealingKey>) -> Option<Self> {
        let mut keys = keys;
        let sealing = keys.pop()?;
        let older = keys.into_iter().map(|k| (k.id().to_owned(), k)).collect();
        Some(Self { sealing, older })
    }

    pub(super) fn seal(
        &self,
        entropy: &Entropy,
        place: Place<'_>,
        plain: &[u8],
    ) -> Result<String, KeysError> {
        self.sealing.seal(entropy, place, plain)
    }

    pub(super) fn open(&self, place: Place<'_>, text: &str) -> Result<Secret, KeysError> {
        let id = SealedText::parse(text)
            .ok_or_else(|| KeysError::unsealable(place))?
            .key_id;
        let key = self.older.get(id).unwrap_or(&self.sealing);
        key.open(place, text)
    }
}

/// A new data key and its wrapped form.
pub(super) fn new_data_key(
    master: &SealingKey,
    entropy: &Entropy,
) -> Result<(KeyId, SealingKey, String), KeysError> {
    let id = KeyId::from_random(entropy.octets());
    let octets = Secret::new(entropy.octets::<32>().to_vec());
    let wrapped = master.seal(entropy, data_key_place(&id), octets.expose())?;
    let key = SealingKey::new(id.as_str(), octets.expose())?;
    Ok((id, key, wrapped))
}

/// Opens a wrapped data key.
pub(super) fn unwrap_data_key(
    master: &SealingKey,
    id: &KeyId,
    wrapped: &str,
) -> Result<SealingKey, KeysError> {
    let octets = master.open(data_key_place(id), wrapped)?;
    SealingKey::new(id.as_str(), octets.expose())
}

fn data_key_place(id: &KeyId) -> Place<'_> {
    Place {
        table: "data_keys",
        column: "wrapped",
        row: id.as_str(),
    }
}
