//! No file grows past what one reads in a sitting: 500 lines, 800 with a reason.

use std::path::Path;

use super::paths::files;

const LONG: usize = 500;
const TOO_LONG: usize = 800;

/// Files between the two, each with its reason.
const LONG_FILES: [(&str, &str); 1] = [(
    "src/audit/event.rs",
    "one type: everything that the audit records",
)];

/// What is wrong with a file's length.
fn refusal(file: &str, lines: usize, list: &[(&str, &str)]) -> Option<String> {
    let listed = list.iter().any(|(name, _)| *name == file);
    match lines {
        _ if lines > TOO_LONG => Some(format!("{file} has {lines} lines: divide it by concern")),
        _ if lines > LONG && !listed => Some(format!(
            "{file} has {lines} lines: divide it by concern, or list it with its reason"
        )),
        _ if lines <= LONG && listed => Some(format!("{file} is short now: take it off the list")),
        _ => None,
    }
}

#[test]
fn no_file_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut counted = 0;
    for folder in ["src", "tests", "benches"] {
        for path in files(&root.join(folder)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            found.extend(refusal(&name, text.lines().count(), &LONG_FILES));
            counted += 1;
        }
    }
    for (name, _) in LONG_FILES {
        assert!(
            root.join(name).is_file(),
            "{name} is gone: take it off the list"
        );
    }
    assert!(counted > 100, "{counted}");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn long_files_are_found() {
    let list = [("src/long.rs", "a reason")];
    assert!(refusal("src/new.rs", 500, &list).is_none());
    assert!(refusal("src/new.rs", 501, &list).is_some());
    assert!(refusal("src/long.rs", 501, &list).is_none());
    assert!(refusal("src/long.rs", 801, &list).is_some());
    assert!(refusal("src/long.rs", 500, &list).is_some());
}
