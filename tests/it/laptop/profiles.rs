//! `signet aws profiles sync`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::machine::{Machine, said};
use super::server::role;

const OWN: &str = "\u{feff}[default]\nregion = eu-west-1\n\n; mine\n[profile  \"by hand\" ]\nsso =\n  endpoint_url = https://x\n";

fn file(machine: &Machine) -> PathBuf {
    machine.path(".aws/config")
}

fn text(machine: &Machine) -> String {
    fs::read_to_string(file(machine)).unwrap()
}

fn sync(machine: &Machine, more: &[&str]) -> super::machine::Said {
    let mut command = machine.command(&["aws", "profiles", "sync"]);
    said(command.args(more))
}

fn block(machine: &Machine) -> String {
    let url = &machine.server.url;
    let profile = |name: &str, account: &str, role: &str| {
        format!(
            "[profile {name}]\ncredential_process = signet aws creds --url {url} --account {account} --role {role}\n\
             region = us-east-1\n\n"
        )
    };
    format!(
        "# signet:begin {url}\n# Written by `signet aws profiles sync`: regions stay as you set them, other changes in here are \
         lost.\n{}{}{}# signet:end\n",
        profile("ber-test-ReadOnly", "222222222222", "ReadOnly"),
        profile("production-Admin", "111111111111", "Admin"),
        profile("production-ReadOnly", "111111111111", "ReadOnly"),
    )
}

#[test]
fn a_new_file_is_made_and_a_second_time_changes_nothing() {
    let machine = Machine::signed_in();
    let first = sync(&machine, &[]).ok();
    assert_eq!(first.out, "");
    assert!(first.err.contains("3 profiles were added"), "{first:?}");
    assert_eq!(text(&machine), block(&machine));
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(file(&machine)), 0o600);
    let before = fs::metadata(file(&machine)).unwrap().modified().unwrap();
    let second = sync(&machine, &[]).ok();
    assert!(
        second
            .err
            .contains("0 profiles were added, 0 changed, 0 removed")
    );
    let after = fs::metadata(file(&machine)).unwrap().modified().unwrap();
    assert_eq!(before, after, "the file was not written again");
    assert_eq!(sync(&machine, &["--diff"]).ok().out, "");
}

#[test]
fn what_is_written_by_hand_stays_octet_for_octet() {
    let machine = Machine::signed_in();
    fs::create_dir(machine.path(".aws")).unwrap();
    let tail = "[profile after]\r\nregion=x\r\n# no newline at the end";
    fs::write(file(&machine), OWN).unwrap();
    fs::set_permissions(file(&machine), fs::Permissions::from_mode(0o640)).unwrap();
    sync(&machine, &[]).ok();
    let whole = text(&machine);
    assert_eq!(whole, format!("{OWN}\n{}", block(&machine)));
    fs::write(file(&machine), format!("{whole}{tail}")).unwrap();
    machine.server.state().roles.pop();
    sync(&machine, &["--prune"]).ok();
    let pruned = text(&machine);
    assert!(pruned.starts_with(&format!("{OWN}\n# signet:begin ")));
    assert!(
        pruned.ends_with(&format!("# signet:end\n{tail}")),
        "{pruned}"
    );
    assert!(!pruned.contains("ber-test"));
    let mode = fs::metadata(file(&machine)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o640);
}

#[test]
fn a_link_stays_a_link() {
    let machine = Machine::signed_in();
    let elsewhere = machine.path("dotfiles-config");
    fs::write(&elsewhere, OWN).unwrap();
    fs::create_dir(machine.path(".aws")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, file(&machine)).unwrap();
    sync(&machine, &[]).ok();
    assert!(fs::symlink_metadata(file(&machine)).unwrap().is_symlink());
    assert!(
        fs::read_to_string(&elsewhere)
            .unwrap()
            .contains("signet:begin")
    );
}

#[test]
fn the_file_of_aws_config_file_is_the_one() {
    let machine = Machine::signed_in();
    let mut command = machine.command(&["aws", "profiles", "sync"]);
    said(command.env("AWS_CONFIG_FILE", machine.path("other"))).ok();
    assert!(!file(&machine).exists());
    assert_eq!(
        fs::read_to_string(machine.path("other")).unwrap(),
        block(&machine)
    );
}

#[test]
fn print_and_diff_write_nothing() {
    let machine = Machine::signed_in();
    assert_eq!(sync(&machine, &["--print"]).ok().out, block(&machine));
    let diff = sync(&machine, &["--diff"]).ok();
    assert!(
        diff.out
            .starts_with("+[profile ber-test-ReadOnly]\n+credential_process = ")
    );
    assert_eq!(diff.out.lines().count(), 9);
    assert!(!file(&machine).exists());
    sync(&machine, &[]).ok();
    machine.server.state().roles.pop();
    let diff = sync(&machine, &["--diff", "--prune"]).ok();
    assert!(diff.out.starts_with("-[profile ber-test-ReadOnly]\n-"));
    assert!(diff.err.contains("removed: ber-test-ReadOnly"), "{diff:?}");
    assert_eq!(text(&machine), block(&machine));
    assert_eq!(sync(&machine, &["--diff", "--print"]).code, 2);
}

