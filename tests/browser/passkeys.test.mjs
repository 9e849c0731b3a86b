// Passkeys, security keys and passes in Chromium, with an authenticator of its own; and the way to AWS's console by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { authenticator, launch, lookEverywhere, signIn, text, visitorOf } from './support/browser.mjs';
import { startDemo } from './support/demo.mjs';
import { startNodes } from './support/nodes.mjs';
import { freshCode } from './support/totp.mjs';

let demo;
let browser;
/** The administrator's passkey, as it is carried from one browser to another. */
let kept;

before(async () => {
  demo = process.env.SIGNET_NODES ? await startNodes() : await startDemo();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await demo?.stop(), { code: 0, signal: null });
});

const visitor = (options) => visitorOf(browser, options);

/** A browser that offers no passkey by itself, so that the button is there to be pressed. */
async function quiet(options) {
  const page = await visitor(options);
  await page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
  return page;
}

async function signOut(page) {
  await page.goto(`${demo.public_url}/signout`);
  await page.click('#sign-out');
  await page.waitForSelector('#sign-in-again');
}

describe('a passkey', () => {
  let page;
  let key;

  test('is all that somebody new sets up: link, gesture, portal', async () => {
    page = await visitor();
    key = await authenticator(page);
    await page.goto(demo.setup_link);
    await page.click('#begin');
    await page.waitForSelector('#use-passkey');
    await lookEverywhere(page, 'set-credential');
    await page.click('#use-passkey');
    await page.waitForSelector('#recovery-codes');
    await page.click('#continue');
    await page.waitForSelector('#accounts-heading');
    const { credentials } = await key.send('WebAuthn.getCredentials');
    assert.equal(credentials.length, 1);
    assert.equal(credentials[0].isResidentCredential, true);
    assert.equal(credentials[0].rpId, new URL(demo.public_url).hostname);
  });

  test('is offered by the browser in the field for the name, and is enough', async () => {
    await signOut(page);
    await page.click('#sign-in-again');
    // Chromium's authenticator takes up the offer at once: nothing is typed or pressed.
    await page.waitForSelector('#accounts-heading');
    await page.click('#account');
    await page.waitForSelector('#factors');
    await lookEverywhere(page, 'account-passkey');
    assert.match(await text(page, '#factors'), /Passkey/);
    // The console, which one factor never opens.
    await page.goto(`${demo.public_url}/admin/people`);
    await page.waitForSelector('#people');
  });

  test('answers the button, and a browser that declines may try again or take another way', async () => {
    const { credentials } = await key.send('WebAuthn.getCredentials');
    await page.context().close();
    page = await quiet();
    key = await authenticator(page);
    await key.send('WebAuthn.addCredential', { credential: credentials[0] });
    await page.goto(demo.public_url);
    await page.waitForSelector('#use-sign-in');
    await lookEverywhere(page, 'sign-in-passkey');
    await key.send('WebAuthn.setUserVerified', { isUserVerified: false });
    await page.click('#use-sign-in');
    await page.waitForSelector('form.passkey .problem:not([hidden])');
    await lookEverywhere(page, 'sign-in-passkey-failed');
    await key.send('WebAuthn.setUserVerified', { isUserVerified: true });
    await page.click('#use-sign-in');
    await page.waitForSelector('#accounts-heading');
    [kept] = (await key.send('WebAuthn.getCredentials')).credentials;
    await page.context().close();
  });
});

