//! Pure wire formats: no IO, no clock, no database. Imports `model` alone.

pub mod aws;
pub mod saml;
pub mod xml;
