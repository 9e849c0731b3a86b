//! What a page costs to load.

use std::collections::BTreeSet;

use signet::render::{Language, PasskeyForm, Problem, SignInPage, assets};

use super::html::tags;
use super::renderer;

const KIB: usize = 1024;

fn size_of(extension: &str) -> usize {
    let of_kind = assets().iter().filter(|a| a.name.ends_with(extension));
    of_kind.map(|asset| asset.bytes.len()).sum()
}

#[test]
fn style_sheet_and_script_are_small() {
    assert!((1..=20 * KIB).contains(&size_of(".css")));
    assert!((1..=10 * KIB).contains(&size_of(".js")));
}

#[test]
fn the_sign_in_page_has_at_most_40_kib_in_4_requests() {
    for language in Language::ALL {
        let page = SignInPage {
            action: Some("/signin/password".into()),
            csrf: "c".repeat(64),
            user_name: "alice@example.com".into(),
            problem: Some(Problem::WRONG_PASSWORD),
            continue_to: Some("An application with a long name".into()),
            passkey: Some(PasskeyForm {
                action: "/signin/passkey".into(),
                csrf: "c".repeat(64),
                options: "o".repeat(300),
                state: "s".repeat(600),
                purpose: "sign-in",
            }),
        };
        let html = renderer().render(&page, language).unwrap();
        let urls: BTreeSet<String> = tags(&html)
            .iter()
            .filter(|tag| matches!(tag.name.as_str(), "link" | "script" | "img"))
            .filter_map(|tag| tag.attribute("href").or(tag.attribute("src")))
            .map(str::to_owned)
            .collect();
        let files: usize = urls
            .iter()
            .map(|url| {
                let mut all = assets().iter();
                all.find(|a| url.ends_with(&a.name)).unwrap().bytes.len()
            })
            .sum();
        assert!(html.len() + files <= 40 * KIB, "{}", html.len() + files);
        assert!(urls.len() < 4, "{urls:?}");
    }
}

/// They are kept for ever under their names, so a name must change with the content.
#[test]
fn a_file_is_named_by_its_content() {
    for asset in assets() {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, asset.bytes);
        let expected = &hex::encode(hash)[..12];
        assert_eq!(
            asset.name.split('.').nth(1),
            Some(expected),
            "{}",
            asset.name
        );
    }
}

/// Nothing is fetched from elsewhere, and no file fetches another.
#[test]
fn no_file_names_another_site() {
    for asset in assets() {
        let text = std::str::from_utf8(asset.bytes).unwrap();
        let text = text.replace("http://www.w3.org/2000/svg", "");
        for mark in ["http:", "https:", "url(//", "@import", "src=", "import("] {
            assert!(!text.contains(mark), "{mark} in {}", asset.name);
        }
    }
}