describe('a person with a password', () => {
  test('adds keys, names and removes them, and signs in with a security key', async () => {
    const page = await quiet();
    const key = await authenticator(page);
    await page.goto(demo.public_url);
    await signIn(page, demo.users.alice);
    await page.click('#account');
    await page.click('#add-passkey');
    await page.waitForSelector('#use-passkey');
    await lookEverywhere(page, 'account-new-passkey');
    await page.click('#use-passkey');
    await page.waitForSelector('#recovery-codes');
    await page.click('#continue');
    await page.click('#factors li:has-text("Passkey") a');
    await page.fill('#device-name', 'Blue key');
    await lookEverywhere(page, 'account-device');
    await page.click('#rename');
    await page.waitForSelector('#factors li:has-text("Blue key")');
    await page.click('#add-totp');
    await page.waitForSelector('#otpauth');
    await lookEverywhere(page, 'account-new-app');
    await page.click('#back');
    await page.click('#factors li:has-text("Blue key") a');
    await page.click('#remove');
    await page.waitForSelector('#factors');
    assert.doesNotMatch(await text(page, '#factors'), /Blue key/);
    await key.send('WebAuthn.clearCredentials');

    const touched = await authenticator(page, { hasUserVerification: false, isUserVerified: false, hasResidentKey: false, transport: 'usb' }, key);
    await page.click('#add-security-key');
    await page.waitForSelector('#use-security-key');
    await page.click('#use-security-key');
    await page.waitForSelector('#factors li:has-text("Security key")');
    await signOut(page);
    await page.click('#sign-in-again');
    await page.fill('#user-name', 'alice');
    await page.fill('#password', demo.users.alice.password);
    await page.click('#sign-in');
    await page.waitForSelector('#use-second-factor');
    await lookEverywhere(page, 'second-factor-key');
    await page.click('#use-second-factor');
    await page.waitForSelector('#accounts-heading');
    assert.ok(touched);
    await page.context().close();
  });

  test('who has lost everything is given a pass, and gets back without JavaScript', async () => {
    const page = await visitor();
    const key = await authenticator(page);
    await key.send('WebAuthn.addCredential', { credential: kept });
    await page.goto(`${demo.public_url}/admin/people`);
    await page.waitForSelector('#people');
    await page.click('#people a:has-text("Bob")');
    await page.click('#make-pass');
    await page.waitForSelector('#new-pass');
    await lookEverywhere(page, 'person-pass');
    const pass = await text(page, '#new-pass code');

    const bob = await visitor({ javaScriptEnabled: false });
    await bob.goto(demo.public_url);
    await bob.fill('#user-name', 'bob');
    await bob.fill('#password', demo.users.bob.password);
    await bob.click('#sign-in');
    await bob.click('#use-pass');
    await bob.fill('#code', pass);
    await bob.click('#verify');
    await bob.waitForSelector('#otpauth');
    await bob.click('summary');
    const secret = await text(bob, '#totp-secret');
    await bob.fill('#code', await freshCode(secret));
    await bob.click('#confirm');
    await bob.waitForSelector('#recovery-codes');
    await bob.click('#continue');
    await bob.waitForSelector('#accounts-heading');
    // One's own pages work without JavaScript too.
    await bob.click('#account');
    await bob.waitForSelector('#factors');
    await bob.click('#new-recovery-codes');
    await bob.click('#make-codes');
    await bob.waitForSelector('#recovery-codes');
    await bob.context().close();
    await page.context().close();
  });
});

describe('a colleague whom a policy names', () => {
  test('makes the pass, once the console has named their group', async () => {
    const page = await visitor();
    const key = await authenticator(page);
    await key.send('WebAuthn.addCredential', { credential: kept });
    await page.goto(`${demo.public_url}/admin/policies`);
    await page.fill('#passes', 'Platform engineers');
    await page.click('#set-policy');
    await page.waitForSelector('#policies-set:has-text("Passes may come from members of: Platform engineers.")');
    await lookEverywhere(page, 'policies-passes');
    await page.context().close();

    const alice = await quiet();
    await alice.goto(demo.public_url);
    await signIn(alice, demo.users.alice);
    await alice.click('#account');
    await alice.click('#colleague-pass');
    await alice.fill('#user', 'nobody');
    await alice.click('#make-pass');
    await alice.waitForSelector('#problem');
    await lookEverywhere(alice, 'colleague-pass-nobody');
    await alice.fill('#user', 'bob');
    await alice.click('#make-pass');
    await alice.waitForSelector('#new-pass');
    assert.match(await text(alice, '#new-pass'), /^[A-Z0-9]{4}(-[A-Z0-9]{4})+$/);
    await lookEverywhere(alice, 'colleague-pass');
    await alice.context().close();
  });
});

describe('the keyboard alone', () => {
  test('goes from the sign-in to AWS\'s console', async () => {
    const page = await quiet();
    await page.goto(demo.public_url);
    // The first field has the focus.
    await page.keyboard.type('carol');
    await page.keyboard.press('Tab');
    await page.keyboard.type(demo.users.carol.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#code');
    await page.keyboard.type(await freshCode(demo.users.carol.totp_secret));
    await page.keyboard.press('Enter');
    await page.waitForSelector('#accounts-heading');
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => ({ tag: document.activeElement.tagName, name: document.activeElement.className, open: document.activeElement.parentElement?.open, ring: getComputedStyle(document.activeElement).outlineStyle }));
      assert.notEqual(at.ring, 'none', `the focus is seen on ${at.tag}.${at.name}`);
      if (at.tag === 'SUMMARY' && !at.open) await page.keyboard.press('Enter');
      if (at.name === 'console-link') break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('#role-name');
    assert.match(await text(page, '#role-name'), /Signet_/);
    await page.context().close();
  });
});
