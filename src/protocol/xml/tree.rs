//! Foreign documents as a tree: scanned, parsed once, read whole.

use uppsala::{Document, NodeId, NodeKind, Parser};

use super::scan::{Limits, ScanError, scan};

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// The pre-scan refused it.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// It is not well-formed, or a namespace prefix is not declared.
    #[error("the document is not well-formed XML (line {line}, column {column})")]
    Malformed {
        /// Where the parser gave up.
        line: usize,
        /// Where the parser gave up.
        column: usize,
    },
}

/// An element holds something else than one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the value is not plain text: it has an element, a comment, a CDATA section or a processing instruction in it"
)]
pub struct ValueError;

/// A document that has passed the pre-scan and a strict, namespace-aware parse.
///
/// Signatures are verified over this very tree and values are read from it: there is no second parser whose opinion
/// could differ.
#[derive(Debug)]
pub struct Tree {
    document: Document<'static>,
    root: NodeId,
    source: String,
}

impl Tree {
    /// Scans and parses.
    ///
    /// # Errors
    /// [`XmlError`] with the rule that was broken.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, XmlError> {
        let text = scan(bytes, limits)?;
        let document = Parser::new()
            .with_forbid_dtd(true)
            .with_forbid_entities(true)
            .with_max_entity_expansion(0)
            .with_max_depth(u32::try_from(limits.max_depth).unwrap_or(u32::MAX))
            .parse(text)
            .map_err(|e| malformed(&e))?;
        let root = document
            .document_element()
            .ok_or(XmlError::Malformed { line: 1, column: 1 })?;
        Ok(Self {
            document: document.into_static(),
            root,
            source: text.to_owned(),
        })
    }

    /// The root element.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The parsed document, for the signature library.
    pub fn document(&self) -> &Document<'static> {
        &self.document
    }

    /// The text that was parsed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the node is this element.
    pub fn is(&self, node: NodeId, namespace: &str, local: &str) -> bool {
        self.document
            .element(node)
            .is_some_and(|e| e.matches_name_ns(namespace, local))
    }

    /// The child elements, in order.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.document
            .children_iter(node)
            .filter(|id| self.document.element(*id).is_some())
    }

    /// The child elements of this name, in order.
    pub fn children_named<'t>(
        &'t self,
        node: NodeId,
        namespace: &'t str,
        local: &'t str,
    ) -> impl Iterator<Item = NodeId> + 't {
        self.children(node)
            .filter(move |id| self.is(*id, namespace, local))
    }

    /// Every element, the root first, in document order.
    pub fn elements(&self) -> impl Iterator<Item = NodeId> {
        self.document
            .descendants(self.document.root())
            .into_iter()
            .filter(|id| self.document.element(*id).is_some())
    }

    /// An attribute in no namespace. The parser's own lookup goes by local name alone and would take `x:ID` for `ID`.
    pub fn attribute(&self, node: NodeId, name: &str) -> Option<&str> {
        self.document
            .element(node)?
            .attributes
            .iter()
            .find(|a| a.name.namespace_uri.is_none() && a.name.local_name == name)
            .map(|a| a.value.as_ref())
    }

    /// The element's attributes as (namespace, local name, value); namespace declarations are not among them.
    pub fn attributes(&self, node: NodeId) -> impl Iterator<Item = (Option<&str>, &str, &str)> {
        self.document
            .element(node)
            .into_iter()
            .flat_map(|e| e.attributes.iter())
            .map(|a| {
                (
                    a.name.namespace_uri.as_deref(),
                    a.name.local_name.as_ref(),
                    a.value.as_ref(),
                )
            })
    }

    /// The whole text of an element that must hold text and nothing else.
    ///
    /// # Errors
    /// [`ValueError`] when anything but text is inside: the first piece alone must never pass for the value.
    pub fn value(&self, node: NodeId) -> Result<String, ValueError> {
        let mut value = String::new();
        for child in self.document.children_iter(node) {
            match self.document.node_kind(child) {
                Some(NodeKind::Text(text)) => value.push_str(text),
                _ => return Err(ValueError),
            }
        }
        Ok(value)
    }

    /// Whether an element holds elements and white space only.
    pub fn has_only_elements(&self, node: NodeId) -> bool {
        self.document
            .children_iter(node)
            .all(|child| match self.document.node_kind(child) {
                Some(NodeKind::Element(_) | NodeKind::Comment(_)) => true,
                Some(NodeKind::Text(text)) => {
                    text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
                }
                _ => false,
            })
    }
}

fn malformed(error: &uppsala::XmlError) -> XmlError {
    let (line, column) = match error {
        uppsala::XmlError::Parse(e) => (e.line, e.column),
        uppsala::XmlError::WellFormedness(e) => (e.line, e.column),
        uppsala::XmlError::Namespace(e) => (e.line, e.column),
        _ => (1, 1),
    };
    XmlError::Malformed { line, column }
}
