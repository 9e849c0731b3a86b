//! Why a SAML request went no further.

use x509_cert::Certificate;
use x509_cert::der::Decode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::difference::{compared_with, listed, nearest, part};
use super::{Diagnosis, Seen};
use crate::issue::{IssueError, RequestRule};
use crate::model::{Cause, NameIdFormat, Timestamp};
use crate::protocol::saml::{ReceiveError, SubStatus};

const METADATA: &str = "register the application's current metadata again";
/// Beyond this a late request was more probably opened again than made by a slow clock.
const OPENED_AGAIN: i64 = 12 * 3_600;

/// A request that breaks a rule of transport, syntax or signature.
pub fn of_received(error: &ReceiveError, seen: &Seen<'_>) -> Diagnosis {
    let rule: String = {
        let debug = format!("{error:?}");
        debug
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect()
    };
    let said = error.to_string();
    let app = seen.app_name();
    let cause = match error {
        ReceiveError::SignatureInvalid | ReceiveError::NoUsableCertificate => {
            return Diagnosis::of(rule, signature(seen));
        }
        ReceiveError::Unsigned => Cause::certain(
            format!("{app} is registered to sign its requests, and this one has no signature"),
            "switch request signing on at the application; if it cannot sign, set require_signed_requests = false in its registration",
        ),
        ReceiveError::NoCertificate => Cause::certain(
            format!("the request is signed, and {app} is registered without a signing certificate"),
            format!("{METADATA}, with its signing certificate in it"),
        ),
        ReceiveError::SignatureAlgorithm(_) | ReceiveError::DigestAlgorithm(_) => Cause::certain(
            said,
            "set the application's signature algorithm to RSA-SHA256 (and its digest to SHA-256)",
        ),
        ReceiveError::Deflate => Cause::likely(
            said,
            "a message by HTTP-Redirect is deflated, one by HTTP-POST is not: let the application use one binding wholly",
        ),
        ReceiveError::DoublyDeflated => Cause::certain(
            said,
            "deflate the message once; a proxy or a second library layer may be doing it again",
        ),
        ReceiveError::Base64 { .. } | ReceiveError::PercentEncoding { .. } => Cause::certain(
            said,
            "encode the parameter once more as SAML bindings 3.4.4.1 or 3.5.4 says; look for a link that was copied by hand or cut",
        ),
        ReceiveError::MissingRequest => Cause::certain(
            "the single sign-on URL was opened without a SAML request",
            "start at the application, or in the portal: this address is no page to open or bookmark",
        ),
        _ => Cause::certain(
            said,
            "correct it in the application's SAML settings or library",
        ),
    };
    Diagnosis::one(rule, cause)
}

/// A signature that no registered certificate verifies: from here, a replaced key and an altered message look the same.
fn signature(seen: &Seen<'_>) -> Vec<Cause> {
    let Some(saml) = seen.application.and_then(|app| app.saml()) else {
        return Vec::new();
    };
    let app = seen.app_name();
    let ends: Vec<Timestamp> = saml
        .signing_certificates
        .iter()
        .filter_map(|c| not_after(c))
        .collect();
    let replaced = match ends.iter().max() {
        Some(end) if *end < seen.now => Cause::likely(
            format!(
                "the certificate that is registered for {app} expired on {}; the application has probably replaced its key",
                end.to_rfc3339()
            ),
            METADATA,
        ),
        _ => Cause::likely(
            format!("{app} signs with another key than the one of its registered certificate"),
            format!(
                "compare the application's signing certificate with the registered one; {METADATA} if it has changed"
            ),
        ),
    };
    let altered = Cause::likely(
        "the request was altered after it was signed",
        "look for a proxy or a script that rewrites the query or the form; parameters must stay in the application's spelling and order",
    );
    vec![replaced, altered]
}

fn not_after(certificate: &str) -> Option<Timestamp> {
    let der = STANDARD.decode(certificate).ok()?;
    let parsed = Certificate::from_der(&der).ok()?;
    let end = parsed.tbs_certificate.validity.not_after.to_unix_duration();
    i64::try_from(end.as_millis())
        .ok()
        .map(Timestamp::from_millis)
}

