//! Redirect URIs: what may be registered, and what is taken for a registered one.

use proptest::prelude::*;
use signet::model::ApplicationType::{self, Native, Web};
use signet::protocol::oauth::{
    RedirectUriError as Refused, check_redirect_uri, find_redirect_uri, redirect_uri_matches,
};
use url::Url;

#[test]
fn what_may_be_registered() {
    for (uri, application_type) in [
        ("https://app.example/cb", Web),
        ("https://app.example", Web),
        ("https://app.example/", Web),
        ("https://app.example:8443/cb?foo=bar&x=%20y", Web),
        ("https://xn--bcher-kva.example/cb", Web),
        ("http://localhost:3000/cb", Web),
        ("http://127.0.0.1:3000/cb", Web),
        ("http://127.0.0.1/cb", Native),
        ("http://[::1]/cb", Native),
        ("http://127.0.0.1", Native),
        ("com.example.app:/cb", Native),
        ("com.example.app://signin/cb", Native),
        ("https://app.example/a..b/c", Web),
    ] {
        assert_eq!(check_redirect_uri(uri, application_type), Ok(()), "{uri}");
    }
}

#[test]
fn what_may_not() {
    let long = format!("https://app.example/{}", "a".repeat(2_048));
    for (uri, refused) in [
        ("", Refused::Spelling),
        ("/cb", Refused::Spelling),
        ("//app.example/cb", Refused::Spelling),
        ("app.example/cb", Refused::Spelling),
        ("https:app.example/cb", Refused::Spelling),
        ("https:/app.example/cb", Refused::Spelling),
        ("https:///app.example/cb", Refused::Spelling),
        ("HTTPS://app.example/cb", Refused::Spelling),
        ("https://App.example/cb", Refused::Spelling),
        ("https://app.example:443/cb", Refused::Spelling),
        ("https://app.example/a/../cb", Refused::Spelling),
        ("https://app.example/%2e%2e/cb", Refused::Spelling),
        ("https://app%2eexample/cb", Refused::Spelling),
        ("https://127.1/cb", Refused::Spelling),
        ("https://0x7f000001/cb", Refused::Spelling),
        ("https://bücher.example/cb", Refused::Characters),
        ("https://app.example/ü", Refused::Characters),
        ("https://app.example/a b", Refused::Characters),
        ("https://app.example/\tcb", Refused::Characters),
        ("https://app.example/cb\n", Refused::Characters),
        (" https://app.example/cb", Refused::Characters),
        ("https://app.example\\@evil.example/", Refused::Characters),
        ("https://app.example/\"onload=", Refused::Characters),
        ("https://app.example/<script>", Refused::Characters),
        (&long, Refused::Characters),
        ("https://app.example/cb#x", Refused::Fragment),
        ("https://app.example/cb#", Refused::Fragment),
        ("https://*.example/cb", Refused::Wildcard),
        ("https://app.example/*", Refused::Wildcard),
        ("https://app.example/cb?x=*", Refused::Wildcard),
        ("https://user@app.example/cb", Refused::UserInfo),
        ("https://user:pw@app.example/cb", Refused::UserInfo),
        ("https://app.example@evil.example/", Refused::UserInfo),
        ("https://a@b@evil.example/", Refused::UserInfo),
        ("https://@app.example/cb", Refused::UserInfo),
        ("https://:@app.example/cb", Refused::UserInfo),
        ("http://app.example/cb", Refused::Insecure),
        ("http://10.0.0.1/cb", Refused::Insecure),
        ("http://localhost.evil.example/cb", Refused::Insecure),
        ("http://127.0.0.1.evil.example/cb", Refused::Insecure),
        ("javascript:alert(1)", Refused::Scheme),
        ("JaVaScRiPt:alert(1)", Refused::Spelling),
        ("data:text/html,x", Refused::Scheme),
        ("vbscript:x", Refused::Scheme),
        ("blob:https://app.example/x", Refused::Scheme),
        ("file:///etc/passwd", Refused::Scheme),
        ("about:blank", Refused::Scheme),
        ("ws://app.example/", Refused::Scheme),
        ("myapp:/cb", Refused::Scheme),
        ("com.example.app:/cb", Refused::Scheme),
        (
            "https://app.example/cb?state=x",
            Refused::ResponseParameter("state"),
        ),
        (
            "https://app.example/cb?a=b&co%64e=x",
            Refused::ResponseParameter("code"),
        ),
        (
            "https://app.example/cb?iss=x",
            Refused::ResponseParameter("iss"),
        ),
        (
            "https://app.example/cb?error=x",
            Refused::ResponseParameter("error"),
        ),
    ] {
        assert_eq!(check_redirect_uri(uri, Web), Err(refused), "{uri}");
    }
    for uri in [
        "myapp:/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://app.example/cb",
    ] {
        assert!(check_redirect_uri(uri, Native).is_err(), "{uri}");
    }
}

