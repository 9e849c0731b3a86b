//! The system's randomness and the tests' seeded randomness. Nothing else in Signet draws random octets
//! (key generation inside the cryptographic library aside).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// Where random octets come from.
#[derive(Debug, Clone)]
pub enum Entropy {
    /// The operating system's generator.
    System(SystemRandom),
    /// A test's: the same octets in the same order for the same seed. Never used by `serve`.
    Seeded(u64, Arc<AtomicU64>),
}

impl Entropy {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self::System(SystemRandom::new())
    }

    /// A repeatable sequence.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(seed, Arc::new(AtomicU64::new(0)))
    }

    /// `N` random octets. Aborts the request (a panic, caught at the edge) when the system has no randomness:
    /// going on without it would be worse than an error.
    pub fn octets<const N: usize>(&self) -> [u8; N] {
        let mut out = [0u8; N];
        self.fill(&mut out);
        out
    }

    /// Fills `out` with random octets; see [`Entropy::octets`].
    #[expect(clippy::panic, reason = "no randomness: nothing may be issued")]
    pub fn fill(&self, out: &mut [u8]) {
        match self {
            Self::System(random) => {
                if random.fill(out).is_err() {
                    panic!("the operating system gives no randomness");
                }
            }
            Self::Seeded(seed, counter) => {
                for chunk in out.chunks_mut(32) {
                    let mut input = seed.to_le_bytes().to_vec();
                    input.extend(counter.fetch_add(1, Ordering::SeqCst).to_le_bytes());
                    let block = digest::digest(&digest::SHA256, &input);
                    for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
                        *to = *from;
                    }
                }
            }
        }
    }

    /// A bearer secret of 256 bits in unpadded base64url (43 characters).
    pub fn token(&self) -> String {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.octets::<32>())
    }
}
