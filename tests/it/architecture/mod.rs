//! The ladder: which module may import which. Every path that starts at `crate::` is read, in `use` lines and anywhere
//! else, and an edge that is not listed here fails. The table is the design's; who changes the one changes the other.

mod paths;
mod sizes;

use std::path::Path;

use paths::{Edge, Source, read_sources};

/// Every module and its rung. A rung imports only lower ones.
const RUNGS: [(&str, u8); 26] = [
    ("cli", 7),
    ("web", 6),
    ("jobs", 6),
    ("demo", 6),
    ("signin", 5),
    ("issue", 5),
    ("access", 5),
    ("directory", 5),
    ("credentials", 5),
    ("sessions", 5),
    ("apps", 5),
    ("traces", 5),
    ("authority", 5),
    ("audit", 4),
    ("keys", 4),
    ("mail", 4),
    ("render", 4),
    ("outbound", 4),
    ("store", 3),
    ("policy", 3),
    ("protocol", 2),
    ("model", 1),
    ("op", 1),
    ("clock", 1),
    ("entropy", 1),
    ("config", 1),
];

/// The edges within a rung.
const WITHIN: [(&str, &[&str]); 13] = [
    (
        "signin",
        &["access", "directory", "credentials", "sessions", "apps"],
    ),
    ("issue", &["access", "directory", "sessions", "apps"]),
    ("traces", &["issue"]),
    ("access", &["directory", "credentials", "sessions", "apps"]),
    ("directory", &["authority", "credentials", "sessions"]),
    ("credentials", &["authority", "sessions"]),
    ("sessions", &["apps"]),
    ("apps", &["authority"]),
    ("keys", &["audit"]),
    ("mail", &["audit", "keys"]),
    ("op", &["model", "clock", "entropy"]),
    ("clock", &["model"]),
    ("config", &["model"]),
];

fn rung(module: &str) -> Option<u8> {
    RUNGS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, rung)| *rung)
}

/// Why an edge may not be; none when it may.
fn refusal(edge: &Edge) -> Option<String> {
    let target = edge.path.first()?.as_str();
    if edge.module == target {
        return None;
    }
    let (Some(own), Some(other)) = (rung(&edge.module), rung(target)) else {
        return Some(format!("{target} is no module of the ladder"));
    };
    let within = WITHIN
        .iter()
        .any(|(module, targets)| *module == edge.module && targets.contains(&target));
    if other > own || (other == own && !within) {
        return Some("the edge is not listed".to_owned());
    }
    let item = edge.path.get(1).map(String::as_str);
    match (edge.module.as_str(), target) {
        ("protocol", other) if other != "model" => Some("protocol imports model alone".to_owned()),
        // The error is what the handle answers with; rows and SQL stay below.
        ("web" | "jobs" | "demo", "store") if !matches!(item, Some("Store" | "StoreError")) => {
            Some("of store only the Store handle and its error".to_owned())
        }
        ("demo", target) if !demo_may_import(target, item) => {
            Some("demo shares no code with the issuing side".to_owned())
        }
        (module, "policy") if module != "access" && item == Some("decide") => {
            Some("access is the only caller of policy::decide".to_owned())
        }
        _ => None,
    }
}

/// The simulated AWS and the demo service provider judge what the other modules issue.
fn demo_may_import(target: &str, item: Option<&str>) -> bool {
    match target {
        "model" | "clock" | "entropy" | "outbound" => true,
        "protocol" => item == Some("xml"),
        _ => false,
    }
}

fn refusals(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        found.extend(source.refused.iter().cloned());
        for edge in &source.edges {
            if let Some(why) = refusal(edge) {
                found.push(format!(
                    "{}, line {}: {} -> {}: {why}",
                    source.file,
                    edge.line,
                    edge.module,
                    edge.path.join("::"),
                ));
            }
        }
    }
    found
}

