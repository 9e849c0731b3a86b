//! Our own style sheet, script and pictures. Their names carry their hash: they may be kept for ever.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path};

use super::App;
use super::error::{PageError, answer};
use super::extract::Visitor;
use super::headers;
use crate::render::assets;

/// One file.
pub(super) async fn show(app: Data<App>, visitor: Visitor, path: Path<String>) -> HttpResponse {
    let Some(asset) = assets().iter().find(|asset| asset.name == *path) else {
        return answer(&app, &visitor, Err(PageError::NotFound));
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    headers::common(&mut response, &app.site);
    response.body(asset.bytes)
}
