//! Tokens as attackers write them: each refused by the rule that is meant for it.

use serde_json::json;
use signet::protocol::jose::{
    Algorithm, Expected, ExpectedType, JoseError, JsonError, TokenType, VerificationKeys,
    VerifiedClaims, claimed_subject, parse_registered_keys, verify_jws,
};

use super::keys::{encode, forge, forge_hmac, p256, registered, rsa, stranger};

const CLAIMS: &str = r#"{"iss":"client","sub":"client","exp":2000000000}"#;
const GOOD: &str = r#"{"alg":"ES256","kid":"p256-1"}"#;

fn verify(token: &str) -> Result<VerifiedClaims, JoseError> {
    verify_with(token, &registered())
}

fn verify_with(token: &str, keys: &VerificationKeys) -> Result<VerifiedClaims, JoseError> {
    verify_jws(
        token,
        &Expected {
            typ: ExpectedType::ClientAssertion,
            algorithms: &Algorithm::ALL,
            keys,
        },
    )
}

#[test]
fn the_pattern_that_the_attacks_change_is_accepted() {
    for (header, key) in [
        (GOOD, p256()),
        (r#"{"alg":"ES256","kid":"p256-1","typ":"JWT"}"#, p256()),
        (r#"{"alg":"RS256","kid":"rsa-1","typ":"JWT"}"#, rsa()),
    ] {
        let claims = verify(&forge(header, CLAIMS, key)).unwrap();
        assert_eq!(claims.text("sub"), Some("client"));
    }
}

#[test]
fn algorithms_off_the_list() {
    for alg in [
        "none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256",
        "ES384", "ES512", "ES256K", "EdDSA", "RSA1_5", "es256", "ES256 ", "",
    ] {
        let header = json!({"alg": alg, "kid": "p256-1"}).to_string();
        let signed = forge(&header, CLAIMS, p256());
        assert_eq!(verify(&signed), Err(JoseError::Algorithm), "{alg}");
    }
    for header in [
        r#"{"kid":"p256-1"}"#,
        r#"{"alg":null,"kid":"p256-1"}"#,
        r#"{"alg":["ES256"],"kid":"p256-1"}"#,
        r#"{"alg":256,"kid":"p256-1"}"#,
    ] {
        let signed = forge(header, CLAIMS, p256());
        assert_eq!(verify(&signed), Err(JoseError::Algorithm), "{header}");
    }
}

#[test]
fn unsigned_tokens() {
    let header = encode(r#"{"alg":"none"}"#);
    let claims = encode(CLAIMS);
    for token in [format!("{header}.{claims}."), format!("{header}.{claims}")] {
        assert_eq!(verify(&token), Err(JoseError::Form));
    }
    let token = format!("{header}.{claims}.AAAA");
    assert_eq!(verify(&token), Err(JoseError::Algorithm));
    // the right algorithm, and nothing or nonsense for a signature
    let good = encode(GOOD);
    assert_eq!(verify(&format!("{good}.{claims}.")), Err(JoseError::Form));
    for signature in [
        vec![0; 64],
        vec![0; 63],
        vec![0; 72],
        vec![1],
        vec![0xff; 64],
    ] {
        let token = format!("{good}.{claims}.{}", encode(signature));
        assert_eq!(verify(&token), Err(JoseError::Signature));
    }
}

/// The public key, in every form in which it is found, as the secret of an HMAC.
#[test]
fn an_hmac_under_the_public_key() {
    let der = &rsa().spki;
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der)
    );
    let jwk = rsa().jwk().to_string();
    let modulus = rsa().jwk()["n"].as_str().unwrap().to_owned();
    for secret in [
        der.as_slice(),
        pem.as_bytes(),
        jwk.as_bytes(),
        modulus.as_bytes(),
    ] {
        for (alg, refused) in [
            ("HS256", JoseError::Algorithm),
            ("RS256", JoseError::Signature),
        ] {
            let header = json!({"alg": alg, "kid": "rsa-1"}).to_string();
            assert_eq!(verify(&forge_hmac(&header, CLAIMS, secret)), Err(refused));
        }
    }
}

#[test]
fn the_algorithm_is_the_keys_not_the_tokens() {
    let token = forge(r#"{"alg":"RS256","kid":"p256-1"}"#, CLAIMS, p256());
    assert_eq!(verify(&token), Err(JoseError::KeyAlgorithm));
    let token = forge(r#"{"alg":"ES256","kid":"rsa-1"}"#, CLAIMS, rsa());
    assert_eq!(verify(&token), Err(JoseError::KeyAlgorithm));
    // and the use may allow fewer than the keys could
    let token = forge(r#"{"alg":"RS256","kid":"rsa-1"}"#, CLAIMS, rsa());
    let keys = registered();
    let expected = Expected {
        typ: ExpectedType::ClientAssertion,
        algorithms: &[Algorithm::Es256],
        keys: &keys,
    };
    assert_eq!(verify_jws(&token, &expected), Err(JoseError::Algorithm));
}

#[test]
fn extensions_that_must_be_understood() {
    for (header, name) in [
        (
            r#"{"alg":"ES256","kid":"p256-1","crit":["exp"],"exp":1}"#,
            "crit",
        ),
        (r#"{"alg":"ES256","kid":"p256-1","crit":[]}"#, "crit"),
        (r#"{"alg":"ES256","kid":"p256-1","crit":null}"#, "crit"),
        (
            r#"{"alg":"ES256","kid":"p256-1","crit":["b64"],"b64":true}"#,
            "crit",
        ),
        (r#"{"alg":"ES256","kid":"p256-1","b64":false}"#, "b64"),
    ] {
        let token = forge(header, CLAIMS, p256());
        assert_eq!(verify(&token), Err(JoseError::Extension(name)), "{header}");
    }
}

#[test]
fn types_are_not_taken_for_each_other() {
    let types = [
        "JWT",
        "at+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "jwt",
        "application/at+jwt",
    ];
    for sent in types {
        let header = json!({"alg": "ES256", "kid": "p256-1", "typ": sent}).to_string();
        let token = forge(&header, CLAIMS, p256());
        let keys = registered();
        for own in TokenType::ALL {
            let expected = Expected {
                typ: ExpectedType::Own(own),
                algorithms: &Algorithm::ALL,
                keys: &keys,
            };
            let taken = verify_jws(&token, &expected);
            assert_eq!(taken.is_ok(), sent == own.as_str(), "{sent} for {own:?}");
            assert!(taken.is_ok() || taken == Err(JoseError::Type));
        }
        assert_eq!(verify(&token).is_ok(), sent == "JWT", "{sent}");
    }
    // without typ: an assertion may be, a token of ours never
    let token = forge(GOOD, CLAIMS, p256());
    let keys = registered();
    let expected = Expected {
        typ: ExpectedType::Own(TokenType::IdToken),
        algorithms: &Algorithm::ALL,
        keys: &keys,
    };
    assert_eq!(verify_jws(&token, &expected), Err(JoseError::Type));
    for typ in [json!(null), json!(["JWT"]), json!(1)] {
        let header = json!({"alg": "ES256", "kid": "p256-1", "typ": typ}).to_string();
        assert_eq!(
            verify(&forge(&header, CLAIMS, p256())),
            Err(JoseError::Type)
        );
    }
}

#[test]
fn key_ids_only_choose_among_registered_keys() {
    for kid in [
        "",
        "../../../../dev/null",
        "/proc/self/environ",
        "' OR '1'='1",
        "rsa-1\u{0}",
        "RSA-1",
        "p256-1 ",
        "https://evil.example/keys.json",
    ] {
        let header = json!({"alg": "ES256", "kid": kid}).to_string();
        let token = forge(&header, CLAIMS, p256());
        assert_eq!(verify(&token), Err(JoseError::UnknownKey), "{kid}");
    }
    let none = forge(r#"{"alg":"ES256"}"#, CLAIMS, p256());
    assert_eq!(verify(&none), Err(JoseError::UnknownKey));
    for kid in [json!(1), json!(null), json!(["p256-1"])] {
        let header = json!({"alg": "ES256", "kid": kid}).to_string();
        let token = forge(&header, CLAIMS, p256());
        assert_eq!(verify(&token), Err(JoseError::KeyIdForm), "{kid}");
    }
}

#[test]
fn a_sets_only_key_needs_no_id() {
    let mut jwk = p256().jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    let set = json!({"keys": [jwk]}).to_string();
    let keys = parse_registered_keys(set.as_bytes()).unwrap();
    for header in [r#"{"alg":"ES256"}"#, r#"{"alg":"ES256","kid":"whatever"}"#] {
        assert!(verify_with(&forge(header, CLAIMS, p256()), &keys).is_ok());
        let foreign = verify_with(&forge(header, CLAIMS, stranger()), &keys);
        assert_eq!(foreign, Err(JoseError::Signature));
    }
    // a named key is not chosen by another name
    let set = json!({"keys": [p256().jwk()]}).to_string();
    let keys = parse_registered_keys(set.as_bytes()).unwrap();
    let token = forge(r#"{"alg":"ES256","kid":"whatever"}"#, CLAIMS, p256());
    assert_eq!(verify_with(&token, &keys), Err(JoseError::UnknownKey));
    assert!(verify_with(&forge(r#"{"alg":"ES256"}"#, CLAIMS, p256()), &keys).is_ok());
}

/// The attacker brings the key that verifies the token.
#[test]
fn keys_inside_the_token_are_never_used() {
    let jwk = stranger().jwk();
    for (member, value) in [
        ("jwk", jwk.clone()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t#S256", json!("AAAA")),
    ] {
        let mut header = json!({"alg": "ES256", "kid": "p256-1"});
        header[member] = value.clone();
        let token = forge(&header.to_string(), CLAIMS, stranger());
        assert_eq!(verify(&token), Err(JoseError::Signature), "{member}");
        header.as_object_mut().unwrap().remove("kid");
        let token = forge(&header.to_string(), CLAIMS, stranger());
        assert_eq!(verify(&token), Err(JoseError::UnknownKey), "{member}");
        // beside a good signature they do no harm
        header["kid"] = json!("p256-1");
        assert!(verify(&forge(&header.to_string(), CLAIMS, p256())).is_ok());
    }
}

#[test]
fn times_that_are_no_whole_seconds() {
    for time in [
        r#""2000000000""#,
        "2000000000.5",
        "2e9",
        "1e300",
        "null",
        "true",
        "[]",
        "-1",
        "2000000000000",
        "9223372036854775808",
    ] {
        for name in ["exp", "nbf", "iat", "auth_time"] {
            let claims = format!(r#"{{"sub":"client","{name}":{time}}}"#);
            let refused = verify(&forge(GOOD, &claims, p256()));
            assert_eq!(refused, Err(JoseError::Time(name)), "{name}: {time}");
        }
    }
}

#[test]
fn members_twice() {
    let twice = Err(JoseError::Header(JsonError::RepeatedMember));
    for header in [
        r#"{"alg":"none","alg":"ES256","kid":"p256-1"}"#,
        r#"{"alg":"ES256","kid":"rsa-1","kid":"p256-1"}"#,
        r#"{"alg":"ES256","kid":"p256-1","x":{"a":1,"a":2}}"#,
        r#"{"alg":"ES256","\u0061lg":"none","kid":"p256-1"}"#,
    ] {
        assert_eq!(verify(&forge(header, CLAIMS, p256())), twice, "{header}");
    }
    for claims in [
        r#"{"sub":"a","sub":"client"}"#,
        r#"{"sub":"client","x":[{"a":1,"a":1}]}"#,
    ] {
        let refused = verify(&forge(GOOD, claims, p256()));
        assert_eq!(refused, Err(JoseError::Claims(JsonError::RepeatedMember)));
    }
}

#[test]
fn texts_that_are_no_tokens() {
    let good = forge(GOOD, CLAIMS, p256());
    let parts: Vec<&str> = good.split('.').collect();
    let (h, c, s) = (parts[0], parts[1], parts[2]);
    for token in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "....".to_owned(),
        h.to_owned(),
        format!("{h}.{c}"),
        format!("{h}.{c}.{s}."),
        format!("{h}.{c}.{s}.{s}"),
        format!("{h}.{c}.{s}.{s}.{s}"),
        format!("{h}..{s}"),
        format!(".{c}.{s}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{h}.{c}.{s}="),
        format!("{h}=.{c}.{s}"),
        format!("{h}.{c}.{}+", &s[1..]),
        format!("{h}.{c}.{}/", &s[1..]),
        format!("{h}.{c}.é"),
    ] {
        assert_eq!(verify(&token), Err(JoseError::Form), "{token}");
        assert!(claimed_subject(&token).is_err(), "{token}");
    }
    for header in [
        "",
        "[]",
        "null",
        "\"ES256\"",
        "{",
        "{}{}",
        "{\"alg\":\"ES256\",}",
        "\u{feff}{}",
    ] {
        let refused = verify(&forge(header, CLAIMS, p256()));
        let form = if header.is_empty() {
            JoseError::Form
        } else {
            JoseError::Header(JsonError::NotAnObject)
        };
        assert_eq!(refused, Err(form), "{header}");
    }
    for claims in ["[]", "null", "1", "{", "{\"a\":NaN}"] {
        let refused = verify(&forge(GOOD, claims, p256()));
        assert_eq!(
            refused,
            Err(JoseError::Claims(JsonError::NotAnObject)),
            "{claims}"
        );
    }
}

#[test]
fn sizes_are_bounded() {
    let claims = json!({"sub": "client", "x": "a".repeat(13_000)}).to_string();
    let long = forge(GOOD, &claims, p256());
    assert_eq!(verify(&long), Err(JoseError::TooLarge));
    assert_eq!(claimed_subject(&long), Err(JoseError::TooLarge));
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let refused = verify(&forge(GOOD, &deep, p256()));
    assert_eq!(refused, Err(JoseError::Claims(JsonError::NotAnObject)));
}

/// ECDSA's `s` in DER, or an other's signature of the same claims.
#[test]
fn signatures_of_another_form_or_key() {
    let der: Vec<u8> = [
        &[0x30, 0x44, 0x02, 0x20][..],
        &[1; 32],
        &[0x02, 0x20],
        &[1; 32],
    ]
    .concat();
    let signed = format!("{}.{}", encode(GOOD), encode(CLAIMS));
    for signature in [encode(der), encode([0; 64])] {
        let token = format!("{signed}.{signature}");
        assert_eq!(verify(&token), Err(JoseError::Signature));
    }
    let token = forge(GOOD, CLAIMS, stranger());
    assert_eq!(verify(&token), Err(JoseError::Signature));
    // one token's signature under another's claims
    let other = forge(GOOD, r#"{"sub":"admin"}"#, p256());
    let spliced = format!("{signed}.{}", other.rsplit('.').next().unwrap());
    assert_eq!(verify(&spliced), Err(JoseError::Signature));
}

#[test]
fn the_claimed_subject_is_read_without_belief() {
    assert_eq!(
        claimed_subject(&forge(GOOD, CLAIMS, stranger())).as_deref(),
        Ok("client")
    );
    for claims in [r#"{"iss":"client"}"#, r#"{"sub":1}"#, r#"{"sub":null}"#] {
        assert_eq!(
            claimed_subject(&forge(GOOD, claims, p256())),
            Err(JoseError::Text("sub"))
        );
    }
}
