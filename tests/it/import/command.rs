//! The command: both formats, what it says, and what it never says.

use super::{BCRYPT, SEED};
use crate::cli::program::Place;

fn place() -> Place {
    let place = Place::empty();
    place.init();
    place
}

fn write(place: &Place, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(place.path(name), text).unwrap();
}

fn export(place: &Place) -> String {
    place.run(&["config", "export"]).ok().out
}

fn csv() -> String {
    format!(
        "\u{feff}user_name, email,display_name,groups,state,password_hash,totp_secret,attributes.department\r\n\
         alice,alice@example.com,\"Archer, Alice\",Platform; Oncall,,{BCRYPT},{SEED},Shop;Bar\r\n\
         \r\n\
         bob,bob@example.com,,,disabled,,,\r\n"
    )
}

fn json() -> String {
    format!(
        r#"{{"users": [
        {{"user_name": "alice", "email": "alice@example.com", "display_name": "Archer, Alice",
          "groups": ["Platform", "Oncall"], "password_hash": "{BCRYPT}", "totp_secret": "{SEED}",
          "attributes": {{"department": ["Shop", "Bar"]}}}},
        {{"user_name": "bob", "email": "bob@example.com", "state": "disabled", "given_name": null}}]}}"#
    )
}

#[test]
fn both_formats_make_the_same_people() {
    let mut exports = Vec::new();
    for (name, text) in [("people.csv", csv()), ("people.json", json())] {
        let place = place();
        write(&place, name, text);
        let before = export(&place);
        let refused = place.run(&["users", "import", name]).failed("2 problems");
        let first = if name == "people.csv" {
            "line 2"
        } else {
            "row 1"
        };
        assert!(
            refused.err.starts_with(&format!("{first}, groups: ")),
            "{}",
            refused.err
        );
        let dry = place
            .run(&["users", "import", name, "--create-groups", "--dry-run"])
            .ok();
        assert!(
            dry.err
                .contains("2 users, 2 new groups; nothing was imported"),
            "{}",
            dry.err
        );
        assert_eq!(
            dry.out,
            "+ group Platform\n+ group Oncall\n+ user alice: password (bcrypt), authenticator, 2 groups\n\
             + user bob: no password, 0 groups\n"
        );
        assert_eq!(export(&place), before);
        let done = place
            .run(&["users", "import", name, "--create-groups"])
            .ok();
        assert_eq!(done.out, dry.out);
        let said = format!("{}{}{}{}", dry.out, dry.err, done.out, done.err);
        assert!(!said.contains(SEED) && !said.contains("$2b$"), "{said}");
        let after = export(&place);
        assert!(
            after.contains("Archer, Alice") && after.contains("deactivated"),
            "{after}"
        );
        assert!(place.run(&["audit", "verify"]).ok().err.contains("intact"));
        // Once is enough.
        let again = place.run(&["users", "import", name]).failed("4 problems");
        assert!(
            again
                .err
                .contains("\"alice\" is there already: the user \"alice\""),
            "{}",
            again.err
        );
        exports.push(after);
    }
    assert_eq!(exports[0], exports[1]);
}

#[test]
fn each_problem_is_told_with_its_line_and_column() {
    let place = place();
    let text = "user_name,email,password_hash\n\
                alice,alice@example.com,hunter2\n\
                bob,bob@example.com\n\
                \"ca\nrol\",carol@example.com,\n\
                dave,dave,\n\
                \u{ff},eve@example.com,\n";
    let mut octets = text.as_bytes().to_vec();
    // The last row's name is no UTF-8.
    let at = octets.windows(2).position(|w| w == [0xc3, 0xbf]).unwrap();
    octets.splice(at..at + 2, [0xff]);
    write(&place, "people.csv", octets);
    let said = place
        .run(&["users", "import", "people.csv"])
        .failed("nothing was imported");
    for line in [
        "line 2, password_hash: no hash in a form",
        "line 3, the row: 2 fields where the first line names 3",
        "line 4, user_name: must not contain control or invisible characters",
        "line 6, email: must have the form name@domain",
        "line 7, user_name: is not UTF-8",
    ] {
        assert!(said.err.contains(line), "\"{line}\" is not in {}", said.err);
    }
    assert!(!said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn only_fifty_problems_are_told_and_the_rest_counted() {
    let place = place();
    let mut text = "user_name,email\n".to_owned();
    for number in 0..60 {
        text.push_str(&format!("user{number},nowhere\n"));
    }
    write(&place, "people.csv", text);
    let said = place
        .run(&["users", "import", "people.csv"])
        .failed("60 problems");
    assert_eq!(
        said.err.lines().filter(|l| l.starts_with("line ")).count(),
        50
    );
    assert!(said.err.contains("and 10 more"), "{}", said.err);
}

#[test]
fn what_is_no_table_of_people_is_refused() {
    let place = place();
    for (name, text, says) in [
        (
            "a.csv",
            "username,email\nx,x@example.com\n",
            "did you mean user_name?",
        ),
        (
            "a.csv",
            "user_name,email,email\n",
            "the column is there twice",
        ),
        ("a.csv", "user_name\nx\n", "email: the column is missing"),
        (
            "a.csv",
            "user_name;email\r\nx;x@example.com\r\n",
            "separated by semicolons; save the file as CSV with commas",
        ),
        (
            "a.csv",
            "user_name\temail\nx\tx@example.com\n",
            "separated by tabs",
        ),
        (
            "a.csv",
            "user_name,email,admin_role\n",
            "unknown column; valid: user_name",
        ),
        ("a.json", "[{]", "no list of people in JSON"),
        ("a.json", "{\"people\": []}", "users"),
        ("a.json", "[\"alice\"]", "an object for each person"),
        (
            "a.json",
            "[{\"user_name\": 1, \"email\": \"a@example.com\"}]",
            "row 1, user_name: must be a text",
        ),
        (
            "a.json",
            "[{\"user_name\": \"a\", \"user_name\": \"b\", \"email\": \"a@example.com\"}]",
            "user_name: is there twice",
        ),
        (
            "a.json",
            "[{\"user_name\": \"a\", \"mail\": \"b\", \"email\": \"a@example.com\"}]",
            "did you mean email?",
        ),
        (
            "a.json",
            "[{\"user_name\": \"a\", \"email\": \"a@example.com\", \"groups\": [1]}]",
            "groups: every value",
        ),
    ] {
        write(&place, name, text);
        place.run(&["users", "import", name]).failed(says);
    }
    write(&place, "people.txt", json());
    let said = place.run(&["users", "import", "people.txt"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--format"), "{}", said.err);
    place
        .run(&[
            "users",
            "import",
            "people.txt",
            "--format",
            "json",
            "--create-groups",
        ])
        .ok();
    place
        .run(&["users", "import", "none.csv"])
        .failed("none.csv");
}

#[test]
fn a_file_beyond_the_bounds_is_refused() {
    let place = place();
    let mut rows = "user_name,email\n".to_owned();
    for number in 0..100_001 {
        rows.push_str(&format!("u{number},u{number}@example.com\n"));
    }
    write(&place, "many.csv", rows);
    place
        .run(&["users", "import", "many.csv"])
        .failed("more than 100,000 rows");
    std::fs::File::create(place.path("large.csv"))
        .and_then(|file| file.set_len(64 * 1024 * 1024 + 1))
        .unwrap();
    place
        .run(&["users", "import", "large.csv"])
        .failed("larger than 64 MiB");
}
