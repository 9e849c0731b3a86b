//! The texts: the same keys and the same variables in every language, each of them used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use signet::model::KNOWN_ATTRIBUTES;
use signet::model::Span;
use signet::policy::Change;
use signet::render::{DONE, Language, LinkProblemPage, Problem, done};

use super::aws_samples::{ASSIGNED, COLOURS, FORMS, ROLE_STATES};
use super::console_samples::{CONSOLE_PROBLEMS, INVITED, NUMBERS, ROLES, STATES, STEPS};
use super::person_samples::{ADDRESS_PROBLEMS, PASS_PROBLEMS, PROTECTED};
use super::policy_samples::{FACTORS, SCOPES, VERDICTS};
use super::samples::{BLOCKS, CHANGES, DEVICES, ERRORS, NOTICES, OUTCOMES, PURPOSES};
use super::{renderer, source};

/// Keys with the variables that their texts use.
fn texts(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in source(&format!("templates/texts/{language}.ftl")).lines() {
        let is_message = line.starts_with(|c: char| c.is_ascii_lowercase());
        if is_message {
            let (name, _) = line.split_once(" = ").expect("key = text");
            name.clone_into(&mut key);
            let before = all.insert(key.clone(), BTreeSet::new());
            assert!(before.is_none(), "{key} is there twice in {language}");
        }
        for variable in line.split('$').skip(1) {
            let end = variable.find(|c: char| !c.is_ascii_alphanumeric());
            let name = &variable[..end.unwrap_or(variable.len())];
            all.get_mut(&key).unwrap().insert(name.to_owned());
        }
    }
    all
}

fn templates(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            templates(&path, found);
        } else if path
            .extension()
            .is_some_and(|e| ["html", "txt", "subject"].iter().any(|known| e == *known))
        {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The literal strings that stand behind a mark in a source.
fn literals_behind<'s>(source: &'s str, mark: &str) -> Vec<&'s str> {
    let pieces = source.split(mark).skip(1);
    pieces
        .filter_map(|piece| piece.split_once('"'))
        .map(|(literal, _)| literal)
        .collect()
}

/// What the templates ask for, computed keys by all that they may be computed to.
fn used_keys() -> BTreeSet<String> {
    let mut all = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    templates(&folder, &mut all);
    assert!(all.len() >= 18);
    let mut keys = BTreeSet::new();
    for template in all {
        for call in template.split(" t(").skip(1) {
            let (argument, _) = call.split_once(')').unwrap();
            let argument = argument.split(',').next().unwrap().trim();
            keys.extend(expand(argument));
        }
    }
    keys
}

/// The codes that are written down, or given by somebody.
const SAVED_CODES: [&str; 2] = ["recovery-code", "pass"];

/// What a policy may ask for.
const ASSURANCES: [&str; 3] = ["one", "two", "phishing_resistant"];

