//! AWS's limits, each at its edge: what lies within is issued, what lies beyond is named.

use signet::issue::AwsLimitError as Error;
use signet::issue::aws_limits::{self, Tag};

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn session_names() {
    let check = |value: &str| aws_limits::session_name("RoleSessionName", value);
    for fits in ["ab", "a.b_c+d=e,f@g-h", "A1", &"x".repeat(64)] {
        assert_eq!(check(fits), Ok(()), "{fits}");
    }
    for beyond in ["", "a", "a b", "a/b", "ab\n", "jürgen", &"x".repeat(65)] {
        let error = check(beyond).unwrap_err();
        assert!(matches!(&error, Error::SessionName { value, .. } if value == beyond));
        assert!(error.to_string().contains("RoleSessionName"));
    }
}

#[test]
fn durations_and_role_arns() {
    for (seconds, fits) in [(899, false), (900, true), (43_200, true), (43_201, false)] {
        let expected = if fits {
            Ok(())
        } else {
            Err(Error::Duration(seconds))
        };
        assert_eq!(aws_limits::duration(seconds), expected);
    }
    for (length, fits) in [(19, false), (20, true), (2_048, true), (2_049, false)] {
        let arn = "x".repeat(length);
        assert_eq!(aws_limits::role_arn(&arn).is_ok(), fits, "{length}");
    }
    // What stands behind a comma is another part of the attribute.
    let two = "arn:aws:iam::111111111111:role/x,arn:aws:iam::222222222222:role/Admin";
    assert!(aws_limits::role_arn(two).is_err());
}

#[test]
fn tags_one_by_one() {
    let check = |key: &str, value: &str| aws_limits::tags(&[tag(key, value)]);
    let (longest_key, longest_value) = ("ж".repeat(128), "ñ".repeat(256));
    for (key, value) in [
        ("team", ""),
        ("a b_.:/=+-@1", "Zoë 東京 ٣ Ⅷ ½"),
        (longest_key.as_str(), longest_value.as_str()),
        ("Aws", "aws:"),
    ] {
        assert_eq!(check(key, value), Ok(()), "{key} {value}");
    }
    let too_long = "k".repeat(129);
    for key in [
        "",
        "aws:x",
        "AWS:x",
        "a*b",
        "a\tb",
        "a\u{a0}b",
        too_long.as_str(),
    ] {
        assert_eq!(check(key, "x"), Err(Error::TagKey(key.to_owned())), "{key}");
    }
    // Marks are no letters to AWS: as in हिन्दी and กำ; nor are letters in circles, and emoji.
    let too_long = "v".repeat(257);
    for value in [
        "a;b",
        "a\nb",
        "\u{939}\u{93f}",
        "\u{e01}\u{e31}",
        "e\u{301}",
        "Ⓐ",
        "😀",
        "a\u{3000}b",
        too_long.as_str(),
    ] {
        let error = Error::TagValue("team".to_owned());
        assert_eq!(check("team", value), Err(error), "{value}");
    }
}

#[test]
fn tags_together() {
    let many =
        |count: usize| -> Vec<Tag> { (0..count).map(|n| tag(&format!("tag{n}"), "x")).collect() };
    assert_eq!(aws_limits::tags(&many(50)), Ok(()));
    assert_eq!(aws_limits::tags(&many(51)), Err(Error::TooManyTags(51)));
    let twice = [tag("Team", "x"), tag("team", "x")];
    let error = Error::RepeatedTag("team".to_owned());
    assert_eq!(aws_limits::tags(&twice), Err(error));
}

#[test]
fn responses() {
    assert_eq!(aws_limits::response(&"A".repeat(100_000)), Ok(()));
    let error = aws_limits::response(&"A".repeat(100_004)).unwrap_err();
    assert_eq!(error, Error::Response(100_004));
    assert!(error.to_string().contains("fewer or shorter"));
}
