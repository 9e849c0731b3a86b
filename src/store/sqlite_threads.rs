//! The threads of the embedded engine: one that writes, a few that read.
//!
//! **Group commit.** The writer takes up to 256 waiting jobs, runs each under a savepoint, commits once and answers
//! then; an answer never leaves before the synced commit. Jobs that arrive meanwhile make the next (or the same)
//! batch, so nobody waits for a timer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::audit_stream::{AuditStream, Head};
use super::sqlite::{Location, Purpose, SqliteConnection, SqliteTxn};
use super::sqlite_log::LogKeeper;
use super::threads::{self, Command, shut_down, spawn, submit};
use super::work::{Job, Verdict};
use super::{StoreError, StoreOptions};

/// Jobs in one commit.
const BATCH: usize = 256;
/// How long the queue must be empty to count as a quiet moment.
const QUIET: Duration = Duration::from_millis(200);

type Request = threads::Request<SqliteConnection>;

/// The handle to the threads; they end when it is dropped, after the work that was accepted.
pub(super) struct SqliteThreads {
    writes: Option<Sender<Request>>,
    reads: Option<Sender<Request>>,
    writer: Vec<JoinHandle<()>>,
    readers: Vec<JoinHandle<()>>,
    location: Location,
}

impl SqliteThreads {
    pub(super) fn start(location: Location, options: &StoreOptions) -> Result<Self, StoreError> {
        let (writes, queue) = bounded(options.waiting);
        let connection = SqliteConnection::open(&location, Purpose::Write)?;
        let writer = Writer {
            log: LogKeeper::start(&location)?,
            connection: Some(connection),
            stream: AuditStream::start(),
            location: location.clone(),
            queue,
            log_may_have_grown: true,
        };
        let mut handle = Self {
            writes: Some(writes.clone()),
            reads: None,
            writer: vec![spawn("signet-db-write", move || writer.serve())?],
            readers: Vec::new(),
            location: location.clone(),
        };
        handle.reads = Some(match location {
            // There is no WAL in memory: one connection serves both.
            Location::Memory => writes,
            Location::File(_) => {
                let (reads, queue) = bounded(options.waiting);
                for _ in 0..options.readers.max(1) {
                    let connection = SqliteConnection::open(&handle.location, Purpose::Read)?;
                    let queue = queue.clone();
                    handle
                        .readers
                        .push(spawn("signet-db-read", move || read(connection, &queue))?);
                }
                reads
            }
        });
        Ok(handle)
    }

    pub(super) fn location(&self) -> &Location {
        &self.location
    }

    pub(super) fn write(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        submit(self.writes.as_ref(), Request::Write(job))
    }

    pub(super) fn read(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        submit(self.reads.as_ref(), Request::Read(job))
    }

    /// Runs something that is no transaction on the writer's connection and waits for it.
    pub(super) fn command<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        threads::command(self.writes.as_ref(), run)
    }
}

impl Drop for SqliteThreads {
    /// The readers end first: the last connection to be closed writes the log back and removes it, and a reader cannot.
    fn drop(&mut self) {
        self.reads = None;
        threads::join(&mut self.readers);
        self.writes = None;
        threads::join(&mut self.writer);
    }
}

fn read(mut connection: SqliteConnection, queue: &Receiver<Request>) {
    for request in queue {
        let Request::Read(mut job) = request else {
            continue;
        };
        if !job.claim() {
            continue;
        }
        // The closure's own panic is caught in the job; this is for one in the library.
        drop(catch_unwind(AssertUnwindSafe(|| {
            let end = read_one(&mut connection, job.as_mut());
            job.answer(end);
        })));
        if !connection.is_autocommit() {
            drop(connection.control("ROLLBACK"));
        }
    }
}

fn read_one(connection: &mut SqliteConnection, job: &mut dyn Job) -> Result<(), StoreError> {
    connection.control("BEGIN")?;
    let mut txn = SqliteTxn::reading(connection);
    job.run(&mut txn);
    match txn.into_failure() {
        Some(failure) => Err(failure),
        None => connection.control("COMMIT"),
    }
}

struct Writer {
    /// Before the connection: the last one to be closed writes the log back and removes it.
    log: Option<LogKeeper>,
    /// None after a failed input or output, until it could be opened again.
    connection: Option<SqliteConnection>,
    stream: AuditStream,
    location: Location,
    queue: Receiver<Request>,
    log_may_have_grown: bool,
}

impl Writer {
    fn serve(mut self) {
        while let Some(request) = self.next() {
            let start = self.stream.head();
            let done = catch_unwind(AssertUnwindSafe(|| match request {
                Request::Command(command) => self.command(command),
                job => self.batch(job),
            }));
            // The closures' own panics are caught in their jobs; this is for one in the library.
            if done.is_err() {
                tracing::error!("the database library panicked; the connection is given up");
                self.abandon(start);
            }
        }
    }

