//! Ids and value types, and the aggregates' types.
//!
//! The lowest rung: imports nothing of Signet. A value that exists here has been checked by its constructor
//! ("parse, do not validate"), so that the rungs above need not ask again.

mod api_token;
mod app;
mod aws;
mod client;
mod group_rule;
mod id;
mod instance;
mod key;
mod mail;
mod network;
mod passkey;
mod portal;
mod protection;
mod secret;
mod session;
mod text;
mod time;
mod token;
mod trace;
mod user;

pub use api_token::*;
pub use app::*;
pub use aws::*;
pub use client::*;
pub use group_rule::*;
pub use id::*;
pub use instance::*;
pub use key::*;
pub use mail::*;
pub use network::*;
pub use passkey::*;
pub use portal::*;
pub use protection::*;
pub use secret::*;
pub use session::*;
pub use text::*;
pub use time::*;
pub use token::*;
pub use trace::*;
pub use user::*;
