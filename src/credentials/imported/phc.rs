//! PHC strings (the Password Hashing Competition's string format): Argon2, scrypt, PBKDF2.

use std::num::NonZeroU32;

use argon2::{Algorithm, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Digest, Form, HashProblem, malformed};

pub(super) const ARGON2: &str = "Argon2";
pub(super) const SCRYPT: &str = "scrypt";
pub(super) const PBKDF2: &str = "PBKDF2";

/// 128 MiB.
const LARGEST_ARGON2_KIB: u32 = 131_072;
/// Memory times passes: twenty times our own, half a second. RFC 9106's second choice (64 MiB, 3 passes) is a fourth.
const DEAREST_ARGON2: u64 = 786_432;
const MOST_LANES: u32 = 16;
/// N * r * p: OWASP's first choice (2^17, 8, 1), 128 MiB and half a second.
const DEAREST_SCRYPT: u64 = 1 << 20;
/// Blocks of the digest: one for each iteration and each stretch of its length. More than Django 6.0's 1,200,000.
const DEAREST_PBKDF2: u64 = 1_500_000;
/// A shorter one would be met by chance.
const SHORTEST_HASH: usize = 16;
const LONGEST_HASH: usize = 128;
const LONGEST_SALT: usize = 256;

/// Standard base64 as everybody writes it: with padding or without, and with `.` for `+` (passlib, OpenLDAP).
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let plain = text.trim_end_matches('=').replace('.', "+");
    STANDARD_NO_PAD.decode(plain).ok()
}

pub(super) fn salt_and_hash(
    form: &'static str,
    salt: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
) -> Result<(Vec<u8>, Vec<u8>), HashProblem> {
    let salt = salt.ok_or(malformed(form, "its salt is no base64"))?;
    let hash = hash.ok_or(malformed(form, "its end is no base64"))?;
    if salt.is_empty() || salt.len() > LONGEST_SALT {
        return Err(malformed(form, "its salt must have 1 to 256 octets"));
    }
    if !(SHORTEST_HASH..=LONGEST_HASH).contains(&hash.len()) {
        return Err(malformed(form, "its end must have 16 to 128 octets"));
    }
    Ok((salt, hash))
}

/// The value of `name=` in `m=65536,t=3,p=4`.
fn number(parameters: &str, name: &str) -> Option<u32> {
    let mut found = parameters
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| *key == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => value.parse().ok(),
        _ => None,
    }
}

/// `$argon2id$v=19$m=65536,t=3,p=4$SALT$HASH`; without `v` it is version 16.
pub(super) fn argon2(text: &str) -> Result<Form, HashProblem> {
    let wrong = || {
        malformed(
            ARGON2,
            "it must be as in $argon2id$v=19$m=65536,t=3,p=4$SALT$HASH",
        )
    };
    let parts: Vec<&str> = text.split('$').skip(1).collect();
    let (name, version, parameters, salt, hash) = match parts.as_slice() {
        [name, version, parameters, salt, hash] => (*name, *version, *parameters, *salt, *hash),
        [name, parameters, salt, hash] => (*name, "v=16", *parameters, *salt, *hash),
        _ => return Err(wrong()),
    };
    let algorithm = match name {
        "argon2id" => Algorithm::Argon2id,
        "argon2i" => Algorithm::Argon2i,
        _ => return Err(wrong()),
    };
    let version = match version {
        "v=19" => Version::V0x13,
        "v=16" => Version::V0x10,
        _ => return Err(malformed(ARGON2, "its version must be 16 or 19")),
    };
    if parameters.split(',').count() != 3 {
        return Err(malformed(ARGON2, "its parameters must be m, t and p alone"));
    }
    let (m, t, p) = (
        number(parameters, "m").ok_or_else(wrong)?,
        number(parameters, "t").ok_or_else(wrong)?,
        number(parameters, "p").ok_or_else(wrong)?,
    );
    let (salt, hash) = salt_and_hash(ARGON2, base64(salt), base64(hash))?;
    let cost = u64::from(m).saturating_mul(u64::from(t));
    if m > LARGEST_ARGON2_KIB || cost > DEAREST_ARGON2 || p > MOST_LANES {
        return Err(HashProblem::TooDear {
            form: ARGON2,
            most: "128 MiB (m=131072), m times t of 786432, and p=16",
        });
    }
    let params = argon2::Params::new(m, t, p, Some(hash.len()))
        .map_err(|_| malformed(ARGON2, "its parameters are below Argon2's least"))?;
    if salt.len() < 8 {
        return Err(malformed(ARGON2, "its salt must have 8 octets or more"));
    }
    Ok(Form::Argon2 {
        algorithm,
        version,
        params,
        salt,
        hash,
    })
}