#[test]
fn only_the_registered_octets_match() {
    let registered = "https://app.example/cb";
    for application_type in [Web, Native] {
        assert!(redirect_uri_matches(
            registered,
            registered,
            application_type
        ));
        for requested in [
            "",
            "https://app.example/cb/",
            "https://app.example/cb?",
            "https://app.example/cb?x=1",
            "https://app.example/cb#",
            "https://app.example/cb#x",
            "https://app.example/cb/x",
            "https://app.example/cb/..;/x",
            "https://app.example/cb/../x",
            "https://app.example/%63b",
            "https://app.example/c%62",
            "https://app.example//cb",
            "https://app.example/CB",
            "https://APP.example/cb",
            "HTTPS://app.example/cb",
            "http://app.example/cb",
            "https://app.example:443/cb",
            "https://app.example:8443/cb",
            "https://app.example./cb",
            "https://app.example@evil.example/cb",
            "https://app.example:x@evil.example/cb",
            "https://a@b@app.example/cb",
            "https://evil.example\\@app.example/cb",
            "https://app.example\\.evil.example/cb",
            "https://evil.example/https://app.example/cb",
            "https://evilapp.example/cb",
            "https://app.example.evil.example/cb",
            "https://app\u{3002}example/cb",
            "https://ａpp.example/cb",
            "https://app.example/cb ",
            " https://app.example/cb",
            "https://app.example/cb\n",
            "https://app.example/cb%00",
            "https://app.example/cb%0d%0aLocation:x",
            "javascript:alert(1)//https://app.example/cb",
            "//app.example/cb",
        ] {
            assert!(
                !redirect_uri_matches(registered, requested, application_type),
                "{requested}"
            );
        }
    }
}

/// The registered text is compared, not run: neither as a pattern nor as a prefix or suffix.
#[test]
fn registrations_are_no_patterns() {
    for (registered, requested) in [
        ("https://app.example/.*", "https://app.example/x"),
        ("https://app.example/*", "https://app.example/x"),
        ("https://*.example/cb", "https://evil.example/cb"),
        ("https://app.example", "https://app.example.evil.example"),
        ("https://app.example/", "https://app.example/x"),
        ("example/cb", "https://evil.example/cb"),
        ("*", "https://evil.example/"),
    ] {
        for application_type in [Web, Native] {
            assert!(!redirect_uri_matches(
                registered,
                requested,
                application_type
            ));
        }
    }
}

#[test]
fn a_native_clients_loopback_port_is_free() {
    for (registered, requested, matches) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", true),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", true),
        ("http://[::1]/cb?a=b", "http://[::1]:5000/cb?a=b", true),
        ("http://127.0.0.1", "http://127.0.0.1:5000", true),
        ("http://127.0.0.1/cb", "http://[::1]:5000/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.2:5000/cb", false),
        ("http://127.0.0.1/cb", "http://localhost:5000/cb", false),
        ("http://localhost/cb", "http://localhost:5000/cb", false),
        ("http://127.0.0.1/cb", "https://127.0.0.1:5000/cb", false),
        ("https://127.0.0.1/cb", "https://127.0.0.1:5000/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb2", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb?x", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb#x", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80:80/cb", false),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1:80@evil.example/cb",
            false,
        ),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1@evil.example/cb",
            false,
        ),
        ("http://127.0.0.1/cb", "http://user@127.0.0.1:80/cb", false),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1.evil.example/cb",
            false,
        ),
        ("http://127.0.0.1", "http://127.0.0.1.evil.example", false),
        (
            "http://127.0.0.1",
            "http://127.0.0.1:80.evil.example",
            false,
        ),
        ("http://127.0.0.1", "http://127.0.0.1@evil.example", false),
        ("http://127.0.0.1/cb", "http://127.1:5000/cb", false),
        ("http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]:5000/cb", false),
    ] {
        assert_eq!(
            redirect_uri_matches(registered, requested, Native),
            matches,
            "{requested}"
        );
        assert!(
            !redirect_uri_matches(registered, requested, Web),
            "{requested}"
        );
    }
}

