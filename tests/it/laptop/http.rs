//! A small HTTP server: one request a connection, read strictly, each on a thread of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// A request, read whole.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| value.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        Some(Self {
            method,
            path: path.to_owned(),
            query: pairs(query),
            headers,
            body: String::from_utf8(body).unwrap(),
        })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(own, _)| own == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice");
        value
    }

    /// The fields of a form, which must be one.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        assert_eq!(self.method, "POST");
        assert_eq!(
            self.header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        pairs(&self.body)
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

/// The one value of a name.
pub(super) fn one<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(own, _)| own == name);
    let value = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "{name} twice in {pairs:?}");
    value
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) location: Option<String>,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            location: None,
            body: body.to_string(),
        }
    }

    pub(super) fn redirect(location: String) -> Self {
        Self {
            status: 303,
            content_type: "text/plain",
            location: Some(location),
            body: String::new(),
        }
    }
}

/// Listens on a free port until the test's process ends.
pub(super) fn serve(answer: impl Fn(Request) -> Reply + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                if let Some(request) = Request::read(&stream) {
                    write(stream, &answer(request));
                }
            });
        }
    });
    address
}

fn write(mut stream: TcpStream, reply: &Reply) {
    let location = reply.location.as_ref();
    let location = location.map_or(String::new(), |to| format!("Location: {to}\r\n"));
    let text = format!(
        "HTTP/1.1 {} X\r\nContent-Type: {}\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        reply.status,
        reply.content_type,
        reply.body.len(),
        reply.body
    );
    // The program may have been killed.
    let _ = stream.write_all(text.as_bytes());
}

/// What a browser gets.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// A browser's GET, one step.
pub(super) fn get(address: &str) -> Seen {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .build();
    let agent: ureq::Agent = config.into();
    let mut response = agent.get(address).call().unwrap();
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    Seen {
        status: response.status().as_u16(),
        location: headers
            .iter()
            .find(|(name, _)| name == "location")
            .map(|(_, value)| value.clone()),
        headers,
        body: response.body_mut().read_to_string().unwrap(),
    }
}
