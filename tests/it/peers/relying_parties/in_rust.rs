//! The openidconnect crate, with an HTTP client of its own.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreRequestTokenError,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse,
    UserInfoError,
};
use serde_json::{Value, json};

use super::Scene;
use crate::app::clients::{CALLBACK, SIGNED_OUT};

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type Refused = CoreRequestTokenError<ureq::Error>;

/// With no redirect followed, as the crate asks for.
fn http(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let response = if request.body().is_empty() {
        agent.run(request.map(drop))?
    } else {
        agent.run(request)?
    };
    let (head, mut body) = response.into_parts();
    Ok(HttpResponse::from_parts(head, body.read_to_vec()?))
}

/// What the client keeps while the person is away.
struct Waiting {
    nonce: Nonce,
    verifier: String,
    code: String,
    error: String,
}

struct RelyingParty {
    client: Client,
    metadata: ProviderMetadataWithLogout,
}

impl RelyingParty {
    fn discover(scene: &mut Scene) -> Self {
        let registered = scene.register(&json!({}));
        let text = |key: &str| registered[key].as_str().unwrap().to_owned();
        let issuer = IssuerUrl::new(scene.app.public_url().to_owned()).unwrap();
        let metadata = ProviderMetadataWithLogout::discover(&issuer, &http).unwrap();
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(text("client_id")),
            Some(ClientSecret::new(text("client_secret"))),
        )
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap());
        Self { client, metadata }
    }

    fn sent_back(&self, scene: &mut Scene, prompt: Option<&str>) -> Waiting {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        for scope in ["profile", "email", "offline_access"] {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        if let Some(prompt) = prompt {
            request = request.add_extra_param("prompt", prompt);
        }
        let (url, state, nonce) = request.url();
        let arrived = url::Url::parse(&scene.visit(url.as_str())).unwrap();
        let returned = |name: &str| {
            let mut pairs = arrived.query_pairs();
            let found = pairs.find(|(key, _)| key == name);
            found.map_or(String::new(), |(_, value)| value.into_owned())
        };
        assert_eq!(&returned("state"), state.secret());
        assert_eq!(returned("iss"), scene.app.public_url());
        Waiting {
            nonce,
            verifier: verifier.into_secret(),
            code: returned("code"),
            error: returned("error"),
        }
    }

    fn redeem(&self, waiting: &Waiting) -> Result<CoreTokenResponse, Refused> {
        let code = AuthorizationCode::new(waiting.code.clone());
        self.client
            .exchange_code(code)
            .unwrap()
            .set_pkce_verifier(PkceCodeVerifier::new(waiting.verifier.clone()))
            .request(&http)
    }

    fn refresh(&self, token: &RefreshToken) -> Result<CoreTokenResponse, Refused> {
        let request = self.client.exchange_refresh_token(token).unwrap();
        request.request(&http)
    }

    fn userinfo(
        &self,
        tokens: &CoreTokenResponse,
        claims: &CoreIdTokenClaims,
    ) -> Result<CoreUserInfoClaims, UserInfoError<ureq::Error>> {
        let token = tokens.access_token().clone();
        let request = self.client.user_info(token, Some(claims.subject().clone()));
        request.unwrap().request(&http)
    }

    /// Verified by the published keys; without a nonce after a refresh.
    fn verified(&self, tokens: &CoreTokenResponse, nonce: Option<&Nonce>) -> CoreIdTokenClaims {
        let verifier = self.client.id_token_verifier();
        let token = tokens.id_token().unwrap();
        let claims = match nonce {
            Some(nonce) => token.claims(&verifier, nonce),
            None => token.claims(&verifier, |_: Option<&Nonce>| Ok(())),
        };
        claims.unwrap().clone()
    }

    fn sign_out(&self, scene: &mut Scene, tokens: &CoreTokenResponse) -> String {
        let endpoint = &self.metadata.additional_metadata().end_session_endpoint;
        let state = CsrfToken::new_random();
        let url = LogoutRequest::from(endpoint.clone().unwrap())
            .set_id_token_hint(tokens.id_token().unwrap())
            .set_post_logout_redirect_uri(
                PostLogoutRedirectUrl::new(SIGNED_OUT.to_owned()).unwrap(),
            )
            .set_state(state.clone())
            .http_get_url();
        let arrived = scene.visit(url.as_str());
        assert!(arrived.ends_with(state.secret()), "{arrived}");
        arrived
    }
}

fn error_of(result: Result<CoreTokenResponse, Refused>) -> String {
    match result {
        Err(RequestTokenError::ServerResponse(said)) => said.error().to_string(),
        other => panic!("{other:?}"),
    }
}

fn status_of<T: std::fmt::Debug>(result: Result<T, UserInfoError<ureq::Error>>) -> u16 {
    match result {
        Err(UserInfoError::Response(status, ..)) => status.as_u16(),
        other => panic!("{other:?}"),
    }
}

/// The same steps as those of the peers in other languages.
pub(super) fn report(scene: &mut Scene) -> Value {
    let rp = RelyingParty::discover(scene);
    let waiting = rp.sent_back(scene, None);
    let tokens = rp.redeem(&waiting).unwrap();
    let claims = rp.verified(&tokens, Some(&waiting.nonce));
    let userinfo = rp.userinfo(&tokens, &claims).unwrap();

    let first = tokens.refresh_token().unwrap();
    let renewed = rp.refresh(first).unwrap();
    let refreshed = rp.verified(&renewed, None);
    scene.pass(11);
    let old_refresh_token = error_of(rp.refresh(first));
    let its_successor = error_of(rp.refresh(renewed.refresh_token().unwrap()));

    let waiting = rp.sent_back(scene, None);
    let once = rp.redeem(&waiting).unwrap();
    rp.userinfo(&once, &claims).unwrap();
    let code_again = error_of(rp.redeem(&waiting));
    let userinfo_after = status_of(rp.userinfo(&once, &claims));

    let last = rp.redeem(&rp.sent_back(scene, None)).unwrap();
    let signed_out_at = rp.sign_out(scene, &last);
    let prompt_none_after = rp.sent_back(scene, Some("none")).error;
    json!({
        "id_token": claims,
        "userinfo": userinfo,
        "refreshed_id_token": refreshed,
        "old_refresh_token": old_refresh_token,
        "its_successor": its_successor,
        "code_again": code_again,
        "userinfo_after_code_again": userinfo_after,
        "signed_out_at": signed_out_at,
        "prompt_none_after": prompt_none_after,
    })
}
