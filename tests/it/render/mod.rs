//! Pages: every page in every language with every kind of content.

mod aws_samples;
mod branding;
mod console_samples;
mod html;
mod mails;
mod pages;
mod person_samples;
mod policy_samples;
mod samples;
mod sign_in_samples;
mod sizes;
mod texts;

use signet::render::{Language, Look, Renderer};

fn look(organisation: &str) -> Look {
    Look {
        organisation: organisation.to_owned(),
        is_demo: true,
    }
}

fn renderer() -> Renderer {
    Renderer::new(look("Example"), None).unwrap()
}

/// Every page in every language, with its language.
fn every_page(text: &str) -> Vec<(Language, samples::Rendered)> {
    let renderer = Renderer::new(look(text), None).unwrap();
    Language::ALL
        .into_iter()
        .flat_map(|language| {
            let all = samples::render_all(&renderer, language, text);
            all.into_iter().map(move |rendered| (language, rendered))
        })
        .collect()
}

fn source(path: &str) -> String {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
