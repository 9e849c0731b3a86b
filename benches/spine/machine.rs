//! When and on what.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;

use signet::clock::Clock;

/// Date, processor, memory, kernel, and what else the machine was doing.
pub fn describe() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let [model, memory] = [
        ("/proc/cpuinfo", "model name"),
        ("/proc/meminfo", "MemTotal"),
    ]
    .map(|(path, name)| field(&read(path), name));
    let gibibytes = memory
        .trim_end_matches(" kB")
        .parse::<u64>()
        .map_or(0, |kib| kib >> 20);
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("unknown");
    format!(
        "- Date: {}\n- Machine: {processors} x {model}, {gibibytes} GiB, Linux {}\n- Load when it began: {load}\n",
        Clock::System.now().to_rfc3339(),
        kernel.trim(),
    )
}

fn field(text: &str, name: &str) -> String {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map_or_else(|| "unknown".into(), |(_, value)| value.trim().to_owned())
}

/// The processor of the server, where it has one for itself.
pub const SERVER: usize = 0;
/// The processor of the load generator then.
const GENERATOR: usize = 1;

/// While this stands, threads of ours that begin run on the generator's processor alone (facts of measuring: the server
/// pinned, the generator elsewhere). The calling thread comes back where it was.
pub struct Elsewhere(CpuSet);

impl Elsewhere {
    pub fn begin() -> Self {
        let before = sched_getaffinity(None).expect("the system says where we run");
        let mut generator = CpuSet::new();
        generator.set(GENERATOR);
        sched_setaffinity(None, &generator).expect("two processors");
        Self(before)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        sched_setaffinity(None, &self.0).ok();
    }
}
