//! `signet config`: what is exported is applied elsewhere, and what is wrong changes nothing.

use super::program::Place;

const FILE: &str = r#"
[[users]]
user_name = "alice"
email = "alice@example.com"
display_name = "Alice Archer"
attributes = { department = ["Platform"] }

[[users]]
user_name = "bob"
email = "bob@example.com"
display_name = "Bob Baker"
state = "disabled"

[[groups]]
name = "Platform engineers"
members = ["alice", "bob"]

[[permission_sets]]
name = "ReadOnly"
session_tags = { department = "attributes.department" }

[[accounts]]
id = "123456789012"
name = "Production"

[[applications]]
name = "Wiki"
metadata = "wiki.xml"
allow_idp_initiated = true

[[assignments]]
group = "Platform engineers"
account = "123456789012"
permission_set = "ReadOnly"

[[assignments]]
user = "alice"
application = "Wiki"

[[policies]]
group = "Platform engineers"
passes_from = ["Platform engineers"]
policy = { required_assurance = "two", max_aws_session_seconds = 1800 }
"#;

/// Who is there from the beginning.
const ADA: &str = r#"[[users]]
user_name = "ada"
email = "ada@example.com"
display_name = "Ada"
"#;

const METADATA: &str = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.example/metadata"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://wiki.example/acs" index="0" isDefault="true"/></SPSSODescriptor></EntityDescriptor>"#;

fn place() -> Place {
    let place = Place::empty();
    place.init();
    place.write("org.toml", FILE);
    place.write("wiki.xml", METADATA);
    place
}

impl Place {
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn export(&self) -> String {
        self.run(&["config", "export"]).ok().out
    }
}

#[test]
fn a_file_makes_an_organisation_that_exports_as_it_is_elsewhere() {
    let place = place();
    let dry = place
        .run(&["config", "apply", "org.toml", "--dry-run"])
        .ok();
    assert!(dry.out.contains("+ user alice\n"), "{}", dry.out);
    assert!(!place.export().contains("alice"));

    let applied = place.run(&["config", "apply", "org.toml"]).ok();
    assert_eq!(applied.out, dry.out);
    assert!(
        applied
            .out
            .contains("+ group Platform engineers: ReadOnly in account 123456789012\n")
    );
    place.write(
        "org.toml",
        &FILE.replace("[\"Platform engineers\"]", "[\"PLATFORM engineers\"]"),
    );
    let again = place.run(&["config", "apply", "org.toml"]).ok();
    assert_eq!(
        (again.out.as_str(), again.err.trim()),
        ("", "nothing to change")
    );

    let exported = place.export();
    let other = Place::empty();
    other.init();
    other.write("org.toml", &exported);
    other.run(&["config", "apply", "org.toml"]).ok();
    assert_eq!(other.export(), exported);
    assert!(place.run(&["audit", "verify"]).ok().err.contains("intact"));
}

