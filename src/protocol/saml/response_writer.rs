//! Writing and signing a response.
//!
//! The document is written once, in canonical form. The assertion is digested and signed first, its signature put in,
//! then the response: the response's digest covers the signed assertion. Nothing is parsed or canonicalised on the way.

use super::names::{ASSERTION, CONFIRMATION_BEARER, PROTOCOL, VERSION};
use super::response::{AssertionContent, NameId, ResponseContent, Status, StatusCode};
use super::sign::{Sign, WriteError, check_id, enveloped_signature};
use crate::model::ResponseSigning;
use crate::protocol::xml::Writer;

/// Writes a response and signs it. A response without assertion is signed itself whatever `signing` says: there is
/// nothing else in it to sign.
///
/// # Errors
/// [`WriteError`] when a text cannot be in XML, an id is none, status and assertion disagree, or the key fails.
pub fn write_response(
    content: &ResponseContent,
    signing: ResponseSigning,
    signer: &dyn Sign,
) -> Result<String, WriteError> {
    check(content)?;
    let mut w = Writer::with_capacity(capacity(content, signer));
    let behind_issuer = write_head(&mut w, content);
    let written = content
        .assertion
        .as_ref()
        .map(|assertion| write_assertion(&mut w, assertion));
    let mut xml = w.finish()?;

    let mut sign_response = true;
    if let (Some(assertion), Some(span)) = (&content.assertion, written) {
        if signing != ResponseSigning::ResponseOnly {
            let canonical = xml.get(span.start..span.end).unwrap_or_default();
            let signature = enveloped_signature(canonical, &assertion.id, signer)?;
            xml.insert_str(span.behind_issuer, &signature);
        }
        sign_response = signing != ResponseSigning::AssertionOnly;
    }
    if sign_response {
        let signature = enveloped_signature(&xml, &content.id, signer)?;
        xml.insert_str(behind_issuer, &signature);
    }
    Ok(xml)
}

/// Where an element was written, and where its signature goes.
struct Span {
    start: usize,
    behind_issuer: usize,
    end: usize,
}

fn check(content: &ResponseContent) -> Result<(), WriteError> {
    check_id(&content.id)?;
    let success = content.status.top == StatusCode::Success;
    if success != content.assertion.is_some() {
        return Err(WriteError::StatusAndAssertion);
    }
    if let Some(assertion) = &content.assertion {
        check_id(&assertion.id)?;
        if assertion.id == content.id {
            return Err(WriteError::SameId);
        }
    }
    Ok(())
}

/// Room for the whole document with both signatures, so that the buffer is allocated once.
fn capacity(content: &ResponseContent, signer: &dyn Sign) -> usize {
    let signatures = 2 * (signer.certificate_der().len() * 4 / 3 + 1_800);
    let attributes: usize = content.assertion.as_ref().map_or(0, |assertion| {
        assertion
            .attributes
            .iter()
            .map(|a| 160 + a.name.len() + a.values.iter().map(|v| v.len() + 50).sum::<usize>())
            .sum()
    });
    3_000 + signatures + attributes
}

fn write_head(w: &mut Writer, content: &ResponseContent) -> usize {
    let issue_instant = content.issue_instant.to_xs_date_time();
    w.start(
        &PROTOCOL,
        "Response",
        &mut [
            ("Destination", Some(&content.destination)),
            ("ID", Some(&content.id)),
            ("InResponseTo", content.in_response_to.as_deref()),
            ("IssueInstant", Some(&issue_instant)),
            ("Version", Some(VERSION)),
        ],
    );
    w.element(&ASSERTION, "Issuer", &mut [], &content.issuer);
    let behind_issuer = w.position();
    write_status(w, &content.status);
    behind_issuer
}

fn write_status(w: &mut Writer, status: &Status) {
    w.start(&PROTOCOL, "Status", &mut []);
    w.start(
        &PROTOCOL,
        "StatusCode",
        &mut [("Value", Some(status.top.uri()))],
    );
    if let Some(sub) = status.sub {
        w.element(
            &PROTOCOL,
            "StatusCode",
            &mut [("Value", Some(sub.uri()))],
            "",
        );
    }
    w.end();
    if let Some(message) = &status.message {
        w.element(&PROTOCOL, "StatusMessage", &mut [], message);
    }
    w.end();
}

