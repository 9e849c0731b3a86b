//! AWS Signature Version 4, from the receiving side (IAM user guide, "Create a signed AWS API request").

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;

use super::fault::Fault;
use crate::model::{Span, Timestamp};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "sts";
const TERMINATOR: &str = "aws4_request";
/// How far the caller's clock may be off.
const MAX_SKEW: Span = Span::minutes(15);
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// A request as far as a signature covers it.
pub(super) struct SignedRequest {
    method: String,
    path: String,
    query: String,
    /// Names in small letters, values as they came.
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl SignedRequest {
    pub(super) fn of(request: &HttpRequest, body: Bytes) -> Self {
        let headers = request.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_ascii_lowercase(), value)
        });
        Self {
            method: request.method().as_str().to_owned(),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            headers: headers.collect(),
            body,
        }
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Method, path, query, signed headers, their names, and the hash of the body.
    fn canonical(&self, signed_headers: &[String]) -> String {
        let headers: String = signed_headers
            .iter()
            .map(|name| format!("{name}:{}\n", self.canonical_values(name)))
            .collect();
        let mut pairs: Vec<String> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| match pair.contains('=') {
                true => pair.to_owned(),
                false => format!("{pair}="),
            })
            .collect();
        pairs.sort_unstable();
        format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            self.method,
            self.path,
            pairs.join("&"),
            signed_headers.join(";"),
            hash(&self.body)
        )
    }

    /// All values of a header, without needless spaces.
    fn canonical_values(&self, name: &str) -> String {
        let values: Vec<String> = self
            .headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        values.join(",")
    }
}

/// The header `Authorization` with the time of the request, in their form and fresh.
#[derive(Debug)]
pub(super) struct Authorization {
    access_key_id: String,
    date: String,
    region: String,
    /// In order, in small letters.
    signed_headers: Vec<String>,
    signature: Vec<u8>,
    /// `X-Amz-Date`.
    time: String,
}

impl Authorization {
    pub(super) fn read(request: &SignedRequest, now: Timestamp) -> Result<Self, Fault> {
        let header = request.header("authorization").ok_or_else(|| {
            Fault::plain(
                "MissingAuthenticationToken",
                StatusCode::FORBIDDEN,
                "Request is missing Authentication Token",
            )
        })?;
        let parts = header
            .strip_prefix(ALGORITHM)
            .filter(|rest| rest.starts_with(' '))
            .ok_or_else(|| incomplete("Unsupported AWS 'algorithm'"))?;
        let part = |name: &str| {
            parts
                .split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
                .ok_or_else(|| {
                    incomplete(&format!(
                        "Authorization header requires '{name}' parameter."
                    ))
                })
        };
        let credential = part("Credential")?;
        let signature = hex::decode(part("Signature")?)
            .map_err(|_| mismatch("the signature is not hexadecimal"))?;
        let signed_headers = signed_headers(part("SignedHeaders")?, request)?;
        let time = request.header("x-amz-date").ok_or_else(|| {
            incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        })?;
        let mut scope = credential.split('/');
        let mut next = || scope.next().unwrap_or_default().to_owned();
        let (access_key_id, date, region) = (next(), next(), next());
        let (service, terminator) = (next(), next());
        if service != SERVICE {
            return Err(scope_fault(
                "Credential should be scoped to correct service: 'sts'.",
            ));
        }
        if terminator != TERMINATOR || scope.next().is_some() || region.is_empty() {
            return Err(scope_fault(
                "Credential should be scoped with a valid terminator: 'aws4_request'.",
            ));
        }
        check_time(time, &date, now)?;
        Ok(Self {
            access_key_id,
            date,
            region,
            signed_headers,
            signature,
            time: time.to_owned(),
        })
    }

