//! The results as a page.

use std::fmt::Write;

/// One number and what it should be.
#[derive(Clone)]
pub struct Measured {
    /// What was measured.
    pub what: &'static str,
    /// The number.
    pub value: f64,
    /// What it counts.
    pub unit: &'static str,
    /// What it should be.
    pub goal: Goal,
    /// What else was seen, in sentences.
    pub remarks: String,
}

/// A bound of the plan.
#[derive(Clone, Copy)]
pub enum Goal {
    /// Reached when the number is not larger.
    AtMost(f64),
    /// Reached when the number is not smaller.
    AtLeast(f64),
}

impl Measured {
    /// Whether the goal is reached.
    pub fn is_reached(&self) -> bool {
        match self.goal {
            Goal::AtMost(bound) => self.value <= bound,
            Goal::AtLeast(bound) => self.value >= bound,
        }
    }
}

/// The page.
pub fn text(machine: &str, measured: &[Measured]) -> String {
    let mut out = String::from(
        "# Measured\n\nWritten by `make bench`. Ratios are to the named primitive in the same run, medians.\n\n",
    );
    out.push_str(machine);
    out.push_str("\n| what | measured | goal | reached |\n|---|---|---|---|\n");
    for m in measured {
        let goal = match m.goal {
            Goal::AtMost(bound) => format!("at most {bound}"),
            Goal::AtLeast(bound) => format!("at least {bound}"),
        };
        let reached = if m.is_reached() { "yes" } else { "**no**" };
        let (what, value, unit) = (m.what, m.value, m.unit);
        writeln!(out, "| {what} | {value:.3} {unit} | {goal} | {reached} |")
            .expect("a string takes everything");
    }
    for m in measured {
        write!(out, "\n**{}.** {}\n", m.what, m.remarks).expect("a string takes everything");
    }
    out
}
