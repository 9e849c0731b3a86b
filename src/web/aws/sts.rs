//! Our call of AWS STS: an assertion becomes credentials, which pass through and are neither kept nor logged.

use crate::issue::AwsResponse;
use crate::model::Secret;
use crate::outbound::{StsFailure, assume_role_with_saml};
use crate::protocol::aws::{AssumeRoleWithSaml, StsCredentials};
use crate::web::App;

/// Why there are no credentials.
#[derive(Debug)]
pub(in crate::web) struct Trouble {
    /// What is wrong.
    pub(in crate::web) cause: String,
    /// What to do; empty where the cause says it.
    pub(in crate::web) fix: String,
}

impl Trouble {
    fn of(cause: impl std::fmt::Display) -> Self {
        Self {
            cause: cause.to_string(),
            fix: String::new(),
        }
    }
}

/// On a thread that may block; what STS refuses is told with its cause and the fix.
pub(in crate::web) async fn credentials(
    app: &App,
    response: AwsResponse,
    sts_url: &str,
) -> Result<StsCredentials, Trouble> {
    let endpoint = url::Url::parse(sts_url).map_err(Trouble::of)?;
    let call = AssumeRoleWithSaml::new(
        response.role_arn,
        response.principal_arn,
        Secret::from_text(response.posted.saml_response),
        response.duration_seconds,
    )
    .map_err(Trouble::of)?;
    let client = app.http.clone();
    let called =
        actix_web::web::block(move || assume_role_with_saml(&client, &endpoint, &call)).await;
    match called {
        Ok(Ok(credentials)) => Ok(credentials),
        Ok(Err(failure)) => Err(words(&failure)),
        Err(error) => Err(Trouble::of(format!("no thread to call STS with: {error}"))),
    }
}

fn words(failure: &StsFailure) -> Trouble {
    match failure.problem() {
        Some(problem) => Trouble {
            cause: problem.cause.to_string(),
            fix: problem.fix.to_string(),
        },
        None => Trouble::of(failure),
    }
}
