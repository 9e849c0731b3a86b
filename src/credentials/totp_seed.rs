//! Authenticator seeds of other systems: what an app already holds must fit how codes are verified here.

use url::Url;

use crate::model::Secret;

/// RFC 4226, section 4, R6: at least 128 bits.
const FEWEST_OCTETS: usize = 16;
const MOST_OCTETS: usize = 128;

/// Why a seed is not taken. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeedProblem {
    /// It is no base32.
    #[error(
        "no TOTP secret: write it in base32 (letters A-Z, digits 2-7), or as an otpauth:// URL"
    )]
    NotBase32,
    /// Too easily guessed, or no seed at all.
    #[error(
        "a TOTP secret must have 16 to 128 octets (26 or more characters of base32). Leave it empty: the person sets up an authenticator at the next sign-in"
    )]
    Length,
    /// The app makes codes that are not verified here.
    #[error(
        "{0}: codes are TOTP with SHA-1, six digits and 30 seconds here. Leave it empty: the person sets up an authenticator at the next sign-in"
    )]
    Parameters(&'static str),
}

/// The seed of an authenticator app: SHA-1, six digits, 30 seconds.
pub struct TotpSeed(Secret);

impl std::fmt::Debug for TotpSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSeed(..)")
    }
}

impl TotpSeed {
    /// Reads base32, with spaces, hyphens, padding and in any case; or an `otpauth://` URL, whose parameters must be
    /// the ones that are verified here.
    ///
    /// # Errors
    /// [`SeedProblem`].
    pub fn parse(text: &str) -> Result<Self, SeedProblem> {
        let text = text.trim();
        if text.starts_with("otpauth:") {
            return from_url(text);
        }
        from_base32(text)
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

fn from_base32(text: &str) -> Result<TotpSeed, SeedProblem> {
    if text.len() > 1_024 {
        return Err(SeedProblem::Length);
    }
    let plain: zeroize::Zeroizing<String> = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='))
        .map(|c| c.to_ascii_uppercase())
        .collect::<String>()
        .into();
    if !plain
        .bytes()
        .all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'))
    {
        return Err(SeedProblem::NotBase32);
    }
    let secret =
        totp_rs::Secret::try_from_base32(plain.as_str()).map_err(|_| SeedProblem::NotBase32)?;
    let octets = secret.as_ref().to_vec();
    if !(FEWEST_OCTETS..=MOST_OCTETS).contains(&octets.len()) {
        return Err(SeedProblem::Length);
    }
    Ok(TotpSeed(Secret::new(octets)))
}

fn from_url(text: &str) -> Result<TotpSeed, SeedProblem> {
    let url = Url::parse(text).map_err(|_| SeedProblem::NotBase32)?;
    if url.host_str() != Some("totp") {
        return Err(SeedProblem::Parameters("not a TOTP secret"));
    }
    let mut seed = None;
    for (name, value) in url.query_pairs() {
        match &*name {
            "secret" => seed = Some(from_base32(&value)?),
            "algorithm" if !matches!(value.to_uppercase().as_str(), "SHA1" | "SHA-1") => {
                return Err(SeedProblem::Parameters("another algorithm than SHA-1"));
            }
            "digits" if value != "6" => {
                return Err(SeedProblem::Parameters("another number of digits than six"));
            }
            "period" if value != "30" => {
                return Err(SeedProblem::Parameters("another period than 30 seconds"));
            }
            _ => {}
        }
    }
    seed.ok_or(SeedProblem::NotBase32)
}