/// A request that breaks a rule of its registration or of time.
pub fn of_rule(rule: RequestRule, seen: &Seen<'_>) -> Diagnosis {
    let app = seen.app_name();
    let sso = seen.ours;
    let causes = match rule {
        RequestRule::Destination => {
            let sent = seen.value("Destination").unwrap_or_default();
            let differs =
                part(sent, sso).map_or(String::new(), |part| format!(" (they differ in {part})"));
            vec![Cause::certain(
                format!(
                    "the request was made for {sent}, and this identity provider's single sign-on URL is {sso}{differs}"
                ),
                format!(
                    "set the identity provider's single sign-on URL at the application to {sso}, or load our metadata there again"
                ),
            )]
        }
        RequestRule::DestinationMissing => vec![Cause::certain(
            "the request is signed and names no Destination",
            format!("let the application set Destination to {sso}"),
        )],
        RequestRule::IssueInstant => clock(seen),
        RequestRule::ProtocolBinding => vec![Cause::certain(
            format!(
                "the request asks for an answer by {}, and answers go by HTTP-POST",
                seen.value("ProtocolBinding").unwrap_or("another binding")
            ),
            "set the application's response binding to HTTP-POST",
        )],
        RequestRule::AcsUrl => vec![acs_url(seen)],
        RequestRule::AcsIndex => vec![Cause::certain(
            format!(
                "the request asks for the endpoint with index {}, and {app} has none of that index",
                seen.value("AssertionConsumerServiceIndex").unwrap_or("?")
            ),
            METADATA,
        )],
        RequestRule::NoAcs => vec![Cause::certain(
            format!("{app} is registered without an assertion consumer service"),
            METADATA,
        )],
    };
    Diagnosis::of(rule.name(), causes)
}

fn acs_url(seen: &Seen<'_>) -> Cause {
    let sent = seen
        .value("AssertionConsumerServiceURL")
        .unwrap_or_default();
    let registered = seen.application.and_then(|app| app.saml());
    let registered: Vec<&str> = registered
        .map(|saml| {
            saml.assertion_consumer_services
                .iter()
                .map(|acs| acs.acs_url.as_str())
                .collect()
        })
        .unwrap_or_default();
    let app = seen.app_name();
    let compared = match nearest(sent, registered.iter().copied()) {
        Some(near) => compared_with(sent, near),
        None => format!("registered: {}", listed(registered.iter().copied())),
    };
    Cause::certain(
        format!("{app} wants the answer at {sent}, which is not registered; {compared}"),
        format!(
            "if {sent} is right, {METADATA}; if not, correct the assertion consumer service URL at the application"
        ),
    )
}

/// A request's time, compared with ours.
fn clock(seen: &Seen<'_>) -> Vec<Cause> {
    let made = seen
        .value("IssueInstant")
        .and_then(Timestamp::parse_rfc3339);
    let Some(made) = made else {
        return Vec::new();
    };
    let off = seen.now.as_seconds().saturating_sub(made.as_seconds());
    let size = spoken(off.abs());
    let is_whole_hours = off.abs() >= 3_000 && (off.abs() + 120) % 3_600 <= 240;
    let clocks = "synchronise the application's clock (NTP), and ours if it is the wrong one";
    if off < 0 {
        return vec![Cause::certain(
            format!(
                "the request was made {size} in the future by our clock: the two clocks differ"
            ),
            clocks,
        )];
    }
    let behind = Cause::likely(
        format!("the request was made {size} ago by our clock: the application's clock is behind"),
        clocks,
    );
    let opened = Cause::likely(
        format!(
            "the request was made {size} ago, and opened again now (a bookmark, the back button, a page left open)"
        ),
        "start again at the application; do not bookmark the sign-in page",
    );
    if is_whole_hours && off < OPENED_AGAIN {
        let zone = Cause::likely(
            format!(
                "the request was made {size} ago: IssueInstant is probably a local time and not UTC"
            ),
            "let the application write its times in UTC, with Z at the end",
        );
        return vec![zone, opened];
    }
    if off >= OPENED_AGAIN {
        vec![opened, behind]
    } else {
        vec![behind, opened]
    }
}