fn expand(argument: &str) -> Vec<String> {
    let each = |texts: &[&str], make: &dyn Fn(&str) -> String| {
        texts.iter().map(|text| make(text)).collect::<Vec<_>>()
    };
    match argument {
        "page.problem.key" => problem_keys(),
        "item.text" => consent_keys(),
        r#""error-" ~ page.text ~ "-title""# => each(&ERRORS, &|t| format!("error-{t}-title")),
        r#""error-" ~ page.text ~ "-lead""# => each(&ERRORS, &|t| format!("error-{t}-lead")),
        r#""trace-outcome-" ~ trace.outcome"# | r#""trace-outcome-" ~ page.row.outcome"# => {
            each(&OUTCOMES, &|t| format!("trace-outcome-{t}"))
        }
        r#""trace-explained-" ~ page.row.outcome"# => {
            each(&OUTCOMES, &|t| format!("trace-explained-{t}"))
        }
        r#""console-problem-" ~ page.problem.key"# => {
            each(&CONSOLE_PROBLEMS, &|t| format!("console-problem-{t}"))
        }
        r#""state-" ~ person.state"#
        | r#""state-" ~ page.person.state"#
        | r#""state-" ~ row.state"# => each(&STATES, &|t| format!("state-{t}")),
        r#""reach-days-" ~ row.days"# => each(&["not_yet", "over"], &|t| format!("reach-days-{t}")),
        r#""step-" ~ step.key"# => each(&STEPS, &|t| format!("step-{t}")),
        r#""number-" ~ number.key"# => each(&NUMBERS, &|t| format!("number-{t}")),
        r#""leaving-" ~ row.what"# => each(&["sessions", "grants", "api-tokens", "links"], &|t| {
            format!("leaving-{t}")
        }),
        r#""policy-of-" ~ policy.kind"# => each(&SCOPES, &|t| format!("policy-of-{t}")),
        r#""policy-says-" ~ rules.assurance"# => each(&ASSURANCES, &|t| format!("policy-says-{t}")),
        r#""assurance-" ~ word"# => each(&ASSURANCES, &|t| format!("assurance-{t}")),
        r#""theme-" ~ word"# => each(&["system", "light", "dark"], &|t| format!("theme-{t}")),
        r#""problem-" ~ page.problem"# => {
            let problems = [&ADDRESS_PROBLEMS[..], &PASS_PROBLEMS].concat();
            each(&problems, &|t| format!("problem-{t}"))
        }
        r#""protected-" ~ one.kind"# | r#""protected-" ~ kind"# => {
            each(&PROTECTED, &|t| format!("protected-{t}"))
        }
        r#""change-" ~ one.change"# => {
            let changes = Change::ALL.map(Change::name);
            each(&changes, &|t| format!("change-{t}"))
        }
        r#""factor-" ~ factor.word"# => each(&FACTORS, &|t| format!("factor-{t}")),
        r#""device-" ~ device.kind"#
        | r#""device-" ~ page.device.kind"#
        | r#""device-" ~ kind"# => each(&DEVICES, &|t| format!("device-{t}")),
        r#""passkey-" ~ form.purpose"# => each(&PURPOSES, &|t| format!("passkey-{t}")),
        r#""passkey-lead-" ~ page.key.purpose"# => each(&["passkey", "security-key"], &|t| {
            format!("passkey-lead-{t}")
        }),
        r#""proved-" ~ word"# => each(&["nothing", "password", "both", "passkey"], &|t| {
            format!("proved-{t}")
        }),
        r#""verdict-" ~ page.verdict.key"# => each(&VERDICTS, &|t| format!("verdict-{t}")),
        r#""colour-" ~ colour.value"# => each(&COLOURS, &|t| format!("colour-{t}")),
        r#""role-" ~ role.state"# => each(&ROLE_STATES, &|t| format!("role-{t}")),
        r#""roles-" ~ form.name"# => each(&FORMS, &|t| format!("roles-{t}")),
        r#""assign-" ~ one.outcome"# => each(&ASSIGNED, &|t| format!("assign-{t}")),
        r#""principal-" ~ row.kind"# => each(&["user", "group"], &|t| format!("principal-{t}")),
        r#""quantifier-" ~ word"# => each(&["all", "any"], &|t| format!("quantifier-{t}")),
        r#""boundary-" ~ kind"# => each(&["none", "managed", "customer"], &|t| {
            format!("boundary-{t}")
        }),
        r#""role-" ~ person.role"# | r#""role-" ~ page.person.role"# | r#""role-" ~ role"# => {
            each(&ROLES, &|t| format!("role-{t}"))
        }
        r#""invite-" ~ row.outcome"# => each(&INVITED, &|t| format!("invite-{t}")),
        r#""mail-notice-" ~ mail.change"# => each(&CHANGES, &|t| format!("mail-notice-{t}")),
        r#""mail-notice-subject-" ~ mail.change"# => {
            each(&CHANGES, &|t| format!("mail-notice-subject-{t}"))
        }
        r#""command-line-" ~ block.name"# => each(&BLOCKS, &|t| format!("command-line-{t}")),
        r#""attribute-" ~ field.name"# => each(&KNOWN_ATTRIBUTES, &|t| format!("attribute-{t}")),
        "row.text" => each(&DONE, &|kind| done(kind).unwrap()),
        "page.kind" => each(&SAVED_CODES, &str::to_owned),
        r#"page.kind ~ "-title""# => each(&SAVED_CODES, &|t| format!("{t}-title")),
        r#"page.kind ~ "-lead""# => each(&SAVED_CODES, &|t| format!("{t}-lead")),
        r#"page.text ~ "-title""# => each(&NOTICES, &|t| format!("{t}-title")),
        r#"page.text ~ "-lead""# => each(&NOTICES, &|t| format!("{t}-lead")),
        r#"page.text ~ "-restart""# => each(&NOTICES, &|t| format!("{t}-restart")),
        literal => {
            let key = literal.strip_prefix('"').and_then(|l| l.strip_suffix('"'));
            vec![
                key.expect("a literal, or a computed key listed here")
                    .to_owned(),
            ]
        }
    }
}

fn consent_keys() -> Vec<String> {
    let pages = source("src/render/pages.rs");
    let keys = literals_behind(&pages, "\"consent-");
    keys.iter().map(|key| format!("consent-{key}")).collect()
}

