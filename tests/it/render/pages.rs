//! What holds of every page.

use std::collections::{BTreeMap, BTreeSet};

use signet::render::assets;

use super::html::{Tag, tags};
use super::{every_page, source};

const USUAL: &str = "Alice Example";
/// Breaks out of an attribute, out of an element and out of a template, where nothing is escaped.
const HOSTILE: &str =
    r#"x"><script>alert(1)</script><img src=x onerror='alert(2)'>{{ page.csrf }}&lt;{% x %}"#;

fn for_every_page(text: &str, check: impl Fn(&[Tag])) {
    for (language, rendered) in every_page(text) {
        let context = format!("{} in {}", rendered.page, language.tag());
        let tags = tags(&rendered.html);
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&tags)));
        assert!(checked.is_ok(), "{context}: {}", rendered.html);
    }
}

fn named<'t>(tags: &'t [Tag], name: &str) -> Vec<&'t Tag> {
    tags.iter().filter(|tag| tag.name == name).collect()
}

#[test]
fn every_page_type_has_samples() {
    let sampled: BTreeSet<&str> = every_page(USUAL).iter().map(|(_, r)| r.page).collect();
    let pages = source("src/render/pages.rs");
    let (_, list) = pages.split_once("\npage! {").unwrap();
    let (list, _) = list.split_once("\n}").unwrap();
    let declared: BTreeSet<&str> = list
        .lines()
        .filter_map(|line| line.split_once("=>"))
        .map(|(name, _)| name.trim())
        .collect();
    assert!(declared.len() >= 16, "{declared:?}");
    assert_eq!(sampled, declared);
}

#[test]
fn every_page_says_its_language_and_has_a_title_and_one_heading() {
    for text in ["-", USUAL, &"long ".repeat(4_000)] {
        for (language, rendered) in every_page(text) {
            let tags = tags(&rendered.html);
            let context = format!("{}: {:.2000}", rendered.page, rendered.html);
            assert!(rendered.html.starts_with("<!doctype html>\n"), "{context}");
            let html = named(&tags, "html");
            assert_eq!(html.len(), 1, "{context}");
            assert_eq!(html[0].attribute("lang"), Some(language.tag()), "{context}");
            assert_eq!(named(&tags, "h1").len(), 1, "{context}");
            assert_eq!(named(&tags, "main").len(), 1, "{context}");
            let title = named(&tags, "title");
            assert!(!title[0].text.starts_with(" ·"), "{context}");
        }
    }
}

#[test]
fn every_element_that_is_opened_is_closed_in_its_place() {
    const VOID: [&str; 5] = ["meta", "link", "input", "img", "!doctype"];
    const CLOSED_AT_ONCE: [&str; 3] = ["path", "rect", "?xml"];
    for_every_page(HOSTILE, |tags| {
        let mut open: Vec<&str> = Vec::new();
        for tag in tags {
            let name = tag.name.as_str();
            if let Some(closed) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed));
            } else if !VOID.contains(&name) && !CLOSED_AT_ONCE.contains(&name) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    });
}

/// The tags with the names of their attributes.
type Shape = Vec<(String, Vec<String>)>;

#[test]
fn hostile_text_is_text_wherever_it_stands() {
    let shape = |text: &str| -> Vec<(&'static str, Shape)> {
        every_page(text)
            .into_iter()
            .map(|(_, rendered)| {
                let tags = tags(&rendered.html).into_iter().map(|tag| {
                    let names = tag.attribute_names();
                    let names = names.into_iter().map(str::to_owned).collect();
                    (tag.name, names)
                });
                (rendered.page, tags.collect())
            })
            .collect()
    };
    for (usual, hostile) in shape(USUAL).into_iter().zip(shape(HOSTILE)) {
        assert_eq!(usual, hostile);
    }
    for (_, rendered) in every_page(HOSTILE) {
        assert!(!rendered.html.contains("<script>"), "{}", rendered.page);
        assert!(!rendered.html.contains("<img src=x"), "{}", rendered.page);
    }
}

/// That the test above means something: the text is there, and comes back whole.
#[test]
fn hostile_text_comes_back_whole_from_the_attributes() {
    let mut seen = BTreeSet::new();
    for (_, rendered) in every_page(HOSTILE) {
        for tag in tags(&rendered.html) {
            if let Some(value) = tag.attribute("action").or(tag.attribute("href"))
                && !value.starts_with("/static/")
                && tag.attribute("id") != Some("otpauth")
            {
                assert_eq!(value, HOSTILE, "{}", rendered.page);
                seen.insert(rendered.page);
            }
        }
    }
    assert!(seen.len() >= 15, "{seen:?}");
}

