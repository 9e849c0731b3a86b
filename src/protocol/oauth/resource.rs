//! `resource`: for which resource servers a token shall be (RFC 8707).

use url::Url;

use super::parameters::{MAX_URI, ParameterError, Parameters};

/// The most resources of a request.
pub const MAX_RESOURCES: usize = 8;

/// Why the resources were refused.
pub(super) enum ResourceError {
    Parameter(ParameterError),
    /// Not an absolute URI, or one with a fragment (RFC 8707, section 2).
    Target,
}

/// The resources in the order that they were sent, each once. Which of them the client may use is for the caller.
pub(super) fn read_resources(parameters: Parameters<'_>) -> Result<Vec<String>, ResourceError> {
    let sent = parameters
        .all("resource", MAX_URI, MAX_RESOURCES)
        .map_err(ResourceError::Parameter)?;
    let mut resources: Vec<String> = Vec::new();
    for resource in sent {
        if !is_resource(resource) {
            return Err(ResourceError::Target);
        }
        if resources.iter().all(|known| known != resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

fn is_resource(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
        && Url::parse(text).is_ok_and(|url| url.fragment().is_none())
}
