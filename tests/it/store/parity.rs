//! The two schemas are one: tables, columns, types, nullability, unique keys, references and indexes.

use std::collections::BTreeSet;

use signet::store::{Row, Store};

use super::engines::{EngineKind, TestDatabase, rows};

fn facts(rows: &[Row], columns: &[&str]) -> BTreeSet<String> {
    rows.iter()
        .map(|row| {
            let values: Vec<_> = columns.iter().map(|c| row.text(c).unwrap()).collect();
            values.join(" | ")
        })
        .collect()
}

fn assert_same(what: &str, sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>) {
    let only_sqlite: Vec<_> = sqlite.difference(postgres).collect();
    let only_postgres: Vec<_> = postgres.difference(sqlite).collect();
    assert!(
        only_sqlite.is_empty() && only_postgres.is_empty(),
        "{what}: only SQLite has {only_sqlite:#?}, only PostgreSQL has {only_postgres:#?}"
    );
    assert!(sqlite.len() > 10, "{what}: found only {sqlite:?}");
}

fn both() -> (TestDatabase, TestDatabase) {
    (
        TestDatabase::new(EngineKind::SqliteInMemory),
        TestDatabase::new(EngineKind::Postgres),
    )
}

const SQLITE_COLUMNS: &str = "
    SELECT m.name AS table_name, c.name AS column_name,
           CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'TEXT' THEN 'text' ELSE c.type END AS type_name,
           CASE c.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END AS nullable, COALESCE(c.dflt_value, '') AS standard
    FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";

const POSTGRES_COLUMNS: &str = "
    SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS column_name,
           CAST(data_type AS TEXT) AS type_name, CAST(is_nullable AS TEXT) AS nullable,
           COALESCE(REPLACE(CAST(column_default AS TEXT), '::text', ''), '') AS standard
    FROM information_schema.columns WHERE table_schema = 'public'";

#[test]
fn tables_and_columns() {
    let (sqlite, postgres) = both();
    let names = [
        "table_name",
        "column_name",
        "type_name",
        "nullable",
        "standard",
    ];
    assert_same(
        "columns",
        &facts(&rows(sqlite.store(), SQLITE_COLUMNS, vec![]), &names),
        &facts(&rows(postgres.store(), POSTGRES_COLUMNS, vec![]), &names),
    );
}

const SQLITE_KEYS: &str = "
    SELECT m.name AS table_name, CASE l.\"unique\" WHEN 1 THEN 'unique' ELSE 'plain' END AS kind,
           (SELECT group_concat(i.name, ',') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno) i) AS columns
    FROM sqlite_master m JOIN pragma_index_list(m.name) l
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";

const POSTGRES_KEYS: &str = "
    SELECT CAST(t.relname AS TEXT) AS table_name,
           CASE WHEN i.indisunique THEN 'unique' ELSE 'plain' END AS kind,
           (SELECT string_agg(CAST(a.attname AS TEXT), ',' ORDER BY k.place)
              FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = 'public'";

#[test]
fn unique_keys_and_indexes() {
    let (sqlite, postgres) = both();
    let names = ["table_name", "kind", "columns"];
    assert_same(
        "keys",
        &facts(&rows(sqlite.store(), SQLITE_KEYS, vec![]), &names),
        &facts(&rows(postgres.store(), POSTGRES_KEYS, vec![]), &names),
    );
}

const SQLITE_REFERENCES: &str = "
    SELECT m.name AS table_name, f.\"from\" AS column_name, f.\"table\" AS target, f.\"to\" AS target_column,
           f.on_delete AS on_delete
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";

const POSTGRES_REFERENCES: &str = "
    SELECT CAST(t.relname AS TEXT) AS table_name, CAST(a.attname AS TEXT) AS column_name,
           CAST(r.relname AS TEXT) AS target, CAST(b.attname AS TEXT) AS target_column,
           CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'a' THEN 'NO ACTION' ELSE 'OTHER' END AS on_delete
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
    JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND cardinality(c.conkey) = 1";

#[test]
fn references() {
    let (sqlite, postgres) = both();
    let names = [
        "table_name",
        "column_name",
        "target",
        "target_column",
        "on_delete",
    ];
    let sqlite = facts(&rows(sqlite.store(), SQLITE_REFERENCES, vec![]), &names);
    let postgres = facts(&rows(postgres.store(), POSTGRES_REFERENCES, vec![]), &names);
    assert_eq!(sqlite, postgres);
    assert!(!sqlite.is_empty());
}

fn offenders(store: &Store, sql: &'static str) -> Vec<String> {
    rows(store, sql, vec![])
        .iter()
        .map(|row| row.text("name").unwrap())
        .collect()
}

/// Without STRICT a column takes any type of value.
#[test]
fn every_sqlite_table_is_strict() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let loose = "SELECT name FROM pragma_table_list
        WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'";
    assert_eq!(offenders(db.store(), loose), [""; 0]);
}

/// Any other collation sorts differently from SQLite, and differently after an upgrade of the system's library.
#[test]
fn every_postgres_text_is_collated_c() {
    let db = TestDatabase::new(EngineKind::Postgres);
    let other = "SELECT CAST(table_name || '.' || column_name AS TEXT) AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'text' AND COALESCE(collation_name, '') <> 'C'";
    assert_eq!(offenders(db.store(), other), [""; 0]);
}
