//! What a command says to machines: standard output, which its reader may close before the command has ended.
//!
//! A closed or full output stops no change half-way: the command goes on, and says at its end that nobody got the rest.

use std::fmt::Arguments;
use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

static LOST: AtomicBool = AtomicBool::new(false);

/// Writes text.
pub(super) fn text(text: Arguments<'_>) {
    if stdout().lock().write_fmt(text).is_err() {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// Whether anything of it was not written.
pub(super) fn is_lost() -> bool {
    let is_flushed = stdout().flush().is_ok();
    LOST.load(Ordering::Relaxed) || !is_flushed
}

/// A line for machines.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::output::text(format_args!("{}\n", format_args!($($text)*))) };
}

/// Text for machines.
macro_rules! say_text {
    ($($text:tt)*) => { $crate::cli::output::text(format_args!($($text)*)) };
}
