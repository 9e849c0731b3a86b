//! Argon2id on threads of its own (RFC 9106; m = 19,456 KiB, t = 2, p = 1: OWASP's second choice).
//!
//! A hash takes 25 ms of one core and 19 MiB. On the server's own threads a burst of sign-ins would stop everything else
//! and grow the process by 19 MiB for each; here it waits in a short queue, runs at a lower priority on as many threads
//! as there are cores, each with its memory kept from hash to hash, and what does not fit is refused at once.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::model::Secret;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_OCTETS: usize = 16;
const HASH_OCTETS: usize = 32;
/// A thread that has had nothing to do for this long gives its memory back.
const KEEP_MEMORY: Duration = Duration::from_secs(30);
/// Longer than this nobody waits for a hash to begin.
const PATIENCE: Duration = Duration::from_secs(2);
/// Below everything that answers requests.
const NICENESS: i32 = 10;

/// Why a hash was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full, or the wait too long.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// The library refuses, or the stored text is none of ours.
    #[error("a stored password hash cannot be used")]
    Unusable,
}

/// The threads. Cheap to clone; they end with the last clone.
#[derive(Debug, Clone)]
pub struct PasswordHasher {
    queue: Sender<Job>,
}

struct Job {
    password: Arc<Secret>,
    salt: [u8; SALT_OCTETS],
    params: Params,
    reply: oneshot::Sender<Result<[u8; HASH_OCTETS], HashError>>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job(..)")
    }
}

impl PasswordHasher {
    /// Starts so many threads with a queue of that length.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(threads: usize, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = bounded(queue);
        for number in 0..threads.max(1) {
            let receiver = receiver.clone();
            thread::Builder::new()
                .name(format!("argon2-{number}"))
                .spawn(move || work(&receiver))?;
        }
        Ok(Self { queue: sender })
    }

    /// The PHC text of a new password under this salt.
    pub(super) async fn hash(
        &self,
        password: Secret,
        salt: [u8; SALT_OCTETS],
    ) -> Result<String, HashError> {
        let hash = self.run(Arc::new(password), salt, current()?).await?;
        Ok(format!(
            "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash)
        ))
    }

    /// Whether the password is the one behind the PHC text.
    pub(super) async fn verify(&self, password: Secret, phc: &str) -> Result<bool, HashError> {
        let stored = Stored::parse(phc).ok_or(HashError::Unusable)?;
        let hash = self
            .run(Arc::new(password), stored.salt, stored.params)
            .await?;
        Ok(hash.ct_eq(&stored.hash).into())
    }

    /// As long as [`PasswordHasher::verify`] takes, for nobody.
    pub(super) async fn verify_nobody(&self, password: Secret) -> Result<(), HashError> {
        self.run(Arc::new(password), [0; SALT_OCTETS], current()?)
            .await
            .map(drop)
    }

    async fn run(
        &self,
        password: Arc<Secret>,
        salt: [u8; SALT_OCTETS],
        params: Params,
    ) -> Result<[u8; HASH_OCTETS], HashError> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            password,
            salt,
            params,
            reply,
        };
        match self.queue.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                return Err(HashError::Busy);
            }
        }
        // Dropped with the wait, the reply's other end tells the thread that nobody wants the hash any more.
        match timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(HashError::Busy),
        }
    }
}

fn current() -> Result<Params, HashError> {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_OCTETS)).map_err(|_| HashError::Unusable)
}

fn work(queue: &Receiver<Job>) {
    // Where the system refuses, hashes compete as equals: slower answers, nothing worse.
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the password threads keep the usual priority");
    }
    let mut memory: Vec<Block> = Vec::new();
    loop {
        match queue.recv_timeout(KEEP_MEMORY) {
            Ok(job) if job.reply.is_closed() => {}
            Ok(job) => {
                let result = hash_with(&job, &mut memory);
                // Whoever asked may have gone.
                let _ = job.reply.send(result);
            }
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn hash_with(job: &Job, memory: &mut Vec<Block>) -> Result<[u8; HASH_OCTETS], HashError> {
    let blocks = job.params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, job.params.clone());
    let mut hash = [0; HASH_OCTETS];
    let memory = memory.get_mut(..blocks).ok_or(HashError::Unusable)?;
    argon2
        .hash_password_into_with_memory(job.password.expose(), &job.salt, &mut hash, memory)
        .map_err(|_| HashError::Unusable)?;
    Ok(hash)
}

/// A PHC text of ours, with the cost that it was made at.
struct Stored {
    params: Params,
    salt: [u8; SALT_OCTETS],
    hash: [u8; HASH_OCTETS],
}

impl Stored {
    fn parse(phc: &str) -> Option<Self> {
        let mut parts = phc.strip_prefix("$argon2id$v=19$")?.split('$');
        let (cost, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut costs = cost.split(',');
        let mut number = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let (m, t, p) = (number("m=")?, number("t=")?, number("p=")?);
        Some(Self {
            params: Params::new(m, t, p, Some(HASH_OCTETS)).ok()?,
            salt: STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?,
            hash: STANDARD_NO_PAD.decode(hash).ok()?.try_into().ok()?,
        })
    }
}
