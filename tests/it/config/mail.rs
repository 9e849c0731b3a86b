//! `[mail]`: where mail goes, and that a password stands in no address.

use signet::config::{Mail, MailSecurity};

use super::File;

fn mail(lines: &str) -> Mail {
    let file = File::with(&format!(
        "[mail]\n{lines}from = \"Signet <signet@example.com>\"\n"
    ));
    file.load().unwrap().mail.expect("a mail server")
}

fn told(lines: &str) -> String {
    File::with(&format!("[mail]\n{lines}")).mistake()
}

#[test]
fn the_address_says_port_and_protection() {
    for (url, host, port, security) in [
        (
            "smtps://mail.example.com",
            "mail.example.com",
            465,
            MailSecurity::ImplicitTls,
        ),
        (
            "smtp://mail.example.com",
            "mail.example.com",
            587,
            MailSecurity::StartTls,
        ),
        (
            "smtp://mail.example.com:25",
            "mail.example.com",
            25,
            MailSecurity::StartTls,
        ),
        (
            "smtp://127.0.0.1:1025",
            "127.0.0.1",
            1025,
            MailSecurity::None,
        ),
        ("smtp://localhost", "localhost", 587, MailSecurity::None),
        ("smtp://[::1]:25", "::1", 25, MailSecurity::None),
        // A name that begins like this machine's is another machine.
        (
            "smtp://localhost.example.com",
            "localhost.example.com",
            587,
            MailSecurity::StartTls,
        ),
    ] {
        let mail = mail(&format!("smtp_url = \"{url}\"\n"));
        assert_eq!(
            (mail.host.as_str(), mail.port, mail.security),
            (host, port, security)
        );
        assert!(mail.login.is_none());
    }
}

#[test]
fn the_password_comes_from_a_key_or_a_file_and_is_printed_nowhere() {
    let mail =
        mail("smtp_url = \"smtps://post%40office@mail.example.com\"\npassword = \"hush-hush\"\n");
    assert!(!format!("{mail:?}").contains("hush"), "{mail:?}");
    let login = mail.login.unwrap();
    assert_eq!(login.user, "post@office");
    assert_eq!(login.password.expose_text().unwrap(), "hush-hush");
    assert!(!format!("{login:?}").contains("hush"));
    let refused = told("smtp_url = \"smtps://me:hush@mail.example.com\"\nfrom = \"a@b.example\"\n");
    assert!(refused.contains("SIGNET_MAIL__PASSWORD_FILE"), "{refused}");
    assert!(!refused.contains("hush"), "{refused}");
}

#[test]
fn each_mistake_says_what_to_write() {
    let from = "from = \"signet@example.com\"\n";
    for (lines, says) in [
        ("smtp_url = \"mail.example.com\"\n", "line 3"),
        ("smtp_url = \"https://mail.example.com\"\n", "smtps://"),
        (
            "smtp_url = \"smtps://mail.example.com/box\"\n",
            "end after host and port",
        ),
        (
            "smtp_url = \"smtps://me@mail.example.com\"\n",
            "mail.password",
        ),
        (
            "smtp_url = \"smtps://mail.example.com\"\npassword = \"x\"\n",
            "user name",
        ),
    ] {
        let told = told(&format!("{lines}{from}"));
        assert!(told.contains(says), "{lines}: {told}");
    }
    for (lines, says) in [
        ("smtp_url = \"smtps://mail.example.com\"\n", "mail.from"),
        ("from = \"signet@example.com\"\n", "mail.smtp_url"),
        ("password = \"x\"\n", "mail.smtp_url"),
        (
            "smtp_url = \"smtps://mail.example.com\"\nfrom = \"Signet\"\n",
            "Signet <signet@example.com>",
        ),
    ] {
        let told = told(lines);
        assert!(told.contains(says), "{lines}: {told}");
    }
    assert!(File::with("").load().unwrap().mail.is_none());
}
