//! A response as it was received: every field of it that a relying party judges, and none judged yet.
//!
//! Reads the very tree whose signatures were verified. What may be there once is refused when it is there twice, and an
//! assertion anywhere but directly in the response is refused altogether: there is nothing to pick the wrong one from.

use uppsala::NodeId;

use super::names::{ASSERTION, PROTOCOL};
use crate::model::Timestamp;
use crate::protocol::xml::{Comments, Limits, Tree, XmlError};

/// The limits of a message: what 100,000 characters of base64 hold.
const LIMITS: Limits = Limits {
    max_bytes: 75_000,
    max_depth: 32,
    max_attributes: 64,
    comments: Comments::Refused,
};

/// Why a document was not read as a response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReadProblem {
    #[error("the document was refused: {0}")]
    Xml(#[from] XmlError),
    #[error("the document is not a samlp:Response of SAML 2.0 with an id")]
    NotResponse,
    #[error("{what} is there more than once")]
    Repeated { what: &'static str },
    #[error("{what} is missing or is not in its form")]
    Form { what: &'static str },
    #[error("there is an assertion somewhere else than directly in the response")]
    AssertionPosition,
    #[error("the assertion is encrypted, and this receiver has no key to decrypt with")]
    Encrypted,
    #[error("the assertion has a condition that this receiver does not know")]
    UnknownCondition,
}

/// A `samlp:Response`.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) in_response_to: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) issue_instant: Timestamp,
    pub(super) issuer: Option<String>,
    pub(super) status: Status,
    pub(super) assertion: Option<Assertion>,
}

/// A `samlp:Status`.
#[derive(Debug, Clone)]
pub(super) struct Status {
    pub(super) code: String,
    pub(super) sub_code: Option<String>,
    pub(super) message: Option<String>,
}

/// A `saml:Assertion`.
#[derive(Debug, Clone)]
pub(super) struct Assertion {
    pub(super) id: String,
    pub(super) issue_instant: Timestamp,
    pub(super) issuer: String,
    pub(super) name_id: Option<NameId>,
    pub(super) confirmations: Vec<Confirmation>,
    pub(super) conditions: Option<Conditions>,
    pub(super) authn_statement: Option<AuthnStatement>,
    pub(super) attributes: Vec<Attribute>,
}

/// A `saml:NameID`.
#[derive(Debug, Clone)]
pub(super) struct NameId {
    pub(super) format: Option<String>,
    pub(super) value: String,
}

/// A `saml:SubjectConfirmation`.
#[derive(Debug, Clone)]
pub(super) struct Confirmation {
    pub(super) method: String,
    pub(super) recipient: Option<String>,
    pub(super) in_response_to: Option<String>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) not_on_or_after: Option<Timestamp>,
}

/// `saml:Conditions`.
#[derive(Debug, Clone)]
pub(super) struct Conditions {
    pub(super) not_before: Option<Timestamp>,
    pub(super) not_on_or_after: Option<Timestamp>,
    /// The audiences of each restriction; every restriction must be met.
    pub(super) audience_restrictions: Vec<Vec<String>>,
}

/// A `saml:AuthnStatement`.
#[derive(Debug, Clone)]
pub(super) struct AuthnStatement {
    pub(super) authn_instant: Timestamp,
    pub(super) session_index: Option<String>,
    pub(super) session_not_on_or_after: Option<Timestamp>,
    pub(super) authn_context_class_ref: String,
}

/// A `saml:Attribute`.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

/// Parses the octets of a message behind the limits.
pub(super) fn parse(message: &[u8]) -> Result<Tree, ReadProblem> {
    let tree = Tree::parse(message, LIMITS)?;
    let root = tree.root();
    let is_response = tree.is(root, PROTOCOL, "Response")
        && tree.attribute(root, "Version") == Some("2.0")
        && tree.attribute(root, "ID").is_some_and(|id| !id.is_empty());
    if is_response {
        Ok(tree)
    } else {
        Err(ReadProblem::NotResponse)
    }
}

