//! The writer of canonical XML.
//!
//! Exclusive XML Canonicalization 1.0 of a document is what comes out: UTF-8, no declaration, no white space between
//! elements, no self-closing tags, a namespace declared where it is first visibly used, attributes in the order of
//! their names, and the escapes of Canonical XML 1.0, section 2.3. Text cannot become markup: there is no way in this
//! interface to write a string that is not escaped.

/// A namespace with the one prefix under which Signet writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    /// The prefix, fixed so that a document's form does not depend on who writes it.
    pub prefix: &'static str,
    /// The namespace name.
    pub uri: &'static str,
}

/// A character that XML 1.0 cannot carry, not even escaped (section 2.2, production 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text has the character U+{:04X}, which XML cannot carry; remove it where the text is entered", *.0 as u32)]
pub struct ForbiddenCharacter(pub char);

/// Writes one document.
#[derive(Debug)]
pub struct Writer {
    out: String,
    open: Vec<OpenElement>,
    forbidden: Option<ForbiddenCharacter>,
}

#[derive(Debug)]
struct OpenElement {
    namespace: &'static Namespace,
    local: &'static str,
    declares: bool,
}

impl Writer {
    /// A writer whose buffer holds `capacity` bytes before it has to grow.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            out: String::with_capacity(capacity),
            open: Vec::with_capacity(16),
            forbidden: None,
        }
    }

    /// Opens an element. Attributes whose value is `None` are left out; the others are put in canonical order. They
    /// are in no namespace: none of the documents that Signet writes has an attribute in one.
    pub fn start(
        &mut self,
        namespace: &'static Namespace,
        local: &'static str,
        attributes: &mut [(&'static str, Option<&str>)],
    ) {
        let declares = !self
            .open
            .iter()
            .any(|e| e.declares && e.namespace.prefix == namespace.prefix);
        self.out.push('<');
        self.push_name(namespace, local);
        if declares {
            self.out.push_str(" xmlns:");
            self.out.push_str(namespace.prefix);
            self.out.push_str("=\"");
            self.out.push_str(namespace.uri);
            self.out.push('"');
        }
        attributes.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in attributes.iter() {
            if let Some(value) = value {
                self.out.push(' ');
                self.out.push_str(name);
                self.out.push_str("=\"");
                self.escape(value, attribute_escape);
                self.out.push('"');
            }
        }
        self.out.push('>');
        self.open.push(OpenElement {
            namespace,
            local,
            declares,
        });
    }

    /// Writes text into the open element.
    pub fn text(&mut self, text: &str) {
        self.escape(text, text_escape);
    }

    /// Closes the innermost open element.
    pub fn end(&mut self) {
        if let Some(OpenElement {
            namespace, local, ..
        }) = self.open.pop()
        {
            self.out.push_str("</");
            self.push_name(namespace, local);
            self.out.push('>');
        }
    }

    /// Writes an element that has nothing but text.
    pub fn element(
        &mut self,
        namespace: &'static Namespace,
        local: &'static str,
        attributes: &mut [(&'static str, Option<&str>)],
        text: &str,
    ) {
        self.start(namespace, local, attributes);
        self.text(text);
        self.end();
    }

    /// How many bytes have been written: where a signature is put later.
    pub fn position(&self) -> usize {
        self.out.len()
    }

    /// The document; elements that are still open are closed.
    ///
    /// # Errors
    /// [`ForbiddenCharacter`] when a text or an attribute had one.
    pub fn finish(mut self) -> Result<String, ForbiddenCharacter> {
        while !self.open.is_empty() {
            self.end();
        }
        match self.forbidden {
            Some(forbidden) => Err(forbidden),
            None => Ok(self.out),
        }
    }

    fn push_name(&mut self, namespace: &Namespace, local: &str) {
        self.out.push_str(namespace.prefix);
        self.out.push(':');
        self.out.push_str(local);
    }

    fn escape(&mut self, text: &str, escape: fn(char) -> Option<&'static str>) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| escape(c).is_some() || is_forbidden(c)) {
            let (plain, tail) = rest.split_at(at);
            self.out.push_str(plain);
            let mut characters = tail.chars();
            if let Some(c) = characters.next() {
                match escape(c) {
                    Some(escaped) => self.out.push_str(escaped),
                    None => self.forbidden = self.forbidden.or(Some(ForbiddenCharacter(c))),
                }
            }
            rest = characters.as_str();
        }
        self.out.push_str(rest);
    }
}

/// Canonical XML 1.0, section 2.3, text nodes.
fn text_escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    }
}

/// Canonical XML 1.0, section 2.3, attribute nodes.
fn attribute_escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    }
}

/// Outside XML 1.0's production 2, `Char` (surrogates cannot be in a `char`).
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
