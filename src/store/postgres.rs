//! The engine for several servers: threads with a connection to PostgreSQL each.
//!
//! Writes are SERIALIZABLE and run again when another one was first. A connection that is lost while it commits leaves
//! open what became of the transaction; the row that went with it into `write_keys` answers that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::postgres_connection::{
    Failure, Meaning, Mode, PostgresConnection, PostgresTxn, SWEEP_WRITE_KEYS, WriteKey,
};
use super::postgres_endpoint::{Address, Endpoint};
use super::threads::{self, spawn, submit};
use super::work::{Job, Verdict};
use super::{StoreError, StoreOptions};
use crate::entropy::Entropy;

/// Runs of one closure after the first.
const RETRIES: u32 = 10;
/// The pause before a retry: about 2 ms, 4 ms, .. and no more than this.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// How often, and how far apart, a server that was lost while committing is asked what became of the commit.
const QUESTIONS: u32 = 20;
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(250);
/// A connection clears old rows of `write_keys` away after this many commits.
const COMMITS_PER_SWEEP: u32 = 1_000;

type Request = threads::Request<PostgresConnection>;

/// Whether a URL is one that the driver understands.
pub(super) fn check_url(url: &str) -> Result<(), StoreError> {
    Address::parse(url).map(drop)
}

/// The handle to the threads; they end when it is dropped, after the work that was accepted.
pub(super) struct PostgresThreads {
    queue: Option<Sender<Request>>,
    threads: Vec<JoinHandle<()>>,
    endpoint: Arc<Endpoint>,
}

impl PostgresThreads {
    /// Starts the threads and waits for the first connection; the others connect when they are first needed.
    pub(super) fn start(url: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        let endpoint = Arc::new(Address::parse(url)?.endpoint(options.statement_timeout)?);
        let (sender, queue) = bounded(options.waiting);
        let mut handle = Self {
            queue: Some(sender),
            threads: Vec::new(),
            endpoint,
        };
        for _ in 0..options.connections.max(1) {
            let worker = Worker {
                endpoint: Arc::clone(&handle.endpoint),
                connection: None,
                queue: queue.clone(),
                entropy: Entropy::system(),
                commits: 0,
            };
            handle
                .threads
                .push(spawn("signet-db", move || worker.serve())?);
        }
        handle.command(check_encoding)?;
        Ok(handle)
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn write(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        submit(self.queue.as_ref(), Request::Write(job))
    }

    pub(super) fn read(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        submit(self.queue.as_ref(), Request::Read(job))
    }

    /// Runs something that is no transaction on one of the connections and waits for it.
    pub(super) fn command<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut PostgresConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        threads::command(self.queue.as_ref(), run)
    }
}

impl Drop for PostgresThreads {
    fn drop(&mut self) {
        self.queue = None;
        threads::join(&mut self.threads);
    }
}

/// Any other encoding cannot hold every name, or does not know what it holds.
fn check_encoding(connection: &mut PostgresConnection) -> Result<(), StoreError> {
    let row = connection
        .client()
        .query_one("SELECT current_setting('server_encoding')", &[])
        .map_err(|e| Failure::from(e).error)?;
    match row.try_get::<_, String>(0) {
        Ok(name) if name == "UTF8" => Ok(()),
        Ok(name) => Err(StoreError::Unavailable(format!(
            "the database's encoding is {name}: create it with ENCODING 'UTF8'"
        ))),
        Err(e) => Err(Failure::from(e).error),
    }
}

/// How one run of a closure ended.
enum Run {
    /// Committed, or rolled back because the closure said so.
    Done,
    /// Rolled back by an error.
    Failed(Failure),
}

struct Worker {
    endpoint: Arc<Endpoint>,
    connection: Option<PostgresConnection>,
    queue: Receiver<Request>,
    entropy: Entropy,
    commits: u32,
}

impl Worker {
    fn serve(mut self) {
        while let Ok(request) = self.queue.recv() {
            // The driver panics on what it takes for impossible: that costs the connection, not the thread.
            let handled = catch_unwind(AssertUnwindSafe(|| self.handle(request)));
            if handled.is_err() {
                tracing::error!("the database driver panicked; the connection is given up");
                self.connection = None;
            }
        }
    }

    fn handle(&mut self, request: Request) {
        match request {
            Request::Write(job) => self.job(Mode::Write, job),
            Request::Read(job) => self.job(Mode::Read, job),
            Request::Command(command) => {
                command(self.connected());
                // A command may leave anything behind.
                self.connection = None;
            }
        }
    }

