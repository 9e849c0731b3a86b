//! The master key's file: refusals with file and fix, and never a new key over an existing database (security.md R-12).

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use signet::entropy::Entropy;
use signet::keys::{Keys, KeysError, MASTER_KEY_FILE, MasterKeyError};
use signet::store::{Store, Value};

use super::{Instance, START, identity, in_memory, op_at, wait};
use crate::store::engines::{TestFolder, rows};

fn open(store: &Store, directory: &Path) -> Result<Keys, KeysError> {
    wait(Keys::open(
        store,
        &op_at(START, &Entropy::seeded(99)),
        directory,
    ))
}

/// The refusal, which names the file or directory and says what to do.
fn refusal(store: &Store, directory: &Path, named: &Path, fix: &str) -> MasterKeyError {
    let error = open(store, directory).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(named.to_str().unwrap()), "{text}");
    assert!(text.contains(fix), "{text}");
    match error {
        KeysError::Master(error) => error,
        other => panic!("{other}"),
    }
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join(MASTER_KEY_FILE)
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_first_start_makes_it_for_its_owner_alone_and_the_next_one_reads_it() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let path = key_file(instance.folder.path());
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("signet-master-key-v1:"), "{text}");
    let entries = fs::read_dir(instance.folder.path()).unwrap().count();
    assert_eq!(entries, 1, "nothing else is left in the directory");
    let reopened = open(instance.store, instance.folder.path()).unwrap();
    assert_eq!(reopened.list(), instance.keys.list());
    assert_eq!(reopened.identity(), &identity());
}

#[test]
fn a_missing_directory_is_made_for_its_owner_alone() {
    let database = in_memory();
    let folder = TestFolder::new();
    let directory = folder.path().join("etc/keys");
    let op = op_at(START, &Entropy::seeded(1));
    wait(Keys::create_instance(
        database.store(),
        &op,
        &directory,
        identity(),
    ))
    .unwrap();
    assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o7777, 0o700);
}

#[test]
fn a_key_that_was_put_there_is_used() {
    let database = in_memory();
    let folder = TestFolder::new();
    let line = "signet-master-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    fs::write(key_file(folder.path()), line).unwrap();
    chmod(&key_file(folder.path()), 0o400);
    let op = op_at(START, &Entropy::seeded(1));
    let made = wait(Keys::create_instance(
        database.store(),
        &op,
        folder.path(),
        identity(),
    ));
    made.unwrap();
    assert_eq!(fs::read_to_string(key_file(folder.path())).unwrap(), line);
}

#[test]
fn modes() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let directory = instance.folder.path();
    let path = key_file(directory);
    for mode in 0..=0o777 {
        if mode & 0o400 == 0 {
            continue;
        }
        chmod(&path, mode);
        if mode & 0o077 == 0 {
            open(instance.store, directory).unwrap();
        } else {
            let fix = format!("chmod 0600 '{}'", path.display());
            let refused = refusal(instance.store, directory, &path, &fix);
            assert!(matches!(refused, MasterKeyError::Mode { mode: m, .. } if m == mode));
        }
    }
    chmod(&path, 0o600);
    for mode in [0o777, 0o775, 0o722, 0o770, 0o702, 0o720, 0o1777] {
        chmod(directory, mode);
        let fix = format!("chmod 0700 '{}'", directory.display());
        let refused = refusal(instance.store, directory, directory, &fix);
        assert!(matches!(refused, MasterKeyError::DirectoryMode { .. }));
    }
    for mode in [0o700, 0o755, 0o500] {
        chmod(directory, mode);
        open(instance.store, directory).unwrap();
    }
    chmod(directory, 0o700);
}

#[test]
fn the_first_start_refuses_an_unsafe_directory_and_makes_nothing_in_it() {
    let database = in_memory();
    let folder = TestFolder::new();
    chmod(folder.path(), 0o777);
    let op = op_at(START, &Entropy::seeded(1));
    let refused = wait(Keys::create_instance(
        database.store(),
        &op,
        folder.path(),
        identity(),
    ));
    assert!(matches!(
        refused,
        Err(KeysError::Master(MasterKeyError::DirectoryMode { .. }))
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn contents() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let directory = instance.folder.path();
    let path = key_file(directory);
    let good = fs::read_to_string(&path).unwrap();
    let encoded = good
        .trim_end()
        .strip_prefix("signet-master-key-v1:")
        .unwrap()
        .to_owned();
    let garbage: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"\n".to_vec(),
        encoded.clone().into_bytes(),
        format!("signet-master-key-v2:{encoded}").into_bytes(),
        b"signet-master-key-v1:AAAA\n".to_vec(),
        format!("signet-master-key-v1:{encoded}{encoded}").into_bytes(),
        format!("signet-master-key-v1:AAAA{encoded}").into_bytes(),
        format!("{good}{good}").into_bytes(),
        vec![0xff; 32],
        vec![0; 32],
        vec![b'a'; 1_000_000],
    ];
    for octets in garbage {
        fs::write(&path, &octets).unwrap();
        let refused = refusal(instance.store, directory, &path, "backup");
        assert!(matches!(refused, MasterKeyError::Garbage(_)), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), octets, "the file stays as it is");
    }
    for text in [good.clone(), format!("signet-master-key-v1:{encoded}\r\n")] {
        fs::write(&path, text).unwrap();
        open(instance.store, directory).unwrap();
    }
}

