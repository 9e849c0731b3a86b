//! OpenID Connect under load: the code flow, refresh, client_credentials, what resource servers ask, what is published.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::http::{Answer, Connection};
use crate::load::{Exchange, closed, median, open, percentile, wait};
use crate::machine::Elsewhere;
use crate::people::{client_secret, sign_in};
use crate::report::{Goal, Measured};
use crate::server::{Instance, Server};
use crate::serving::BareSignatures;

const WINDOW: Duration = Duration::from_millis(1_500);
const ROUNDS: usize = 7;
const CONNECTIONS: usize = 16;
const CALLBACK: &str = "https://rp.example/callback";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The load's client over an instance with somebody signed in.
struct Load<'a> {
    instance: &'a Instance,
    server: Server,
    secret: String,
    cookies: String,
    _elsewhere: Elsewhere,
}

impl<'a> Load<'a> {
    fn start(instance: &'a Instance) -> Self {
        let server = instance.serve_pinned();
        let elsewhere = Elsewhere::begin();
        Self {
            instance,
            server,
            secret: client_secret(instance),
            cookies: sign_in(&mut Connection::open(instance.address)),
            _elsewhere: elsewhere,
        }
    }

    fn code(&self, connection: &mut Connection, scope: &str) -> String {
        let path = format!(
            "/oauth2/authorize?response_type=code&client_id=load&redirect_uri={CALLBACK}&scope={scope}&state=s&nonce=n&code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        let answer = connection.get(&path, &self.cookies);
        assert_eq!(answer.status, 303, "{}", answer.text());
        let url = url::Url::parse(&answer.location).expect("a location");
        let code = url.query_pairs().find(|(name, _)| name == "code");
        code.unwrap_or_else(|| panic!("{url}")).1.into_owned()
    }

    fn token(&self, connection: &mut Connection, fields: &str) -> Value {
        let body = format!("client_id=load&client_secret={}&{fields}", self.secret);
        json(&connection.post("/oauth2/token", "", &body))
    }

    fn tokens(&self, connection: &mut Connection, scope: &str) -> Value {
        let code = self.code(connection, scope);
        let fields = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}"
        );
        self.token(connection, &fields)
    }

    /// How many bare signatures one exchange costs less than: bare over exchange, and the exchange's microseconds.
    fn ratio(&self, exchange: Exchange<'_>) -> (f64, f64, f64) {
        let mut bare = BareSignatures::new();
        let (mut ratios, mut costs, mut bares) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let before = bare.two();
            let seen = closed(
                self.instance.address,
                &self.server,
                CONNECTIONS,
                WINDOW,
                exchange,
            );
            if round > 0 {
                let one = (before + bare.two()) / 4.0;
                ratios.push(one / seen.processor);
                costs.push(seen.processor);
                bares.push(one);
            }
        }
        (median(ratios), median(costs), median(bares))
    }

    fn rate(&self, exchange: Exchange<'_>) -> f64 {
        let window = |_| {
            closed(
                self.instance.address,
                &self.server,
                CONNECTIONS,
                WINDOW,
                exchange,
            )
        };
        let rates = (0..=ROUNDS).map(window).skip(1);
        median(rates.map(|seen| 1e6 / seen.processor).collect())
    }
}

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn durable(
    what: &'static str,
    goal: f64,
    (ratio, cost, bare): (f64, f64, f64),
    how: &str,
) -> Measured {
    Measured {
        what,
        value: ratio,
        unit: "of the rate of bare RSA-2048 signatures",
        goal: Goal::AtLeast(goal),
        remarks: format!(
            "{cost:.0} us of the server's processor time ({:.0} a processor-second, where bare RSA-2048 is {:.0}); {how} \
             {CONNECTIONS} kept connections in a closed loop; synced (FULL) before the answer leaves.",
            1e6 / cost,
            1e6 / bare
        ),
    }
}

/// Three requests, three writes: authorize, token, userinfo. Access token and ID token are both RS256.
pub fn code_flow(instance: &Instance) -> Vec<Measured> {
    let load = Load::start(instance);
    let exchange = |connection: &mut Connection| {
        let tokens = load.tokens(connection, "openid+profile");
        assert!(text(&tokens, "id_token").len() > 300);
        let answer = connection.get_with("/oauth2/userinfo", text(&tokens, "access_token"));
        assert!(text(&json(&answer), "sub").len() > 10);
    };
    // 1,000 where bare RSA-2048 is 3,700.
    let seen = load.ratio(&exchange);
    vec![durable(
        "Code flow with PKCE, durable",
        1_000.0 / 3_700.0,
        seen,
        "authorize with a session, token, userinfo; ID token and access token are RS256, which is two signatures.",
    )]
}

