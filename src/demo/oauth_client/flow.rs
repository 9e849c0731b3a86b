//! What the client does, step by step. These functions wait for the provider, so they run where waiting is allowed.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::State;
use super::answer::AuthorizationAnswer;
use super::id_token::{self, Claims, IdToken, Occasion, Presented};
use super::jwt::{self, TokenType};
use super::logout_token;
use super::memory::{PendingSignIn, Session, Tokens};
use super::provider::{Provider, TokenAnswer, text};
use super::refusal::Refusal;
use crate::model::{Secret, SecretHash, Span, Timestamp};

/// What is asked for; the provider may give less.
const SCOPES: &str = "openid profile email groups offline_access";

impl State {
    /// Makes and remembers `state`, `nonce` and the code verifier: where to send the browser.
    pub(super) fn begin_sign_in(&self, browser: SecretHash) -> Result<Url, Refusal> {
        let settings = &self.settings;
        let provider = Provider::discover(settings)?;
        let state = settings.entropy.token();
        let nonce = settings.entropy.token();
        let code_verifier = settings.entropy.token();
        let challenge = digest(&SHA256, code_verifier.as_bytes());
        let mut url = provider.authorization_endpoint().clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &settings.redirect_uri())
            .append_pair("scope", SCOPES)
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
            .append_pair("code_challenge_method", "S256");
        let sign_in = PendingSignIn {
            browser,
            nonce,
            code_verifier: Secret::from_text(code_verifier),
            begun_at: settings.clock.now(),
        };
        self.memory().begin(&state, sign_in);
        Ok(url)
    }

    /// Judges the answer, redeems its code, judges the ID token and asks for the person's claims.
    pub(super) fn complete_sign_in(
        &self,
        answer: &AuthorizationAnswer,
        browser: &str,
        handle: &str,
    ) -> Result<(), Refusal> {
        let settings = &self.settings;
        let state = answer.state.as_deref().ok_or(Refusal::State)?;
        let sign_in = self
            .memory()
            .complete(state, browser, settings.clock.now())?;
        self.check_answer_issuer(answer)?;
        if let Some(error) = &answer.error {
            return Err(Refusal::provider(
                error,
                answer.error_description.as_deref(),
            ));
        }
        let code = answer.code.as_deref().ok_or(Refusal::NoCode)?;
        let provider = Provider::discover(settings)?;
        let tokens = provider.redeem_code(code, text(&sign_in.code_verifier)?)?;
        let now = settings.clock.now();
        let occasion = Occasion::SignIn {
            nonce: &sign_in.nonce,
        };
        let id_token = tokens.id_token.as_ref().ok_or_else(no_id_token)?;
        let (token, id_claims) =
            self.judge_id_token(&provider, id_token, &tokens.access_token, occasion, now)?;
        let user_info = provider.user_info(&tokens.access_token, &token.sub)?;
        let (tokens, refresh_token) = keep(tokens, SCOPES, None, now).ok_or_else(no_id_token)?;
        let session = Session {
            begun_at: now,
            nonce: sign_in.nonce,
            tokens,
            refresh_token,
            refreshes: 0,
            token,
            id_claims,
            user_info,
            user_info_at: now,
        };
        self.memory().sign_in(handle, session);
        Ok(())
    }

    /// RFC 9207, 2.4; asked for errors too, and always: this client knows one provider, and it sends `iss`.
    fn check_answer_issuer(&self, answer: &AuthorizationAnswer) -> Result<(), Refusal> {
        let expected = self.settings.issuer();
        let found = answer.iss.clone().unwrap_or_default();
        if found == expected {
            Ok(())
        } else {
            Err(Refusal::AnswerIssuer {
                found,
                expected: expected.to_owned(),
            })
        }
    }

    fn judge_id_token(
        &self,
        provider: &Provider<'_>,
        id_token: &Secret,
        access_token: &Secret,
        occasion: Occasion<'_>,
        now: Timestamp,
    ) -> Result<(IdToken, Claims), Refusal> {
        let payload = jwt::verify(text(id_token)?, TokenType::IdToken, &provider.keys()?)?;
        let (token, claims) = id_token::read(&payload)?;
        id_token::judge(&Presented {
            token: &token,
            issuer: self.settings.issuer(),
            client_id: &self.settings.client_id,
            access_token: text(access_token)?,
            occasion,
            now,
        })?;
        Ok((token, claims))
    }

    fn session(&self, handle: &str) -> Result<Session, Refusal> {
        let now = self.settings.clock.now();
        self.memory().session(handle, now).ok_or(Refusal::NoSession)
    }

    /// Redeems the refresh token. It is taken out of the session first, so that two presses send it once; it is put back
    /// when the token endpoint was not reached, and is gone when that refused it or gave what is not to be trusted.
    pub(super) fn refresh(&self, handle: &str) -> Result<(), Refusal> {
        let session = self.session(handle)?;
        let provider = Provider::discover(&self.settings)?;
        let refresh_token = self
            .memory()
            .change(handle, |session| session.refresh_token.take())
            .flatten()
            .ok_or(Refusal::NoRefreshToken)?;
        let answer = provider.refresh(text(&refresh_token)?);
        if let Err(Refusal::Unreachable { .. }) = &answer {
            self.memory().change(handle, |session| {
                session.refresh_token = Some(refresh_token.clone());
            });
        }
        let refreshed = self.judge_refresh(&provider, &session, answer?)?;
        self.memory().change(handle, |session| {
            session.tokens = refreshed.tokens;
            session.refresh_token = Some(refreshed.refresh_token.unwrap_or(refresh_token));
            session.refreshes = session.refreshes.saturating_add(1);
            if let Some((token, claims)) = refreshed.id_token {
                session.token = token;
                session.id_claims = claims;
            }
        });
        self.reload_user_info(handle)
    }

    fn judge_refresh(
        &self,
        provider: &Provider<'_>,
        session: &Session,
        answer: TokenAnswer,
    ) -> Result<Refreshed, Refusal> {
        let now = self.settings.clock.now();
        let occasion = Occasion::Refresh {
            subject: &session.token.sub,
            nonce: &session.nonce,
        };
        let judge = |id_token: &Secret| {
            self.judge_id_token(provider, id_token, &answer.access_token, occasion, now)
        };
        let id_token = answer.id_token.as_ref().map(judge).transpose()?;
        let scopes = session.tokens.scopes.clone();
        let old_id_token = session.tokens.id_token.clone();
        let (tokens, refresh_token) =
            keep(answer, &scopes, Some(old_id_token), now).ok_or_else(no_id_token)?;
        Ok(Refreshed {
            id_token,
            tokens,
            refresh_token,
        })
    }

    /// Asks for the person's claims again.
    pub(super) fn reload_user_info(&self, handle: &str) -> Result<(), Refusal> {
        let session = self.session(handle)?;
        let provider = Provider::discover(&self.settings)?;
        let claims = provider.user_info(&session.tokens.access_token, &session.token.sub)?;
        let now = self.settings.clock.now();
        self.memory().change(handle, |session| {
            session.user_info = claims;
            session.user_info_at = now;
        });
        Ok(())
    }

    /// Ends the session here: where the provider ends its own (OpenID Connect RP-Initiated Logout, 2), if it does.
    pub(super) fn sign_out(&self, handle: &str, state: &str) -> Result<Option<Url>, Refusal> {
        let session = self.memory().sign_out(handle).ok_or(Refusal::NoSession)?;
        let provider = Provider::discover(&self.settings)?;
        let Some(endpoint) = provider.end_session_endpoint() else {
            return Ok(None);
        };
        let mut url = endpoint.clone();
        url.query_pairs_mut()
            .append_pair("id_token_hint", text(&session.tokens.id_token)?)
            .append_pair("client_id", &self.settings.client_id)
            .append_pair(
                "post_logout_redirect_uri",
                &self.settings.post_logout_redirect_uri(),
            )
            .append_pair("state", state);
        Ok(Some(url))
    }

    /// Verifies a logout token and ends the sessions that it names.
    pub(super) fn log_out(&self, logout_token: &str) -> Result<(), Refusal> {
        let settings = &self.settings;
        let provider = Provider::discover(settings)?;
        let payload = jwt::verify(logout_token, TokenType::LogoutToken, &provider.keys()?)?;
        let now = settings.clock.now();
        let logout = logout_token::judge(&payload, settings.issuer(), &settings.client_id, now)?;
        self.memory().log_out(&logout, now)
    }
}

/// What a refresh gave. An ID token and a refresh token may be left out: the old ones go on.
struct Refreshed {
    id_token: Option<(IdToken, Claims)>,
    tokens: Tokens,
    refresh_token: Option<Arc<Secret>>,
}

/// The tokens as they are kept, with the refresh token apart. None without any ID token.
fn keep(
    answer: TokenAnswer,
    asked: &str,
    old_id_token: Option<Arc<Secret>>,
    now: Timestamp,
) -> Option<(Tokens, Option<Arc<Secret>>)> {
    let tokens = Tokens {
        access_token: Arc::new(answer.access_token),
        access_token_until: answer
            .expires_in
            .map(|seconds| now.plus(Span::seconds(seconds))),
        id_token: answer.id_token.map(Arc::new).or(old_id_token)?,
        scopes: answer.scope.unwrap_or_else(|| asked.to_owned()),
    };
    Some((tokens, answer.refresh_token.map(Arc::new)))
}

fn no_id_token() -> Refusal {
    Refusal::Answer {
        endpoint: "the token endpoint",
        what: "no ID token".to_owned(),
    }
}
