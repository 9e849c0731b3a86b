//! The server as a process of its own, over an instance made for the run; what it has used so far.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::machine::SERVER;

/// The program, as `make bench` has built it.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/signet");

/// A folder with an instance in it: SQLite in a file, durable (FULL), plain HTTP on loopback. Removed at the end.
pub struct Instance {
    pub folder: PathBuf,
    pub address: SocketAddr,
    management: SocketAddr,
}

impl Instance {
    /// Made by `signet init`.
    pub fn make(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("signet-bench-{name}-{}", std::process::id()));
        fs::create_dir(&folder).expect("a temporary folder can be made");
        let (address, management) = (free_address(), free_address());
        let url = format!("http://localhost:{}", address.port());
        let made = Command::new(PROGRAM)
            .args([
                "init",
                "--yes",
                "--public-url",
                &url,
                "--admin",
                "admin@example.com",
            ])
            .args(["--database", "sqlite:signet.db"])
            .current_dir(&folder)
            .output()
            .expect("target/release/signet is built: run make bench");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let file = folder.join("signet.toml");
        let text = fs::read_to_string(&file).expect("signet.toml is there");
        let text = text.replace("127.0.0.1:9090", &management.to_string());
        fs::write(&file, text).expect("signet.toml can be written");
        Self {
            folder,
            address,
            management,
        }
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder.join("signet.toml")
    }

    /// Starts the server and waits until it is ready.
    pub fn serve(&self) -> Server {
        self.serve_with("")
    }

    /// The same on one processor, which it has for itself.
    pub fn serve_pinned(&self) -> Server {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &SERVER.to_string(), PROGRAM]);
        self.start(command, "")
    }

    /// The same with further lines in its configuration.
    pub fn serve_with(&self, sections: &str) -> Server {
        self.start(Command::new(PROGRAM), sections)
    }

    fn start(&self, mut command: Command, sections: &str) -> Server {
        let file = self.folder.join("serve.toml");
        let text = fs::read_to_string(self.config_file()).expect("signet.toml is there");
        fs::write(&file, format!("{text}\n{sections}\n")).expect("serve.toml can be written");
        let begun = now();
        let child = command
            .args(["serve", "--config", "serve.toml"])
            .current_dir(&self.folder)
            .env("SIGNET_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut server = Server {
            child,
            ready_after: Duration::ZERO,
        };
        while !self.is_ready() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the server is not ready"
            );
            std::thread::park_timeout(Duration::from_millis(1));
        }
        server.ready_after = begun.elapsed();
        server
    }

    fn is_ready(&self) -> bool {
        let Ok(mut connection) = Connection::try_open(self.management) else {
            return false;
        };
        connection.get("/health/ready", "").status == 200
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address")
}

/// The process. Ends with this value.
pub struct Server {
    child: Child,
    /// From its start to the first 200 of `/health/ready`.
    pub ready_after: Duration,
}

impl Server {
    /// Processor time of all its threads, user and system, in microseconds.
    pub fn processor_time(&self) -> f64 {
        let tasks = fs::read_dir(self.proc("task")).expect("the server runs");
        let nanoseconds: u64 = tasks
            .filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
            .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
            .sum();
        nanoseconds as f64 / 1e3
    }

    /// Resident memory now, in MiB.
    pub fn resident(&self) -> f64 {
        self.status("VmRSS")
    }

    /// The most that was ever resident, in MiB.
    pub fn most_resident(&self) -> f64 {
        self.status("VmHWM")
    }

    fn status(&self, field: &str) -> f64 {
        let text = fs::read_to_string(self.proc("status")).expect("the server runs");
        let line = text.lines().find(|line| line.starts_with(field));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        kib.and_then(|kib| kib.parse::<f64>().ok()).expect("a size") / 1024.0
    }

    fn proc(&self, name: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.child.id().to_string())
            .join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The wall clock, for latencies and rates.
#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is elapsed time"
)]
pub fn now() -> Instant {
    Instant::now()
}