fn spoken(seconds: i64) -> String {
    match seconds {
        ..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", seconds / 60),
        7_200..=172_799 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// What the application is told in place of an assertion, where the request itself asks for what cannot be had.
pub fn of_status(sub: SubStatus, seen: &Seen<'_>) -> Diagnosis {
    match sub {
        SubStatus::InvalidNameIdPolicy => Diagnosis::one("invalid_name_id_policy", name_id(seen)),
        SubStatus::NoAuthnContext => Diagnosis::one(
            "no_authn_context",
            Cause::certain(
                format!(
                    "the request asks for {}, which Signet cannot vouch for",
                    seen.value("RequestedAuthnContext")
                        .unwrap_or("an authentication context")
                ),
                "ask for PasswordProtectedTransport or https://refeds.org/profile/mfa, or leave RequestedAuthnContext out",
            ),
        ),
        SubStatus::RequestUnsupported => Diagnosis::one(
            "request_unsupported",
            Cause::certain(
                "the request names a Subject, and Signet lets the person choose who they are",
                "let the application leave Subject out of its requests",
            ),
        ),
        _ => Diagnosis::one(
            "declined",
            Cause::certain(
                "the person gave up, or went back to the application",
                "nothing",
            ),
        ),
    }
}

fn name_id(seen: &Seen<'_>) -> Cause {
    let saml = seen.application.and_then(|app| app.saml());
    let formats = listed(
        saml.iter()
            .flat_map(|saml| &saml.name_id_formats)
            .map(|format| format.uri()),
    );
    let app = seen.app_name();
    let own = saml.map_or("", |saml| saml.entity_id.as_str());
    match (
        seen.value("NameIDPolicy Format"),
        seen.value("NameIDPolicy SPNameQualifier"),
    ) {
        (_, Some(qualifier)) if qualifier != own => Cause::certain(
            format!(
                "the request asks for a name in the name space {qualifier}, and {app} is {own}"
            ),
            "let the application leave SPNameQualifier out, or set it to its own entity id",
        ),
        (Some(format), _) if NameIdFormat::from_uri(format).is_none() => Cause::certain(
            format!(
                "the request asks for the NameID format {format}, which Signet does not issue; {app} may have: {formats}"
            ),
            "set the application's NameID format to one of these",
        ),
        (Some(format), _) => Cause::certain(
            format!(
                "the request asks for the NameID format {format}, and {app} is registered for: {formats}"
            ),
            "set the application's NameID format to one of these, or add this one to name_id_formats in its registration",
        ),
        (None, _) => Cause::certain(
            format!(
                "{app} forbids making a persistent name (AllowCreate=false), and {} has none there yet",
                seen.user()
            ),
            "let the application send AllowCreate=true for a first sign-in, or use another NameID format",
        ),
    }
}

/// A sign-in at whose end nothing could be issued.
pub fn of_issue(error: &IssueError, seen: &Seen<'_>) -> Diagnosis {
    let app = seen.app_name();
    match error {
        IssueError::AlreadyAnswered => Diagnosis::of(
            "already_answered",
            vec![
                Cause::likely(
                    "this very request was answered before: the page was loaded again, or opened a second time",
                    "start again at the application",
                ),
                Cause::likely(
                    format!("{app} gives several requests the same ID"),
                    "let the application make a new random ID for each request",
                ),
            ],
        ),
        IssueError::StartsAtApplication => Diagnosis::one(
            "starts_at_application",
            Cause::certain(
                format!("{app} is registered without starts from our side"),
                "start at the application, or set allow_idp_initiated = true in its registration",
            ),
        ),
        IssueError::SessionEnded => Diagnosis::one(
            "session_ended",
            Cause::certain(
                "the session was ended while the answer was being made",
                "sign in again",
            ),
        ),
        IssueError::RegistrationChanged => Diagnosis::one(
            "registration_changed",
            Cause::certain(
                format!(
                    "what the request was checked against was taken from the registration of {app} during the sign-in"
                ),
                "start again at the application",
            ),
        ),
        IssueError::NoName => Diagnosis::one(
            "invalid_name_id_policy",
            Cause::certain(
                format!(
                    "{app} forbids making a persistent name (AllowCreate=false), and {} has none there yet",
                    seen.user()
                ),
                "let the application send AllowCreate=true for a first sign-in, or use another NameID format",
            ),
        ),
        IssueError::AwsLimit(limit) => Diagnosis::one(
            "aws_limit",
            Cause::certain(limit.to_string(), "shorten what goes over AWS's limit"),
        ),
        _ => Diagnosis::internal(),
    }
}
