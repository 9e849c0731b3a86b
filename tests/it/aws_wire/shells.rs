//! Quoting: really evaluated where the shell is here on every machine, else read back by its published rules.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use signet::protocol::aws::Shell;

const AWKWARD: [&str; 30] = [
    "",
    " ",
    "plain",
    "two words",
    "'",
    "''",
    "'''",
    "\\'",
    "\\",
    "\\\\",
    "ends with \\",
    "\"",
    "$HOME",
    "${HOME}",
    "$(echo pwned)",
    "`echo pwned`",
    "'; echo pwned; '",
    "'$(echo pwned)'",
    "a\nb",
    "ends with a line break\n",
    "\r\n",
    "\ttab",
    "!history",
    "*?[a]~",
    "; & | < > ( ) # %",
    "-n",
    "é ü 漢 🦀",
    "\u{2018}typographic\u{2019} \u{201a}quotes\u{201b}",
    "\u{1b}[31m\u{7}",
    "a=b,c+d/e@f==",
];

/// Evaluates one assignment for each value, as `eval "$(..)"` does, and gives back what the shell then has.
fn evaluated(program: &str, values: &[&str]) -> Vec<String> {
    let mut script = String::new();
    for value in values {
        let line = Shell::Posix.assignment("SIGNET_TEST_VALUE", value).unwrap();
        let line = line.replace('\'', "'\\''");
        script.push_str(&format!(
            "eval '{line}'\nprintenv SIGNET_TEST_VALUE | od -An -v -tx1\necho end\n"
        ));
    }
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let parts = text.split_terminator("end\n").map(|hex| {
        let octets = hex
            .split_whitespace()
            .map(|h| u8::from_str_radix(h, 16).unwrap());
        let mut octets: Vec<u8> = octets.collect();
        assert_eq!(octets.pop(), Some(b'\n'), "printenv's own");
        String::from_utf8(octets).unwrap()
    });
    parts.collect()
}

#[test]
fn bash_and_sh_take_every_value_as_it_is() {
    for program in ["bash", "sh"] {
        assert_eq!(evaluated(program, &AWKWARD), AWKWARD, "{program}");
    }
}

#[test]
fn an_assignment_has_the_shells_form() {
    for (shell, expected) in [
        (Shell::Posix, "export A_1='x'\\''y\\"),
        (Shell::Fish, "set -gx A_1 'x\\'y\\\\"),
        (Shell::PowerShell, "$Env:A_1 = 'x''y\\"),
    ] {
        assert_eq!(
            shell.assignment("A_1", "x'y\\").unwrap(),
            format!("{expected}'")
        );
    }
}

#[test]
fn names_and_values_that_no_shell_takes_are_refused() {
    for shell in [Shell::Posix, Shell::Fish, Shell::PowerShell] {
        for name in ["", "1A", "A B", "A-B", "A;B", "A=B", "Ä", "A'"] {
            assert!(shell.assignment(name, "x").is_err(), "{name}");
        }
        assert!(
            shell
                .assignment("A", "a\0b")
                .unwrap_err()
                .to_string()
                .contains("NUL")
        );
    }
}

/// fish: within single quotes `\\` and `\'` are escapes, other backslashes are themselves, a quote ends it.
fn read_fish(line: &str) -> Option<String> {
    let inner = line.strip_prefix("set -gx A '")?;
    let (mut value, mut characters) = (String::new(), inner.chars().peekable());
    while let Some(c) = characters.next() {
        match c {
            '\'' => return characters.next().is_none().then_some(value),
            '\\' if matches!(characters.peek(), Some('\\' | '\'')) => {
                value.extend(characters.next());
            }
            c => value.push(c),
        }
    }
    None
}

/// PowerShell: of five characters that are single quotes to it, two in a row are the second of them, one ends it.
fn read_powershell(line: &str) -> Option<String> {
    let is_quote = |c: &char| matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}');
    let inner = line.strip_prefix("$Env:A = '")?;
    let (mut value, mut characters) = (String::new(), inner.chars().peekable());
    while let Some(c) = characters.next() {
        if !is_quote(&c) {
            value.push(c);
        } else if characters.peek().is_some_and(is_quote) {
            value.extend(characters.next());
        } else {
            return characters.next().is_none().then_some(value);
        }
    }
    None
}

fn survives(value: &str) {
    let fish = Shell::Fish.assignment("A", value).unwrap();
    assert_eq!(read_fish(&fish).as_deref(), Some(value), "{fish}");
    let powershell = Shell::PowerShell.assignment("A", value).unwrap();
    assert_eq!(
        read_powershell(&powershell).as_deref(),
        Some(value),
        "{powershell}"
    );
}

#[test]
fn fish_and_powershell_read_every_value_back() {
    AWKWARD.into_iter().for_each(survives);
    // The readers do read: an unquoted quote ends the value.
    assert_eq!(read_fish("set -gx A 'a'b'"), None);
    assert_eq!(read_powershell("$Env:A = 'a\u{2019}b'"), None);
}

proptest! {
    #[test]
    fn whatever_the_value_fish_and_powershell_read_it_back(
        value in "([^\0]|['\\\\\u{2018}-\u{201b}\"$`\n]){0,40}"
    ) {
        survives(&value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn whatever_the_value_bash_takes_it_as_it_is(
        values in proptest::collection::vec("([^\0]|['\\\\\"$`!\n]){0,40}", 10)
    ) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        prop_assert_eq!(evaluated("bash", &values), values);
    }
}
