//! The load: a closed loop for throughput, an open loop for latency.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::http::Connection;
use crate::server::{Server, now};
use std::net::SocketAddr;

/// One exchange over a connection; fails the run when the answer is not the right one.
pub type Exchange<'a> = &'a (dyn Fn(&mut Connection) + Sync);

/// What a window of the closed loop has seen.
pub struct Window {
    /// Microseconds of the server's processor time for one exchange.
    pub processor: f64,
    /// Exchanges in a second of the wall clock.
    pub rate: f64,
}

/// `connections` kept connections, each sending the next request when the answer is there.
pub fn closed(
    address: SocketAddr,
    server: &Server,
    connections: usize,
    time: Duration,
    exchange: Exchange<'_>,
) -> Window {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                while !stop.load(Ordering::Relaxed) {
                    exchange(&mut connection);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // The first moments open connections.
        wait(Duration::from_millis(200));
        let (processor, begun, before) =
            (server.processor_time(), now(), done.load(Ordering::Relaxed));
        wait(time);
        let count = (done.load(Ordering::Relaxed) - before) as f64;
        let seen = Window {
            processor: (server.processor_time() - processor) / count,
            rate: count / begun.elapsed().as_secs_f64(),
        };
        stop.store(true, Ordering::Relaxed);
        seen
    })
}

/// So many requests a second, sent when they are due whatever became of those before; the latencies from when each was
/// due to its answer, sorted, in milliseconds.
pub fn open(
    address: SocketAddr,
    connections: usize,
    rate: f64,
    time: Duration,
    exchange: Exchange<'_>,
) -> Vec<f64> {
    let (next, begun) = (AtomicU64::new(0), now() + Duration::from_millis(100));
    let total = (rate * time.as_secs_f64()) as u64;
    let mut latencies: Vec<f64> = thread::scope(|scope| {
        let running: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::open(address);
                    let mut seen = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= total {
                            return seen;
                        }
                        let due = begun + Duration::from_secs_f64(number as f64 / rate);
                        wait(due.saturating_duration_since(now()));
                        exchange(&mut connection);
                        seen.push((now() - due).as_secs_f64() * 1e3);
                    }
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("no exchange failed"))
            .collect()
    });
    latencies.sort_by(f64::total_cmp);
    latencies
}

/// The value below which so many hundredths lie.
pub fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    sorted[(sorted.len() - 1) * hundredths / 100]
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The whole time, also when woken early.
pub fn wait(time: Duration) {
    let end = now() + time;
    loop {
        let left = end.saturating_duration_since(now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
