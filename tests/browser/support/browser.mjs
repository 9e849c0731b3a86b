// Chromium, the pages' own words, and axe on every page.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { freshCode } from './totp.mjs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PICTURES = process.env.SIGNET_SCREENSHOTS;

/** The system's Chromium. */
export async function launch() {
  const executablePath = process.env.SIGNET_CHROMIUM ?? PLACES.find(existsSync);
  if (!executablePath) throw new Error('no Chromium found: scripts/prerequisites test installs it');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** A page of a browser that has never been here. What it complains of is kept in `complaints`. */
export async function visitorOf(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.complaints = complaints;
  return page;
}

// One for each page: the end of any of them ends the page's authenticators.
const debuggers = new WeakMap();
async function debuggerOf(page) {
  if (!debuggers.has(page)) debuggers.set(page, await page.context().newCDPSession(page));
  return debuggers.get(page);
}

/** An authenticator of Chromium's own in the page, in the place of `former`; `send()` speaks to it. */
export async function authenticator(page, options = {}, former = null) {
  const session = await debuggerOf(page);
  if (former) await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: former.id });
  else await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options },
  });
  return { id: authenticatorId, send: (method, parameters = {}) => session.send(method, { authenticatorId, ...parameters }) };
}

/** axe-core finds nothing on the page; with SIGNET_SCREENSHOTS a picture is left there. */
export async function look(page, name) {
  if (PICTURES) {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  }
  // axe is put into the page past its own policy, by the browser's debugger.
  const { violations } = await evaluateAxe(page);
  const told = violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(' ')).join('; ')})`);
  assert.deepEqual(told, [], `${name} at ${page.url()}`);
}

/** The same at both widths, in both themes; nothing is wider than a narrow screen. */
export async function lookEverywhere(page, name) {
  const before = page.viewportSize();
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await look(page, `${name}-${width}-${colorScheme}`);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name} is ${wide} px wide on a screen of ${width}`);
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}

async function evaluateAxe(page) {
  const session = await debuggerOf(page);
  await session.send('Runtime.enable');
  const run = `${AXE}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`;
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression: run, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

/** Signs in on the page that asks, with password and code. */
export async function signIn(page, user) {
  await page.fill('#user-name', user.user_name);
  await page.fill('#password', user.password);
  await page.click('#sign-in');
  await page.fill('#code', await freshCode(user.totp_secret));
  await page.click('#verify');
}

/** The text of an element. */
export async function text(page, selector) {
  return (await page.textContent(selector)).trim();
}
