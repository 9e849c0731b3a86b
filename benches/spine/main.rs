//! What the spine costs, measured in units of the primitives that it cannot do without, and written to
//! `benches/RESULTS.md` with date and machine.
//!
//! Each module measures one thing and gives back its [`report::Measured`]s; the primitive is measured interleaved with
//! it in the same run, so that what else the machine does falls on both. Processor time counts, not the clock on the wall.

mod aws_response;
mod http;
mod interleaved;
mod load;
mod machine;
mod oauth;
mod organisation;
mod people;
mod report;
mod server;
mod serving;

use std::path::Path;

fn main() {
    // `cargo bench --bench spine -- sso` measures one thing while it is worked on, and writes nothing.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let measured = match wanted.as_slice() {
        [] => [
            aws_response::measure(),
            serving::measure(&[]),
            organisation::measure(),
        ]
        .concat(),
        [one] if one == "organisation" => organisation::measure(),
        some => serving::measure(some),
    };
    let text = report::text(&machine::describe(), &measured);
    if wanted.is_empty() {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/RESULTS.md");
        std::fs::write(&results, &text).expect("benches/RESULTS.md can be written");
    }
    println!("{text}");
    if measured.iter().any(|m| !m.is_reached()) {
        println!("a number was missed");
        std::process::exit(1);
    }
}
