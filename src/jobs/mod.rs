//! What `serve` does on its own: checkpoints of the audit, deletion of expired rows, mail, telling clients of ended
//! sessions, and following what other processes have changed.
//!
//! Owns the schedule and the leases by which of several nodes one does the work; what is done belongs to `audit`, `keys`
//! and the `Store` handle. Must not import `web` or `demo`, nor of `store` anything but the handle. The jobs run on a
//! thread of their own, because a checkpoint waits for the disk.

mod checkpoint;
mod lease;
mod logout;
mod mail;
mod sweep;

use std::future::Future;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::audit::{Audit, CheckpointFile};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::entropy::Entropy;
use crate::issue::Issuer;
use crate::keys::Keys;
use crate::mail::Outbox;
use crate::op::{Actor, Op};
use crate::outbound::{HttpClient, SmtpClient};
use crate::render::Renderer;
use crate::store::Store;
use crate::traces::Traces;
use lease::Holder;

/// A slow server may keep a run for a while: another node waits longer before it takes over. What one has in hand the
/// other is not given anyway.
const MAIL_LEASE: Duration = Duration::from_secs(60);

/// How often each job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Signed checkpoints: what was recorded since the last one is proved by its hashes alone.
    pub checkpoint: Duration,
    /// Deletion of expired rows.
    pub sweep: Duration,
    /// Looking for a key ring or a configuration that another process has changed.
    pub follow: Duration,
    /// Telling clients of ended sessions.
    pub logout: Duration,
    /// Sending mail.
    pub mail: Duration,
    /// Writing traces that wait.
    pub traces: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            checkpoint: Duration::from_secs(60),
            sweep: Duration::from_secs(300),
            follow: Duration::from_secs(5),
            logout: Duration::from_secs(2),
            mail: Duration::from_secs(2),
            traces: Duration::from_millis(500),
        }
    }
}

/// What the jobs work on.
#[derive(Debug, Clone)]
pub struct Jobs {
    /// The database.
    pub store: Store,
    /// The keys that follow the ring, and sign checkpoints.
    pub keys: Keys,
    /// The audit of which checkpoints are made.
    pub audit: Audit,
    /// The time of each run.
    pub clock: Clock,
    /// Ids of checkpoints, and this node's name in leases.
    pub entropy: Entropy,
    /// People whose time is over.
    pub directory: Directory,
    /// What became of applications' attempts.
    pub traces: Traces,
    /// The second place of the checkpoints.
    pub checkpoint_file: Option<CheckpointFile>,
    /// How clients are told of ended sessions; none: they are not.
    pub logout: Option<Logout>,
    /// How mail is sent; none: there is no mail server.
    pub mail: Option<Mailer>,
    /// How often.
    pub schedule: Schedule,
}

/// What sending mail needs.
#[derive(Debug, Clone)]
pub struct Mailer {
    /// What is to be sent.
    pub outbox: Outbox,
    /// The way to the server.
    pub smtp: SmtpClient,
    /// Puts messages into words.
    pub renderer: Arc<Renderer>,
    /// A person's own pages.
    pub account_url: String,
}

/// What telling clients needs.
#[derive(Debug, Clone)]
pub struct Logout {
    /// Makes the tokens.
    pub issuer: Issuer,
    /// Sends them.
    pub http: HttpClient,
}

/// The running jobs. When it is dropped they end by themselves; [`JobHandles::stop`] waits for that.
#[derive(Debug)]
pub struct JobHandles {
    stop: watch::Sender<bool>,
    ended: oneshot::Receiver<()>,
    thread: JoinHandle<()>,
    configuration_revision: watch::Receiver<i64>,
}

impl JobHandles {
    /// Ends the jobs after what they are at, with a last checkpoint, so that another node can go on at once.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let orderly = self.ended.await.is_ok();
        if self.thread.join().is_err() || !orderly {
            tracing::error!("the thread of the background jobs has panicked");
        }
    }

    /// The configuration's revision as last seen (0 before the first look): whoever keeps something of the configuration
    /// in memory reads it again when this changes.
    pub fn configuration_revision(&self) -> watch::Receiver<i64> {
        self.configuration_revision.clone()
    }
}

/// Starts the jobs.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn(jobs: Jobs) -> std::io::Result<JobHandles> {
    let (stop, stopping) = watch::channel(false);
    let (announce, configuration_revision) = watch::channel(0);
    let (end, ended) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let thread = std::thread::Builder::new()
        .name("signet-jobs".into())
        .spawn(move || {
            runtime.block_on(run(jobs, stopping, announce));
            // Nobody may be waiting: a handle that was dropped.
            let _ = end.send(());
        })?;
    Ok(JobHandles {
        stop,
        ended,
        thread,
        configuration_revision,
    })
}

