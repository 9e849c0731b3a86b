//! The way to the server: TLS that is insisted on, a login, and the dialogue that `signet mail test` shows.

use std::sync::Arc;

use signet::config::{MailLogin, MailSecurity};
use signet::model::{Secret, Timestamp};
use signet::outbound::{OutgoingMail, SmtpClient, SmtpError, SmtpSettings};

use super::MailServer;
use crate::store::engines::TestFolder;

fn mail() -> OutgoingMail {
    OutgoingMail {
        id: "abc".into(),
        at: Timestamp::from_millis(1_750_000_000_000),
        name: "Zoë \"Z\" <x@y>, Quinn".into(),
        address: "zoe@example.com".into(),
        subject: "Grüße".into(),
        text: "Zeile eins\n.\n..zwei 🎉\n".into(),
        html: "<p>eins</p>".into(),
    }
}

fn send(settings: SmtpSettings) -> (Vec<String>, Result<(), SmtpError>) {
    let mut dialogue = Vec::new();
    let client = SmtpClient::new(settings).unwrap();
    let sent = client
        .open(&mut dialogue)
        .and_then(|mut session| session.send(&mail(), &mut dialogue));
    (dialogue, sent)
}

/// A certificate of localhost by itself, with its key: the file for the server, and the one that we trust.
fn certificate(folder: &TestFolder) -> (String, std::path::PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let (whole, public) = (
        folder.path().join("server.pem"),
        folder.path().join("ca.pem"),
    );
    std::fs::write(&public, made.cert.pem()).unwrap();
    let both = made.cert.pem() + &made.signing_key.serialize_pem();
    std::fs::write(&whole, both).unwrap();
    (whole.to_str().unwrap().to_owned(), public)
}

#[test]
fn a_mail_arrives_whole_whatever_stands_in_it() {
    let server = MailServer::start();
    send(server.settings()).1.unwrap();
    let came = server.next();
    assert_eq!(came["to"][0], "zoe@example.com");
    assert_eq!(came["from"], "Signet <signet@example.com>");
    assert_eq!(came["subject"], "Grüße");
    assert_eq!(came["id"], "<abc@example.com>");
    assert_eq!(came["auto"], "auto-generated");
    assert_eq!(came["date"], "Sun, 15 Jun 2025 15:06:40 +0000");
    let text = came["text"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), "Zeile eins\n.\n..zwei 🎉");
    assert_eq!(came["html"].as_str().unwrap().trim_end(), "<p>eins</p>");
}

#[test]
fn with_starttls_and_a_login_it_is_secret_on_the_way() {
    let folder = TestFolder::new();
    let (whole, public) = certificate(&folder);
    let server = MailServer::with(&[&whole, "signet", "pass word"]);
    let settings = |password: &str, roots: Option<std::path::PathBuf>| SmtpSettings {
        host: "localhost".into(),
        security: MailSecurity::StartTls,
        login: Some(MailLogin {
            user: "signet".into(),
            password: Arc::new(Secret::from_text(password.into())),
        }),
        extra_roots: roots,
        ..server.settings()
    };
    let (dialogue, sent) = send(settings("pass word", Some(public.clone())));
    sent.unwrap();
    let came = server.next();
    assert_eq!(
        (&came["tls"], &came["user"]),
        (&true.into(), &"signet".into())
    );
    let dialogue = dialogue.join("\n");
    assert!(dialogue.contains("STARTTLS"), "{dialogue}");
    assert!(!dialogue.contains("pass word"), "{dialogue}");

    let (dialogue, sent) = send(settings("wrong", Some(public)));
    assert!(
        matches!(sent, Err(SmtpError::Server { stage: "AUTH", .. })),
        "{sent:?} {dialogue:?}"
    );
    // A certificate of nobody we know: nothing is said to this server.
    let (_, sent) = send(settings("pass word", None));
    assert!(
        matches!(
            sent,
            Err(SmtpError::Server {
                stage: "STARTTLS",
                ..
            })
        ),
        "{sent:?}"
    );
    assert!(server.took_nothing());
}

#[test]
fn a_server_without_starttls_gets_no_mail() {
    let server = MailServer::start();
    let (_, sent) = send(SmtpSettings {
        host: "localhost".into(),
        security: MailSecurity::StartTls,
        ..server.settings()
    });
    assert!(
        matches!(
            sent,
            Err(SmtpError::Server {
                stage: "STARTTLS",
                ..
            })
        ),
        "{sent:?}"
    );
    assert!(server.took_nothing());
}

#[test]
fn without_tls_mail_goes_to_this_machine_alone() {
    let (_, sent) = send(SmtpSettings {
        host: "192.0.2.1".into(),
        ..super::server::settings(25)
    });
    let Err(SmtpError::Server { stage, reason }) = sent else {
        panic!("{sent:?}");
    };
    assert_eq!(stage, "connecting");
    assert!(reason.contains("not this machine"), "{reason}");
}

#[test]
fn a_refusal_says_what_the_server_said() {
    let server = MailServer::start();
    let client = SmtpClient::new(server.settings()).unwrap();
    let mut dialogue = Vec::new();
    let mut session = client.open(&mut dialogue).unwrap();
    let refused = OutgoingMail {
        address: "refused@example.com".into(),
        ..mail()
    };
    let sent = session.send(&refused, &mut dialogue);
    assert!(
        matches!(&sent, Err(SmtpError::Never(reply)) if reply.contains("nobody of that name")),
        "{sent:?}"
    );
    assert!(dialogue.last().unwrap().contains("nobody of that name"));
}
