//! Where the database's file lies: on which file system, with how much room, and who else may touch it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::instance::Instance;
use crate::cli::services::database_url;
use crate::store::DatabaseUrl;

/// Below this SQLite will soon refuse to write, and nobody can sign in.
const TOO_LITTLE: u64 = 64 * 1024 * 1024;
const LITTLE: u64 = 1024 * 1024 * 1024;

/// File systems on which SQLite's locks or its shared memory do not work (sqlite.org/wal.html, sqlite.org/faq.html 5),
/// by the number that statfs gives.
#[cfg(target_os = "linux")]
const NETWORK: [(u32, &str); 9] = [
    (0x0000_6969, "NFS"),
    (0x0000_517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x6573_5546, "FUSE"),
];

fn sqlite_file(instance: &Instance) -> Option<PathBuf> {
    match database_url(&instance.config) {
        Ok(DatabaseUrl::SqliteFile(path)) => Some(path),
        _ => None,
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Owner, modes and file system.
pub(super) fn database_files(instance: &Instance) -> Vec<Finding> {
    let Some(file) = sqlite_file(instance) else {
        return Vec::new();
    };
    let folder = folder_of(&file);
    let mut findings = Vec::new();
    if let Ok(found) = std::fs::metadata(&file) {
        let user = rustix::process::geteuid().as_raw();
        findings.extend(owner(&file, found.uid(), user));
        findings.extend(file_mode(&file, found.mode()));
    }
    if let Ok(found) = std::fs::metadata(folder) {
        findings.extend(folder_mode(folder, found.mode()));
        findings.extend(system_of(folder).and_then(|number| file_system(folder, number)));
    }
    if findings.is_empty() && file.exists() {
        findings.push(Finding::ok(
            "DATABASE_FILES",
            file.display().to_string(),
            "its owner's alone, on a local file system",
        ));
    }
    findings
}

/// Room on the disk.
pub(super) fn database_space(instance: &Instance) -> Vec<Finding> {
    let Some(file) = sqlite_file(instance) else {
        return Vec::new();
    };
    let folder = folder_of(&file);
    match rustix::fs::statvfs(folder) {
        Ok(found) => vec![space(folder, found.f_bavail.saturating_mul(found.f_frsize))],
        // A folder that is not there is told of with its database.
        Err(_) => Vec::new(),
    }
}

/// A file of another user is not opened: what SQLite makes beside it would be ours, and its server could not write.
pub fn owner(file: &Path, owner: u32, user: u32) -> Option<Finding> {
    (owner != user).then(|| {
        Finding::broken(
            "DATABASE_OWNER",
            file.display().to_string(),
            (
                format!("it belongs to user {owner}, and this is user {user}; it was not opened"),
                format!("run this as that user: sudo -u '#{owner}' signet doctor"),
            ),
        )
    })
}

fn file_mode(file: &Path, mode: u32) -> Option<Finding> {
    (mode & 0o077 != 0).then(|| {
        Finding::warning(
            "DATABASE_MODE",
            file.display().to_string(),
            (
                format!(
                    "its mode is {:04o}: others may read everybody's names and addresses",
                    mode & 0o7777
                ),
                format!("chmod 0600 '{}'", file.display()),
            ),
        )
    })
}

fn folder_mode(folder: &Path, mode: u32) -> Option<Finding> {
    // With the sticky bit (as on /tmp) others may add files and not replace ours.
    let others_may_replace = mode & 0o022 != 0 && mode & 0o1000 == 0;
    others_may_replace.then(|| {
        Finding::broken(
            "DATABASE_FOLDER_MODE",
            folder.display().to_string(),
            (
                format!(
                    "its mode is {:04o}: others may put another database in the place of this one",
                    mode & 0o7777
                ),
                format!("chmod 0700 '{}'", folder.display()),
            ),
        )
    })
}

#[cfg(target_os = "linux")]
fn system_of(folder: &Path) -> Option<u32> {
    let found = rustix::fs::statfs(folder).ok()?;
    // The numbers are 32 bits wide, whatever the field is.
    u32::try_from(found.f_type & 0xffff_ffff).ok()
}

#[cfg(not(target_os = "linux"))]
fn system_of(_: &Path) -> Option<u32> {
    None
}

/// What is wrong with a file system of this number, if anything.
#[cfg(target_os = "linux")]
pub fn file_system(folder: &Path, number: u32) -> Option<Finding> {
    let (_, name) = NETWORK.iter().find(|(known, _)| *known == number)?;
    Some(Finding::broken(
        "DATABASE_ON_NETWORK",
        folder.display().to_string(),
        (
            format!(
                "it lies on {name}, where SQLite's locks do not hold and a database can be damaged"
            ),
            "move the database to a local disk and correct database.url, or use PostgreSQL",
        ),
    ))
}

#[cfg(not(target_os = "linux"))]
fn file_system(_: &Path, _: u32) -> Option<Finding> {
    None
}

/// Whether so much room will do.
pub fn space(folder: &Path, free: u64) -> Finding {
    let subject = folder.display().to_string();
    let cause = format!("{} MiB are free", free / (1024 * 1024));
    let fix = "make room on that disk, or move the database to a larger one";
    match free {
        0..TOO_LITTLE => Finding::broken("DISK_SPACE", subject, (cause, fix)),
        TOO_LITTLE..LITTLE => Finding::warning("DISK_SPACE", subject, (cause, fix)),
        _ => Finding::ok("DISK_SPACE", subject, cause),
    }
}
