//! Our own files, named by their content: a browser may keep them for ever.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The name with the content's hash in it.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    plain: &'static str,
}

const FILES: [(&str, &str, &[u8]); 3] = [
    (
        "signet.css",
        "text/css; charset=utf-8",
        include_bytes!("../../templates/static/signet.css"),
    ),
    (
        "signet.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../templates/static/signet.js"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_bytes!("../../templates/static/icon.svg"),
    ),
];

/// Every file.
pub fn assets() -> &'static [Asset] {
    static ASSETS: OnceLock<Vec<Asset>> = OnceLock::new();
    ASSETS.get_or_init(|| FILES.into_iter().map(named).collect())
}

/// The current name of a file of ours.
pub(super) fn current(plain: &str) -> &'static str {
    let found = assets().iter().find(|asset| asset.plain == plain);
    found.map_or("", |asset| asset.name.as_str())
}

fn named((plain, content_type, bytes): (&'static str, &'static str, &'static [u8])) -> Asset {
    let hash = hex::encode(digest(&SHA256, bytes));
    let short: String = hash.chars().take(12).collect();
    let name = match plain.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{short}.{extension}"),
        None => format!("{plain}.{short}"),
    };
    Asset {
        name,
        content_type,
        bytes,
        plain,
    }
}
