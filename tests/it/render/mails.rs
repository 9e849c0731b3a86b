//! Mails: every kind in every language, with every awkward text.

use signet::model::{CredentialChange, MailMessage, Timestamp};
use signet::render::{Language, MailPage, Renderer};

use super::look;
use super::samples::CHANGES;

const AWKWARD: &str = "Zoë <b>&\"'</b>\r\nBcc: x@y.example";

fn changes() -> [CredentialChange; 11] {
    [
        CredentialChange::PasswordSet,
        CredentialChange::AuthenticatorAdded,
        CredentialChange::SecondFactorsRemoved,
        CredentialChange::RecoveryCodesRenewed,
        CredentialChange::RecoveryCodeUsed,
        CredentialChange::PasskeyAdded,
        CredentialChange::SecurityKeyAdded,
        CredentialChange::FactorRemoved,
        CredentialChange::PassMade,
        CredentialChange::PassUsed,
        CredentialChange::AddressChanged,
    ]
}

fn messages() -> Vec<MailMessage> {
    let at = Timestamp::from_millis(1_750_000_000_000);
    let link = "https://id.example.com/invite/abc".to_owned();
    let mut all = vec![
        MailMessage::ConfirmAddress {
            link: link.clone(),
            expires_at: at,
            new_address: AWKWARD.to_owned(),
            to: "a@example.com".to_owned(),
        },
        MailMessage::GlassBroken {
            person: AWKWARD.to_owned(),
            change: "role".to_owned(),
            reason: AWKWARD.to_owned(),
            at,
        },
        MailMessage::PassUsed {
            person: AWKWARD.to_owned(),
            at,
            from: Some("192.0.2.7".to_owned()),
        },
        MailMessage::Invitation {
            link: link.clone(),
            expires_at: at,
            invited_by: None,
        },
        MailMessage::Invitation {
            link: link.clone(),
            expires_at: at,
            invited_by: Some(AWKWARD.to_owned()),
        },
        MailMessage::NewPassword {
            link,
            expires_at: at,
        },
    ];
    for (change, from) in changes()
        .into_iter()
        .zip([None, Some("203.0.113.7".to_owned())].into_iter().cycle())
    {
        all.push(MailMessage::Notice { change, at, from });
    }
    all
}

#[test]
fn every_mail_is_whole_in_every_language_and_carries_no_markup_of_others() {
    let renderer = Renderer::new(look(AWKWARD), None).unwrap();
    for language in Language::ALL {
        for message in messages() {
            let page = MailPage::of(&message, AWKWARD, "https://id.example.com/account");
            let mail = renderer
                .render_mail(message.kind(), &page, language)
                .unwrap();
            assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
            assert!(!mail.subject.is_empty());
            assert!(!mail.html.contains("<b>"), "{}", mail.html);
            // The plain form is text: nothing in it is escaped.
            assert!(mail.text.contains("Zoë <b>&\"'</b>"), "{}", mail.text);
            assert!(mail.html.contains(&format!("lang=\"{}\"", language.tag())));
            if let MailMessage::Invitation { link, .. } = &message {
                assert!(mail.text.lines().any(|line| line == link), "{}", mail.text);
            }
        }
    }
}

#[test]
fn the_names_of_changes_are_the_texts_ones() {
    let names: Vec<String> = changes()
        .iter()
        .map(|change| {
            serde_json::to_value(change)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(names, CHANGES);
}

#[test]
fn an_operators_template_takes_the_place_of_ours() {
    let folder = crate::store::engines::TestFolder::new();
    std::fs::create_dir(folder.path().join("mail")).unwrap();
    for (name, text) in [
        ("notice.subject", "Careful, {{ mail.name }}"),
        ("notice.txt", "Ours: {{ mail.change }} & more"),
    ] {
        std::fs::write(folder.path().join("mail").join(name), text).unwrap();
    }
    let renderer = Renderer::new(look("Example"), Some(folder.path())).unwrap();
    let message = MailMessage::Notice {
        change: CredentialChange::PasswordSet,
        at: Timestamp::from_millis(0),
        from: None,
    };
    let page = MailPage::of(&message, "Zoë", "https://id.example.com/account");
    let mail = renderer
        .render_mail("notice", &page, Language::English)
        .unwrap();
    assert_eq!(mail.subject, "Careful, Zoë");
    assert_eq!(mail.text, "Ours: password-set & more");
    assert!(mail.html.contains("was changed"), "{}", mail.html);
}
