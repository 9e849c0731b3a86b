//! Which node does a job: the one that holds its lease.
//!
//! A lease saves work, it is no lock: two nodes whose clocks differ may both hold it for a while, so every job under a
//! lease does no harm when done twice.

use std::time::Duration;

use super::Jobs;
use crate::entropy::Entropy;
use crate::model::Span;

/// A lease lasts so many periods of its job: another node takes over when the holder has missed that many runs.
const PERIODS: u32 = 3;

/// This process, as leases name it.
pub(super) struct Holder(String);

impl Holder {
    pub(super) fn new(entropy: &Entropy) -> Self {
        Self(hex::encode(entropy.octets::<16>()))
    }

    pub(super) fn lease(&self, name: &'static str, period: Duration) -> Lease {
        let lasts = period.saturating_mul(PERIODS).as_millis();
        Lease {
            name,
            holder: self.0.clone(),
            lasts: Span::millis(i64::try_from(lasts).unwrap_or(i64::MAX)),
        }
    }
}

/// The right to do one job.
#[derive(Clone)]
pub(super) struct Lease {
    name: &'static str,
    holder: String,
    lasts: Span,
}

impl Lease {
    /// Takes or prolongs it; false while another node has it, or when the database cannot be asked.
    pub(super) async fn take(&self, jobs: &Jobs) -> bool {
        let now = jobs.clock.now();
        let until = now.plus(self.lasts);
        let taken = jobs.store.try_lease(self.name, &self.holder, now, until);
        match taken.await {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!(job = self.name, %error, "the lease of a background job could not be taken");
                false
            }
        }
    }

    /// Lets it end now, so that another node need not wait; does nothing to another node's.
    pub(super) async fn release(&self, jobs: &Jobs) {
        let now = jobs.clock.now();
        let released = jobs.store.try_lease(self.name, &self.holder, now, now);
        if let Err(error) = released.await {
            tracing::warn!(job = self.name, %error, "the lease of a background job could not be given back");
        }
    }
}