#[test]
fn whoever_is_not_listed_any_more_loses_the_right() {
    let place = place();
    place.run(&["config", "apply", "org.toml"]).ok();
    let smaller = FILE
        .replace(r#"members = ["alice", "bob"]"#, r#"members = ["alice"]"#)
        .replace(
            "[[assignments]]\nuser = \"alice\"\napplication = \"Wiki\"\n",
            "",
        );
    place.write("org.toml", &smaller);
    let said = place.run(&["config", "apply", "org.toml"]).ok();
    assert_eq!(
        said.out,
        "- bob in group Platform engineers\n- user alice: application Wiki\n"
    );
    // A file without assignments leaves them.
    place.write("org.toml", "[[groups]]\nname = \"Auditors\"\n");
    let said = place.run(&["config", "apply", "org.toml"]).ok();
    assert_eq!(said.out, "+ group Auditors\n");
    assert!(place.export().contains("permission_set = \"ReadOnly\""));
}

#[test]
fn a_mistake_is_named_and_nothing_is_changed() {
    let place = place();
    let before = place.export();
    for (from, to, says) in [
        (
            "passes_from = [\"Platform engineers\"]",
            "passes_from = [\"Platform engineer\"]",
            "did you mean \"platform engineers\"?",
        ),
        (
            "group = \"Platform engineers\"\npasses_from",
            "application = \"Wiki\"\npasses_from",
            "passes_from belongs in a policy of everybody or of a group",
        ),
        (
            "policy = { required_assurance",
            "policy = { passes_from = [], required_assurance",
            "names groups by their names",
        ),
        ("email = \"bob@", "mail = \"bob@", "unknown field `mail`"),
        (
            "members = [\"alice\", \"bob\"]",
            "members = [\"alise\"]",
            "did you mean \"alice\"?",
        ),
        (
            "user_name = \"bob\"",
            "user_name = \"Alice\"",
            "is in the file twice",
        ),
        (
            "id = \"123456789012\"",
            "id = \"1234\"",
            "must be twelve digits",
        ),
        (
            "permission_set = \"ReadOnly\"\n\n",
            "permission_set = \"Admin\"\n\n",
            "there is no permission set \"Admin\"",
        ),
        (
            "metadata = \"wiki.xml\"",
            "metadata = \"none.xml\"",
            "none.xml",
        ),
        ("metadata = \"wiki.xml\"", "", "it needs one of metadata"),
        ("user = \"alice\"\n", "", "needs user or group"),
    ] {
        let broken = FILE.replacen(from, to, 1);
        assert_ne!(broken, FILE, "{from}");
        place.write("org.toml", &broken);
        place.run(&["config", "apply", "org.toml"]).failed(says);
        assert_eq!(place.export(), before, "{to}");
    }
}

/// What would be refused on the way is found before the first change is made.
#[test]
fn what_would_be_refused_is_said_before_anything_is_changed() {
    let place = place();
    let before = place.export();
    for (from, to, says) in [
        ("bob@example.com", "ALICE@example.com", "is taken"),
        ("bob@example.com", "bxy", "email: "),
        (
            "name = \"ReadOnly\"\n",
            "name = \"ReadOnly\"\nsession_duration_seconds = 5\n",
            "between 900 and 43200",
        ),
        (
            "name = \"Production\"\n",
            "name = \"Production\"\npartition = \"aws-mars\"\n",
            "is not configured",
        ),
        (
            "allow_idp_initiated = true",
            "default_relay_state = \"a\\u0000b\"",
            "default_relay_state",
        ),
        (
            "max_aws_session_seconds = 1800",
            "max_aws_session_seconds = 5",
            "max_aws_session_seconds",
        ),
        (
            "[[policies]]",
            "[[policies]]\ngroup = \"PLATFORM engineers\"\npolicy = {}\n\n[[policies]]",
            "is in the file twice",
        ),
        (
            "[[users]]",
            &format!("{ADA}admin_role = \"none\"\n\n[[users]]"),
            "last active",
        ),
        (
            "[[users]]",
            &format!("{ADA}state = \"suspended\"\n\n[[users]]"),
            "last active",
        ),
    ] {
        let broken = FILE.replacen(from, to, 1);
        assert_ne!(broken, FILE, "{from}");
        place.write("org.toml", &broken);
        for arguments in [
            &["config", "apply", "org.toml", "--dry-run"][..],
            &["config", "apply", "org.toml"],
        ] {
            place.run(arguments).failed(says);
            assert_eq!(place.export(), before, "{to}");
        }
    }
}

/// A file that is about something else lets nobody in again, and takes nothing away.
#[test]
fn what_an_entry_leaves_out_of_a_person_stays_as_it_is() {
    let place = place();
    place.run(&["config", "apply", "org.toml"]).ok();
    let entry = "[[users]]\nuser_name = \"alice\"\nemail = \"alice@example.com\"\ndisplay_name = \"Alice Archer\"\n";
    let more = "given_name = \"Alice\"\nstate = \"suspended\"\nadmin_role = \"auditor\"\n";
    place.write("org.toml", &format!("{entry}{more}"));
    let said = place.run(&["config", "apply", "org.toml"]).ok();
    assert_eq!(
        said.out,
        "~ user alice\n~ user alice: admin_role auditor\n~ user alice: state suspended\n"
    );
    let before = place.export();
    assert!(
        before.contains("suspended") && before.contains("[users.attributes]"),
        "{before}"
    );
    place.write("org.toml", entry);
    let said = place.run(&["config", "apply", "org.toml"]).ok();
    assert_eq!(
        (said.out.as_str(), said.err.trim()),
        ("", "nothing to change")
    );
    assert_eq!(place.export(), before);
    // One may go when another one comes in the same file, whichever stands first.
    let gone = format!("{ADA}admin_role = \"none\"\n");
    let heir = format!("{gone}{entry}state = \"active\"\nadmin_role = \"administrator\"\n");
    place.write("org.toml", &heir);
    place.run(&["config", "apply", "org.toml"]).ok();
}

/// Whoever reads the first line alone stops no change half-way.
#[test]
fn an_output_that_is_closed_stops_no_change() {
    let place = place();
    let many: String = (0..40)
        .map(|n| {
            format!("[[users]]\nuser_name = \"p{n}\"\nemail = \"p{n}@example.com\"\ndisplay_name = \"P\"\n")
        })
        .collect();
    place.write("org.toml", &many);
    let mut running = place
        .command(&["config", "apply", "org.toml"])
        .spawn()
        .unwrap();
    drop(running.stdout.take());
    let ended = running.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("output could not be written"), "{said}");
    assert_eq!(place.export().matches("user_name = \"p").count(), 40);
}
