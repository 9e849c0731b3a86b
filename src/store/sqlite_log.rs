//! The write-ahead log of the embedded engine, written back beside the writer.
//!
//! A checkpoint copies pages and syncs two files; made by the writer it keeps everybody waiting meanwhile. Under load it is
//! made by a thread with a connection of its own, a few pages at a time, while the writer goes on. The log begins anew
//! only once all of it is written back and nobody writes: those last few pages are the writer's.

use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};

use super::StoreError;
use super::sqlite::{Location, Purpose, SqliteConnection};
use super::threads::spawn;

/// Pages waiting in the log (of 4 KiB) that are worth the two syncs.
const WORTH_WRITING_BACK: i64 = 300;
/// From so many pages on, the log is to begin anew as soon as the writer can finish it quickly.
const LONG: i64 = 4_000;
/// What the writer finishes quickly.
const FEW: i64 = 200;
/// From so many waiting pages on, the writer finishes it whatever it takes: the log must not fill the disk.
const TOO_LONG: i64 = 64_000;

/// Whoever waits for an answer goes first.
const NICENESS: i32 = 5;

/// What a log looks like to its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogPages {
    /// In the log.
    pub(super) all: i64,
    /// Of these, not yet written back.
    pub(super) waiting: i64,
}

impl LogPages {
    /// Whether the thread beside the writer should write some back.
    pub(super) const fn is_worth_writing_back(self) -> bool {
        self.waiting >= WORTH_WRITING_BACK
    }

    /// Whether the writer itself should write back what is left, so that the log begins anew.
    pub(super) const fn is_to_be_finished(self) -> bool {
        self.waiting >= TOO_LONG || (self.all >= LONG && self.waiting <= FEW)
    }
}

/// The thread. Ends when it is dropped.
pub(super) struct LogKeeper {
    asked: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LogKeeper {
    /// Over the file of `location`; none in memory, where there is no log.
    pub(super) fn start(location: &Location) -> Result<Option<Self>, StoreError> {
        let Location::File(_) = location else {
            return Ok(None);
        };
        let connection = SqliteConnection::open(location, Purpose::Write)?;
        let (asked, queue) = bounded::<()>(1);
        let thread = spawn("signet-db-log", move || {
            if let Err(error) = rustix::process::nice(NICENESS) {
                tracing::debug!(%error, "the log's thread keeps the usual priority");
            }
            for () in queue {
                if let Err(error) = connection.checkpoint() {
                    tracing::warn!(%error, "the write-ahead log could not be written back");
                }
            }
        })?;
        Ok(Some(Self {
            asked: Some(asked),
            thread: Some(thread),
        }))
    }

    /// Asks for a checkpoint; nothing when one is being made or waits already.
    pub(super) fn ask(&self) {
        if let Some(asked) = &self.asked {
            // Full: one is asked for already. Disconnected: the thread has ended, and the writer finishes the log itself.
            asked.try_send(()).ok();
        }
    }
}

impl Drop for LogKeeper {
    fn drop(&mut self) {
        self.asked = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