/// Runs all jobs until they are told to stop.
async fn run(jobs: Jobs, stopping: watch::Receiver<bool>, announce: watch::Sender<i64>) {
    let holder = Holder::new(&jobs.entropy);
    let schedule = jobs.schedule;
    let checkpoints = {
        let (jobs, lease) = (
            jobs.clone(),
            holder.lease("checkpoint", schedule.checkpoint),
        );
        let run = {
            let (jobs, lease) = (jobs.clone(), lease.clone());
            move || checkpoint::run(jobs.clone(), lease.clone())
        };
        let stopping = stopping.clone();
        tokio::spawn(async move {
            repeat("checkpoint", schedule.checkpoint, stopping, run).await;
            checkpoint::last(jobs, lease).await;
        })
    };
    let sweeps = {
        let (jobs, lease) = (jobs.clone(), holder.lease("sweep", schedule.sweep));
        let run = {
            let (jobs, lease, stopping) = (jobs.clone(), lease.clone(), stopping.clone());
            move || sweep::run(jobs.clone(), lease.clone(), stopping.clone())
        };
        let stopping = stopping.clone();
        tokio::spawn(async move {
            repeat("sweep", schedule.sweep, stopping, run).await;
            lease.release(&jobs).await;
        })
    };
    let logouts = {
        let (jobs, lease) = (jobs.clone(), holder.lease("logout", schedule.logout));
        let run = {
            let (jobs, lease) = (jobs.clone(), lease.clone());
            move || logout::run(jobs.clone(), lease.clone())
        };
        let stopping = stopping.clone();
        tokio::spawn(async move {
            repeat("logout", schedule.logout, stopping, run).await;
            if jobs.logout.is_some() {
                lease.release(&jobs).await;
            }
        })
    };
    let mails = {
        let (jobs, lease) = (jobs.clone(), holder.lease("mail", MAIL_LEASE));
        let run = {
            let (jobs, lease) = (jobs.clone(), lease.clone());
            move || mail::run(jobs.clone(), lease.clone())
        };
        let stopping = stopping.clone();
        tokio::spawn(async move {
            repeat("mail", schedule.mail, stopping, run).await;
            if jobs.mail.is_some() {
                lease.release(&jobs).await;
            }
        })
    };
    let traces = {
        let traces = jobs.traces.clone();
        let run = {
            let traces = traces.clone();
            move || flush(traces.clone())
        };
        let stopping = stopping.clone();
        tokio::spawn(async move {
            repeat("traces", schedule.traces, stopping, run).await;
            flush(traces).await;
        })
    };
    let following = {
        let keys = jobs.keys.clone();
        let run = move || follow(keys.clone(), announce.clone());
        tokio::spawn(repeat("follow", schedule.follow, stopping, run))
    };
    for task in [checkpoints, sweeps, logouts, mails, traces, following] {
        if let Err(error) = task.await {
            tracing::error!(%error, "a background job has ended with a panic");
        }
    }
}

/// Runs a job at once, and again after each pause. A panic ends that run alone.
async fn repeat<F, R>(name: &'static str, pause: Duration, stop: watch::Receiver<bool>, run: F)
where
    F: Fn() -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let mut stop = stop;
    loop {
        if let Err(error) = tokio::spawn(run()).await {
            tracing::error!(job = name, %error, "a background job panicked; it will run again");
        }
        // The sender gone counts as told to stop.
        let told = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
        if told.is_ok() {
            return;
        }
    }
}

/// Each node writes its own.
async fn flush(traces: Traces) {
    if let Err(error) = traces.flush().await {
        tracing::warn!(%error, "traces of applications' attempts could not be written and are gone");
    }
}

/// Each node follows for itself.
async fn follow(keys: Keys, announce: watch::Sender<i64>) {
    match keys.refresh().await {
        Ok(seen) => {
            if seen.ring_changed {
                tracing::info!("the key ring was changed by another process and is in use now");
            }
            announce.send_if_modified(|revision| {
                let changed = *revision != seen.configuration_revision;
                *revision = seen.configuration_revision;
                changed
            });
        }
        Err(error) => {
            tracing::error!(%error, "the key ring could not be read again; the former one stays in use");
        }
    }
}

impl Jobs {
    /// The context of one run.
    fn op(&self, name: &'static str) -> Op {
        Op::internal(Actor::Job(name), self.clock.now(), self.entropy.clone())
    }
}
