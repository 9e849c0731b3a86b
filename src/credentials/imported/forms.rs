//! Which form a text is in.

use bcrypt::HashParts;

use super::{Form, HashProblem, ldap, malformed, phc};

pub(super) const BCRYPT: &str = "bcrypt";
/// Half a second; one more doubles it.
const DEAREST_BCRYPT: u32 = 13;

/// Forms that are known and not taken, by how they begin.
const NOT_TAKEN: [(&str, &str); 14] = [
    ("$argon2d$", "argon2d, which is not made for passwords,"),
    ("$2x$", "bcrypt of version 2x, which is known to be wrong,"),
    ("$1$", "an MD5 hash"),
    ("$apr1$", "an MD5 hash"),
    ("$5$", "a SHA-256 crypt hash"),
    ("$6$", "a SHA-512 crypt hash"),
    ("$y$", "a yescrypt hash"),
    ("{sha}", "an unsalted SHA-1 hash"),
    ("{md5}", "an MD5 hash"),
    ("{smd5}", "an MD5 hash"),
    ("{crypt}", "a crypt hash that is not bcrypt"),
    ("{cleartext}", "a readable password"),
    ("{nt}", "an unsalted MD4 hash"),
    ("!", "a hash that is switched off (\"!\")"),
];

pub(super) fn read(text: &str) -> Result<Form, HashProblem> {
    let lower: String = text.chars().take(16).collect::<String>().to_lowercase();
    // OpenLDAP writes bcrypt and Argon2 behind a scheme of its own.
    for scheme in ["{crypt}", "{argon2}", "{bcrypt}"] {
        if let Some(inner) = text.get(scheme.len()..)
            && lower.starts_with(scheme)
            && (inner.starts_with("$2") || inner.starts_with("$argon2"))
        {
            return read(inner);
        }
    }
    if let Some((_, what)) = NOT_TAKEN.iter().find(|(begin, _)| lower.starts_with(begin)) {
        return Err(HashProblem::NotTaken(what));
    }
    if text.starts_with("$argon2") {
        return phc::argon2(text);
    }
    if ["$2a$", "$2b$", "$2y$"].iter().any(|v| text.starts_with(v)) {
        return bcrypt(text);
    }
    if text.starts_with("$scrypt$") {
        return phc::scrypt(text);
    }
    if text.starts_with("$pbkdf2") {
        return phc::pbkdf2(text);
    }
    if text.starts_with("pbkdf2_") {
        return ldap::django(text);
    }
    if text.starts_with('{') {
        return ldap::scheme(text);
    }
    Err(HashProblem::Unknown)
}

/// `$2b$12$` and 53 characters of bcrypt's own base64: 16 octets of salt, 23 of hash.
fn bcrypt(text: &str) -> Result<Form, HashProblem> {
    let parts: HashParts = text
        .parse()
        .map_err(|_| malformed(BCRYPT, "it must have 60 characters, as in $2b$12$.."))?;
    match parts.get_cost() {
        0..4 => Err(malformed(BCRYPT, "its cost is below 4")),
        4..=DEAREST_BCRYPT => Ok(Form::Bcrypt(text.to_owned())),
        _ => Err(HashProblem::TooDear {
            form: BCRYPT,
            most: "cost 13",
        }),
    }
}