fn problem_keys() -> Vec<String> {
    let pages = source("src/render/pages.rs");
    let keys = literals_behind(&pages, "\"problem-");
    keys.iter().map(|key| format!("problem-{key}")).collect()
}

#[test]
fn every_language_has_the_same_keys_with_the_same_variables() {
    let english = texts("en");
    assert!(english.len() > 90);
    for language in Language::ALL {
        let own = texts(language.tag());
        let keys = |all: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<String> {
            all.keys().cloned().collect()
        };
        assert_eq!(keys(&own), keys(&english), "{}", language.tag());
        assert_eq!(own, english, "{}", language.tag());
    }
}

#[test]
fn every_key_that_is_used_is_there_and_every_key_that_is_there_is_used() {
    let used = used_keys();
    assert!(used.len() > 90);
    for language in Language::ALL {
        let there: BTreeSet<String> = texts(language.tag()).into_keys().collect();
        let missing: Vec<_> = used.difference(&there).collect();
        let unused: Vec<_> = there.difference(&used).collect();
        assert!(
            missing.is_empty(),
            "missing in {}: {missing:?}",
            language.tag()
        );
        assert!(
            unused.is_empty(),
            "unused in {}: {unused:?}",
            language.tag()
        );
    }
}

/// The list of samples follows the one place that chooses these texts.
#[test]
fn the_errors_of_the_web_are_those_that_have_samples() {
    let errors = source("src/web/error.rs");
    let (_, says) = errors.split_once("fn says(").unwrap();
    let (says, _) = says.split_once("fn is_temporary").unwrap();
    let chosen: BTreeSet<&str> = says
        .split("StatusCode::")
        .skip(1)
        .filter_map(|piece| piece.split_once(','))
        .filter_map(|(_, behind)| behind.trim_start().strip_prefix('"'))
        .filter_map(|literal| literal.split_once('"'))
        .map(|(text, _)| text)
        .collect();
    // What is no error is told where it happens.
    let notices = NOTICES
        .into_iter()
        .filter(|text| *text != "password-changed" && !text.starts_with("address-"));
    let sampled: BTreeSet<&str> = ERRORS.into_iter().chain(notices).collect();
    assert_eq!(chosen, sampled);
}

#[test]
fn no_text_is_the_same_in_both_languages_unless_it_is_a_name() {
    let read = |language: &str| -> BTreeMap<String, String> {
        source(&format!("templates/texts/{language}.ftl"))
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .collect()
    };
    let (english, german) = (read("en"), read("de"));
    let same: Vec<&str> = english
        .iter()
        .filter(|(key, text)| german.get(*key) == Some(text) && !text.starts_with("{ $"))
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(same, SAME_IN_BOTH, "not translated?");
}

/// Words that German took over.
const SAME_IN_BOTH: [&str; 8] = [
    "account-name",
    "account-partition",
    "aws-title",
    "device-passkey",
    "group-name",
    "roles-cloudformation",
    "roles-terraform",
    "set-name",
];

#[test]
fn a_lock_is_told_in_whole_minutes_and_for_good_after_a_day() {
    let key = |span| serde_json::to_value(Problem::locked(span)).unwrap();
    let minutes = |span| key(span)["minutes"].as_i64().unwrap();
    assert_eq!(minutes(Span::seconds(0)), 1);
    assert_eq!(minutes(Span::seconds(60)), 1);
    assert_eq!(minutes(Span::seconds(61)), 2);
    assert_eq!(minutes(Span::hours(24)), 24 * 60);
    assert_eq!(key(Span::hours(24))["key"], "problem-locked");
    let longer = Span::seconds(24 * 3_600 + 1);
    assert_eq!(key(longer)["key"], "problem-locked-for-good");
}

#[test]
fn the_language_is_the_first_of_ours_by_weight() {
    for (header, tag) in [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("fr, de;q=0.5", "de"),
        ("fr", "en"),
        ("en, de", "en"),
        ("de, en", "de"),
        ("en;q=0.4, de;q=0.5", "de"),
        ("de;q=0", "en"),
        ("de;q=x", "en"),
        ("den", "en"),
        ("*", "en"),
        (" de ; q=1 ", "de"),
    ] {
        assert_eq!(Language::negotiate(header).tag(), tag, "{header}");
    }
    let late = format!("{}de", "fr,".repeat(32));
    assert_eq!(Language::negotiate(&late), Language::English);
}

#[test]
fn a_page_is_in_the_language_that_was_asked_for() {
    let renderer = renderer();
    let page = |language| renderer.render(&LinkProblemPage {}, language).unwrap();
    assert!(page(Language::English).contains("This link does not work"));
    assert!(page(Language::German).contains("Dieser Link gilt nicht"));
}