/// `$scrypt$ln=16,r=8,p=1$SALT$HASH`
pub(super) fn scrypt(text: &str) -> Result<Form, HashProblem> {
    let wrong = || malformed(SCRYPT, "it must be as in $scrypt$ln=16,r=8,p=1$SALT$HASH");
    let parts: Vec<&str> = text.split('$').skip(1).collect();
    let [_, parameters, salt, hash] = parts.as_slice() else {
        return Err(wrong());
    };
    let (ln, r, p) = (
        number(parameters, "ln").ok_or_else(wrong)?,
        number(parameters, "r").ok_or_else(wrong)?,
        number(parameters, "p").ok_or_else(wrong)?,
    );
    let cost = 1_u64
        .checked_shl(ln)
        .filter(|_| ln < 32)
        .and_then(|n| n.checked_mul(u64::from(r)))
        .and_then(|n| n.checked_mul(u64::from(p)));
    if cost.is_none_or(|cost| cost > DEAREST_SCRYPT) {
        return Err(HashProblem::TooDear {
            form: SCRYPT,
            most: "ln=17 with r=8 and p=1, or as much in other numbers",
        });
    }
    let ln = u8::try_from(ln).map_err(|_| wrong())?;
    let params = scrypt::Params::new(ln, r, p)
        .map_err(|_| malformed(SCRYPT, "its parameters are none of scrypt's"))?;
    if ln == 0 {
        return Err(malformed(SCRYPT, "its parameters are none of scrypt's"));
    }
    let (salt, hash) = salt_and_hash(SCRYPT, base64(salt), base64(hash))?;
    Ok(Form::Scrypt { params, salt, hash })
}

/// `$pbkdf2-sha256$i=600000,l=32$SALT$HASH`, or passlib's `$pbkdf2-sha256$29000$SALT$HASH`.
pub(super) fn pbkdf2(text: &str) -> Result<Form, HashProblem> {
    let wrong = || malformed(PBKDF2, "it must be as in $pbkdf2-sha256$i=600000$SALT$HASH");
    let parts: Vec<&str> = text.split('$').skip(1).collect();
    let [name, parameters, salt, hash] = parts.as_slice() else {
        return Err(wrong());
    };
    let digest = match *name {
        "pbkdf2" | "pbkdf2-sha1" => Digest::Sha1,
        "pbkdf2-sha256" => Digest::Sha256,
        "pbkdf2-sha512" => Digest::Sha512,
        _ => {
            return Err(malformed(
                PBKDF2,
                "its digest must be SHA-1, SHA-256 or SHA-512",
            ));
        }
    };
    let iterations = match parameters.parse() {
        Ok(iterations) => iterations,
        Err(_) => number(parameters, "i").ok_or_else(wrong)?,
    };
    let (salt, hash) = salt_and_hash(PBKDF2, base64(salt), base64(hash))?;
    let length = number(parameters, "l");
    if length.is_some_and(|length| usize::try_from(length) != Ok(hash.len())) {
        return Err(malformed(PBKDF2, "its end has another length than it says"));
    }
    with_iterations(digest, iterations, salt, hash)
}

pub(super) fn with_iterations(
    digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
) -> Result<Form, HashProblem> {
    let iterations =
        NonZeroU32::new(iterations).ok_or(malformed(PBKDF2, "it has no iterations"))?;
    let stretches = u64::try_from(hash.len().div_ceil(digest.octets())).unwrap_or(u64::MAX);
    if u64::from(iterations.get()).saturating_mul(stretches) > DEAREST_PBKDF2 {
        return Err(HashProblem::TooDear {
            form: PBKDF2,
            most: "1500000 iterations, or as many fewer as its end is longer than one digest",
        });
    }
    Ok(Form::Pbkdf2 {
        digest,
        iterations,
        salt,
        hash,
    })
}
