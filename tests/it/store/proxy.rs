//! A proxy before PostgreSQL that loses what a network loses: connections at the moment of a commit. It also stands in
//! for a server with TLS.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use postgres::config::Host;

use super::engines::postgres_server;

/// What happens to the next commit that comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Fault {
    None,
    /// The server commits; its answer is lost.
    AnswerLost,
    /// The connection breaks before the commit arrives.
    CommitLost,
    /// The connection breaks; the commit arrives half a second later.
    CommitLate,
    /// The connection breaks, and nobody gets through any more.
    ServerGone,
}

pub(crate) struct Proxy {
    fault: Arc<AtomicU8>,
    address: String,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let fault = Arc::new(AtomicU8::new(Fault::None as u8));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::clone(&fault);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, fault) = (client.unwrap(), Arc::clone(&shared));
                thread::spawn(move || connection(client, &fault));
            }
        });
        Self { fault, address }
    }

    pub(crate) fn next_commit(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }

    /// Whether the fault has come to pass.
    pub(crate) fn is_spent(&self) -> bool {
        self.fault.load(Ordering::SeqCst) == Fault::None as u8
    }

    /// The URL of a database behind the proxy.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.address)
    }
}

/// The real server, whichever way it listens.
enum Server {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Server {
    fn connect() -> Self {
        let config: postgres::Config = postgres_server().parse().unwrap();
        let port = config.get_ports().first().copied().unwrap_or(5432);
        match config.get_hosts().first().unwrap() {
            Host::Unix(folder) => {
                Self::Unix(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).unwrap())
            }
            Host::Tcp(name) => Self::Tcp(TcpStream::connect((name.as_str(), port)).unwrap()),
        }
    }

    fn again(&self) -> Self {
        match self {
            Self::Unix(s) => Self::Unix(s.try_clone().unwrap()),
            Self::Tcp(s) => Self::Tcp(s.try_clone().unwrap()),
        }
    }

    fn limit_reads(&self, time: Duration) {
        match self {
            Self::Unix(s) => s.set_read_timeout(Some(time)).unwrap(),
            Self::Tcp(s) => s.set_read_timeout(Some(time)).unwrap(),
        }
    }

    fn close(&self) {
        let _ = match self {
            Self::Unix(s) => s.shutdown(Shutdown::Both),
            Self::Tcp(s) => s.shutdown(Shutdown::Both),
        };
    }
}

impl Read for Server {
    fn read(&mut self, octets: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Unix(s) => s.read(octets),
            Self::Tcp(s) => s.read(octets),
        }
    }
}

impl Write for Server {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Unix(s) => s.write(octets),
            Self::Tcp(s) => s.write(octets),
        }
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn connection(mut client: TcpStream, fault: &AtomicU8) {
    if fault.load(Ordering::SeqCst) == Fault::ServerGone as u8 + 100 {
        return;
    }
    let mut server = Server::connect();
    let (mut answers, mut back) = (server.again(), client.try_clone().unwrap());
    let silenced = Arc::new(Mutex::new(false));
    let quiet = Arc::clone(&silenced);
    thread::spawn(move || {
        let mut octets = [0; 8192];
        while let Ok(n @ 1..) = answers.read(&mut octets) {
            if *quiet.lock().unwrap() || back.write_all(&octets[..n]).is_err() {
                break;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut octets = [0; 8192];
    while let Ok(n @ 1..) = client.read(&mut octets) {
        let sent = &octets[..n];
        let commits = sent.windows(8).any(|w| w == b"; COMMIT");
        let now = fault.load(Ordering::SeqCst);
        if !commits || now == Fault::None as u8 {
            if server.write_all(sent).is_err() {
                break;
            }
            continue;
        }
        *silenced.lock().unwrap() = true;
        let next = if now == Fault::ServerGone as u8 {
            now + 100
        } else {
            0
        };
        fault.store(next, Ordering::SeqCst);
        if now == Fault::AnswerLost as u8 {
            server.write_all(sent).unwrap();
            // Long enough for the server to have committed; if it has not, the store has to wait for it all the same.
            thread::park_timeout(Duration::from_millis(50));
        }
        let _ = client.shutdown(Shutdown::Both);
        if now == Fault::CommitLate as u8 {
            thread::park_timeout(Duration::from_millis(500));
            let _ = server.write_all(sent);
            thread::park_timeout(Duration::from_millis(500));
        }
        break;
    }
    server.close();
}

/// A server with TLS under `certificate`; returns its port.
pub(crate) fn start_tls(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> u16 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, config) = (client.unwrap(), Arc::clone(&config));
            thread::spawn(move || tls_connection(client, config));
        }
    });
    port
}

fn tls_connection(mut client: TcpStream, config: Arc<rustls::ServerConfig>) -> Option<()> {
    // SSLRequest: length 8, code 80877103.
    let mut request = [0; 8];
    client.read_exact(&mut request).ok()?;
    assert_eq!(
        request,
        [0, 0, 0, 8, 4, 210, 22, 47],
        "a client that does not ask for TLS"
    );
    client.write_all(b"S").ok()?;
    let session = rustls::ServerConnection::new(config).unwrap();
    let mut stream = rustls::StreamOwned::new(session, client);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).ok()?;
    }
    let mut server = Server::connect();
    let turn = Duration::from_millis(2);
    stream.sock.set_read_timeout(Some(turn)).unwrap();
    server.limit_reads(turn);
    loop {
        pass(&mut stream, &mut server)?;
        pass(&mut server, &mut stream)?;
    }
}

fn pass(from: &mut impl Read, to: &mut impl Write) -> Option<()> {
    let mut octets = [0; 8192];
    match from.read(&mut octets) {
        Ok(0) => None,
        Ok(n) => to.write_all(&octets[..n]).and_then(|()| to.flush()).ok(),
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => Some(()),
        Err(_) => None,
    }
}
