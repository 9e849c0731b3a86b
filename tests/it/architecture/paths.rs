//! The paths of a source file that start at the crate's root.

use std::path::Path;

/// One import or mention.
#[derive(Debug)]
pub(super) struct Edge {
    /// The module of the file.
    pub(super) module: String,
    /// The segments after `crate`.
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// What a file mentions.
pub(super) struct Source {
    pub(super) file: String,
    /// Empty for `lib.rs` and `main.rs`.
    pub(super) module: String,
    pub(super) edges: Vec<Edge>,
    /// What would hide an edge from this reader.
    pub(super) refused: Vec<String>,
}

/// Every Rust file below a folder.
pub(super) fn read_sources(folder: &Path) -> Vec<Source> {
    files(folder)
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let inside = path.strip_prefix(folder).unwrap();
            Source::read(&format!("src/{}", inside.display()), &text)
        })
        .collect()
}

/// Every Rust file below a folder, in order.
pub(super) fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Source {
    pub(super) fn read(file: &str, text: &str) -> Self {
        let segments: Vec<&str> = file.trim_end_matches(".rs").split('/').skip(1).collect();
        let is_root = matches!(segments.as_slice(), ["lib" | "main"]);
        let module = if is_root { "" } else { segments[0] };
        // `super` means the crate's root in `src/op.rs` and `src/store/mod.rs`.
        let is_top = matches!(segments.as_slice(), [_] | [_, "mod"]);
        let mut reader = Reader {
            source: Self {
                file: file.to_owned(),
                module: module.to_owned(),
                edges: Vec::new(),
                refused: Vec::new(),
            },
            tokens: tokens(text),
        };
        if !is_root {
            reader.read(is_top);
        }
        reader.source
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Token {
    text: String,
    line: usize,
}

struct Reader {
    source: Source,
    tokens: Vec<Token>,
}

impl Reader {
    fn at(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |t| t.text.as_str())
    }

    fn refuse(&mut self, index: usize, why: &str) {
        let line = self.tokens[index].line;
        let file = &self.source.file;
        self.source
            .refused
            .push(format!("{file}, line {line}: {why}"));
    }

    fn edge(&mut self, index: usize, path: Vec<String>) {
        self.source.edges.push(Edge {
            module: self.source.module.clone(),
            path,
            line: self.tokens[index].line,
        });
    }

    fn read(&mut self, is_top: bool) {
        for index in 0..self.tokens.len() {
            let before = index.checked_sub(1).map_or("", |i| self.at(i));
            let (before, next, after) = (before.to_owned(), self.at(index + 1), self.at(index + 2));
            match self.at(index) {
                "crate" if next == "::" => self.path(index, index + 2, Vec::new()),
                "crate" if before == "extern" => self.refuse(index, "extern crate"),
                "crate" if next != ")" => self.refuse(index, "the crate's root under another name"),
                "signet" if next == "::" || before == "::" => {
                    self.refuse(index, "write crate::, not signet::");
                }
                "super" if next == "::" && after == "super" => {
                    self.refuse(index, "super::super: write crate::");
                }
                "super" if is_top && next == "::" => {
                    self.refuse(index, "super is the crate's root here: write crate::");
                }
                "#" if next == "[" && after == "path" => {
                    self.refuse(index, "a module from another folder");
                }
                "policy" if next == "::" && after == "decide" && before != "::" => {
                    self.edge(index, vec!["policy".to_owned(), "decide".to_owned()]);
                }
                _ => {}
            }
        }
    }

    /// The path or the paths of a group from `at` on, with what stands before them.
    fn path(&mut self, start: usize, at: usize, mut before: Vec<String>) {
        let mut at = at;
        loop {
            match self.at(at) {
                "{" => return self.group(start, at + 1, &before),
                "*" if before.is_empty() => {
                    return self.refuse(start, "everything of the crate's root");
                }
                "self" => {}
                segment => before.push(segment.to_owned()),
            }
            if self.at(at + 1) != "::" {
                return self.edge(start, before);
            }
            at += 2;
        }
    }

    fn group(&mut self, start: usize, first: usize, before: &[String]) {
        let (mut at, mut depth, mut expects_item) = (first, 0, true);
        loop {
            match self.at(at) {
                "}" if depth == 0 => return,
                "" => return,
                "," if depth == 0 => expects_item = true,
                _ if expects_item => {
                    self.path(start, at, before.to_vec());
                    expects_item = false;
                    depth += usize::from(self.at(at) == "{");
                }
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            at += 1;
        }
    }
}

/// Words, `::` and single signs; no comments, no texts.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut at, mut line, mut found) = (0, 1, Vec::new());
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => quoted(rest),
            ['r', '"' | '#', ..] | ['b', 'r', '"' | '#', ..] => raw_text(rest),
            ['\'', '\\', ..] => 3 + rest[3..].iter().position(|c| *c == '\'').unwrap(),
            ['\'', _, '\'', ..] => 3,
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let end = |c: &char| !(c.is_alphanumeric() || *c == '_');
                let length = rest.iter().position(end).unwrap_or(rest.len());
                found.push(Token {
                    text: rest[..length].iter().collect(),
                    line,
                });
                length
            }
            [':', ':', ..] => {
                found.push(Token {
                    text: "::".to_owned(),
                    line,
                });
                2
            }
            [c, ..] if c.is_whitespace() => 1,
            [c, ..] => {
                found.push(Token {
                    text: c.to_string(),
                    line,
                });
                1
            }
            [] => 1,
        };
        let length = length.max(1);
        let passed = &rest[..length.min(rest.len())];
        line += passed.iter().filter(|c| **c == '\n').count();
        at += length;
    }
    found
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            [] => return at,
            _ => at += 1,
        }
    }
}

fn quoted(rest: &[char]) -> usize {
    let mut at = 1;
    while let Some(c) = rest.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// `r#".."#`; zero for `r#name`.
fn raw_text(rest: &[char]) -> usize {
    let begin = rest.iter().position(|c| *c == 'r').unwrap() + 1;
    let hashes = rest[begin..].iter().take_while(|c| **c == '#').count();
    if rest.get(begin + hashes) != Some(&'"') {
        return begin + hashes;
    }
    let end: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let inside = begin + hashes + 1;
    rest[inside..]
        .windows(end.len())
        .position(|w| w == end)
        .map_or(rest.len(), |p| inside + p + end.len())
}
