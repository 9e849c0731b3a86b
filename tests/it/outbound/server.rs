//! Servers on loopback that answer as a test wants, and remember what they were sent.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::store::engines::TestFolder;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(crate) struct Server {
    pub(super) port: u16,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    connections: usize,
    requests: Vec<String>,
}

impl Server {
    /// Each connection is handed to `serve`.
    pub(super) fn with(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((LOOPBACK, 0)).unwrap();
        Self::on(listener, move |client, _| serve(client))
    }

    /// One request a connection, always with the same octets for an answer.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::answering_at(LOOPBACK, 0, answer)
    }

    pub(super) fn answering_at(address: IpAddr, port: u16, answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind((address, port)).unwrap();
        Self::on(listener, move |mut client, heard| {
            answer_once(&mut client, &answer, heard);
        })
    }

    fn on(
        listener: TcpListener,
        serve: impl Fn(TcpStream, &Mutex<Heard>) + Send + Sync + 'static,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (serve, shared) = (Arc::new(serve), Arc::clone(&heard));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, serve, heard) = (client.unwrap(), serve.clone(), shared.clone());
                heard.lock().unwrap().connections += 1;
                thread::spawn(move || serve(client, &heard));
            }
        });
        Self { port, heard }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn connections(&self) -> usize {
        self.heard.lock().unwrap().connections
    }

    /// The one request, whole.
    pub(crate) fn request(&self) -> String {
        let heard = self.heard.lock().unwrap();
        assert_eq!(heard.requests.len(), 1, "{:?}", heard.requests);
        heard.requests[0].clone()
    }
}

fn answer_once(client: &mut (impl Read + Write), answer: &[u8], heard: &Mutex<Heard>) {
    let Some(request) = read_request(client) else {
        return;
    };
    heard.lock().unwrap().requests.push(request);
    let _ = client.write_all(answer);
    let _ = client.flush();
}

/// Headers and body; none when the client goes before.
pub(super) fn read_request(client: &mut impl Read) -> Option<String> {
    let mut octets = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&octets).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, n)| n.trim().parse().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        match client.read(&mut buffer) {
            Ok(n) if n > 0 => octets.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    }
}

/// An answer with its length.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

/// A moment; a server that trickles lets it pass between octets.
pub(super) fn wait(millis: u64) {
    thread::park_timeout(Duration::from_millis(millis));
}

/// A certificate authority, its file, and certificates of it.
pub(super) struct Authority {
    folder: TestFolder,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let folder = TestFolder::new();
        // Of a name of its own: two of one name are told apart by their keys alone.
        let name = folder.path().file_name().unwrap().to_str().unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self {
            folder,
            issuer: Issuer::new(params, key),
        }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// An HTTPS server with a certificate for this name, valid until the beginning of the year.
    pub(super) fn server(&self, name: &str, until: i32, answer: Vec<u8>) -> Server {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((LOOPBACK, 0)).unwrap();
        Server::on(listener, move |client, heard| {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(session, client);
            answer_once(&mut stream, &answer, heard);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }
}