#[test]
fn the_requested_one_is_found_or_refused() {
    let registered = ["https://app.example/cb", "http://127.0.0.1/cb"];
    let find =
        |requested, application_type| find_redirect_uri(&registered, requested, application_type);
    assert_eq!(
        find(Some("https://app.example/cb"), Web),
        Ok("https://app.example/cb")
    );
    assert_eq!(
        find(Some("http://127.0.0.1:9/cb"), Native),
        Ok("http://127.0.0.1:9/cb")
    );
    assert_eq!(
        find(Some("http://127.0.0.1:9/cb"), Web),
        Err(Refused::NotRegistered)
    );
    assert_eq!(
        find(Some("https://evil.example/cb"), Web),
        Err(Refused::NotRegistered)
    );
    assert_eq!(find(None, Web), Err(Refused::Missing));
    let none: [&str; 0] = [];
    assert_eq!(
        find_redirect_uri(&none, Some("https://app.example/cb"), Web),
        Err(Refused::NotRegistered)
    );
}

/// What a URL would be opened at: everything but the port.
fn place(uri: &str) -> Option<(String, String, String, Option<String>)> {
    let url = Url::parse(uri).ok()?;
    let user = format!("{}:{}", url.username(), url.password().unwrap_or_default());
    Some((
        format!("{} {user} {}", url.scheme(), url.host_str()?),
        url.path().to_owned(),
        url.query().unwrap_or_default().to_owned(),
        url.fragment().map(str::to_owned),
    ))
}

const REGISTERED: [&str; 4] = [
    "https://app.example/cb",
    "http://127.0.0.1/cb",
    "http://[::1]:80",
    "http://127.0.0.1:8080?x=1",
];

fn application_types() -> impl Strategy<Value = ApplicationType> {
    prop_oneof![Just(Web), Just(Native)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    /// Whatever matches is opened at the registered place, in the eyes of a URL parser that is not ours.
    #[test]
    fn a_match_is_never_another_place(
        registered in prop::sample::select(&REGISTERED),
        cut in any::<prop::sample::Index>(),
        inserted in r"(:[0-9]{0,6})?[.@:/?#\\;%a-z0-9]{0,6}(evil\.example)?",
        application_type in application_types(),
    ) {
        let at = cut.index(registered.len() + 1);
        let requested = format!("{}{inserted}{}", &registered[..at], &registered[at..]);
        if redirect_uri_matches(registered, &requested, application_type) {
            prop_assert_eq!(place(&requested), place(registered), "{}", requested);
        }
    }

    #[test]
    fn a_web_client_matches_itself_alone(
        registered in prop::sample::select(&REGISTERED),
        requested in any::<String>(),
    ) {
        prop_assert_eq!(redirect_uri_matches(registered, &requested, Web), registered == requested);
    }

    /// What may be registered is what a browser makes of it, with the host that is to be seen.
    #[test]
    fn a_registration_reads_as_it_is_opened(
        host in "[a-zA-Z0-9.@:%-]{1,16}",
        path in r"[a-z./;%@?&=]{0,12}",
    ) {
        let uri = format!("https://{host}/{path}");
        if check_redirect_uri(&uri, Web).is_ok() {
            let url = Url::parse(&uri).unwrap();
            prop_assert_eq!(url.as_str(), uri.as_str());
            let shown = uri["https://".len()..].split(['/', ':']).next().unwrap();
            prop_assert_eq!(url.host_str(), Some(shown));
        }
    }
}
