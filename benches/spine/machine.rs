//! When and on what.

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