#[test]
fn no_page_has_script_or_style_of_its_own() {
    for_every_page(HOSTILE, |tags| {
        for tag in tags {
            assert_ne!(tag.name, "style");
            for name in tag.attribute_names() {
                assert!(name != "style" && !name.starts_with("on"), "{name}");
            }
            if tag.name == "script" {
                assert!(tag.attribute("src").is_some());
                assert_eq!(tag.text, "");
            }
            let target = tag.attribute("href").or(tag.attribute("src"));
            assert!(!target.is_some_and(|url| url.starts_with("javascript:")));
        }
    });
}

#[test]
fn every_file_that_a_page_names_is_one_of_ours() {
    for_every_page(USUAL, |tags| {
        let files = tags.iter().filter(|tag| {
            matches!(tag.name.as_str(), "script" | "img" | "link") || tag.name == "iframe"
        });
        for tag in files {
            let url = tag.attribute("src").or(tag.attribute("href")).unwrap();
            let name = url.strip_prefix("/static/").expect("a path of ours");
            assert!(assets().iter().any(|asset| asset.name == name), "{name}");
        }
    });
}

#[test]
fn ids_are_unique_and_what_names_an_id_finds_it() {
    for_every_page(USUAL, |tags| {
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        for tag in tags {
            ids.extend(tag.attribute("id").map(|id| (id, 0)));
        }
        for tag in tags {
            if let Some(id) = tag.attribute("id") {
                *ids.get_mut(id).unwrap() += 1;
            }
            let names = ["for", "aria-describedby", "aria-labelledby", "data-copy"];
            for id in names.iter().filter_map(|name| tag.attribute(name)) {
                assert!(ids.contains_key(id), "{id}");
            }
        }
        assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    });
}

#[test]
fn every_field_that_people_fill_in_has_a_label() {
    for_every_page(USUAL, |tags| {
        let labels: Vec<&str> = named(tags, "label")
            .iter()
            .filter_map(|label| label.attribute("for"))
            .collect();
        for (at, field) in tags
            .iter()
            .enumerate()
            .filter(|(_, tag)| tag.name == "input")
        {
            // A label around it, with words behind it.
            let is_within = at > 0 && tags[at - 1].name == "label" && !field.text.trim().is_empty();
            let is_hidden = field.attribute("type") == Some("hidden")
                || field.attribute("aria-hidden") == Some("true");
            let is_labelled = is_within
                || field.attribute("aria-label").is_some()
                || field.attribute("id").is_some_and(|id| labels.contains(&id));
            assert!(is_hidden || is_labelled, "{field:?}");
        }
    });
}

/// The page that posts a response to somebody else has none: it would tell it.
#[test]
fn every_form_posts_with_its_token_except_to_an_application() {
    for (_, rendered) in every_page(USUAL) {
        let tags = tags(&rendered.html);
        for (at, form) in tags.iter().enumerate().filter(|(_, t)| t.name == "form") {
            // What only looks is asked for by GET, and has nothing to protect.
            let is_search = form.attribute("method") == Some("get");
            assert!(is_search || form.attribute("method") == Some("post"));
            let inside = tags[at..].iter().take_while(|tag| tag.name != "/form");
            let has_token = inside
                .into_iter()
                .any(|t| t.attribute("name") == Some("csrf"));
            assert_eq!(
                has_token,
                !is_search && !matches!(rendered.page, "SamlPostPage" | "FormPostPage"),
                "{}",
                rendered.html
            );
        }
    }
}

#[test]
fn the_demonstration_says_so_on_every_page() {
    for (language, rendered) in every_page(USUAL) {
        let says = match language.tag() {
            "de" => "Vorführung",
            _ => "Demonstration",
        };
        let banner = format!("<aside class=\"demo\">{says}");
        assert!(rendered.html.contains(&banner), "{}", rendered.page);
    }
}

/// Ten thousand characters with nothing to escape are not looked at one by one, and not made longer.
#[test]
fn a_response_in_base64_stands_in_its_page_as_it_is() {
    let shown = |text: &str| {
        let pages = every_page(text);
        let page = pages.iter().find(|(_, r)| r.page == "SamlPostPage");
        page.unwrap().1.html.clone()
    };
    assert!(shown("aGk+/w==").contains("name=\"SAMLResponse\" value=\"aGk+/w==\""));
    assert!(!shown("aGk+/w==\">").contains("aGk+/w==\""));
}

#[test]
fn relay_state_is_posted_back_even_when_it_is_empty_but_not_when_there_is_none() {
    let pages = every_page("state");
    let values: Vec<Option<String>> = pages
        .iter()
        .filter(|(language, r)| language.tag() == "en" && r.page == "SamlPostPage")
        .map(|(_, rendered)| {
            let all = tags(&rendered.html);
            let mut state = all
                .iter()
                .filter(|t| t.attribute("name") == Some("RelayState"));
            state
                .next()
                .map(|t| t.attribute("value").unwrap().to_owned())
        })
        .collect();
    assert_eq!(values, [None, Some("state".into()), Some(String::new())]);
}
