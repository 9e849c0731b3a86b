//! The console, a sign-in and the question what somebody can reach, in a large organisation; and a morning on which
//! everybody comes.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use signet::access::{Access, ReachQuery};
use signet::cli::services::{host_op, open_instance};
use signet::config::Config;
use signet::model::AdminRole;
use signet::web::App;

use crate::http::Connection;
use crate::load::{closed, median, percentile, wait};
use crate::people::{self, Person, program, write};
use crate::report::{Goal, Measured};
use crate::server::{Instance, now};
use crate::serving::bare_hash;

const USERS: usize = 100_000;
const GROUPS: usize = 5_000;
const ACCOUNTS: usize = 500;
const SETS: usize = 20;
/// Each permission set in each account, once.
const ASSIGNMENTS: usize = ACCOUNTS * SETS;
/// Those who have a password and a TOTP device.
const SIGNING_IN: usize = 5_000;
const SEED: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const MORNING: Duration = Duration::from_secs(120);
/// Requests for each page of the console.
const REQUESTS: usize = 60;

/// Measures it, on instances of its own.
pub fn measure() -> Vec<Measured> {
    let large = Instance::make("large");
    populate(&large, USERS, SIGNING_IN);
    let small = Instance::make("small");
    populate(&small, 100, 100);
    let mut measured = vec![effective_access(&large), sign_in_cost(&large, &small)];
    drop(small);
    write(
        &large,
        "two.toml",
        "[[policies]]\npolicy = { required_assurance = \"two\" }\n",
    );
    program(&large, &["config", "apply", "two.toml"]);
    measured.extend(console(&large));
    measured.push(morning(&large));
    measured
}

fn account(number: usize) -> String {
    format!("{}", 100_000_000_000 + number)
}

fn user(number: usize) -> Person {
    Person {
        name: format!("user{number}"),
        totp: Some(SEED),
    }
}

/// Through the command line: an import of people with their groups and, of some, the credentials; a file for the rest.
/// A twentieth of them as many groups, accounts and assignments where there are fewer people.
fn populate(instance: &Instance, users: usize, with_credentials: usize) {
    let scale = |count: usize| (count * users / USERS).max(1);
    let (groups, accounts) = (scale(GROUPS), scale(ACCOUNTS));
    let hash = people::password_hash();
    let mut csv = String::from(
        "user_name,email,display_name,groups,attributes.department,password_hash,totp_secret\n",
    );
    for number in 0..users {
        let (one, other) = (number % groups, (number * 7 + 1) % groups);
        let member = match one == other {
            true => format!("Group {one}"),
            false => format!("Group {one};Group {other}"),
        };
        let (hash, seed) = match number < with_credentials {
            true => (hash.as_str(), SEED),
            false => ("", ""),
        };
        writeln!(csv, "user{number},user{number}@example.com,Alice Archer {number},{member},department {},\"{hash}\",{seed}", number % 97)
            .expect("a string takes everything");
    }
    write(instance, "people.csv", &csv);
    program(
        instance,
        &["users", "import", "people.csv", "--create-groups"],
    );
    let mut file = String::from("[[policies]]\npolicy = { required_assurance = \"one\" }\n");
    for number in 0..accounts {
        file += &format!(
            "[[accounts]]\nid = \"{}\"\nname = \"Account {number}\"\n",
            account(number)
        );
    }
    for number in 0..SETS {
        file += &format!(
            "[[permission_sets]]\nname = \"Set{number}\"\nsession_duration_seconds = 3600\n"
        );
    }
    for number in 0..accounts * SETS {
        file += &format!(
            "[[assignments]]\ngroup = \"Group {}\"\naccount = \"{}\"\npermission_set = \"Set{}\"\n",
            number % groups,
            account(number % accounts),
            number / accounts
        );
    }
    write(instance, "org.toml", &file);
    program(instance, &["config", "apply", "org.toml"]);
}

/// The services over an instance, as the command line has them.
fn over<T>(instance: &Instance, work: impl AsyncFnOnce(&App) -> T) -> T {
    let config = Config::load(&instance.config_file(), Vec::new()).expect("the configuration");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(async {
        let app = open_instance(&config).await.expect("the instance");
        work(&app).await
    })
}

