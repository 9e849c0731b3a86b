//! AWS's configuration file: where the block is in it, and what stands around it.

use super::block::{BEGIN, END, section};
use crate::config::PublicUrl;

/// Why the file is left alone. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A mark that does not belong.
    #[error(
        "line {line}: {what}. Nothing was changed; repair the marks, or delete them with what is between them"
    )]
    Mark {
        /// Where.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A profile of the person's own has a name that is needed.
    #[error(
        "line {line}: there is a profile {name} already that is not Signet's. Nothing was changed; rename that one or delete it"
    )]
    Taken {
        /// Where.
        line: usize,
        /// Which.
        name: String,
    },
}

/// A file in three parts.
#[derive(Debug)]
pub struct ConfigText<'a> {
    before: &'a str,
    block: Option<&'a str>,
    after: &'a str,
    /// Every section outside of this instance's block: its name and line.
    outside: Vec<(&'a str, usize)>,
}

/// A mark, and which octets its line has.
struct Mark {
    line: usize,
    start: usize,
    end: usize,
}

impl<'a> ConfigText<'a> {
    /// Finds this instance's block. Blocks of other instances are outside of it.
    ///
    /// # Errors
    /// When marks are missing, nested or there twice: guessing what is the person's own would lose it.
    pub fn parse(text: &'a str, url: &PublicUrl) -> Result<Self, FileError> {
        let mut reader = Reader {
            url: url.as_str(),
            open: None,
            found: None,
            outside: Vec::new(),
        };
        let mut start = 0_usize;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let end = start.saturating_add(line.len());
            let mark = Mark {
                line: index.saturating_add(1),
                start,
                end,
            };
            start = end;
            reader.read(line.trim_end(), mark)?;
        }
        let (found, outside) = reader.finish()?;
        let part = |from, to| text.get(from..to).unwrap_or_default();
        Ok(match found {
            Some((begin, end)) => Self {
                before: part(0, begin.start),
                block: Some(part(begin.end, end.start)),
                after: part(end.end, text.len()),
                outside,
            },
            None => Self {
                before: text,
                block: None,
                after: "",
                outside,
            },
        })
    }

    /// What is between the marks.
    pub fn block(&self) -> Option<&'a str> {
        self.block
    }

    /// Whether the names are free.
    ///
    /// # Errors
    /// With the first one that is not.
    pub fn check_names<'n>(
        &self,
        mut names: impl Iterator<Item = &'n str>,
    ) -> Result<(), FileError> {
        let taken = names.find_map(|name| self.outside.iter().find(|(own, _)| *own == name));
        match taken {
            Some((name, line)) => Err(FileError::Taken {
                line: *line,
                name: (*name).to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// The file with another block in the place of the old one; at the end where there was none.
    pub fn with_block(&self, block: &str) -> String {
        let gap = match self.block {
            Some(_) => "",
            None if self.before.is_empty() => "",
            None if self.before.ends_with('\n') => "\n",
            None => "\n\n",
        };
        format!("{}{gap}{block}{}", self.before, self.after)
    }
}

/// Goes through the lines.
struct Reader<'a, 'u> {
    url: &'u str,
    /// A block that has begun, and whether it is this instance's.
    open: Option<(Mark, bool)>,
    found: Option<(Mark, Mark)>,
    outside: Vec<(&'a str, usize)>,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self, line: &'a str, mark: Mark) -> Result<(), FileError> {
        if let Some(whose) = line.strip_prefix(BEGIN.trim_end()) {
            if self.open.is_some() {
                return Err(wrong(&mark, "a block begins before the one above it ends"));
            }
            self.open = Some((mark, whose.trim() == self.url));
        } else if line == END {
            let Some((begin, ours)) = self.open.take() else {
                return Err(wrong(&mark, "a block ends that has not begun"));
            };
            if ours && self.found.is_some() {
                return Err(wrong(&begin, "there is a second block of this server"));
            }
            if ours {
                self.found = Some((begin, mark));
            }
        } else if !matches!(self.open, Some((_, true)))
            && let Some(name) = section(line)
        {
            self.outside.push((name, mark.line));
        }
        Ok(())
    }

    #[expect(
        clippy::type_complexity,
        reason = "taken apart at once by the one caller"
    )]
    fn finish(self) -> Result<(Option<(Mark, Mark)>, Vec<(&'a str, usize)>), FileError> {
        match self.open {
            Some((begin, _)) => Err(wrong(&begin, "a block begins that does not end")),
            None => Ok((self.found, self.outside)),
        }
    }
}

fn wrong(mark: &Mark, what: &'static str) -> FileError {
    FileError::Mark {
        line: mark.line,
        what,
    }
}
