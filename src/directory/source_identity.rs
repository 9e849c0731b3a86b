//! The name under which AWS knows a person: SourceIdentity and RoleSessionName (aws.md 3.2).
//!
//! Made once from the user name and kept for ever: AWS's logs name people by it, and what a person did must never look
//! like another's.

use crate::model::UserName;

/// AWS takes 2 to 64 characters.
const LONGEST: usize = 64;

/// The candidates in the order in which they are tried: the name itself as far as AWS can write it, then with a number.
pub(super) fn candidate(user_name: &UserName, attempt: u32) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let written: String = user_name
        .as_str()
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    let suffix = match attempt {
        0 if written.len() >= 2 => String::new(),
        0 => "-1".to_owned(),
        number => format!("-{}", number.saturating_add(1)),
    };
    let room = LONGEST.saturating_sub(suffix.len());
    let kept: String = written.chars().take(room).collect();
    format!("{kept}{suffix}")
}
