//! A branding folder replaces templates; its mistakes are errors that say where.

use signet::render::{Language, LinkProblemPage, RenderError, Renderer, SignedOutPage};

use super::look;
use crate::store::engines::TestFolder;

const TEMPLATE: &str = "signin/signed_out.html";

fn branded(template: &str, text: &[u8]) -> Result<Renderer, RenderError> {
    let folder = TestFolder::new();
    let file = folder.path().join(template);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
    Renderer::new(look("Example"), Some(folder.path()))
}

fn signed_out(renderer: &Renderer) -> Result<String, RenderError> {
    let page = SignedOutPage {
        sign_in: "\"><script>".into(),
    };
    renderer.render(&page, Language::English)
}

#[test]
fn a_template_of_the_folder_replaces_ours_and_is_escaped_as_ours() {
    let renderer = branded(TEMPLATE, b"Bye: {{ page.sign_in }}").unwrap();
    let html = signed_out(&renderer).unwrap();
    assert_eq!(html, "Bye: &quot;&gt;&lt;script&gt;");
    let other = renderer.render(&LinkProblemPage {}, Language::English);
    assert!(other.unwrap().contains("<h1>"));
}

#[test]
fn a_field_that_the_page_has_not_is_an_error() {
    for template in [
        "{{ page.nobody }}",
        "{{ nobody }}",
        "{% if page.nobody %}x{% endif %}",
    ] {
        let renderer = branded(TEMPLATE, template.as_bytes()).unwrap();
        let refused = signed_out(&renderer);
        assert!(refused.is_err(), "{template}: {refused:?}");
    }
}

#[test]
fn a_text_that_is_not_there_is_an_error_that_names_it() {
    for (template, says) in [
        ("{{ t('nobody') }}", "no text \"nobody\" in en"),
        ("{{ t('sign-in-to') }}", "sign-in-to"),
    ] {
        let renderer = branded(TEMPLATE, template.as_bytes()).unwrap();
        let error = signed_out(&renderer).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_template_that_cannot_be_read_is_refused_at_the_start() {
    assert!(matches!(
        branded(TEMPLATE, b"{% if %}"),
        Err(RenderError::Template(_))
    ));
    match branded(TEMPLATE, b"\xff\xfe") {
        Err(RenderError::Branding { path, .. }) => assert!(path.ends_with(TEMPLATE)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_files_of_the_folder_are_nobodys_business() {
    let renderer = branded("signin/unknown.html", b"{% if %}").unwrap();
    assert!(signed_out(&renderer).unwrap().contains("<h1>"));
}