    fn job(&mut self, mode: Mode, mut job: Box<dyn Job>) {
        if !job.claim() {
            return;
        }
        let end = self.run(mode, job.as_mut());
        job.answer(end);
        if mode == Mode::Write {
            self.sweep();
        }
    }

    /// Runs a closure until it is through, at most [`RETRIES`] times more.
    fn run(&mut self, mode: Mode, job: &mut dyn Job) -> Result<(), StoreError> {
        let mut attempt = 0;
        loop {
            let failure = match self.attempt(mode, job)? {
                Run::Done => return Ok(()),
                Run::Failed(failure) => failure,
            };
            match failure.meaning {
                Meaning::Final => return Err(failure.error),
                Meaning::Duplicate | Meaning::Stale if attempt > 0 => return Err(failure.error),
                _ => {}
            }
            if attempt == RETRIES {
                return Err(StoreError::Unavailable(format!(
                    "given up after {RETRIES} retries: {}",
                    failure.error
                )));
            }
            attempt += 1;
            self.pause(attempt);
        }
    }

    /// One run. `Err`: there is no connection, or nobody can say what became of the commit.
    fn attempt(&mut self, mode: Mode, job: &mut dyn Job) -> Result<Run, StoreError> {
        let key = WriteKey::new(self.entropy.octets());
        let connection = self.connected()?;
        let head = connection.stream_head();
        let mut committing = false;
        let failure = connection.begin(mode).and_then(|()| {
            let mut txn = PostgresTxn::new(connection, mode);
            let verdict = job.run(&mut txn);
            if let Some(failure) = txn.into_failure() {
                return Err(failure);
            }
            match (mode, verdict) {
                (Mode::Read, _) => connection.commit_read(),
                (Mode::Write, Verdict::Discard) => connection.roll_back(head.clone()),
                (Mode::Write, Verdict::Keep) => {
                    committing = true;
                    connection.commit(&key)
                }
            }
        });
        let Err(failure) = failure else {
            self.commits = self.commits.saturating_add(u32::from(committing));
            return Ok(Run::Done);
        };
        match failure.meaning {
            // A server that takes no writes has become a standby: the next connection finds the new primary.
            Meaning::Lost | Meaning::ReadOnly => {
                self.connection = None;
                if committing && self.was_committed(&key)? {
                    return Ok(Run::Done);
                }
            }
            meaning => {
                if meaning == Meaning::Stale {
                    connection.forget_statements();
                }
                if connection.roll_back(head).is_err() {
                    self.connection = None;
                }
            }
        }
        Ok(Run::Failed(failure))
    }

    /// Asks, over a new connection, what became of a commit whose answer was lost.
    fn was_committed(&mut self, key: &WriteKey) -> Result<bool, StoreError> {
        for _ in 0..QUESTIONS {
            let answer = self
                .connected()
                .and_then(|c| c.was_committed(key).map_err(|f| f.error));
            match answer {
                Ok(committed) => return Ok(committed),
                Err(error) => {
                    tracing::warn!(%error, "cannot ask yet what became of a commit");
                    self.connection = None;
                    std::thread::park_timeout(BETWEEN_QUESTIONS);
                }
            }
        }
        Err(StoreError::Unavailable(
            "the database was lost during a commit and did not come back: the write may have taken place or not".into(),
        ))
    }

    fn connected(&mut self) -> Result<&mut PostgresConnection, StoreError> {
        if self.connection.as_ref().is_some_and(|c| c.is_closed()) {
            self.connection = None;
        }
        match &mut self.connection {
            Some(connection) => Ok(connection),
            slot => Ok(slot.insert(PostgresConnection::open(&self.endpoint)?)),
        }
    }

    /// Longer from retry to retry, and random, so that those who collided do not collide again.
    fn pause(&self, attempt: u32) {
        let [random] = self.entropy.octets();
        let whole = Duration::from_millis(1_u64 << attempt.min(10)).min(LONGEST_PAUSE);
        std::thread::park_timeout(whole.mul_f32(0.5 + f32::from(random) / 256.0));
    }

    fn sweep(&mut self) {
        if self.commits < COMMITS_PER_SWEEP {
            return;
        }
        self.commits = 0;
        if let Some(connection) = &mut self.connection
            && let Err(error) = connection.client().batch_execute(SWEEP_WRITE_KEYS)
        {
            tracing::warn!(%error, "old rows of write_keys were not deleted");
        }
    }
}
