//! What the engines' threads have in common: their queue and how they begin and end.

use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, TrySendError, bounded};

use super::StoreError;
use super::work::Job;

/// Something that is no transaction, such as a migration, over the thread's connection `C`, or why there is none.
pub(super) type Command<C> = Box<dyn FnOnce(Result<&mut C, StoreError>) + Send>;

/// What a thread is asked to do.
pub(super) enum Request<C> {
    Write(Box<dyn Job>),
    Read(Box<dyn Job>),
    Command(Command<C>),
}

/// Puts a request into the queue, or refuses it at once when the queue is full.
pub(super) fn submit<C>(
    queue: Option<&Sender<Request<C>>>,
    request: Request<C>,
) -> Result<(), StoreError> {
    let queue = queue.ok_or_else(shut_down)?;
    queue.try_send(request).map_err(|e| match e {
        TrySendError::Full(_) => {
            StoreError::Unavailable("too much work is waiting for the database".into())
        }
        TrySendError::Disconnected(_) => shut_down(),
    })
}

/// Runs a command on one of the threads and waits for it.
pub(super) fn command<C, T: Send + 'static>(
    queue: Option<&Sender<Request<C>>>,
    run: impl FnOnce(&mut C) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (sender, receiver) = bounded(1);
    let command: Command<C> =
        Box::new(move |connection| drop(sender.send(connection.and_then(run))));
    submit(queue, Request::Command(command))?;
    receiver.recv().unwrap_or_else(|_| Err(shut_down()))
}

/// Starts a named thread.
pub(super) fn spawn(
    name: &str,
    run: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new()
        .name(name.into())
        .spawn(run)
        .map_err(|e| StoreError::Unavailable(format!("cannot start a thread: {e}")))
}

/// Waits until the threads have done the work that was accepted.
pub(super) fn join(threads: &mut Vec<JoinHandle<()>>) {
    let this = thread::current().id();
    for thread in threads.drain(..) {
        // The last handle may have been inside a closure, so that this is one of the threads.
        if thread.thread().id() != this {
            drop(thread.join());
        }
    }
}

pub(super) fn shut_down() -> StoreError {
    StoreError::Unavailable("the database is shut down".into())
}
