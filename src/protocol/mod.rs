//! Pure wire formats: no IO, no clock, no database. Imports `model` alone.

pub mod aws;
pub mod jose;
pub mod oauth;
pub mod saml;
pub mod xml;
