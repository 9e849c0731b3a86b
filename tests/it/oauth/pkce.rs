//! Proof key for code exchange: syntax, and the downgrades.

use proptest::prelude::*;
use signet::protocol::oauth::{CodeChallenge, CodeVerifier, PkceError, check_pkce};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn the_standards_own_example() {
    let verifier = CodeVerifier::parse(VERIFIER).unwrap();
    let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
    assert_eq!(verifier.challenge(), challenge);
    assert_eq!(check_pkce(Some(&challenge), Some(&verifier)), Ok(()));
    assert_eq!(check_pkce(None, None), Ok(()));
}

#[test]
fn downgrades() {
    let verifier = CodeVerifier::parse(VERIFIER).unwrap();
    let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
    assert_eq!(
        check_pkce(Some(&challenge), None),
        Err(PkceError::VerifierMissing)
    );
    assert_eq!(
        check_pkce(None, Some(&verifier)),
        Err(PkceError::VerifierUnexpected)
    );
    let other = CodeVerifier::parse(&"a".repeat(43)).unwrap();
    assert_eq!(
        check_pkce(Some(&challenge), Some(&other)),
        Err(PkceError::Mismatch)
    );
    // `plain`: the challenge itself for a verifier
    let plain = CodeVerifier::parse(CHALLENGE).unwrap();
    assert_eq!(
        check_pkce(Some(&challenge), Some(&plain)),
        Err(PkceError::Mismatch)
    );
}

#[test]
fn syntax() {
    for text in ["", &"a".repeat(42), &"a".repeat(129), &"a".repeat(10_000)] {
        assert_eq!(
            CodeVerifier::parse(text).unwrap_err(),
            PkceError::VerifierSyntax
        );
    }
    for c in ['+', '/', '=', ' ', '\n', 'é', '%', '!'] {
        let text = format!("{}{c}", "a".repeat(60));
        assert_eq!(
            CodeVerifier::parse(&text).unwrap_err(),
            PkceError::VerifierSyntax
        );
    }
    for text in ["a".repeat(43), "Z9-._~".repeat(10), "a".repeat(128)] {
        assert!(CodeVerifier::parse(&text).is_ok());
    }
    for text in [
        "",
        "short",
        &CHALLENGE[..42],
        &format!("{CHALLENGE}="),
        &format!("{CHALLENGE}A"),
        &format!("{}+", &CHALLENGE[..42]),
        // trailing bits: a second spelling of the same octets
        &format!("{}N", &CHALLENGE[..42]),
        &"a".repeat(128),
    ] {
        assert_eq!(
            CodeChallenge::parse(text),
            Err(PkceError::Challenge),
            "{text}"
        );
    }
}

#[test]
fn a_verifier_is_not_printed() {
    let verifier = CodeVerifier::parse(VERIFIER).unwrap();
    assert!(!format!("{verifier:?}").contains(VERIFIER));
}

#[test]
fn a_stored_challenge_is_checked_when_read() {
    let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
    let json = serde_json::to_string(&challenge).unwrap();
    assert_eq!(
        serde_json::from_str::<CodeChallenge>(&json).unwrap(),
        challenge
    );
    assert!(serde_json::from_str::<CodeChallenge>("\"short\"").is_err());
}

proptest! {
    #[test]
    fn a_verifier_proves_its_own_challenge_alone(
        one in "[A-Za-z0-9._~-]{43,128}",
        other in "[A-Za-z0-9._~-]{43,128}",
    ) {
        let one_verifier = CodeVerifier::parse(&one).unwrap();
        let challenge = one_verifier.challenge();
        prop_assert!(CodeChallenge::parse(challenge.as_str()).is_ok());
        prop_assert_eq!(check_pkce(Some(&challenge), Some(&one_verifier)), Ok(()));
        let other_verifier = CodeVerifier::parse(&other).unwrap();
        let proves = check_pkce(Some(&challenge), Some(&other_verifier)).is_ok();
        prop_assert_eq!(proves, one == other);
    }
}
