// openid-client as a relying party, by a secret or by a key of its own: node openid_client_peer.mjs ISSUER METHOD
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import * as oidc from "../../target/peers/node_modules/openid-client/build/index.js";

// Node.js 18 keeps these to itself.
globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

const CALLBACK = "https://rp.example/callback";
const SIGNED_OUT = "https://rp.example/signed-out";
const [issuer, method] = process.argv.slice(2);

// What is not its own it asks of the test: a registration, a person at a browser, time.
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function ask(request) {
  console.log(JSON.stringify(request));
  return JSON.parse((await answers.next()).value);
}

async function register() {
  const wanted = { token_endpoint_auth_method: method };
  if (method !== "private_key_jwt") {
    const { client_id, client_secret } = await ask({ register: wanted });
    return [client_id, oidc.ClientSecretBasic(client_secret)];
  }
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const key = await crypto.subtle.exportKey("jwk", keys.publicKey);
  const jwk = { kty: key.kty, crv: key.crv, x: key.x, y: key.y, kid: "1", use: "sig", alg: "ES256" };
  const jwks = JSON.stringify({ keys: [jwk] }); // a registration holds the text
  const { client_id } = await ask({ register: { ...wanted, jwks } });
  return [client_id, oidc.PrivateKeyJwt({ key: keys.privateKey, kid: "1" })];
}

const [clientId, authentication] = await register();
// Plain HTTP is on loopback; by itself it would check no signature of what comes from the token endpoint.
const options = { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] };
const config = await oidc.discovery(new URL(issuer), clientId, undefined, authentication, options);
let sent; // the last form, whereto and how
config[oidc.customFetch] = (...request) => {
  if (request[1].body) sent = request;
  return fetch(...request);
};

// The person's way through the server, and what must come back.
async function sentBack(more = {}) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid profile email offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  const { arrived } = await ask({ visit: url.href });
  return [new URL(arrived), checks];
}

const redeem = ([url, checks]) => oidc.authorizationCodeGrant(config, url, checks);
const refresh = (token) => oidc.refreshTokenGrant(config, token);
const userinfo = (tokens) => oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
const errorOf = (promise) => promise.then(() => "none", (error) => error.error ?? error.status ?? String(error));

const tokens = await redeem(await sentBack());
const seen = { id_token: tokens.claims(), userinfo: await userinfo(tokens) };

const renewed = await refresh(tokens.refresh_token);
seen.refreshed_id_token = renewed.claims();
if (method === "private_key_jwt") {
  // The very request that was good, with the token that is good now and the assertion that was used.
  sent[1].body.set("refresh_token", renewed.refresh_token);
  const answer = await fetch(...sent);
  seen.assertion_again = (await answer.json()).error;
}
await ask({ wait_seconds: 11 });
seen.old_refresh_token = await errorOf(refresh(tokens.refresh_token));
seen.its_successor = await errorOf(refresh(renewed.refresh_token));

const back = await sentBack();
const once = await redeem(back);
await userinfo(once);
seen.code_again = await errorOf(redeem(back));
seen.userinfo_after_code_again = await errorOf(userinfo(once));

const last = await redeem(await sentBack());
const state = oidc.randomState();
const leaving = oidc.buildEndSessionUrl(config, {
  id_token_hint: last.id_token,
  post_logout_redirect_uri: SIGNED_OUT,
  state,
});
const { arrived } = await ask({ visit: leaving.href });
seen.signed_out_at = arrived.endsWith(state) ? arrived : `${arrived}, without ${state}`;
seen.prompt_none_after = await errorOf(sentBack({ prompt: "none" }).then(redeem));
console.log(JSON.stringify({ report: seen }));
process.exit();
