//! What became of each attempt of an application: kept for a day, without secrets, with the rule that refused it, the cause
//! and the fix.
//!
//! Owns the traces and what is said about them ([`diagnosis`]). A trace is a help and no record: it is written a moment
//! after the answer has left, many at once, and what a crash takes with it is in the audit. Of the store only its own rows;
//! must not import `web`.

pub mod diagnosis;
mod draft;

use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{AppId, NamedTrace, Trace, TraceOutcome};
use crate::op::Op;
use crate::store::{Store, StoreError, applications, traces as rows};
pub use draft::{Draft, shown};

/// Traces that may wait to be written; further ones are left out, so that a flood costs no memory.
const MOST_WAITING: usize = 4_096;
/// Of attempts that succeeded at once, so many are taken between two writes (forty a second): beyond that the newest
/// [`MOST_KEPT`] would push them out within the hour anyway, and each costs the writer several pages.
const MOST_AT_ONCE: usize = 20;
/// Traces in one transaction.
const BATCH: usize = 200;
/// Traces that are kept, whatever their age.
const MOST_KEPT: i64 = 50_000;

/// Keeps traces. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Traces {
    store: Store,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    traces: Vec<Trace>,
    at_once: usize,
    left_out: u64,
}

impl Traces {
    /// Over a store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            waiting: Arc::default(),
        }
    }

    /// Takes a trace; it is written by the next [`Traces::flush`].
    pub fn note(&self, trace: Trace) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The end of a sign-in that was seen waiting is always taken: its beginning would wait for ever.
        if trace.outcome == TraceOutcome::Sent && trace.id == trace.request_id.as_str() {
            waiting.at_once = waiting.at_once.saturating_add(1);
            if waiting.at_once > MOST_AT_ONCE {
                return;
            }
        }
        if waiting.traces.len() < MOST_WAITING {
            waiting.traces.push(trace);
        } else {
            waiting.left_out = waiting.left_out.saturating_add(1);
        }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// The store's; what could not be written is gone.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let taken = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        if taken.left_out > 0 {
            let left_out = taken.left_out;
            tracing::warn!(
                left_out,
                "more attempts than can be traced; the rest is in the audit alone"
            );
        }
        for batch in taken.traces.chunks(BATCH) {
            let batch = batch.to_vec();
            self.store
                .write(move |txn| batch.iter().try_for_each(|trace| rows::upsert(txn, trace)))
                .await?;
        }
        Ok(())
    }

    /// Deletes what is too much to keep.
    ///
    /// # Errors
    /// The store's.
    pub async fn prune(&self) -> Result<u64, StoreError> {
        self.store
            .write(|txn| rows::keep_newest(txn, MOST_KEPT))
            .await
    }

    /// The newest of one application or of all, failing ones first.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest(
        &self,
        op: &Op,
        app_id: Option<&AppId>,
        most: u32,
    ) -> Result<Vec<NamedTrace>, StoreError> {
        self.flush().await?;
        let (app_id, now) = (app_id.map(|id| id.as_str().to_owned()), op.now);
        let found = self
            .store
            .read(move |txn| rows::newest(txn, app_id.as_deref(), i64::from(most), now))
            .await?;
        self.with_nearest(found).await
    }

    /// One, by its id or by the request id that a page has shown.
    ///
    /// # Errors
    /// The store's.
    pub async fn find(&self, op: &Op, id: &str) -> Result<Option<NamedTrace>, StoreError> {
        self.flush().await?;
        let (id, now) = (id.to_owned(), op.now);
        let found = self
            .store
            .read(move |txn| rows::find(txn, &id, now))
            .await?;
        Ok(self.with_nearest(found.into_iter().collect()).await?.pop())
    }

    /// An application that nobody knows is compared with those that are known when somebody looks, and not when a stranger
    /// asks.
    async fn with_nearest(&self, found: Vec<NamedTrace>) -> Result<Vec<NamedTrace>, StoreError> {
        if !found
            .iter()
            .any(|named| diagnosis::is_of_a_stranger(&named.trace))
        {
            return Ok(found);
        }
        let known = self.store.read(applications::list).await?;
        let identifiers: Vec<&str> = known
            .iter()
            .map(|app| app.registration.identifier())
            .collect();
        Ok(found
            .into_iter()
            .map(|named| NamedTrace {
                trace: diagnosis::with_nearest(named.trace, &identifiers),
                ..named
            })
            .collect())
    }
}