fn write_assertion(w: &mut Writer, assertion: &AssertionContent) -> Span {
    let start = w.position();
    let issue_instant = assertion.issue_instant.to_xs_date_time();
    w.start(
        &ASSERTION,
        "Assertion",
        &mut [
            ("ID", Some(&assertion.id)),
            ("IssueInstant", Some(&issue_instant)),
            ("Version", Some(VERSION)),
        ],
    );
    w.element(&ASSERTION, "Issuer", &mut [], &assertion.issuer);
    let behind_issuer = w.position();
    let not_on_or_after = assertion.not_on_or_after.to_xs_date_time();
    write_subject(w, assertion, &not_on_or_after);
    write_conditions(w, assertion, &not_on_or_after);
    write_authn_statement(w, assertion);
    write_attributes(w, assertion);
    w.end();
    Span {
        start,
        behind_issuer,
        end: w.position(),
    }
}

/// The bearer confirmation has Recipient, NotOnOrAfter and InResponseTo, and no NotBefore (SAML profiles, 4.1.4.2).
fn write_subject(w: &mut Writer, assertion: &AssertionContent, not_on_or_after: &str) {
    w.start(&ASSERTION, "Subject", &mut []);
    write_name_id(w, &assertion.name_id);
    w.start(
        &ASSERTION,
        "SubjectConfirmation",
        &mut [("Method", Some(CONFIRMATION_BEARER))],
    );
    w.element(
        &ASSERTION,
        "SubjectConfirmationData",
        &mut [
            ("InResponseTo", assertion.in_response_to.as_deref()),
            ("NotOnOrAfter", Some(not_on_or_after)),
            ("Recipient", Some(&assertion.recipient)),
        ],
        "",
    );
    w.end();
    w.end();
}

fn write_name_id(w: &mut Writer, name_id: &NameId) {
    w.element(
        &ASSERTION,
        "NameID",
        &mut [
            ("Format", Some(name_id.format.uri())),
            ("NameQualifier", name_id.name_qualifier.as_deref()),
            ("SPNameQualifier", name_id.sp_name_qualifier.as_deref()),
        ],
        &name_id.value,
    );
}

fn write_conditions(w: &mut Writer, assertion: &AssertionContent, not_on_or_after: &str) {
    let not_before = assertion.not_before.to_xs_date_time();
    w.start(
        &ASSERTION,
        "Conditions",
        &mut [
            ("NotBefore", Some(&not_before)),
            ("NotOnOrAfter", Some(not_on_or_after)),
        ],
    );
    w.start(&ASSERTION, "AudienceRestriction", &mut []);
    w.element(&ASSERTION, "Audience", &mut [], &assertion.audience);
    w.end();
    w.end();
}

fn write_authn_statement(w: &mut Writer, assertion: &AssertionContent) {
    let authn_instant = assertion.authn_instant.to_xs_date_time();
    let session_end = assertion
        .session_not_on_or_after
        .map(|end| end.to_xs_date_time());
    w.start(
        &ASSERTION,
        "AuthnStatement",
        &mut [
            ("AuthnInstant", Some(&authn_instant)),
            ("SessionIndex", Some(&assertion.session_index)),
            ("SessionNotOnOrAfter", session_end.as_deref()),
        ],
    );
    w.start(&ASSERTION, "AuthnContext", &mut []);
    w.element(
        &ASSERTION,
        "AuthnContextClassRef",
        &mut [],
        &assertion.authn_context_class_ref,
    );
    w.end();
    w.end();
}

/// No statement without attribute: the schema wants at least one in it.
fn write_attributes(w: &mut Writer, assertion: &AssertionContent) {
    if assertion.attributes.is_empty() {
        return;
    }
    w.start(&ASSERTION, "AttributeStatement", &mut []);
    for attribute in &assertion.attributes {
        w.start(
            &ASSERTION,
            "Attribute",
            &mut [
                ("Name", Some(&attribute.name)),
                ("NameFormat", Some(attribute.name_format.uri())),
            ],
        );
        for value in &attribute.values {
            w.element(&ASSERTION, "AttributeValue", &mut [], value);
        }
        w.end();
    }
    w.end();
}
