//! The management listener: health, for the supervisor and the load balancer; never reachable from the public one.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};

use super::App;

/// The routes of the management listener.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready));
}

/// The process answers.
async fn live() -> impl Responder {
    HttpResponse::Ok().body("live\n")
}

/// The database answers, too, and takes writes: without them nobody signs in.
async fn ready(app: Data<App>) -> impl Responder {
    match app.store.takes_writes().await {
        Ok(()) => HttpResponse::Ok().body("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            HttpResponse::ServiceUnavailable()
                .body("the database does not answer, or takes no writes\n")
        }
    }
}
