//! The one decision: whether a person may have what they ask for, and what they must do first.
//!
//! Pure: values in, a [`Decision`] out; no IO, no clock, no database. `access` loads the facts and is the only caller of
//! [`decide`]. Whatever is issued takes a [`Grant`] by value, and nothing but [`decide`] makes one.
//! Imports `model` alone.

mod api;
mod change;
mod client;
mod decision;
mod effective;
mod facts;
mod grant;
mod request;
mod second_factor;

pub use api::{ApiDenial, ApiFacts, ApiGrant, decide_api};
pub use change::{Change, ChangeRefusal, Changer, Groups, Subject, decide_change};
pub use client::{ClientFacts, ClientGrant, decide_client};
pub use decision::{Decision, DenyReason, Requirement, decide};
pub use effective::{EffectivePolicy, Policy, PolicyError};
pub use facts::{ConsentFacts, Enrolled, Entitlement, Facts, Origin, Person};
pub use grant::Grant;
pub use request::{
    AccessRequest, AuthnContextClass, ConsentRequest, ContextComparison, Interaction,
    RequestedContext, Target,
};
