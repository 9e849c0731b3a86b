//! Parameters and values: what goes in comes out, and nothing else goes in.

use signet::store::{StoreError, Value};

use super::engines::{TestDatabase, insert_counter, on_every_engine, rows};

on_every_engine!(
    wrong_number_of_parameters_is_refused,
    parameters_are_bound_by_number,
    null_goes_in_and_out,
    values_come_back_whole,
    text_with_nul_is_refused,
    text_sorts_by_code_point,
    a_fraction_is_refused,
);

fn wrong_number_of_parameters_is_refused(db: &TestDatabase) {
    let both = "SELECT counter_key FROM failure_counters WHERE counter_key = $1 AND failures = $2";
    for (given, params) in [
        (1, vec![Value::from("a")]),
        (3, vec!["a".into(), 1.into(), 2.into()]),
    ] {
        let answer = db
            .store()
            .read_blocking(move |txn| txn.query(both, &params));
        assert_eq!(
            answer.unwrap_err(),
            StoreError::Parameters { expected: 2, given }
        );
    }
    let answer = db.store().write_blocking(|txn| {
        txn.execute("DELETE FROM failure_counters WHERE counter_key = $1", &[])
    });
    assert_eq!(
        answer.unwrap_err(),
        StoreError::Parameters {
            expected: 1,
            given: 0
        }
    );
    let gap = db.store().read_blocking(|txn| {
        txn.query(
            "SELECT failures FROM failure_counters WHERE counter_key = $1 AND failures = $3",
            &["a".into(), 1.into()],
        )
    });
    assert!(gap.is_err());
}

fn parameters_are_bound_by_number(db: &TestDatabase) {
    for _ in 0..2 {
        let row = rows(
            db.store(),
            "SELECT CAST($2 AS TEXT) AS second, CAST($1 AS TEXT) AS first, CAST($2 AS TEXT) AS again",
            vec!["one".into(), "two".into()],
        )
        .remove(0);
        assert_eq!(row.text("first").unwrap(), "one");
        assert_eq!(row.text("second").unwrap(), "two");
        assert_eq!(row.text("again").unwrap(), "two");
    }
    // More than nine: $1 must not be taken for the beginning of $10.
    let row = rows(
        db.store(),
        "SELECT CAST($10 AS BIGINT) AS tenth, CAST($1 AS BIGINT) AS first, CAST($2 AS BIGINT) + CAST($3 AS BIGINT)
         + CAST($4 AS BIGINT) + CAST($5 AS BIGINT) + CAST($6 AS BIGINT) + CAST($7 AS BIGINT) + CAST($8 AS BIGINT)
         + CAST($9 AS BIGINT) AS rest",
        (1..=10).map(Value::Int).collect(),
    )
    .remove(0);
    assert_eq!(
        (row.int("tenth"), row.int("first"), row.int("rest")),
        (Ok(10), Ok(1), Ok(44))
    );
}

fn null_goes_in_and_out(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| {
            txn.execute(
                "INSERT INTO person_keys (person_id, sealed_key, created_at, destroyed_at) VALUES ($1, $2, 5, $3)",
                &["p".into(), Value::Null, Value::Null],
            )
        })
        .unwrap();
    let select = "SELECT sealed_key, destroyed_at FROM person_keys WHERE person_id = $1";
    let row = rows(db.store(), select, vec!["p".into()]).remove(0);
    assert_eq!(row.opt_text("sealed_key").unwrap(), None);
    assert_eq!(row.opt_time("destroyed_at").unwrap(), None);
    assert!(matches!(row.text("sealed_key"), Err(StoreError::Data(_))));

    // The same prepared statement with values, and with NULL again: nothing may stay bound.
    for (text, number) in [(Some("key"), Some(7_i64)), (None, None)] {
        db.store()
            .write_blocking(move |txn| {
                txn.execute(
                    "UPDATE person_keys SET sealed_key = $1, destroyed_at = $2 WHERE person_id = 'p'",
                    &[text.into(), number.into()],
                )
            })
            .unwrap();
        let row = rows(db.store(), select, vec!["p".into()]).remove(0);
        assert_eq!(row.opt_text("sealed_key").unwrap().as_deref(), text);
        assert_eq!(row.opt_int("destroyed_at").unwrap(), number);
    }
    let row = rows(
        db.store(),
        "SELECT 1 AS yes WHERE CAST($1 AS TEXT) IS NULL",
        vec![Value::Null],
    );
    assert_eq!(row.len(), 1);
}

fn values_come_back_whole(db: &TestDatabase) {
    let texts = [
        "",
        " a ",
        "O'Brien \"quoted\" \\back\\slash",
        "líne\r\nbreak\ttab",
        "\u{1F468}\u{200D}\u{1F469} e\u{301} \u{FFFD}\u{10FFFF}",
        "$1 ; DROP TABLE users; --",
    ];
    let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
    for (text, number) in texts.into_iter().zip(numbers.into_iter().cycle()) {
        let row = rows(
            db.store(),
            "SELECT CAST($1 AS TEXT) AS t, CAST($2 AS BIGINT) AS n",
            vec![text.into(), number.into()],
        )
        .remove(0);
        assert_eq!(row.text("t").unwrap(), text);
        assert_eq!(row.int("n").unwrap(), number);
    }
    for number in numbers {
        db.store()
            .write_blocking(move |txn| insert_counter(txn, &number.to_string(), number))
            .unwrap();
    }
    let stored: Vec<_> = rows(
        db.store(),
        "SELECT failures FROM failure_counters ORDER BY failures",
        vec![],
    )
    .iter()
    .map(|row| row.int("failures").unwrap())
    .collect();
    assert_eq!(stored, numbers);
}

fn text_with_nul_is_refused(db: &TestDatabase) {
    let answer = db
        .store()
        .write_blocking(|txn| insert_counter(txn, "admin\0x", 1));
    assert!(matches!(answer, Err(StoreError::Data(_))), "{answer:?}");
    assert!(
        rows(
            db.store(),
            "SELECT counter_key FROM failure_counters",
            vec![]
        )
        .is_empty()
    );
}

fn text_sorts_by_code_point(db: &TestDatabase) {
    let sorted = ["", "10", "9", "B", "a", "a b", "ab", "é", "ﬁ", "\u{1F600}"];
    db.store()
        .write_blocking(move |txn| {
            sorted
                .iter()
                .rev()
                .try_for_each(|key| insert_counter(txn, key, 1))
        })
        .unwrap();
    let found: Vec<_> = rows(
        db.store(),
        "SELECT counter_key FROM failure_counters ORDER BY counter_key",
        vec![],
    )
    .iter()
    .map(|row| row.text("counter_key").unwrap())
    .collect();
    assert_eq!(found, sorted);
}

fn a_fraction_is_refused(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| insert_counter(txn, "a", 1))
        .unwrap();
    let answer = db
        .store()
        .read_blocking(|txn| txn.query("SELECT AVG(failures) AS mean FROM failure_counters", &[]));
    assert!(matches!(answer, Err(StoreError::Data(_))), "{answer:?}");
}
