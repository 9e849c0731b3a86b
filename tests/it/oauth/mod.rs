//! OAuth 2 and OpenID Connect on the wire: what we send is accepted by implementations that are not ours, and what we
//! receive is refused unless it keeps every rule.

mod assertions;
mod authorization;
mod claims;
mod client_authentication;
mod endpoints;
mod jws;
mod jwt_attacks;
pub(crate) mod keys;
mod metadata;
mod own_tokens;
mod pkce;
mod redirect_uris;
mod registered_keys;
mod responses;
mod token_requests;

/// Pairs as a query or a body gives them.
fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// The pairs without one of them.
fn without(pairs: &[(String, String)], name: &str) -> Vec<(String, String)> {
    pairs.iter().filter(|(n, _)| n != name).cloned().collect()
}

/// The pairs with one of them replaced or added.
fn with(pairs: &[(String, String)], name: &str, value: &str) -> Vec<(String, String)> {
    let mut changed = without(pairs, name);
    changed.push((name.to_owned(), value.to_owned()));
    changed
}