#[test]
fn another_instances_key() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let directory = instance.folder.path();
    let other = "signet-master-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    fs::write(key_file(directory), other).unwrap();
    let refused = refusal(
        instance.store,
        directory,
        &key_file(directory),
        "database.url",
    );
    assert!(matches!(refused, MasterKeyError::Wrong(_)), "{refused}");
}

#[test]
fn what_is_no_file() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let directory = instance.folder.path();
    let path = key_file(directory);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let refused = refusal(instance.store, directory, &path, "keys.directory");
    assert!(matches!(refused, MasterKeyError::NotThat(..)), "{refused}");
    fs::remove_dir(&path).unwrap();
    // Opening a pipe would wait for ever.
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    chmod(&path, 0o600);
    let refused = refusal(instance.store, directory, &path, "keys.directory");
    assert!(matches!(refused, MasterKeyError::NotThat(..)), "{refused}");
    let refused = refusal(instance.store, &path, &path, "keys.directory");
    assert!(matches!(refused, MasterKeyError::NotThat(..)), "{refused}");
}

#[test]
fn another_users_file() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let directory = instance.folder.path();
    let path = key_file(directory);
    // Only root can give files away; everybody else can point to one of root's.
    if fs::metadata(&path).unwrap().uid() == 0 {
        chown(&path, Some(65_534), None).unwrap();
    } else {
        fs::remove_file(&path).unwrap();
        symlink("/etc/passwd", &path).unwrap();
    }
    // Root is told to be the server's user; whoever the server is, to take the file over.
    let fix = match rustix::process::getuid().is_root() {
        true => "sudo -u '#65534'",
        false => "chown",
    };
    let refused = refusal(instance.store, directory, &path, fix);
    assert!(matches!(refused, MasterKeyError::Owner { .. }), "{refused}");
}

#[test]
fn no_key_is_ever_made_over_an_existing_database() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let directory = instance.folder.path();
    let path = key_file(directory);
    fs::remove_file(&path).unwrap();
    let keys_before = rows(instance.store, "SELECT * FROM signing_keys", vec![]).len();
    let refused = refusal(instance.store, directory, &path, "backup");
    assert!(matches!(refused, MasterKeyError::Missing(_)), "{refused}");
    let gone = directory.join("gone");
    let refused = refusal(instance.store, &gone, &key_file(&gone), "backup");
    assert!(matches!(refused, MasterKeyError::Missing(_)), "{refused}");

    let op = op_at(START, &Entropy::seeded(3));
    let again = wait(Keys::create_instance(
        instance.store,
        &op,
        directory,
        identity(),
    ));
    assert!(matches!(again, Err(KeysError::NotEmpty)));
    assert!(!path.exists(), "not even a master key was made");
    assert!(!gone.exists());
    let keys_after = rows(instance.store, "SELECT * FROM signing_keys", vec![]).len();
    assert_eq!(keys_before, keys_after);
}

/// What an instance leaves when somebody deletes its row, or a part of it: still no place for new keys.
#[test]
fn no_key_is_ever_made_over_parts_of_an_instance() {
    for kept in ["data_keys", "signing_keys", "audit_records"] {
        let database = in_memory();
        let instance = Instance::new(&database);
        instance
            .store
            .write_blocking(move |txn| {
                for table in ["instance", "data_keys", "signing_keys", "audit_records"] {
                    if table != kept {
                        txn.execute(&format!("DELETE FROM {table}"), &[])?;
                    }
                }
                Ok(())
            })
            .unwrap();
        let folder = TestFolder::new();
        let op = op_at(START, &Entropy::seeded(3));
        let again = wait(Keys::create_instance(
            instance.store,
            &op,
            folder.path(),
            identity(),
        ));
        assert!(matches!(again, Err(KeysError::NotEmpty)), "{kept}");
        assert!(matches!(
            open(instance.store, instance.folder.path()),
            Err(KeysError::NotEmpty)
        ));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn opening_an_empty_database_makes_nothing() {
    let database = in_memory();
    let folder = TestFolder::new();
    assert!(matches!(
        open(database.store(), folder.path()),
        Err(KeysError::NoInstance)
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn opening_without_an_active_key_makes_none() {
    for purpose in ["saml", "openid_connect", "cookies", "audit"] {
        let database = in_memory();
        let instance = Instance::new(&database);
        instance
            .store
            .write_blocking(move |txn| {
                txn.execute(
                    "DELETE FROM signing_keys WHERE purpose = $1",
                    &[Value::from(purpose)],
                )
            })
            .unwrap();
        let refused = open(instance.store, instance.folder.path()).unwrap_err();
        assert!(refused.to_string().contains(purpose), "{refused}");
        assert_eq!(
            rows(instance.store, "SELECT * FROM signing_keys", vec![]).len(),
            4
        );
    }
}
