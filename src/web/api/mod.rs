//! The API for programs, v1: bearer tokens, JSON, problems by RFC 9457.

pub(super) mod aws;
mod problem;

pub(super) use problem::Problem;
