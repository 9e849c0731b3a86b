//! Deletion of expired rows.

use tokio::sync::watch;

use super::Jobs;
use super::lease::Lease;

/// Deletes batch after batch while there are expired rows, this node holds the lease, and nobody says stop.
pub(super) async fn run(jobs: Jobs, lease: Lease, stopping: watch::Receiver<bool>) {
    let mut rows = 0u64;
    while !stopping.has_changed().unwrap_or(true) && lease.take(&jobs).await {
        match jobs.store.sweep(jobs.clock.now()).await {
            Ok(swept) => {
                rows = rows.saturating_add(swept.rows);
                if !swept.more {
                    break;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "expired rows could not be deleted; the next run will");
                break;
            }
        }
    }
    match jobs
        .directory
        .send_away_whose_time_is_over(&jobs.op("sweep"))
        .await
    {
        Ok(0) => {}
        Ok(gone) => tracing::info!(gone, "people whose time is over have been sent away"),
        Err(error) => {
            tracing::warn!(%error, "somebody whose time is over could not be sent away; the next run will")
        }
    }
    match jobs.traces.prune().await {
        Ok(pruned) => rows = rows.saturating_add(pruned),
        Err(error) => tracing::warn!(%error, "traces could not be pruned; the next run will"),
    }
    if rows > 0 {
        tracing::debug!(rows, "expired rows deleted");
    }
}