fn effective_access(instance: &Instance) -> Measured {
    let (mut times, mut roles) = (Vec::new(), 0);
    over(instance, async |app| {
        let access: &Access = &app.access;
        let op = host_op(&app.clock, &app.entropy, "bench");
        for number in 0..400 {
            let query = ReachQuery {
                user: Some(format!("user{}", number * 241 % USERS)),
                ..ReachQuery::default()
            };
            let begun = now();
            let found = access
                .reach((&app.audit, &op), &query)
                .await
                .expect("an answer");
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            roles += found.len();
        }
    });
    let all = sorted(times);
    Measured {
        what: "Effective access of one user: p95",
        value: percentile(&all, 95),
        unit: "ms",
        goal: Goal::AtMost(5.0),
        remarks: format!(
            "Every role of a person and every way on which they come to it, of {}; median {:.2} ms; 400 people, {:.1} roles \
             each. The wall clock, in the process.",
            size(),
            percentile(&all, 50),
            roles as f64 / 400.0
        ),
    }
}

fn sign_in_cost(large: &Instance, small: &Instance) -> Measured {
    let next = AtomicUsize::new(0);
    let exchange = |connection: &mut Connection| {
        let number = next.fetch_add(1, Ordering::Relaxed) % 100;
        let person = Person {
            totp: None,
            ..user(number)
        };
        let cookies = people::sign_in_as(connection, &person).expect("a place in the queue");
        assert_eq!(connection.get("/", &cookies).status, 200);
    };
    let (mut ratios, mut costs) = (Vec::new(), Vec::new());
    let servers = (large.serve(), small.serve());
    for round in 0..7 {
        let time = Duration::from_secs(3);
        let of_large = closed(large.address, &servers.0, 6, time, &exchange).processor;
        let of_small = closed(small.address, &servers.1, 6, time, &exchange).processor;
        if round > 0 {
            ratios.push(of_large / of_small);
            costs.push(of_large);
        }
    }
    Measured {
        what: "A sign-in in a large organisation",
        value: median(ratios),
        unit: "x its cost at 100 people",
        goal: Goal::AtMost(1.2),
        remarks: format!(
            "{:.1} ms of the server's processor time with password, session and the portal's page, of {}; both by turns, 6 \
             connections in a closed loop.",
            median(costs) / 1e3,
            size()
        ),
    }
}

/// Each page of the console by one administrator, and how large it is.
fn console(instance: &Instance) -> Vec<Measured> {
    let (person, group, set) = over(instance, async |app| {
        let op = host_op(&app.clock, &app.entropy, "bench");
        let user = app
            .directory
            .user_by_name("user0")
            .await
            .expect("a read")
            .expect("user0");
        let raised = app
            .directory
            .set_admin_role(&op, &user.id, AdminRole::Administrator)
            .await;
        raised.expect("an administrator");
        let group = app
            .directory
            .group_by_name("Group 1")
            .await
            .expect("a read")
            .expect("a group");
        let sets = app.apps.permission_sets().await.expect("a read");
        (user.id, group.id, sets[0].id.clone())
    });
    let (id, on) = (account(3), "account=100000000003");
    let pages = [
        "/admin".to_owned(),
        "/admin/people".to_owned(),
        "/admin/people?q=archer+77".to_owned(),
        "/admin/people?q=nobody+at+all".to_owned(),
        format!("/admin/people/{person}"),
        "/admin/people/invite".to_owned(),
        "/admin/people/import".to_owned(),
        "/admin/groups".to_owned(),
        "/admin/groups?q=499".to_owned(),
        format!("/admin/groups/{group}"),
        "/admin/aws".to_owned(),
        format!("/admin/aws/accounts/{id}"),
        format!("/admin/aws/sets/{set}"),
        "/admin/aws/sets/new".to_owned(),
        "/admin/aws/assign".to_owned(),
        "/admin/aws/access".to_owned(),
        format!("/admin/aws/access?{on}"),
        "/admin/aws/access?user=user7".to_owned(),
        "/admin/policies".to_owned(),
        format!("/admin/policies?user=user7&target=aws&{on}&set={set}"),
        "/admin/protection".to_owned(),
        "/admin/portal".to_owned(),
        "/admin/audit".to_owned(),
        "/admin/audit?kind=sign_in.completed".to_owned(),
        "/admin/traces".to_owned(),
    ];
    let _server = instance.serve();
    let mut connection = Connection::open(instance.address);
    let cookies = people::sign_in_as(&mut connection, &user(0)).expect("a place in the queue");
    let mut seen = Vec::new();
    for page in pages {
        let mut times = Vec::new();
        let mut octets = 0;
        for _ in 0..REQUESTS {
            let begun = now();
            let answer = connection.get(&page, &cookies);
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            assert_eq!(answer.status, 200, "{page}: {}", answer.text());
            octets = answer.body.len();
        }
        seen.push((page, percentile(&sorted(times), 95), octets as f64 / 1024.0));
    }
    let list = |value: fn(&(String, f64, f64)) -> f64| {
        let mut all: Vec<_> = seen.iter().collect();
        all.sort_by(|a, b| value(b).total_cmp(&value(a)));
        let named = all
            .iter()
            .take(6)
            .map(|one| format!("{} {:.1}", short(&one.0), value(one)));
        (value(all[0]), named.collect::<Vec<_>>().join(", "))
    };
    let ((slowest, slow), (largest, large)) = (list(|one| one.1), list(|one| one.2));
    let count = seen.len();
    vec![
        Measured {
            what: "The slowest page of the console: p95",
            value: slowest,
            unit: "ms",
            goal: Goal::AtMost(50.0),
            remarks: format!(
                "{count} pages of {}, {REQUESTS} requests each, one after the other; from the request to the whole answer. \
                 The slowest: {slow}.",
                size()
            ),
        },
        Measured {
            what: "The largest page of the console",
            value: largest,
            unit: "KiB",
            goal: Goal::AtMost(150.0),
            remarks: format!("As it is sent, not compressed. The largest: {large}."),
        },
    ]
}

