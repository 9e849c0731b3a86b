//! `database.url`.

use std::path::{Path, PathBuf};

use signet::store::{DatabaseUrl, DatabaseUrlError};

#[test]
fn every_form_is_read() {
    assert_eq!(
        DatabaseUrl::parse("sqlite::memory:"),
        Ok(DatabaseUrl::SqliteMemory)
    );
    assert_eq!(
        DatabaseUrl::parse("sqlite:data/signet.db"),
        Ok(DatabaseUrl::SqliteFile(PathBuf::from("data/signet.db")))
    );
    for url in [
        "postgres://signet@db.example.com/signet",
        "postgresql://a:b@one:5432,two:5433/signet?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
        "postgres://postgres@%2Frun%2Fpostgresql/signet",
    ] {
        assert_eq!(
            DatabaseUrl::parse(url),
            Ok(DatabaseUrl::Postgres(url.into()))
        );
    }
}

#[test]
fn mistakes_are_named() {
    for (text, error) in [
        ("data/signet.db", DatabaseUrlError::Scheme),
        ("mysql://db/signet", DatabaseUrlError::Scheme),
        ("sqlite:", DatabaseUrlError::NoPath),
        ("sqlite:///var/signet.db", DatabaseUrlError::NotAPath),
        ("sqlite:file:signet.db?mode=ro", DatabaseUrlError::NotAPath),
        (
            "postgres://db/signet?sslmod=require",
            DatabaseUrlError::Postgres,
        ),
        (
            "postgres://db/signet?sslmode=allow",
            DatabaseUrlError::Postgres,
        ),
    ] {
        assert_eq!(DatabaseUrl::parse(text), Err(error), "{text}");
    }
}

#[test]
fn relative_paths_start_at_the_configuration() {
    let relative = DatabaseUrl::parse("sqlite:data/signet.db").unwrap();
    assert_eq!(
        relative.relative_to(Path::new("/etc/signet")),
        DatabaseUrl::SqliteFile(PathBuf::from("/etc/signet/data/signet.db"))
    );
    let absolute = DatabaseUrl::parse("sqlite:/var/signet.db").unwrap();
    assert_eq!(
        absolute.relative_to(Path::new("/etc/signet")),
        DatabaseUrl::SqliteFile(PathBuf::from("/var/signet.db"))
    );
}

#[test]
fn a_password_is_never_shown() {
    let url =
        DatabaseUrl::parse("postgres://signet:p@ss@db.example.com:5432/signet?password=secret")
            .unwrap();
    for shown in [url.to_string(), format!("{url:?}")] {
        assert!(shown.contains("db.example.com:5432/signet"), "{shown}");
        for secret in ["p@ss", "ss@", "secret", "signet:"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