#[test]
fn the_ladder_holds() {
    let sources = read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let edges: usize = sources.iter().map(|s| s.edges.len()).sum();
    assert!(
        sources.len() > 60 && edges > 200,
        "{} {edges}",
        sources.len()
    );
    let found = refusals(&sources);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_module_stands_on_a_rung() {
    let sources = read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for source in sources {
        let known = source.module.is_empty() || rung(&source.module).is_some();
        assert!(known, "{} stands on no rung", source.file);
    }
}

fn planted(file: &str, text: &str) -> Vec<String> {
    refusals(&[Source::read(file, text)])
}

#[test]
fn planted_edges_are_found() {
    for (file, text) in [
        ("src/model/user.rs", "use crate::store::Row;"),
        (
            "src/model/mod.rs",
            "fn f() { crate::clock::Clock::System.now() }",
        ),
        ("src/config/mod.rs", "use crate::store::DatabaseUrl;"),
        ("src/policy/mod.rs", "use crate::store::Store;"),
        ("src/store/users.rs", "use crate::policy;"),
        ("src/protocol/saml/x.rs", "use crate::entropy::Entropy;"),
        ("src/audit/mod.rs", "use crate::{model::UserId, keys};"),
        (
            "src/audit/mod.rs",
            "use crate::{model::{UserId, self}, keys::{Keys as K}};",
        ),
        ("src/apps/mod.rs", "use crate::sessions::Sessions;"),
        ("src/credentials/mod.rs", "use crate::directory::Directory;"),
        ("src/web/mod.rs", "use crate::jobs;"),
        (
            "src/web/saml/sso.rs",
            "fn f(_: &mut dyn crate::store::Txn) {}",
        ),
        ("src/jobs/mod.rs", "use crate::store::{Store, users};"),
        ("src/demo/aws.rs", "use crate::protocol::saml::Sign;"),
        ("src/demo/aws.rs", "use crate::keys::Keys;"),
        ("src/web/mod.rs", "use crate::policy::{Grant, decide};"),
        ("src/issue/mod.rs", "crate::policy::decide(request)"),
        (
            "src/issue/mod.rs",
            "use crate::policy;\npolicy::decide(request)",
        ),
        ("src/access/mod.rs", "use crate::unknown::Thing;"),
        ("src/access/mod.rs", "use crate :: /* why */ cli :: Cli;"),
        ("src/access/mod.rs", "use crate::*;"),
        ("src/access/mod.rs", "use crate as c;"),
        ("src/access/mod.rs", "use ::signet::cli;"),
        ("src/access/mod.rs", "extern crate self as signet;"),
        ("src/access/mod.rs", "use super::cli;"),
        ("src/clock.rs", "use super::store;"),
        ("src/web/saml/sso.rs", "use super::super::cli;"),
        ("src/access/load.rs", "#[path = \"../cli/mod.rs\"] mod cli;"),
    ] {
        assert!(!planted(file, text).is_empty(), "{file}: {text}");
    }
}

#[test]
fn what_is_no_edge_is_not_taken_for_one() {
    for (file, text) in [
        ("src/model/user.rs", "// use crate::store::Row;"),
        (
            "src/model/user.rs",
            "/* crate::store /* nested */ crate::keys */",
        ),
        ("src/model/user.rs", "const T: &str = \"crate::store\";"),
        (
            "src/model/user.rs",
            "const T: &str = r#\"say \"crate::store\"\"#;",
        ),
        (
            "src/model/user.rs",
            "fn f<'a>(x: &'a str, c: char) -> bool { c == '\"' || c == '\\'' }",
        ),
        ("src/model/user.rs", "pub(crate) fn f() {}"),
        ("src/model/user.rs", "use super::AppId;"),
        (
            "src/access/mod.rs",
            "use crate::policy::decide; pub(in crate::access) fn f() {}",
        ),
        (
            "src/web/mod.rs",
            "use crate::store::Store; use crate::policy::Grant;",
        ),
        ("src/demo/mod.rs", "use crate::{model, protocol::xml};"),
        ("src/signin/mod.rs", "use crate::access::Access;"),
        ("src/cli/mod.rs", "use crate::store::users;"),
        ("src/main.rs", "fn main() { signet::cli::main() }"),
    ] {
        assert_eq!(planted(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}