pub fn client_credentials(instance: &Instance) -> Vec<Measured> {
    let load = Load::start(instance);
    let exchange = |connection: &mut Connection| {
        let tokens = load.token(connection, "grant_type=client_credentials&scope=jobs");
        assert!(text(&tokens, "access_token").len() > 300);
    };
    let seen = load.ratio(&exchange);
    vec![durable(
        "RS256 token by client_credentials, durable",
        0.40,
        seen,
        "One signature.",
    )]
}

/// Each connection refreshes its own family.
pub fn refresh(instance: &Instance) -> Vec<Measured> {
    thread_local! {
        static TOKEN: RefCell<String> = const { RefCell::new(String::new()) };
    }
    let load = Load::start(instance);
    let exchange = |connection: &mut Connection| {
        let kept = TOKEN.with_borrow(Clone::clone);
        let shown = if kept.is_empty() {
            text(
                &load.tokens(connection, "openid+offline_access"),
                "refresh_token",
            )
            .to_owned()
        } else {
            kept
        };
        let fields = format!("grant_type=refresh_token&refresh_token={shown}");
        let tokens = load.token(connection, &fields);
        TOKEN.set(text(&tokens, "refresh_token").to_owned());
    };
    let seen = load.ratio(&exchange);
    vec![durable(
        "Refresh with rotation, durable",
        1_000.0 / 3_700.0,
        seen,
        "ID token and access token are RS256, which is two signatures.",
    )]
}

/// What resource servers and clients ask about a token, and what is published for everybody.
pub fn asked(instance: &Instance) -> Vec<Measured> {
    let load = Load::start(instance);
    let tokens = load.tokens(
        &mut Connection::open(instance.address),
        "openid+profile+email",
    );
    let token = text(&tokens, "access_token");
    let userinfo = |connection: &mut Connection| {
        let answer = connection.get_with("/oauth2/userinfo", token);
        assert!(
            answer.status == 200 && answer.body.len() > 60,
            "{}",
            answer.text()
        );
    };
    let body = format!("client_id=load&client_secret={}&token={token}", load.secret);
    let introspection = |connection: &mut Connection| {
        let answer = connection.post("/oauth2/introspect", "", &body);
        assert!(
            answer.text().contains("\"active\":true"),
            "{}",
            answer.text()
        );
    };
    let published = |path: &'static str| {
        move |connection: &mut Connection| {
            let answer = connection.get(path, "");
            assert!(
                answer.status == 200 && answer.body.len() > 300,
                "{}",
                answer.text()
            );
        }
    };
    let jwks = published("/oauth2/jwks");
    let discovery = published("/.well-known/openid-configuration");
    let rows: [(&'static str, f64, Exchange<'_>); 4] = [
        ("Userinfo", 10_000.0, &userinfo),
        ("Introspection", 10_000.0, &introspection),
        ("JWKS", 35_000.0, &jwks),
        ("Discovery", 35_000.0, &discovery),
    ];
    rows.map(|(what, goal, exchange)| Measured {
        what,
        value: load.rate(exchange),
        unit: "a processor-second",
        goal: Goal::AtLeast(goal),
        remarks: format!(
            "{CONNECTIONS} kept connections in a closed loop; the server's own processor time."
        ),
    })
    .to_vec()
}

/// Tokens while people sign in without pause.
pub fn saturated(instance: &Instance) -> Vec<Measured> {
    let _server = instance.serve();
    let secret = client_secret(instance);
    let body =
        format!("client_id=load&client_secret={secret}&grant_type=client_credentials&scope=jobs");
    let stop = AtomicBool::new(false);
    let latencies = thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                let mut connection = Connection::open(instance.address);
                while !stop.load(Ordering::Relaxed) {
                    drop(sign_in(&mut connection));
                }
            });
        }
        wait(Duration::from_millis(500));
        let exchange =
            |connection: &mut Connection| drop(json(&connection.post("/oauth2/token", "", &body)));
        let seen = open(
            instance.address,
            16,
            100.0,
            Duration::from_secs(8),
            &exchange,
        );
        stop.store(true, Ordering::Relaxed);
        seen
    });
    vec![Measured {
        what: "Tokens while sign-ins saturate the hash threads: p99",
        value: percentile(&latencies, 99),
        unit: "ms",
        goal: Goal::AtMost(10.0),
        remarks: format!(
            "client_credentials, RS256, 100 requests a second in an open loop for 8 s, beside 12 clients that sign in without pause; median {:.1} ms.",
            percentile(&latencies, 50)
        ),
    }]
}