impl Response {
    /// Reads a parsed response.
    pub(super) fn read(tree: &Tree) -> Result<Self, ReadProblem> {
        let reader = Reader { tree };
        let root = tree.root();
        let issuer = reader.at_most_one(root, ASSERTION, "Issuer")?;
        let status = reader.one(root, PROTOCOL, "Status")?;
        Ok(Self {
            in_response_to: reader.attribute(root, "InResponseTo"),
            destination: reader.attribute(root, "Destination"),
            issue_instant: reader.needed_time(root, "IssueInstant")?,
            issuer: issuer.map(|node| reader.text(node, "Issuer")).transpose()?,
            status: reader.status(status)?,
            assertion: reader.assertion()?,
        })
    }
}

struct Reader<'t> {
    tree: &'t Tree,
}

impl Reader<'_> {
    fn status(&self, status: NodeId) -> Result<Status, ReadProblem> {
        let code = self.one(status, PROTOCOL, "StatusCode")?;
        let sub_code = self.at_most_one(code, PROTOCOL, "StatusCode")?;
        let message = self.at_most_one(status, PROTOCOL, "StatusMessage")?;
        Ok(Status {
            code: self.needed(code, "Value")?,
            sub_code: sub_code
                .map(|node| self.needed(node, "Value"))
                .transpose()?,
            message: message
                .map(|node| self.text(node, "StatusMessage"))
                .transpose()?,
        })
    }

    /// The one assertion, which is a child of the response; any other, wherever it hides, refuses the document.
    fn assertion(&self) -> Result<Option<Assertion>, ReadProblem> {
        let is = |node: &NodeId, local: &str| self.tree.is(*node, ASSERTION, local);
        if self.tree.elements().any(|n| is(&n, "EncryptedAssertion")) {
            return Err(ReadProblem::Encrypted);
        }
        let mut all = self.tree.elements().filter(|n| is(n, "Assertion"));
        let Some(node) = all.next() else {
            return Ok(None);
        };
        if all.next().is_some() {
            return Err(ReadProblem::Repeated { what: "Assertion" });
        }
        if self.tree.document().parent(node) != Some(self.tree.root()) {
            return Err(ReadProblem::AssertionPosition);
        }
        self.assertion_at(node).map(Some)
    }

    fn assertion_at(&self, node: NodeId) -> Result<Assertion, ReadProblem> {
        if self.tree.attribute(node, "Version") != Some("2.0") {
            return Err(ReadProblem::Form {
                what: "the assertion's Version",
            });
        }
        let subject = self.one(node, ASSERTION, "Subject")?;
        let conditions = self.at_most_one(node, ASSERTION, "Conditions")?;
        let authn_statement = self.at_most_one(node, ASSERTION, "AuthnStatement")?;
        let name_id = self.at_most_one(subject, ASSERTION, "NameID")?;
        Ok(Assertion {
            id: self.needed(node, "ID")?,
            issue_instant: self.needed_time(node, "IssueInstant")?,
            issuer: self.text(self.one(node, ASSERTION, "Issuer")?, "Issuer")?,
            name_id: name_id.map(|node| self.name_id(node)).transpose()?,
            confirmations: self
                .tree
                .children_named(subject, ASSERTION, "SubjectConfirmation")
                .map(|node| self.confirmation(node))
                .collect::<Result<_, _>>()?,
            conditions: conditions.map(|node| self.conditions(node)).transpose()?,
            authn_statement: authn_statement
                .map(|node| self.authn_statement(node))
                .transpose()?,
            attributes: self.attributes(node)?,
        })
    }

    fn name_id(&self, node: NodeId) -> Result<NameId, ReadProblem> {
        Ok(NameId {
            format: self.attribute(node, "Format"),
            value: self.text(node, "NameID")?,
        })
    }

    fn confirmation(&self, node: NodeId) -> Result<Confirmation, ReadProblem> {
        let data = self.one(node, ASSERTION, "SubjectConfirmationData")?;
        Ok(Confirmation {
            method: self.needed(node, "Method")?,
            recipient: self.attribute(data, "Recipient"),
            in_response_to: self.attribute(data, "InResponseTo"),
            not_before: self.time(data, "NotBefore")?,
            not_on_or_after: self.time(data, "NotOnOrAfter")?,
        })
    }

    /// A condition that is not understood makes the assertion indeterminate, which is not valid (SAML core, 2.5.1.1).
    fn conditions(&self, node: NodeId) -> Result<Conditions, ReadProblem> {
        let mut audience_restrictions = Vec::new();
        for condition in self.tree.children(node) {
            if !self.tree.is(condition, ASSERTION, "AudienceRestriction") {
                return Err(ReadProblem::UnknownCondition);
            }
            let audiences = self
                .tree
                .children_named(condition, ASSERTION, "Audience")
                .map(|audience| self.text(audience, "Audience"))
                .collect::<Result<_, _>>()?;
            audience_restrictions.push(audiences);
        }
        Ok(Conditions {
            not_before: self.time(node, "NotBefore")?,
            not_on_or_after: self.time(node, "NotOnOrAfter")?,
            audience_restrictions,
        })
    }

    fn authn_statement(&self, node: NodeId) -> Result<AuthnStatement, ReadProblem> {
        let context = self.one(node, ASSERTION, "AuthnContext")?;
        let class = self.one(context, ASSERTION, "AuthnContextClassRef")?;
        Ok(AuthnStatement {
            authn_instant: self.needed_time(node, "AuthnInstant")?,
            session_index: self.attribute(node, "SessionIndex"),
            session_not_on_or_after: self.time(node, "SessionNotOnOrAfter")?,
            authn_context_class_ref: self.text(class, "AuthnContextClassRef")?,
        })
    }

    fn attributes(&self, assertion: NodeId) -> Result<Vec<Attribute>, ReadProblem> {
        let mut attributes = Vec::new();
        for statement in self
            .tree
            .children_named(assertion, ASSERTION, "AttributeStatement")
        {
            for node in self.tree.children_named(statement, ASSERTION, "Attribute") {
                let values = self
                    .tree
                    .children_named(node, ASSERTION, "AttributeValue")
                    .map(|value| self.text(value, "AttributeValue"))
                    .collect::<Result<_, _>>()?;
                attributes.push(Attribute {
                    name: self.needed(node, "Name")?,
                    values,
                });
            }
        }
        Ok(attributes)
    }

    fn at_most_one(
        &self,
        node: NodeId,
        namespace: &str,
        local: &'static str,
    ) -> Result<Option<NodeId>, ReadProblem> {
        let mut found = self.tree.children_named(node, namespace, local);
        let first = found.next();
        match found.next() {
            None => Ok(first),
            Some(_) => Err(ReadProblem::Repeated { what: local }),
        }
    }

    fn one(
        &self,
        node: NodeId,
        namespace: &str,
        local: &'static str,
    ) -> Result<NodeId, ReadProblem> {
        self.at_most_one(node, namespace, local)?
            .ok_or(ReadProblem::Form { what: local })
    }

    fn text(&self, node: NodeId, what: &'static str) -> Result<String, ReadProblem> {
        self.tree
            .value(node)
            .map_err(|_| ReadProblem::Form { what })
    }

    fn attribute(&self, node: NodeId, name: &str) -> Option<String> {
        self.tree.attribute(node, name).map(str::to_owned)
    }

    fn needed(&self, node: NodeId, name: &'static str) -> Result<String, ReadProblem> {
        self.attribute(node, name)
            .filter(|value| !value.is_empty())
            .ok_or(ReadProblem::Form { what: name })
    }

    /// Times are in UTC, with the `Z` (SAML core, lines 283-291).
    fn time(&self, node: NodeId, name: &'static str) -> Result<Option<Timestamp>, ReadProblem> {
        match self.tree.attribute(node, name) {
            None => Ok(None),
            Some(text) if text.ends_with('Z') => Timestamp::parse_rfc3339(text)
                .map(Some)
                .ok_or(ReadProblem::Form { what: name }),
            Some(_) => Err(ReadProblem::Form { what: name }),
        }
    }

    fn needed_time(&self, node: NodeId, name: &'static str) -> Result<Timestamp, ReadProblem> {
        self.time(node, name)?
            .ok_or(ReadProblem::Form { what: name })
    }
}
