//! Argon2id on threads of its own (RFC 9106; m = 19,456 KiB, t = 2, p = 1: OWASP's second choice).
//!
//! A hash takes 25 ms of one core and 19 MiB. On the server's own threads a burst of sign-ins would stop everything else
//! and grow the process by 19 MiB for each; here it waits in a short queue, runs at a lower priority on as many threads
//! as there are cores, each with its memory kept from hash to hash, and what does not fit is refused at once. Hashes that
//! were imported from other systems are verified here, too; how dear one may be is bounded where it is read
//! ([`super::imported`]).

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

use super::imported::{ImportedHash, SaltedDigest};
use super::password_rules::is_guessed_soon;
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
/// An import that finds the queue full tries again after this long.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);
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
    work: Work,
    reply: oneshot::Sender<Result<Answer, HashError>>,
}

enum Work {
    /// How soon a new password is guessed, by whoever knows these of its person.
    Estimate(Vec<String>),
    /// A new hash under this salt.
    Hash([u8; SALT_OCTETS]),
    /// Whether the password is the one behind this.
    Verify(Box<StoredHash>),
}

enum Answer {
    IsGuessedSoon(bool),
    Hash([u8; HASH_OCTETS]),
    IsRight(bool),
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
        password: &Arc<Secret>,
        salt: [u8; SALT_OCTETS],
    ) -> Result<String, HashError> {
        match self.run(Arc::clone(password), Work::Hash(salt)).await? {
            Answer::Hash(hash) => Ok(phc(&salt, &hash)),
            Answer::IsRight(_) | Answer::IsGuessedSoon(_) => Err(HashError::Unusable),
        }
    }

    /// Whether the password is the one behind what is stored.
    pub(super) async fn verify(
        &self,
        password: &Arc<Secret>,
        stored: StoredHash,
    ) -> Result<bool, HashError> {
        match self
            .run(Arc::clone(password), Work::Verify(Box::new(stored)))
            .await?
        {
            Answer::IsRight(is_right) => Ok(is_right),
            Answer::Hash(_) | Answer::IsGuessedSoon(_) => Err(HashError::Unusable),
        }
    }

    /// Whether a new password is guessed soon. On these threads, behind their queue: a password can be made for which the
    /// estimate takes long.
    pub(super) async fn is_guessed_soon(
        &self,
        password: &Arc<Secret>,
        known: Vec<String>,
    ) -> Result<bool, HashError> {
        match self
            .run(Arc::clone(password), Work::Estimate(known))
            .await?
        {
            Answer::IsGuessedSoon(is_soon) => Ok(is_soon),
            Answer::Hash(_) | Answer::IsRight(_) => Err(HashError::Unusable),
        }
    }

    /// As long as [`PasswordHasher::verify`] takes for a hash of ours, for nobody.
    pub(super) async fn verify_nobody(&self, password: &Arc<Secret>) -> Result<(), HashError> {
        let work = Work::Hash([0; SALT_OCTETS]);
        self.run(Arc::clone(password), work).await.map(drop)
    }

    /// A salted digest of another system, which a thief would guess a thousand million passwords a second against, under
    /// our own hash (security.md P-04). For imports: it waits its turn however long the queue is.
    pub(super) async fn wrap(
        &self,
        digest: &SaltedDigest,
        salt: [u8; SALT_OCTETS],
    ) -> Result<String, HashError> {
        let inner = Arc::new(Secret::new(digest.hash().to_vec()));
        loop {
            match self.hash(&inner, salt).await {
                Err(HashError::Busy) => tokio::time::sleep(BETWEEN_TRIES).await,
                other => return other.map(|outer| digest.wrapped_in(&outer)),
            }
        }
    }

    async fn run(&self, password: Arc<Secret>, work: Work) -> Result<Answer, HashError> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            password,
            work,
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

fn phc(salt: &[u8; SALT_OCTETS], hash: &[u8; HASH_OCTETS]) -> String {
    format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    )
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
                let result = do_work(&job, &mut memory);
                // Whoever asked may have gone.
                let _ = job.reply.send(result);
                // What only an imported hash needed is not kept.
                memory.truncate(kept_blocks());
                memory.shrink_to_fit();
            }
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn kept_blocks() -> usize {
    current().map_or(0, |params| params.block_count())
}

fn do_work(job: &Job, memory: &mut Vec<Block>) -> Result<Answer, HashError> {
    let password = job.password.expose();
    match &job.work {
        Work::Estimate(known) => {
            let text = job.password.expose_text();
            let text = text.map_err(|_| HashError::Unusable)?;
            Ok(Answer::IsGuessedSoon(is_guessed_soon(text, known)))
        }
        Work::Hash(salt) => {
            let hash = argon2id(password, salt, current()?, memory)?;
            Ok(Answer::Hash(hash))
        }
        Work::Verify(stored) => match &**stored {
            StoredHash::Own(own) => own.verify(password, memory).map(Answer::IsRight),
            StoredHash::Imported(imported) => {
                imported.verify(password, memory).map(Answer::IsRight)
            }
        },
    }
}

fn argon2id(
    password: &[u8],
    salt: &[u8],
    params: Params,
    memory: &mut Vec<Block>,
) -> Result<[u8; HASH_OCTETS], HashError> {
    let mut hash = [0; HASH_OCTETS];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    fill(&argon2, password, salt, &mut hash, memory)?;
    Ok(hash)
}

/// One Argon2 hash in the thread's own memory.
pub(super) fn fill(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    hash: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<(), HashError> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let memory = memory.get_mut(..blocks).ok_or(HashError::Unusable)?;
    argon2
        .hash_password_into_with_memory(password, salt, hash, memory)
        .map_err(|_| HashError::Unusable)
}

/// What is stored of a password.
pub(super) enum StoredHash {
    Own(OwnHash),
    Imported(ImportedHash),
}

impl StoredHash {
    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        match OwnHash::parse(text) {
            Some(own) => Ok(Self::Own(own)),
            None => ImportedHash::stored(text)
                .map(Self::Imported)
                .map_err(|_| HashError::Unusable),
        }
    }

    /// Whether it is made as a new one would be. What is not is replaced at the next sign-in (security.md P-04).
    pub(super) fn is_current(&self) -> bool {
        matches!(self, Self::Own(_))
    }
}

/// A PHC text as we make it now. One of a former cost is read as an imported one, and replaced like one.
pub(super) struct OwnHash {
    params: Params,
    salt: [u8; SALT_OCTETS],
    hash: [u8; HASH_OCTETS],
}

impl OwnHash {
    pub(super) fn parse(phc: &str) -> Option<Self> {
        let mut parts = phc.strip_prefix("$argon2id$v=19$")?.split('$');
        let (cost, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut costs = cost.split(',');
        let mut number = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let (m, t, p) = (number("m=")?, number("t=")?, number("p=")?);
        if costs.next().is_some() || (m, t, p) != (MEMORY_KIB, PASSES, LANES) {
            return None;
        }
        Some(Self {
            params: Params::new(m, t, p, Some(HASH_OCTETS)).ok()?,
            salt: STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?,
            hash: STANDARD_NO_PAD.decode(hash).ok()?.try_into().ok()?,
        })
    }

    pub(super) fn verify(
        &self,
        password: &[u8],
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashError> {
        let hash = argon2id(password, &self.salt, self.params.clone(), memory)?;
        Ok(hash.ct_eq(&self.hash).into())
    }
}
