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

#[test]
fn a_refusal_on_the_way_says_what_was_done() {
    let place = place();
    let taken = FILE.replace("bob@example.com", "ALICE@example.com");
    place.write("org.toml", &taken);
    let said = place.run(&["config", "apply", "org.toml"]);
    let said = said.failed("1 of ");
    assert!(said.err.contains("is taken"), "{}", said.err);
    place.write("org.toml", FILE);
    place.run(&["config", "apply", "org.toml"]).ok();
}