#[test]
fn what_is_gone_is_kept_and_named_until_it_is_pruned() {
    let machine = Machine::signed_in();
    sync(&machine, &[]).ok();
    machine.server.state().roles.remove(0);
    let kept = sync(&machine, &[]).ok();
    assert!(kept.err.contains("production-Admin"), "{kept:?}");
    assert!(kept.err.contains("--prune"));
    assert_eq!(text(&machine), block(&machine));
    let pruned = sync(&machine, &["--prune"]).ok();
    assert!(
        pruned.err.contains("removed: production-Admin"),
        "{pruned:?}"
    );
    assert!(!text(&machine).contains("production-Admin"));
    machine.server.state().roles.clear();
    sync(&machine, &["--prune"]).ok();
    assert!(!text(&machine).contains("[profile"));
}

#[test]
fn a_region_stays_as_the_person_has_set_it() {
    let machine = Machine::signed_in();
    let mut command = machine.command(&["aws", "profiles", "sync"]);
    said(command.env("AWS_REGION", "eu-north-1")).ok();
    assert_eq!(text(&machine).matches("region = eu-north-1").count(), 3);
    let own = text(&machine).replacen("eu-north-1", "sa-east-1", 1);
    fs::write(file(&machine), &own).unwrap();
    sync(&machine, &[]).ok();
    assert_eq!(text(&machine), own);
    sync(&machine, &["--region", "eu-west-3"]).ok();
    assert_eq!(text(&machine).matches("region = eu-west-3").count(), 3);
    let wrong = "x\ncredential_process = evil";
    assert_eq!(sync(&machine, &["--region", wrong]).code, 2);
}

#[test]
fn a_name_that_the_person_uses_already_stops_everything() {
    let machine = Machine::signed_in();
    fs::create_dir(machine.path(".aws")).unwrap();
    for header in [
        "[profile production-Admin]",
        "  [ profile\t'production-Admin' ] # mine",
        "# signet:begin https://other.example.com\n[profile production-Admin]\n# signet:end",
    ] {
        let own = format!("{OWN}{header}\nregion = x\n");
        fs::write(file(&machine), &own).unwrap();
        for more in [vec![], vec!["--diff"], vec!["--print"]] {
            sync(&machine, &more).ended(1, "there is a profile production-Admin already");
        }
        assert_eq!(text(&machine), own);
    }
}

#[test]
fn marks_that_do_not_fit_stop_everything() {
    let machine = Machine::signed_in();
    fs::create_dir(machine.path(".aws")).unwrap();
    let begin = format!("# signet:begin {}\n", machine.server.url);
    let end = "# signet:end\n";
    for (own, line) in [
        (format!("{begin}[profile x]\n"), "line 1"),
        (format!("[default]\n{end}"), "line 2"),
        (format!("{begin}{begin}{end}"), "line 2"),
        (format!("{begin}{end}{begin}{end}"), "line 3"),
    ] {
        fs::write(file(&machine), &own).unwrap();
        sync(&machine, &[]).ended(1, line);
        assert_eq!(text(&machine), own);
    }
    fs::write(file(&machine), b"\xff\xfe").unwrap();
    sync(&machine, &[]).ended(1, "UTF-8");
}

#[test]
fn the_blocks_of_two_servers_stand_side_by_side() {
    let machine = Machine::signed_in();
    fs::create_dir(machine.path(".aws")).unwrap();
    let other = "# signet:begin https://other.example.com\n[profile x]\n# signet:end\n";
    fs::write(file(&machine), other).unwrap();
    sync(&machine, &[]).ok();
    sync(&machine, &["--prune"]).ok();
    assert_eq!(text(&machine), format!("{other}\n{}", block(&machine)));
}

#[test]
fn accounts_of_one_name_go_by_their_digits() {
    let machine = Machine::signed_in();
    machine.server.state().roles = vec![
        role("111111111111", "Sand Box", "Dev"),
        role("222222222222", "sand--box!", "Dev"),
        role("333333333333", "生産", "Dev"),
    ];
    sync(&machine, &[]).ok();
    for name in [
        "sand-box-111111111111-Dev",
        "sand-box-222222222222-Dev",
        "333333333333-Dev",
    ] {
        assert!(
            text(&machine).contains(&format!("[profile {name}]")),
            "{name}"
        );
    }
}

#[test]
fn a_server_cannot_write_lines_of_its_own() {
    let machine = Machine::signed_in();
    for bad in [
        role("111111111111", "x", "Dev\ncredential_process = evil"),
        role("1111", "x", "Dev"),
    ] {
        machine.server.state().roles = vec![bad];
        sync(&machine, &[]).ended(1, "is not what Signet answers");
        assert!(!file(&machine).exists());
    }
    machine.server.state().roles = vec![role(
        "111111111111",
        "x]\ncredential_process = evil\n[",
        "Dev",
    )];
    sync(&machine, &[]).ok();
    assert!(!text(&machine).contains("evil\n"), "{}", text(&machine));
    assert!(text(&machine).contains("[profile x-credential-process-evil-Dev]"));
}
