"""Authlib as a web application in Flask signs people in with it: it finds the server, makes PKCE, state and nonce, and
verifies the ID token."""

import os
import sys

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from conversation import ask, report
from flask import Flask, session

CALLBACK = "https://rp.example/callback"
SIGNED_OUT = "https://rp.example/signed-out"
METHOD = "client_secret_post"

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain HTTP, on loopback
issuer = sys.argv[1]
registered = ask(register={"token_endpoint_auth_method": METHOD})
app = Flask("rp")
app.secret_key = "of this process"
signet = OAuth(app).register(
    "signet",
    **registered,
    server_metadata_url=f"{issuer}/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile email offline_access",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": METHOD,
    },
)


def sent_back(**more):
    """The person's way through the server, and the session that waits for it."""
    with app.test_request_context("/"):
        to = signet.authorize_redirect(CALLBACK, **more).location
        return ask(visit=to)["arrived"], dict(session)


def redeem(arrived, waiting):
    with app.test_request_context(arrived):
        session.update(waiting)
        return signet.authorize_access_token()


def userinfo(tokens):
    with app.app_context():
        return signet.userinfo(token=tokens)


def refresh(token):
    with OAuth2Session(**registered, token_endpoint_auth_method=METHOD) as client:
        return client.refresh_token(signet.server_metadata["token_endpoint"], refresh_token=token)


def error_of(call, *arguments):
    try:
        call(*arguments)
    except OAuthError as error:
        return error.error
    except requests.HTTPError as error:
        return error.response.status_code


tokens = redeem(*sent_back())
seen = {"id_token": tokens["userinfo"], "userinfo": userinfo(tokens)}

new = refresh(tokens["refresh_token"])
seen["refreshed_id_token"] = signet.parse_id_token(new, nonce=None)
ask(wait_seconds=11)
seen["old_refresh_token"] = error_of(refresh, tokens["refresh_token"])
seen["its_successor"] = error_of(refresh, new["refresh_token"])

back = sent_back()
once = redeem(*back)
userinfo(once)
seen["code_again"] = error_of(redeem, *back)
seen["userinfo_after_code_again"] = error_of(userinfo, once)

last = redeem(*sent_back())
leaving = signet.create_logout_url(SIGNED_OUT, id_token_hint=last["id_token"])
seen["signed_out_at"] = ask(visit=leaving["url"])["arrived"]
assert seen["signed_out_at"].endswith(leaving["state"])
seen["prompt_none_after"] = error_of(redeem, *sent_back(prompt="none"))
report(**seen)
