//! The API for programs, v1: bearer tokens, JSON, problems by RFC 9457.

pub(super) mod aws;
pub(super) mod organisation;
mod problem;

pub(super) use problem::Problem;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde::Serialize;

use super::extract::Visitor;
use super::{App, headers};

/// The answer: JSON that is never cached, or the problem.
fn finish<T: Serialize>(app: &App, visitor: &Visitor, result: Result<T, Problem>) -> HttpResponse {
    let body = match result {
        Ok(body) => body,
        Err(problem) => return problem.answer(app, visitor),
    };
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    headers::common(&mut response, &app.site);
    response.json(body)
}
