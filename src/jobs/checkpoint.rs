//! Signed checkpoints of the audit, in the database and in the file.

use super::Jobs;
use super::lease::Lease;

/// Makes a checkpoint if this node holds the lease. With several nodes the file is the holder's; the checkpoints bind
/// each other, so that the last line of any of the files proves all that was before it.
pub(super) async fn run(jobs: Jobs, lease: Lease) {
    if !lease.take(&jobs).await {
        return;
    }
    let op = jobs.op("checkpoint");
    let file = jobs.checkpoint_file.as_ref();
    if let Err(error) = jobs.audit.checkpoint(&op, &jobs.keys, file).await {
        tracing::error!(
            %error,
            "no checkpoint of the audit: what is recorded meanwhile is proved by its hashes alone"
        );
    }
}

/// The last one before this node ends: whoever comes next continues from it.
pub(super) async fn last(jobs: Jobs, lease: Lease) {
    run(jobs.clone(), lease.clone()).await;
    lease.release(&jobs).await;
}