/// Without the ids, which are drawn anew in each run.
fn short(page: &str) -> String {
    let parts = page
        .split('/')
        .map(|part| match part.len() > 20 && !part.contains('?') {
            true => "..",
            false => part,
        });
    let page = parts.collect::<Vec<_>>().join("/");
    page.split("&set=").next().unwrap_or_default().to_owned()
}

fn morning(instance: &Instance) -> Measured {
    let hashes = 1e6 / bare_hash() * thread::available_parallelism().map_or(1, usize::from) as f64;
    let _server = instance.serve();
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // user0 has just used this step's code.
    let people = SIGNING_IN - 1;
    let begun = now() + Duration::from_millis(200);
    let mut latencies: Vec<f64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..96)
            .map(|_| scope.spawn(|| arrive(instance, (&next, people), begun, &refused)))
            .collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().expect("nobody failed"));
        joined.flatten().collect()
    });
    latencies.sort_by(f64::total_cmp);
    let refused = refused.load(Ordering::Relaxed);
    assert_eq!(latencies.len() + refused, people);
    Measured {
        what: "5,000 people sign in with password and TOTP within two minutes: p99",
        // Whoever was refused has waited for ever.
        value: match refused {
            0 => percentile(&latencies, 99) / 1e3,
            _ => f64::INFINITY,
        },
        unit: "s",
        goal: Goal::AtMost(1.0),
        remarks: format!(
            "{people} people arrive evenly over {} s; {refused} refused; each has six requests, to the portal's page, without \
             a pause for typing; median {:.0} ms, the slowest {:.0} ms. The generator shares the two processors. Bare \
             argon2id runs here {hashes:.0} times a second on both; {:.1} a second were asked for.",
            MORNING.as_secs(),
            percentile(&latencies, 50),
            percentile(&latencies, 100),
            people as f64 / MORNING.as_secs_f64()
        ),
    }
}

fn arrive(
    instance: &Instance,
    (next, people): (&AtomicUsize, usize),
    begun: std::time::Instant,
    refused: &AtomicUsize,
) -> Vec<f64> {
    let mut connection = Connection::open(instance.address);
    let mut seen = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= people {
            return seen;
        }
        let due = begun + MORNING.mul_f64(number as f64 / people as f64);
        wait(due.saturating_duration_since(now()));
        match people::sign_in_as(&mut connection, &user(number + 1)) {
            Some(cookies) => {
                assert_eq!(connection.get("/", &cookies).status, 200);
                seen.push((now() - due).as_secs_f64() * 1e3);
            }
            None => drop(refused.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn size() -> String {
    format!("{USERS} people, {GROUPS} groups, {ACCOUNTS} accounts, {ASSIGNMENTS} assignments")
}
