//! `signet traces`: what became of applications' attempts, on the host.

use signet::clock::Clock;
use signet::model::{Cause, RequestId, Trace, TraceOutcome, TraceProtocol};
use signet::traces::Traces;

use super::backup::store;
use super::program::Place;
use crate::keys_audit::wait;

fn trace(number: u8, outcome: TraceOutcome) -> Trace {
    let now = Clock::System.now();
    let is_failing = outcome == TraceOutcome::Refused;
    let cause = Cause::likely("it calls itself wiki", "correct the name");
    Trace {
        id: format!("attempt{number}"),
        request_id: RequestId::from_random([number; 16]),
        protocol: TraceProtocol::Saml,
        endpoint: "sso".into(),
        app_id: None,
        named: Some("https://wiki.example/".into()),
        user_id: None,
        outcome,
        rule: is_failing.then(|| "acs_url".into()),
        causes: if is_failing { vec![cause] } else { Vec::new() },
        asked: vec![("ID".into(), "_1".into())],
        answered: Vec::new(),
        started_at: now,
        updated_at: now,
    }
}

#[test]
fn failing_ones_come_first_each_with_cause_and_fix() {
    let place = Place::empty();
    place.init();
    let none = place.run(&["traces"]).ok();
    assert!(
        none.out.is_empty() && none.err.contains("24 hours"),
        "{}",
        none.err
    );

    let traces = Traces::new(store(&place));
    let (sent, refused) = (
        trace(1, TraceOutcome::Sent),
        trace(2, TraceOutcome::Refused),
    );
    let request_id = refused.request_id.to_string();
    traces.note(refused);
    traces.note(sent);
    wait(traces.flush()).unwrap();
    drop(traces);

    let all = place.run(&["traces"]).ok().out;
    let (first, second) = (all.find("attempt2").unwrap(), all.find("attempt1").unwrap());
    assert!(first < second, "{all}");
    assert!(
        all.contains("cause: likely: it calls itself wiki")
            && all.contains("fix: correct the name"),
        "{all}"
    );
    assert!(!all.contains("asked:"));
    // By the id of an error page, and by its own.
    for id in [request_id.as_str(), "attempt2"] {
        let one = place.run(&["traces", id]).ok().out;
        assert!(
            one.contains("asked: ID = _1") && !one.contains("attempt1"),
            "{one}"
        );
    }
    let lines = place.run(&["traces", "--json"]).ok().out;
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["outcome"], &first["rule"]),
        (&"refused".into(), &"acs_url".into())
    );

    place
        .run(&["traces", "--app", "wiki"])
        .failed("no such application");
    place
        .run(&["traces", "nowhere"])
        .failed("no attempt of the last 24 hours");
}
