//! HTML as far as our own pages use it: tags with their attributes, in order. Strict, so that markup which a browser
//! would repair fails a test instead.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// As it stands, `/` in front for an end tag.
    pub(super) name: String,
    /// Unescaped.
    pub(super) attributes: Vec<(String, String)>,
    /// The text up to the next tag, as it stands.
    pub(super) text: String,
}

impl Tag {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(n, _)| n == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn attribute_names(&self) -> Vec<&str> {
        self.attributes.iter().map(|(n, _)| n.as_str()).collect()
    }
}

/// The tags of a page.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, behind)) = rest.split_once('<') {
        let (tag, behind) = tag(behind);
        let (text, _) = behind.split_once('<').unwrap_or((behind, ""));
        assert!(!text.contains('>'), "a stray '>' in: {text}");
        tags.push(Tag {
            text: text.to_owned(),
            ..tag
        });
        rest = behind;
    }
    tags
}

fn tag(markup: &str) -> (Tag, &str) {
    let end = markup.find([' ', '>']).expect("a tag that ends");
    let (name, mut rest) = markup.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('>').or(rest.strip_prefix("/>")) {
            let tag = Tag {
                name: name.trim_end_matches('/').to_ascii_lowercase(),
                attributes,
                text: String::new(),
            };
            return (tag, behind);
        }
        let end = rest.find(['=', ' ', '>']).expect("a tag that ends");
        let (attribute, behind) = rest.split_at(end);
        assert!(!attribute.contains(['"', '\'', '<']), "in {markup:.200}");
        let (value, behind) = match behind.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').expect("a value that ends"),
            None => ("", behind),
        };
        assert!(!behind.starts_with('='), "an unquoted value: {markup:.200}");
        attributes.push((attribute.to_owned(), unescape(value)));
        rest = behind;
    }
}

/// The character references that the templates write.
fn unescape(text: &str) -> String {
    let known = [
        ("&#x2f;", "/"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    let each = known.iter();
    each.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
