//! One sign-in by OpenID Connect, from the checked request to the tokens: `issue` makes and answers it, `signin` keeps it.

use serde::{Deserialize, Serialize};

use crate::model::{
    AppId, Client, FamilyId, SatisfiedFactor, SecretHash, SessionId, Timestamp, TokenFamily, UserId,
};
use crate::policy::{AccessRequest, ConsentRequest, Interaction, RequestedContext, Target};
use crate::protocol::oauth::{ClaimsRequest, CodeChallenge, ResponseMode, Scopes};

/// What a code will answer. Made by `issue::validate_authorization`; kept with the sign-in in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationExchange {
    /// The client.
    pub app_id: AppId,
    /// Where the code goes: one of the registered ones.
    pub redirect_uri: String,
    /// How it goes there.
    pub response_mode: ResponseMode,
    /// Given back as it came.
    pub state: Option<String>,
    /// Stated in the ID token.
    pub nonce: Option<String>,
    /// What the token request must prove.
    pub code_challenge: Option<CodeChallenge>,
    /// What is asked for, within the registration.
    pub scopes: Scopes,
    /// For which resources.
    pub resources: Vec<String>,
    /// Claims by name.
    pub claims: ClaimsRequest,
    /// `prompt=none`.
    pub interaction: Interaction,
    /// `prompt=login`, `prompt=select_account`, `max_age`: only what was proved since then counts.
    pub authenticated_since: Option<Timestamp>,
    /// `acr_values`.
    pub context: Option<RequestedContext>,
    /// `prompt=consent`: only a consent since then counts.
    pub consent_since: Option<Timestamp>,
    /// `id_token_hint`: the answer is about this subject, or there is none.
    pub subject_hint: Option<String>,
    /// `login_hint`: what the sign-in page has filled in.
    pub login_hint: Option<String>,
}

impl AuthorizationExchange {
    /// The same for the same request, whenever it came: a client has no id for a request, so everything that it asks for is
    /// one.
    pub fn fingerprint(&self) -> String {
        let once = |since: Option<Timestamp>| since.map(|_| Timestamp::from_millis(0));
        let timeless = Self {
            authenticated_since: once(self.authenticated_since),
            consent_since: once(self.consent_since),
            ..self.clone()
        };
        // Its parts are texts and lists of them, which always have a JSON form.
        let json = serde_json::to_string(&timeless).unwrap_or_default();
        SecretHash::of(&json).as_str().to_owned()
    }

    /// The exchange as `policy` sees it.
    pub fn access_request(&self) -> AccessRequest {
        AccessRequest {
            target: Target::Application {
                app_id: self.app_id.clone(),
            },
            interaction: self.interaction,
            authenticated_since: self.authenticated_since,
            context: self.context.clone(),
            aws_session_seconds: None,
            consent: Some(ConsentRequest {
                scopes: self.scopes.iter().map(str::to_owned).collect(),
                since: self.consent_since,
            }),
        }
    }
}

/// What a token family keeps: an authorization, never a grant. Each redeem decides again from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The scopes.
    pub scopes: Scopes,
    /// The resources.
    pub resources: Vec<String>,
    /// Claims by name.
    pub claims: ClaimsRequest,
    /// Stated in the first ID token.
    pub nonce: Option<String>,
    /// The `sub` at this client.
    pub subject: String,
    /// The authentication context that was achieved.
    pub acr: String,
    /// What was proved, and when.
    pub satisfied: Vec<SatisfiedFactor>,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
}

impl Granted {
    /// With those scopes that the client's registration still has: what was taken from it since is nobody's to redeem. The
    /// resources stay: without one a token would be for us.
    #[must_use]
    pub fn within(self, client: &Client) -> Self {
        Self {
            scopes: self.scopes.retain(|scope| client.has_scope(scope)),
            ..self
        }
    }
}

/// Somebody who does not come with a browser: by what they granted a client before.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// The family.
    pub family_id: FamilyId,
    /// Whose.
    pub user_id: UserId,
    /// What was proved then.
    pub satisfied: Vec<SatisfiedFactor>,
    /// The session in which it was granted; it must live, unless the grant outlives it.
    pub session_id: SessionId,
    /// Whether it does.
    pub is_offline: bool,
    /// When the family ends.
    pub ends_at: Timestamp,
}

impl Authorized {
    /// By a family and what it keeps.
    pub fn of(family: &TokenFamily, granted: &Granted) -> Self {
        Self {
            family_id: family.id.clone(),
            user_id: family.user_id.clone(),
            satisfied: granted.satisfied.clone(),
            session_id: family.session_id.clone(),
            is_offline: family.is_offline,
            ends_at: family.ends_at,
        }
    }
}