    pub(super) fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Whether the signature is what this secret gives. The comparison takes the same time however much is right.
    pub(super) fn verify(&self, request: &SignedRequest, secret: &str) -> Result<(), Fault> {
        let Self {
            date, region, time, ..
        } = self;
        let canonical = request.canonical(&self.signed_headers);
        let text = format!(
            "{ALGORITHM}\n{time}\n{date}/{region}/{SERVICE}/{TERMINATOR}\n{}",
            hash(canonical.as_bytes())
        );
        let mut key = format!("AWS4{secret}").into_bytes();
        for step in [date.as_str(), region, SERVICE, TERMINATOR] {
            key = hmac::sign(&hmac_key(&key), step.as_bytes())
                .as_ref()
                .to_vec();
        }
        hmac::verify(&hmac_key(&key), text.as_bytes(), &self.signature)
            .map_err(|_| mismatch("the signature does not verify"))
    }
}

/// The names, in their order; among them every header that must be signed.
fn signed_headers(list: &str, request: &SignedRequest) -> Result<Vec<String>, Fault> {
    let names: Vec<String> = list.split(';').map(str::to_owned).collect();
    let is_in_order =
        names.is_sorted() && names.iter().all(|name| *name == name.to_ascii_lowercase());
    if !is_in_order {
        return Err(mismatch(
            "SignedHeaders are not in order, or not in small letters",
        ));
    }
    if !names.iter().any(|name| name == "host") {
        return Err(Fault::plain(
            "SignatureDoesNotMatch",
            StatusCode::FORBIDDEN,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    let unsigned = request
        .headers
        .iter()
        .map(|(name, _)| name)
        .find(|name| name.starts_with("x-amz-") && !names.contains(name));
    match unsigned {
        None => Ok(names),
        Some(name) => Err(Fault::new(
            "SignatureDoesNotMatch",
            StatusCode::FORBIDDEN,
            "There were headers present in the request which were not signed",
            format!("the header {name} is not signed"),
        )),
    }
}

/// `20261123T101530Z`, on the day of the scope, at most a quarter of an hour off.
fn check_time(time: &str, date: &str, now: Timestamp) -> Result<(), Fault> {
    let at = parse_time(time).ok_or_else(|| {
        incomplete(
            "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
        )
    })?;
    if !time.starts_with(&format!("{date}T")) {
        return Err(scope_fault(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
        ));
    }
    let shown = |at: Timestamp| at.to_xs_date_time().replace(['-', ':'], "");
    let (earliest, latest) = (now.minus(MAX_SKEW), now.plus(MAX_SKEW));
    if at < earliest {
        return Err(Fault::plain(
            "SignatureDoesNotMatch",
            StatusCode::FORBIDDEN,
            format!(
                "Signature expired: {time} is now earlier than {} ({} - 15 min.)",
                shown(earliest),
                shown(now)
            ),
        ));
    }
    if at > latest {
        return Err(Fault::plain(
            "SignatureDoesNotMatch",
            StatusCode::FORBIDDEN,
            format!(
                "Signature not yet current: {time} is still later than {} ({} + 15 min.)",
                shown(latest),
                shown(now)
            ),
        ));
    }
    Ok(())
}

fn parse_time(basic: &str) -> Option<Timestamp> {
    let is_basic = basic.len() == 16 && basic.is_ascii();
    let at = |from: usize, to: usize| basic.get(from..to);
    let (year, month, day) = (at(0, 4)?, at(4, 6)?, at(6, 8)?);
    let (hours, minutes, seconds) = (at(8, 11)?, at(11, 13)?, at(13, 16)?);
    let extended = format!("{year}-{month}-{day}{hours}:{minutes}:{seconds}");
    is_basic
        .then(|| Timestamp::parse_rfc3339(&extended))
        .flatten()
}

fn hmac_key(octets: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, octets)
}

fn hash(octets: &[u8]) -> String {
    hex::encode(digest(&SHA256, octets))
}

fn incomplete(message: &str) -> Fault {
    Fault::plain("IncompleteSignature", StatusCode::BAD_REQUEST, message)
}

fn scope_fault(message: &str) -> Fault {
    Fault::plain("SignatureDoesNotMatch", StatusCode::FORBIDDEN, message)
}

fn mismatch(cause: &str) -> Fault {
    Fault::new(
        "SignatureDoesNotMatch",
        StatusCode::FORBIDDEN,
        MISMATCH,
        cause,
    )
}
