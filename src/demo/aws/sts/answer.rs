//! The XML that STS answers with.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::credentials::{Credentials, Identity};
use crate::demo::aws::redemption::AssumedRole;
use crate::demo::page;

pub(super) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// What AWS takes off the format of a name.
const FORMAT_PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";

/// A result, still without the id of its request.
pub(super) struct Answer {
    operation: &'static str,
    result: String,
}

impl Answer {
    /// `AssumeRoleWithSAMLResult`.
    pub(super) fn assumed_role(
        assumed: &AssumedRole,
        credentials: &Credentials,
        packed_policy_size: usize,
    ) -> Self {
        let request = &assumed.request;
        let assertion = &assumed.assertion;
        let name_id = assertion.name_id.as_ref();
        let format = name_id.and_then(|name_id| name_id.format.as_deref());
        let format = format.unwrap_or_default();
        let audience = assertion
            .confirmations
            .first()
            .and_then(|confirmation| confirmation.recipient.as_deref());
        let qualifier = name_qualifier(
            &assertion.issuer,
            request.role.account.as_str(),
            &request.role.provider,
        );
        let mut result = group(
            "Credentials",
            &[
                ("AccessKeyId", &credentials.access_key_id),
                ("SecretAccessKey", credentials.secret_access_key()),
                ("SessionToken", credentials.session_token()),
                ("Expiration", &credentials.expires_at.to_xs_date_time()),
            ],
        );
        result += &group(
            "AssumedRoleUser",
            &[
                ("AssumedRoleId", &credentials.identity.user_id),
                ("Arn", &credentials.identity.arn),
            ],
        );
        result += &fields(&[
            ("Subject", name_id.map_or("", |name_id| &name_id.value)),
            (
                "SubjectType",
                format.strip_prefix(FORMAT_PREFIX).unwrap_or(format),
            ),
            ("Issuer", &assertion.issuer),
            ("Audience", audience.unwrap_or_default()),
            ("NameQualifier", &qualifier),
            ("PackedPolicySize", &packed_policy_size.to_string()),
        ]);
        if let Some(source_identity) = &request.source_identity {
            result += &fields(&[("SourceIdentity", source_identity)]);
        }
        Self {
            operation: "AssumeRoleWithSAML",
            result,
        }
    }

    /// `GetCallerIdentityResult`.
    pub(super) fn caller_identity(identity: &Identity) -> Self {
        Self {
            operation: "GetCallerIdentity",
            result: fields(&[
                ("Arn", &identity.arn),
                ("UserId", &identity.user_id),
                ("Account", identity.account.as_str()),
            ]),
        }
    }

    pub(super) fn into_response(self, request_id: &str) -> HttpResponse {
        let Self { operation, result } = self;
        let body = format!(
            "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
        );
        response(StatusCode::OK, request_id, body)
    }
}

/// `BASE64(SHA1(issuer + account + "/" + provider))` (STS API reference, AssumeRoleWithSAML): with the name it makes a
/// person unique. SHA-1 because AWS says so; nothing rests on it.
fn name_qualifier(issuer: &str, account: &str, provider: &str) -> String {
    let text = format!("{issuer}{account}/{provider}");
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

fn group(name: &str, members: &[(&str, &str)]) -> String {
    format!("<{name}>{}</{name}>", fields(members))
}

fn fields(members: &[(&str, &str)]) -> String {
    members
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>", escape(value)))
        .collect()
}

/// Escapes, and takes out what XML cannot carry.
pub(super) fn escape(text: &str) -> String {
    let carried: String = text
        .chars()
        .filter(|c| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .collect();
    page::escape(&carried)
}

/// A version 4 UUID.
pub(super) fn request_id(mut octets: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut octets;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let digits = hex::encode(octets);
    let mut out = String::with_capacity(36);
    for (position, digit) in digits.chars().enumerate() {
        if matches!(position, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

pub(super) fn response(status: StatusCode, request_id: &str, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(("x-amzn-requestid", request_id))
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/xml")
        .body(body)
}
