//! The end of a sign-in in the browser: a request to this machine (RFC 8252, section 7.3).
//!
//! Any page that is open in the browser can send requests here, too. What does not carry the state of this sign-in is
//! answered and changes nothing: it neither signs anybody in nor ends the wait.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use subtle::ConstantTimeEq;

use super::oauth::Refusal;
use crate::cli::CliError;

/// How long a person may take in the browser.
pub const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// A browser's longest URL with its headers.
const LARGEST_HEAD: u64 = 32 * 1024;
/// A browser opens a few connections and sends nothing on some of them.
const MOST_CONNECTIONS: usize = 32;

/// What the instance answered, with the right state.
pub enum Answer {
    /// A sign-in.
    Code {
        /// For the token endpoint; single use.
        code: String,
        /// Who answers (RFC 9207).
        issuer: Option<String>,
    },
    /// None.
    Refused {
        /// Why.
        refusal: Refusal,
        /// Who answers.
        issuer: Option<String>,
    },
}

/// The browser, waiting for a page.
pub struct Callback {
    /// What it brought.
    pub answer: Answer,
    stream: TcpStream,
}

impl Callback {
    /// Shows the last page.
    pub fn finish(mut self, page: Page) {
        // The sign-in is what it is, whether the browser shows the page or not.
        let _ = respond(&mut self.stream, page);
    }
}

/// A port of this machine, open.
pub struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

impl Loopback {
    /// Opens a free one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open() -> Result<Self, CliError> {
        let failed = |e| CliError::failed("no port of 127.0.0.1 can be opened", e);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Its number.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What the client registers as: loopback, any port.
    pub fn redirect_uri(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// Waits for the answer with this state.
    ///
    /// # Errors
    /// When it does not come in time.
    pub fn wait(self, state: &str, longest: Duration) -> Result<Callback, CliError> {
        let (sender, receiver): (Sender<Callback>, Receiver<Callback>) = channel();
        let over = Arc::new(AtomicBool::new(false));
        let door = Door {
            state: state.to_owned(),
            address: self.address,
        };
        let seen = Arc::clone(&over);
        let listener = self.listener;
        std::thread::spawn(move || accept(&listener, &Arc::new(door), &sender, &seen));
        let waited = receiver.recv_timeout(longest);
        over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, so that it closes the port.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        waited.map_err(|e| match e {
            RecvTimeoutError::Timeout => CliError::Expired(format!(
                "nobody signed in within {} seconds; repeat the command",
                longest.as_secs()
            )),
            RecvTimeoutError::Disconnected => {
                CliError::failed("the sign-in", "the port on 127.0.0.1 was closed")
            }
        })
    }
}

/// Whom to let in.
struct Door {
    state: String,
    address: SocketAddr,
}

fn accept(listener: &TcpListener, door: &Arc<Door>, to: &Sender<Callback>, over: &AtomicBool) {
    for stream in listener.incoming() {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if Arc::strong_count(door) > MOST_CONNECTIONS {
            continue;
        }
        let (door, to) = (Arc::clone(door), to.clone());
        std::thread::spawn(move || door.attend(stream, &to));
    }
}

impl Door {
    fn attend(&self, mut stream: TcpStream, to: &Sender<Callback>) {
        let Some(head) = read_head(&mut stream) else {
            return;
        };
        match self.judge(&head) {
            // Nobody receives when another request was first.
            Ok(answer) => drop(to.send(Callback { answer, stream })),
            Err(page) => drop(respond(&mut stream, page)),
        }
    }

    fn judge(&self, head: &str) -> Result<Answer, Page> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some("GET"), Some(target)) = (words.next(), words.next()) else {
            return Err(Page::NotFound);
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != "/callback" || !self.is_for_us(lines) {
            return Err(Page::NotFound);
        }
        let query = Query::read(query);
        let state = query.one("state").unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(self.state.as_bytes())) {
            return Err(Page::AnotherSignIn);
        }
        query.answer().ok_or(Page::AnotherSignIn)
    }

    /// A name that was made to resolve to this machine (DNS rebinding) is not ours.
    fn is_for_us<'a>(&self, headers: impl Iterator<Item = &'a str>) -> bool {
        let wanted = self.address.to_string();
        headers
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
            .all(|(_, value)| value.trim() == wanted)
    }
}

struct Query(Vec<(String, String)>);

impl Query {
    fn read(text: &str) -> Self {
        Self(
            url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// RFC 6749, section 3.1: a parameter that stands there twice is an error; here it counts as absent.
    fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    fn answer(&self) -> Option<Answer> {
        let issuer = self.one("iss").map(str::to_owned);
        match (self.one("code"), self.one("error")) {
            (Some(code), None) => Some(Answer::Code {
                code: code.to_owned(),
                issuer,
            }),
            (None, Some(error)) => Some(Answer::Refused {
                refusal: Refusal {
                    error: error.to_owned(),
                    error_description: self.one("error_description").unwrap_or_default().to_owned(),
                },
                issuer,
            }),
            _ => None,
        }
    }
}

/// Up to the empty line.
fn read_head(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(READ_TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(READ_TIMEOUT)).ok()?;
    let mut octets = Vec::new();
    let mut limited = stream.take(LARGEST_HEAD);
    let mut piece = [0; 4096];
    while !octets.windows(4).any(|w| w == b"\r\n\r\n") {
        let read = limited.read(&mut piece).ok().filter(|read| *read > 0)?;
        octets.extend_from_slice(piece.get(..read)?);
    }
    String::from_utf8(octets).ok()
}

/// What the browser shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// It worked.
    SignedIn,
    /// It did not; the terminal says why.
    NotSignedIn,
    /// A request that belongs to no sign-in, or to another one.
    AnotherSignIn,
    /// Anything else.
    NotFound,
}

impl Page {
    fn status(self) -> &'static str {
        match self {
            Self::SignedIn | Self::NotSignedIn => "200 OK",
            Self::AnotherSignIn => "400 Bad Request",
            Self::NotFound => "404 Not Found",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::SignedIn => {
                "You are signed in. Go back to the terminal; you can close this page."
            }
            Self::NotSignedIn => "You are not signed in. The terminal says why.",
            Self::AnotherSignIn => {
                "This address belongs to another sign-in. Go back to the terminal and start again."
            }
            Self::NotFound => "There is nothing here.",
        }
    }
}

fn respond(stream: &mut TcpStream, page: Page) -> std::io::Result<()> {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Signet</title><p>{}</p></html>\n",
        page.text()
    );
    let answer = format!(
        "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        page.status(),
        body.len()
    );
    stream.write_all(answer.as_bytes())?;
    stream.flush()
}