    /// The next request; looks after the log first.
    fn next(&mut self) -> Option<Request> {
        if !self.log_may_have_grown {
            return self.queue.recv().ok();
        }
        self.look_after_log();
        match self.queue.recv_timeout(QUIET) {
            Ok(request) => return Some(request),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
        self.finish_log();
        self.log_may_have_grown = false;
        self.queue.recv().ok()
    }

    /// Lets the log be written back beside the writer, and finishes it when that is quickly done.
    fn look_after_log(&mut self) {
        let (Some(log), Some(connection)) = (&self.log, &self.connection) else {
            return;
        };
        match connection.log_pages() {
            Ok(pages) if pages.is_to_be_finished() => self.finish_log(),
            Ok(pages) if pages.is_worth_writing_back() => log.ask(),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the write-ahead log cannot be looked at"),
        }
    }

    /// Writes back what is left of the log, so that it begins anew.
    fn finish_log(&mut self) {
        let (Some(_), Some(connection)) = (&self.log, &self.connection) else {
            return;
        };
        if let Err(error) = connection.checkpoint() {
            tracing::warn!(%error, "the write-ahead log could not be written back");
        }
    }

    fn command(&mut self, command: Command<SqliteConnection>) {
        self.log_may_have_grown = true;
        let opened = self.reopened();
        let connection = self.connection.as_mut().ok_or_else(shut_down);
        command(opened.and(connection));
        drop(self.end_transaction());
    }

    /// After a failed input or output the connection is not trusted any more (security.md R-04: never go on after a
    /// failed sync). A new connection is a new audit stream.
    fn reopened(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(SqliteConnection::open(&self.location, Purpose::Write)?);
            self.stream = AuditStream::start();
        }
        Ok(())
    }

    fn batch(&mut self, first: Request) {
        self.log_may_have_grown = true;
        let begun = self
            .reopened()
            .and_then(|()| self.control("BEGIN IMMEDIATE"));
        if let Err(error) = begun {
            return self.refuse(first, &error);
        }
        let start = self.stream.head();
        let mut done: Vec<Box<dyn Job>> = Vec::new();
        let mut lost = None;
        let mut command = None;
        let mut next = Some(first);
        while let Some(request) = next.take() {
            let (purpose, mut job) = match request {
                Request::Write(job) => (Purpose::Write, job),
                Request::Read(job) => (Purpose::Read, job),
                Request::Command(waiting) => {
                    command = Some(waiting);
                    break;
                }
            };
            if job.claim() {
                match self.one(purpose, job.as_mut()) {
                    Ok(None) => done.push(job),
                    Ok(Some(failure)) => job.answer(Err(failure)),
                    Err(error) => {
                        done.push(job);
                        lost = Some(error);
                        break;
                    }
                }
            }
            if done.len() < BATCH {
                next = self.queue.try_recv().ok();
            }
        }
        let end = lost.map_or_else(|| self.control("COMMIT"), Err);
        if let Err(error) = &end {
            tracing::error!(%error, jobs = done.len(), "a commit failed; none of its jobs took place");
            self.abandon(start);
        }
        for job in done {
            job.answer(end.clone());
        }
        if let Some(command) = command {
            self.command(command);
        }
    }

    /// Runs one job under a savepoint. `Ok(Some(..))`: a statement of it failed and it is rolled back, whatever the
    /// closure made of that. `Err`: the transaction of the whole batch is lost (a full disk ends it).
    fn one(
        &mut self,
        purpose: Purpose,
        job: &mut dyn Job,
    ) -> Result<Option<StoreError>, StoreError> {
        let Some(connection) = &mut self.connection else {
            return Err(shut_down());
        };
        connection.control("SAVEPOINT job")?;
        let start = self.stream.head();
        let mut txn = match purpose {
            Purpose::Write => SqliteTxn::writing(connection, &mut self.stream),
            Purpose::Read => SqliteTxn::reading(connection),
        };
        let verdict = job.run(&mut txn);
        let failure = txn.into_failure();
        if connection.is_autocommit() {
            return Err(failure.unwrap_or_else(shut_down));
        }
        if verdict == Verdict::Discard || failure.is_some() {
            connection.control("ROLLBACK TO job")?;
            self.stream.set_head(start);
        }
        connection.control("RELEASE job")?;
        Ok(failure)
    }

    /// After a lost transaction: nothing of it stands, and a file is opened anew.
    fn abandon(&mut self, start: Head) {
        self.stream.set_head(start);
        drop(self.end_transaction());
        if let Location::File(_) = self.location {
            self.connection = None;
        }
    }

    /// No transaction can be had: everybody who waits is told at once.
    fn refuse(&mut self, first: Request, error: &StoreError) {
        tracing::warn!(%error, "no write transaction");
        let waiting = self.queue.try_iter().take(BATCH);
        for request in std::iter::once(first).chain(waiting) {
            match request {
                Request::Write(job) | Request::Read(job) => {
                    if job.claim() {
                        job.answer(Err(error.clone()));
                    }
                }
                Request::Command(command) => command(Err(error.clone())),
            }
        }
    }

    fn end_transaction(&self) -> Result<(), StoreError> {
        match &self.connection {
            Some(connection) if !connection.is_autocommit() => connection.control("ROLLBACK"),
            _ => Ok(()),
        }
    }

    fn control(&self, sql: &str) -> Result<(), StoreError> {
        self.connection
            .as_ref()
            .map_or_else(|| Err(shut_down()), |c| c.control(sql))
    }
}
