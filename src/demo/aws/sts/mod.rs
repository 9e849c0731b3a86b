//! The simulated Security Token Service, as its API reference describes the Query API of 2011-06-15: AssumeRoleWithSAML,
//! which is not signed because the assertion proves who asks, and GetCallerIdentity for the credentials that came of it.
//!
//! Codes, statuses and texts are AWS's. The precise cause, which AWS would keep to itself, is in a header beside them.

mod answer;
mod caller;
mod credentials;
mod fault;
mod parameters;
mod policy;
mod signature;

use std::sync::{MutexGuard, PoisonError};

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use self::answer::Answer;
use self::credentials::Credentials;
use self::fault::Fault;
use self::parameters::{Federation, Parameters};
use self::signature::SignedRequest;
use super::State;
use super::redemption::{self, AssumedRole, Redemption};

pub(super) use credentials::IssuedCredentials;

/// What a request may have beside the assertion: two ARNs and the session policies, escaped.
pub(super) const MAX_OTHER_BYTES: usize = 32_768;

/// `POST /`.
pub(super) async fn answer(state: Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let request_id = answer::request_id(state.settings().entropy.octets());
    let signed = SignedRequest::of(&request, body);
    let is_form = is_form(&request);
    let outcome = web::block(move || match is_form {
        true => state.answer(&signed),
        false => Err(Fault::not_a_form()),
    })
    .await
    .unwrap_or_else(|error| Err(Fault::unavailable(error.to_string())));
    match outcome {
        Ok(answer) => answer.into_response(&request_id),
        Err(fault) => fault.into_response(&request_id),
    }
}

fn is_form(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| {
            media
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

impl State {
    fn answer(&self, request: &SignedRequest) -> Result<Answer, Fault> {
        let parameters = Parameters::read(request.body())?;
        match parameters.operation()? {
            "AssumeRoleWithSAML" => self.assume_role_with_saml(&parameters),
            "GetCallerIdentity" => self.get_caller_identity(request),
            _ => Err(parameters.unknown_operation()),
        }
    }

    fn assume_role_with_saml(&self, parameters: &Parameters) -> Result<Answer, Fault> {
        let federation = Federation::read(parameters)?;
        let redemption = Redemption::Credentials {
            role_arn: federation.role_arn,
            provider_arn: federation.principal_arn,
            duration: federation.duration,
        };
        let assumed = redemption::redeem(&self.settings(), &federation.response, redemption)
            .map_err(Fault::from)?;
        let credentials = Credentials::issue(&assumed, &self.settings());
        let answer = Answer::assumed_role(&assumed, &credentials, federation.packed_policy_size);
        self.credentials().remember(credentials);
        Ok(answer)
    }

    fn get_caller_identity(&self, request: &SignedRequest) -> Result<Answer, Fault> {
        let now = self.settings().clock.now();
        let authorization = signature::Authorization::read(request, now)?;
        let credentials = self
            .credentials()
            .of_key(authorization.access_key_id())
            .ok_or_else(|| Fault::unknown_token("there are no credentials of this access key"))?;
        caller::verify(&credentials, &authorization, request, now)?;
        Ok(Answer::caller_identity(&credentials.identity))
    }

    fn credentials(&self) -> MutexGuard<'_, IssuedCredentials> {
        self.credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl AssumedRole {
    /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`, the role without its path.
    fn arn(&self, partition: &str) -> String {
        let role = &self.request.role;
        format!(
            "arn:{partition}:sts::{}:assumed-role/{}/{}",
            role.account,
            role.name(),
            self.request.session_name
        )
    }
}
