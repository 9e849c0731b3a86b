//! A closure on its way to a thread and its answer on the way back.
//!
//! A job is claimed once: by the thread that starts it, or by the caller who has waited too long. So a caller that is
//! told "not available" knows that the closure was not started, and a started one is always waited for; how long it
//! may take is bounded by the engines (busy timeout, statement timeout, number of retries).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{StoreError, Txn};

/// What becomes of a closure's writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// `Ok`: commit.
    Keep,
    /// `Err`, a panic: roll back.
    Discard,
}

/// A closure with the way back to its caller, without its types.
pub(super) trait Job: Send {
    /// Whether it is to be run: false when the caller has gone.
    fn claim(&self) -> bool;
    /// Runs the closure and keeps its result. May be called again; the last result counts.
    fn run(&mut self, txn: &mut dyn Txn) -> Verdict;
    /// Sends the result, or `end` in its place when that is an error: the engine knows better why.
    fn answer(self: Box<Self>, end: Result<(), StoreError>);
}

/// Who may start or give up a job, whichever comes first.
#[derive(Clone)]
struct Claim(Arc<AtomicBool>);

impl Claim {
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

enum Reply<T> {
    Async(oneshot::Sender<Result<T, StoreError>>),
    Blocking(crossbeam_channel::Sender<Result<T, StoreError>>),
}

struct Task<T, F> {
    work: F,
    result: Option<Result<T, StoreError>>,
    claim: Claim,
    reply: Reply<T>,
}

impl<T, F> Job for Task<T, F>
where
    F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn claim(&self) -> bool {
        self.claim.take()
    }

    fn run(&mut self, txn: &mut dyn Txn) -> Verdict {
        let work = &self.work;
        let result = catch_unwind(AssertUnwindSafe(|| work(txn))).unwrap_or_else(|_| {
            tracing::error!("a closure over the database panicked; its writes are rolled back");
            Err(StoreError::Sql("the closure panicked".into()))
        });
        let verdict = if result.is_ok() {
            Verdict::Keep
        } else {
            Verdict::Discard
        };
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, end: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        let result = end.and_then(|()| {
            result
                .unwrap_or_else(|| Err(StoreError::Unavailable("the work was not started".into())))
        });
        // The caller may have gone (a closed connection): then nobody wants the answer.
        match reply {
            Reply::Async(sender) => drop(sender.send(result)),
            Reply::Blocking(sender) => drop(sender.try_send(result)),
        }
    }
}

/// The waiting end of an asynchronous job. Dropped before the job starts, it gives the job up.
pub(super) struct AsyncTicket<T> {
    claim: Claim,
    receiver: oneshot::Receiver<Result<T, StoreError>>,
}

/// The waiting end of a job from a thread that may block.
pub(super) struct BlockingTicket<T> {
    claim: Claim,
    receiver: crossbeam_channel::Receiver<Result<T, StoreError>>,
}

pub(super) fn asynchronous<T, F>(work: F) -> (Box<dyn Job>, AsyncTicket<T>)
where
    F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let (task, claim) = task(work, Reply::Async(sender));
    (task, AsyncTicket { claim, receiver })
}

pub(super) fn blocking<T, F>(work: F) -> (Box<dyn Job>, BlockingTicket<T>)
where
    F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let (task, claim) = task(work, Reply::Blocking(sender));
    (task, BlockingTicket { claim, receiver })
}

fn task<T, F>(work: F, reply: Reply<T>) -> (Box<dyn Job>, Claim)
where
    F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    let claim = Claim(Arc::new(AtomicBool::new(false)));
    let task = Task {
        work,
        result: None,
        claim: claim.clone(),
        reply,
    };
    (Box::new(task), claim)
}

impl<T> AsyncTicket<T> {
    /// Waits for the answer; gives up after `patience` when the job has not been started by then.
    pub(super) async fn wait(mut self, patience: Duration) -> Result<T, StoreError> {
        if let Ok(answer) = tokio::time::timeout(patience, &mut self.receiver).await {
            return answer.unwrap_or_else(|_| Err(thread_ended()));
        }
        if self.claim.take() {
            return Err(too_busy(patience));
        }
        (&mut self.receiver)
            .await
            .unwrap_or_else(|_| Err(thread_ended()))
    }
}

impl<T> Drop for AsyncTicket<T> {
    fn drop(&mut self) {
        self.claim.take();
    }
}

impl<T> BlockingTicket<T> {
    /// As [`AsyncTicket::wait`].
    pub(super) fn wait(self, patience: Duration) -> Result<T, StoreError> {
        use crossbeam_channel::RecvTimeoutError::{Disconnected, Timeout};
        match self.receiver.recv_timeout(patience) {
            Ok(answer) => answer,
            Err(Disconnected) => Err(thread_ended()),
            Err(Timeout) if self.claim.take() => Err(too_busy(patience)),
            Err(Timeout) => self.receiver.recv().unwrap_or_else(|_| Err(thread_ended())),
        }
    }
}

fn too_busy(patience: Duration) -> StoreError {
    StoreError::Unavailable(format!(
        "the work waited {} ms and was not started",
        patience.as_millis()
    ))
}

fn thread_ended() -> StoreError {
    StoreError::Unavailable("the database's thread has ended".into())
}
