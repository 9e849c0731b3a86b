//! Clients are told that a session has ended.

use super::lease::Lease;
use super::{Jobs, Logout};
use crate::issue::LogoutCall;
use crate::outbound::HttpRequest;

/// Calls every client that is due, one after the other; who does not answer is called again later.
pub(super) async fn run(jobs: Jobs, lease: Lease) {
    let Some(logout) = jobs.logout.clone() else {
        return;
    };
    if !lease.take(&jobs).await {
        return;
    }
    let op = jobs.op("logout");
    let due = match logout.issuer.due_logouts(&op).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "who is to be told of ended sessions cannot be read; the next run will");
            return;
        }
    };
    for call in due {
        let url = call.url.clone();
        let answered = post(&logout, &call).await;
        let ended = match &answered {
            Ok(()) => logout.issuer.logout_done(call).await.map(|()| false),
            Err(reason) => {
                tracing::info!(
                    url,
                    reason,
                    "a client could not be told that a session has ended"
                );
                logout.issuer.logout_failed(&op, call).await
            }
        };
        match ended {
            Ok(true) => tracing::warn!(
                url,
                "a client was not told of an ended session for a day: given up"
            ),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "what became of a logout notice cannot be written")
            }
        }
    }
}

/// 200 or 204 (section 2.8).
async fn post(logout: &Logout, call: &LogoutCall) -> Result<(), String> {
    let url = url::Url::parse(&call.url).map_err(|e| e.to_string())?;
    let token = call.token.expose_text().map_err(|e| e.to_string())?;
    let request = HttpRequest::post_form(url, &[("logout_token", token)]);
    let http = logout.http.clone();
    let sent = tokio::task::spawn_blocking(move || http.send(&request)).await;
    match sent {
        Ok(Ok(response)) if matches!(response.status, 200 | 204) => Ok(()),
        Ok(Ok(response)) => Err(format!("it answered {}", response.status)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
