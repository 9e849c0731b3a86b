//! Texts by key, from Fluent files.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, Value};
use unic_langid::LanguageIdentifier;

use super::RenderError;

/// A language that every text is there in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English: also for whoever speaks none of ours.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../templates/texts/en.ftl"),
            Self::German => include_str!("../../templates/texts/de.ftl"),
        }
    }

    /// The first of ours in an `Accept-Language` by its weights (RFC 9110, 12.5.4).
    pub fn negotiate(accept_language: &str) -> Self {
        let mut wanted: Vec<(Self, f32)> = Vec::new();
        for part in accept_language.split(',').take(32) {
            let mut pieces = part.split(';');
            let tag = pieces
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let primary = tag.split('-').next().unwrap_or_default();
            if let Some(language) = Self::ALL.into_iter().find(|l| l.tag() == primary)
                && weight > 0.0
            {
                wanted.push((language, weight));
            }
        }
        // A stable sort: of equal weights the first stays first.
        wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
        wanted
            .first()
            .map_or(Self::English, |(language, _)| *language)
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How somebody reads pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reader {
    /// In which language.
    pub language: Language,
    /// On which ground.
    pub theme: Theme,
    /// Of this one answer, random: a style sheet or a script without it is not taken (Content Security Policy 3, 2.3.1).
    pub nonce: [u8; 16],
}

impl From<Language> for Reader {
    fn from(language: Language) -> Self {
        Self {
            language,
            theme: Theme::System,
            nonce: [0; 16],
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

/// The bundle of a language, parsed once.
pub(super) fn of(language: Language) -> Result<&'static Bundle, RenderError> {
    static ENGLISH: OnceLock<Result<Bundle, String>> = OnceLock::new();
    static GERMAN: OnceLock<Result<Bundle, String>> = OnceLock::new();
    let cell = match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    };
    let parsed = cell.get_or_init(|| parse(language));
    parsed.as_ref().map_err(|reason| RenderError::Texts {
        language: language.tag(),
        reason: reason.clone(),
    })
}

fn parse(language: Language) -> Result<Bundle, String> {
    let tag: LanguageIdentifier = language.tag().parse().map_err(|e| format!("{e}"))?;
    let resource = FluentResource::try_new(language.source().to_owned())
        .map_err(|(_, errors)| format!("{errors:?}"))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // No direction marks around values: our pages isolate with markup, and people copy these texts.
    bundle.set_use_isolating(false);
    bundle
        .add_resource(resource)
        .map_err(|errors| format!("{errors:?}"))?;
    Ok(bundle)
}

/// The templates' `t(key, name=value, ..)`.
pub(super) fn function(language: Language) -> Value {
    Value::from_function(
        move |key: String, arguments: Kwargs| -> Result<String, Error> {
            let broken = |what: String| Error::new(ErrorKind::InvalidOperation, what);
            let bundle = of(language).map_err(|error| broken(error.to_string()))?;
            let missing = || broken(format!("no text \"{key}\" in {}", language.tag()));
            let message = bundle.get_message(&key).ok_or_else(missing)?;
            let pattern = message.value().ok_or_else(missing)?;
            let mut values = FluentArgs::new();
            for name in arguments.args() {
                let value: Value = arguments.get(name)?;
                values.set(name.to_owned(), fluent(&value));
            }
            let mut errors = Vec::new();
            let text = bundle
                .format_pattern(pattern, Some(&values), &mut errors)
                .into_owned();
            match errors.first() {
                None => Ok(text),
                Some(error) => Err(broken(format!("the text \"{key}\": {error}"))),
            }
        },
    )
}

fn fluent(value: &Value) -> FluentValue<'static> {
    match (value.kind(), i64::try_from(value.clone())) {
        (ValueKind::Number, Ok(number)) => FluentValue::from(number),
        _ => FluentValue::from(value.to_string()),
    }
}
