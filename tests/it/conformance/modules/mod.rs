//! The modules of the basic list, by what they are about.

mod claims;
mod flow;
mod refresh;
mod requests;
mod sessions;

pub(super) use claims::*;
pub(super) use flow::*;
pub(super) use refresh::*;
pub(super) use requests::*;
pub(super) use sessions::*;
