//! The writer: canonical by comparison with a golden text, and no text becomes markup.

use proptest::prelude::*;
use signet::protocol::xml::{ForbiddenCharacter, Namespace, Writer};

static OUTER: Namespace = Namespace {
    prefix: "o",
    uri: "urn:outer",
};
static INNER: Namespace = Namespace {
    prefix: "i",
    uri: "urn:inner",
};

fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Any text that XML can carry, rich in what is special in it.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "&",
        "<",
        ">",
        "\"",
        "'",
        "]]>",
        "\r",
        "\r\n",
        "\n",
        "\t",
        "<!--",
        "-->",
        "&amp;",
        "&#xD;",
        "<?x?>",
        "<![CDATA[",
        "e\u{301}",
        "\u{1f600}",
        "\u{85}",
        "\u{2028}",
        " ",
    ])
    .prop_map(str::to_owned);
    let any = any::<char>()
        .prop_filter("not in XML", |c| is_allowed(*c))
        .prop_map(String::from);
    prop::collection::vec(prop_oneof![special, any], 0..12).prop_map(|parts| parts.concat())
}

fn document(text: &str) -> String {
    let mut w = Writer::with_capacity(0);
    w.start(&OUTER, "r", &mut [("a", Some(text))]);
    w.element(&OUTER, "t", &mut [], text);
    w.finish().unwrap()
}

proptest! {
    #[test]
    fn any_text_survives_and_comes_back_whole(text in text()) {
        let xml = document(&text);
        let parsed = uppsala::parse(&xml).unwrap();
        let root = parsed.document_element().unwrap();
        prop_assert_eq!(parsed.get_attribute(root, "a"), Some(text.as_str()));
        let children: Vec<_> = parsed.children(root);
        prop_assert_eq!(children.len(), 1);
        prop_assert_eq!(parsed.text_content_deep(children[0]), text);
    }

    /// The canonicaliser of another implementation leaves the bytes as they are.
    #[test]
    fn what_is_written_is_its_own_canonical_form(text in text()) {
        let xml = document(&text);
        let canonical = bergshamra::c14n::canonicalize::<&str>(
            &xml,
            bergshamra::c14n::C14nMode::Exclusive,
            None,
            &[],
        ).unwrap();
        prop_assert_eq!(String::from_utf8(canonical).unwrap(), xml);
    }

    #[test]
    fn a_character_that_xml_cannot_carry_is_refused(before in text(), after in text(), at in 0usize..31) {
        let forbidden: Vec<char> = (0u32..0x20)
            .chain([0xfffe, 0xffff])
            .filter_map(char::from_u32)
            .filter(|c| !is_allowed(*c))
            .collect();
        let c = forbidden[at % forbidden.len()];
        let mut w = Writer::with_capacity(0);
        w.element(&OUTER, "t", &mut [], &format!("{before}{c}{after}"));
        prop_assert_eq!(w.finish(), Err(ForbiddenCharacter(c)));
    }
}

#[test]
fn attributes_are_in_canonical_order_and_namespaces_where_they_are_first_used() {
    let mut w = Writer::with_capacity(64);
    w.start(
        &OUTER,
        "r",
        &mut [
            ("b", Some("2")),
            ("a", Some("\"<\t>")),
            ("c", None),
            ("B", Some("1")),
        ],
    );
    w.element(&INNER, "x", &mut [], "");
    w.start(&INNER, "y", &mut []);
    w.element(&INNER, "z", &mut [], "a > b & c\r\n");
    w.element(&OUTER, "z", &mut [], "");
    w.end();
    insta::assert_snapshot!(w.finish().unwrap(), @r#"<o:r xmlns:o="urn:outer" B="1" a="&quot;&lt;&#x9;>" b="2"><i:x xmlns:i="urn:inner"></i:x><i:y xmlns:i="urn:inner"><i:z>a &gt; b &amp; c&#xD;
</i:z><o:z></o:z></i:y></o:r>"#);
}

#[test]
fn the_refusal_names_the_character() {
    assert_eq!(
        ForbiddenCharacter('\u{1}').to_string(),
        "the text has the character U+0001, which XML cannot carry; remove it where the text is entered"
    );
}
