//! The pre-scan: what is refused before any parser sees a foreign document.
//!
//! A parser's own limits come too late: it is quadratic in the attributes of an element, and a DOCTYPE is a program.
//! The scan is linear, keeps no tree, and only ever refuses: what it lets through is still parsed strictly.

use super::writer::is_forbidden;

/// Whether comments may be in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comments {
    /// Neither comments nor CDATA sections. Canonicalisation drops a comment and joins nothing: `admin@x<!---->.evil`
    /// has been read as `admin@x` under a valid signature (CVE-2017-11427 and its class).
    Refused,
    /// Comments and CDATA sections between elements; never inside a value (see [`Tree::value`](super::Tree::value)).
    BetweenElements,
}

/// The limits of one kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest size in bytes.
    pub max_bytes: usize,
    /// The deepest nesting of elements.
    pub max_depth: usize,
    /// The most attributes, namespace declarations counted, on one element.
    pub max_attributes: usize,
    /// Whether comments may be there.
    pub comments: Comments,
}

impl Limits {
    /// Messages: 64 KiB, depth 32, 64 attributes, no comments.
    pub const MESSAGE: Self = Self {
        max_bytes: 64 * 1024,
        max_depth: 32,
        max_attributes: 64,
        comments: Comments::Refused,
    };
    /// Metadata that an administrator uploads: 1 MiB, and comments are common in it.
    pub const METADATA: Self = Self {
        max_bytes: 1024 * 1024,
        comments: Comments::BetweenElements,
        ..Self::MESSAGE
    };
}

/// Why a document was refused before parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// Larger than the limit.
    #[error("the document is larger than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// A byte order mark.
    #[error("the document begins with a byte order mark; send UTF-8 without one")]
    ByteOrderMark,
    /// UTF-16, a declared encoding other than UTF-8, or octets that are not UTF-8.
    #[error("the document is not UTF-8, or declares another encoding; send UTF-8")]
    NotUtf8,
    /// The first character is not `<`.
    #[error("this is not an XML document: it does not begin with '<'")]
    NotXml,
    /// A character that XML 1.0 does not allow, U+0000 among them.
    #[error("the document has the character U+{0:04X}, which XML does not allow")]
    ForbiddenCharacter(u32),
    /// A document type declaration.
    #[error("the document has a DOCTYPE; SAML documents must not have one, remove it")]
    Doctype,
    /// An entity, element, attribute list or notation declaration.
    #[error("the document declares an entity or another part of a DTD; remove it")]
    Declaration,
    /// A reference to an entity other than the five of XML.
    #[error(
        "the document refers to an entity that XML does not define; write the character instead"
    )]
    EntityReference,
    /// A processing instruction.
    #[error("the document has a processing instruction; remove it")]
    ProcessingInstruction,
    /// A comment where none may be.
    #[error("the message has a comment; remove it")]
    Comment,
    /// A CDATA section where none may be.
    #[error("the message has a CDATA section; write the text with escapes instead")]
    CdataSection,
    /// Nested too deeply.
    #[error("the document nests elements more than {max} deep")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// Too many attributes on an element.
    #[error("an element of the document has more than {max} attributes and namespace declarations")]
    TooManyAttributes {
        /// The limit.
        max: usize,
    },
    /// A tag, comment or section that does not end.
    #[error("the document ends in the middle of a tag, a comment or a section; it seems truncated")]
    Truncated,
}

/// Scans a document and gives it back as text.
///
/// # Errors
/// The first rule of [`ScanError`] that is broken.
pub(super) fn scan(bytes: &[u8], limits: Limits) -> Result<&str, ScanError> {
    if bytes.len() > limits.max_bytes {
        return Err(ScanError::TooLarge {
            max: limits.max_bytes,
        });
    }
    let text = decode(bytes)?;
    if let Some(c) = text.chars().find(|c| is_forbidden(*c)) {
        return Err(ScanError::ForbiddenCharacter(u32::from(c)));
    }
    let body = skip_declaration(text)?;
    if !body.trim_start_matches(XML_SPACE).starts_with('<') {
        return Err(ScanError::NotXml);
    }
    scan_markup(body, limits)?;
    Ok(text)
}

const XML_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

fn decode(bytes: &[u8]) -> Result<&str, ScanError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => return Err(ScanError::ByteOrderMark),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, b'<', ..] | [b'<', 0, ..] => {
            return Err(ScanError::NotUtf8);
        }
        _ => {}
    }
    std::str::from_utf8(bytes).map_err(|_| ScanError::NotUtf8)
}

