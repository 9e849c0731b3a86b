//! The port that waits for the browser.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use signet::cli::CliError;
use signet::cli::laptop::loopback::{Answer, Loopback, Page};

#[test]
fn it_listens_to_this_machine_and_not_for_ever() {
    let loopback = Loopback::open().unwrap();
    let uri = loopback.redirect_uri();
    assert_eq!(
        uri,
        format!("http://127.0.0.1:{}/callback", loopback.port())
    );
    let port = loopback.port();
    let ended = loopback.wait("state", Duration::from_millis(100));
    assert!(matches!(ended, Err(CliError::Expired(_))));
    // The port closes.
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_err() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    panic!("port {port} stays open");
}

fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    // What is let in by mistake gets no answer.
    stream
        .set_read_timeout(Some(Duration::from_secs(15)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_is_no_browser_of_this_sign_in_is_turned_away() {
    let loopback = Loopback::open().unwrap();
    let port = loopback.port();
    let waiting = std::thread::spawn(move || loopback.wait("the-state", Duration::from_secs(20)));
    // A browser opens connections on which it sends nothing.
    let idle: Vec<_> = (0..3)
        .map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap())
        .collect();
    let target = "/callback?code=c&state=the-state&iss=i";
    for request in [
        format!("POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: attacker.example.com:{port}\r\n\r\n"),
        format!("GET /other?state=the-state HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        "\r\n\r\n".to_owned(),
    ] {
        let answer = ask(port, &request);
        assert!(answer.starts_with("HTTP/1.1 404 "), "{request}: {answer}");
    }
    let asking = std::thread::spawn(move || {
        let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        ask(port, &request)
    });
    let callback = waiting.join().unwrap().unwrap();
    assert!(
        matches!(&callback.answer, Answer::Code { code, issuer } if code == "c" && issuer.as_deref() == Some("i"))
    );
    callback.finish(Page::SignedIn);
    assert!(asking.join().unwrap().contains("You are signed in"));
    drop(idle);
}