/// The text behind the XML declaration, if there is one; it may name UTF-8 and nothing else.
fn skip_declaration(text: &str) -> Result<&str, ScanError> {
    let Some(rest) = text.strip_prefix("<?xml") else {
        return Ok(text);
    };
    if !rest.starts_with(XML_SPACE) {
        return Err(ScanError::ProcessingInstruction);
    }
    let (declaration, body) = rest.split_once("?>").ok_or(ScanError::Truncated)?;
    if let Some((_, value)) = declaration.split_once("encoding") {
        let value = value
            .trim_start_matches(XML_SPACE)
            .strip_prefix('=')
            .unwrap_or_default()
            .trim_start_matches(XML_SPACE);
        let quoted = |quote: char| {
            let inner = value.strip_prefix(quote)?;
            inner.split_once(quote).map(|(name, _)| name)
        };
        let name = quoted('"').or_else(|| quoted('\'')).unwrap_or_default();
        if !name.eq_ignore_ascii_case("utf-8") {
            return Err(ScanError::NotUtf8);
        }
    }
    Ok(body)
}

fn scan_markup(body: &str, limits: Limits) -> Result<(), ScanError> {
    let mut rest = body;
    let mut depth = 0usize;
    while let Some((text, markup)) = rest.split_once('<') {
        scan_references(text)?;
        rest = if let Some(tail) = markup.strip_prefix("!--") {
            refuse_unless_allowed(limits.comments, ScanError::Comment)?;
            after(tail, "-->")?
        } else if let Some(tail) = markup.strip_prefix("![CDATA[") {
            refuse_unless_allowed(limits.comments, ScanError::CdataSection)?;
            after(tail, "]]>")?
        } else if let Some(declaration) = markup.strip_prefix('!') {
            return Err(if starts_with_ignoring_case(declaration, "DOCTYPE") {
                ScanError::Doctype
            } else {
                ScanError::Declaration
            });
        } else if markup.starts_with('?') {
            return Err(ScanError::ProcessingInstruction);
        } else if let Some(tail) = markup.strip_prefix('/') {
            depth = depth.saturating_sub(1);
            after(tail, ">")?
        } else {
            let (tag, tail) = scan_tag(markup, limits)?;
            if depth >= limits.max_depth {
                return Err(ScanError::TooDeep {
                    max: limits.max_depth,
                });
            }
            if !tag.ends_with('/') {
                depth += 1;
            }
            tail
        };
    }
    scan_references(rest)
}

fn refuse_unless_allowed(comments: Comments, error: ScanError) -> Result<(), ScanError> {
    match comments {
        Comments::Refused => Err(error),
        Comments::BetweenElements => Ok(()),
    }
}

fn after<'a>(text: &'a str, end: &str) -> Result<&'a str, ScanError> {
    text.split_once(end)
        .map(|(_, tail)| tail)
        .ok_or(ScanError::Truncated)
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Splits behind the tag's `>`, and counts the attributes: each has one `=` outside quotes.
fn scan_tag(markup: &str, limits: Limits) -> Result<(&str, &str), ScanError> {
    let mut quote: Option<char> = None;
    let mut attributes = 0usize;
    for (at, c) in markup.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '=') => {
                attributes += 1;
                if attributes > limits.max_attributes {
                    return Err(ScanError::TooManyAttributes {
                        max: limits.max_attributes,
                    });
                }
            }
            (None, '>') => {
                let (tag, tail) = markup.split_at(at);
                scan_references(tag)?;
                return Ok((tag, tail.strip_prefix('>').unwrap_or_default()));
            }
            (None, _) => {}
        }
    }
    Err(ScanError::Truncated)
}

/// Only the five predefined entities and character references (XML 1.0, sections 4.1 and 4.6).
fn scan_references(text: &str) -> Result<(), ScanError> {
    let mut rest = text;
    while let Some((_, tail)) = rest.split_once('&') {
        let (name, after) = tail.split_once(';').ok_or(ScanError::EntityReference)?;
        let known = name.starts_with('#') || matches!(name, "amp" | "lt" | "gt" | "quot" | "apos");
        if !known {
            return Err(ScanError::EntityReference);
        }
        rest = after;
    }
    Ok(())
}
