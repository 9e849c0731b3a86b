// A person's day: set up, sign in, AWS, an application, sign out.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { launch, look, lookEverywhere, signIn, text, visitorOf } from './support/browser.mjs';
import { startDemo } from './support/demo.mjs';
import { startNodes } from './support/nodes.mjs';
import { freshCode, wrongCode } from './support/totp.mjs';

const PASSWORD = 'correct horse battery staple';

let demo;
let browser;
let administrator;

before(async () => {
  demo = process.env.SIGNET_NODES ? await startNodes() : await startDemo();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  const how = await demo?.stop();
  assert.deepEqual(how, { code: 0, signal: null });
  assert.deepEqual(readdirSync(demo.temporary), [], 'the demo leaves nothing behind');
  if (demo.counts) assert.ok(demo.counts.every((count) => count > 50), `both nodes were asked: ${demo.counts}`);
});

const visitor = (options) => visitorOf(browser, options);

async function leave(page) {
  assert.deepEqual(page.complaints.filter((c) => !c.includes('status of 4')), []);
  await page.context().close();
}

describe('the administrator', () => {
  test('follows the setup link, sets a password, enrols, keeps the recovery codes, signs out and in again', async () => {
    const page = await visitor();
    await page.goto(demo.setup_link);
    await look(page, 'setup-link');
    await page.click('#begin');
    await look(page, 'set-password');
    await page.fill('#new-password', 'aaaaaaaaaaaaaa');
    await page.click('#set-password');
    assert.match(await text(page, '#problem'), /too easy to guess/);
    await look(page, 'set-password-refused');
    await page.fill('#new-password', PASSWORD);
    await page.click('#set-password');

    await page.waitForSelector('#otpauth');
    await look(page, 'enroll-totp');
    await page.click('summary');
    const totpSecret = await text(page, '#totp-secret');
    assert.match(await page.getAttribute('#otpauth', 'href'), new RegExp(`secret=${totpSecret.replace(/\s/g, '')}`));
    await page.fill('#code', wrongCode(totpSecret));
    await page.click('#confirm');
    await page.waitForSelector('#problem');
    await look(page, 'enroll-totp-refused');
    await page.fill('#code', await freshCode(totpSecret));
    await page.click('#confirm');

    await page.waitForSelector('#recovery-codes');
    await look(page, 'recovery-codes');
    administrator = { user_name: 'admin', password: PASSWORD, totp_secret: totpSecret };
    const codes = await page.$$eval('#recovery-codes li', (items) => items.map((item) => item.textContent.trim()));
    assert.equal(new Set(codes).size, 10);
    await page.click('#continue');
    await page.waitForSelector('#accounts-heading');
    await look(page, 'portal-administrator');

    await page.goto(demo.setup_link);
    await look(page, 'setup-link-used');
    assert.equal(await page.locator('#begin').count(), 0, 'a link works once');

    await page.goto(demo.public_url);
    await page.click('#sign-out');
    await look(page, 'sign-out');
    await page.click('#sign-out');
    await page.waitForSelector('#sign-in-again');
    await look(page, 'signed-out');

    await page.click('#sign-in-again');
    await page.fill('#user-name', 'ADMIN');
    await page.fill('#password', PASSWORD);
    await page.click('#sign-in');
    await page.click('#use-recovery-code');
    await look(page, 'recovery-code');
    await page.fill('#code', codes[3]);
    await page.click('#verify');
    await page.waitForSelector('#accounts-heading');
    await leave(page);
  });
});

const SET = 'S3-and-RDS';
const ACCOUNTS = ['111111111111', '222222222222'];

/** The administrator: a permission set, two accounts at once, the roles, and whether AWS has them. */
async function giveBucketsAndDatabases(page) {
  await page.click('#aws');
  await page.waitForSelector('#accounts');
  await lookEverywhere(page, 'aws');
  await page.click('#portal-address');
  await page.fill('#address', 'example-shop');
  await page.click('#set-address');
  await page.waitForSelector('#own-address');
  await lookEverywhere(page, 'portal-address');
  await page.click('#policies');
  await page.waitForSelector('#simulate');
  await page.fill('#user', 'alice');
  await page.selectOption('#proved', 'password');
  await page.click('#simulate');
  assert.match(await text(page, '#verdict'), /Is asked for a second factor/);
  await lookEverywhere(page, 'policies');
  await page.click('#audit');
  await page.waitForSelector('#records');
  await lookEverywhere(page, 'audit');
  await page.click('#aws');
  await page.click('#new-set');
  await lookEverywhere(page, 'permission-set-new');
  await page.fill('#name', SET);
  await page.fill('#minutes', '5');
  await page.check('text=AmazonS3FullAccess');
  await page.check('text=AmazonRDSFullAccess');
  await page.click('#save-set');
  await page.waitForSelector('.problem');
  await lookEverywhere(page, 'permission-set-refused');
  await page.fill('#minutes', '60');
  await page.click('#save-set');
  await page.click('#assign');
  await page.check('text=S3 and RDS access');
  await page.check(`label:has-text("${SET}") input`);
  for (const account of ACCOUNTS) await page.check(`label:has-text("${account}") input`);
  await lookEverywhere(page, 'assign');
  await page.click('#assign-all');
  await page.waitForSelector('#results');
  await lookEverywhere(page, 'assign-results');
  assert.equal(await page.locator('#results .badge:has-text("assigned")').count(), 2);

  for (const account of ACCOUNTS) {
    await page.goto(`${demo.public_url}/admin/aws/accounts/${account}`);
    if (account === ACCOUNTS[0]) {
      await page.click('#verify');
      await page.waitForSelector('.role-missing');
      await lookEverywhere(page, 'account-missing-role');
    }
    await page.click('#generate');
    await page.waitForSelector('#text');
    const template = await text(page, '#text');
    if (account === ACCOUNTS[0]) {
      await lookEverywhere(page, 'roles-cloudformation');
      await page.click('#form-terraform');
      await lookEverywhere(page, 'roles-terraform');
      await page.click('#form-script');
      await lookEverywhere(page, 'roles-script');
    }
    await page.goto(`${demo.aws_url}/cloudformation`);
    await page.fill('#account', account);
    await page.fill('#template', template);
    await page.click('#apply');
    assert.match(await text(page, '#made'), new RegExp(`signet/Signet_${SET}`));
    await page.goto(`${demo.public_url}/admin/aws/accounts/${account}`);
    await page.click('#verify');
    await page.waitForSelector('.role-in-place');
    assert.equal(await page.locator('.role-missing').count(), 0, account);
  }
  await lookEverywhere(page, 'account-in-place');
  await page.goto(`${demo.public_url}/admin/aws/access?user=eva@example.com`);
  await page.waitForSelector('#answers');
  await lookEverywhere(page, 'who-can-do-what');
  assert.equal(await page.locator('#answers li').count(), 2);
}

/** A file of people: looked at first, every bad row named, and written when it is said so. */
async function importPeople(page) {
  await page.click('#import');
  await lookEverywhere(page, 'import');
  await page.fill('#csv', 'user_name,email,groups\nfritz,fritz@example.com,Newcomers\ngerda,not-an-address,');
  await page.click('#look-at-import');
  assert.match(await text(page, '#problems'), /3.*email/);
  await lookEverywhere(page, 'import-refused');
  await page.fill('#csv', 'user_name,email,groups\nfritz,fritz@example.com,Newcomers');
  await page.check('#make-groups');
  await page.click('#look-at-import');
  await page.waitForSelector('#plan');
  await lookEverywhere(page, 'import-plan');
  await page.click('#do-import');
  await page.goto(`${demo.public_url}/admin/people?q=fritz`);
  await page.click('#people .name');
  assert.match(await text(page, '#groups'), /Newcomers/);
}

/** A group that two administrators change; released again. */
async function protect(page) {
  await page.click('#protection');
  await lookEverywhere(page, 'protection-empty');
  await page.selectOption('#kind', 'group');
  await page.fill('#name', 'Newcomers');
  await page.click('#protect');
  await page.waitForSelector('#protected');
  await page.goto(`${demo.public_url}/admin/people?q=fritz`);
  await page.click('#people .name');
  await page.locator('#groups form button').click();
  await page.waitForSelector('#join');
  await page.selectOption('#join', { label: 'Newcomers' });
  await page.click('form:has(#join) button');
  await page.waitForSelector('.problem');
  await page.click('#protection');
  await page.waitForSelector('#approvals');
  await lookEverywhere(page, 'protection');
}

/** The person: the management console and credentials for the command line, in both accounts. */
async function takeBoth(eva) {
  for (const account of ACCOUNTS) {
    await eva.goto(`${demo.public_url}/example-shop`);
    await eva.click(`#account-${account} summary`);
    await eva.click(`#account-${account} .command-line-link:has-text("${SET}")`);
    await eva.click('#get-credentials');
    await eva.waitForSelector('#expires');
    await eva.goto(demo.public_url);
    await eva.click(`#account-${account} summary`);
    await eva.click(`#account-${account} .console-link:has-text("${SET}")`);
    await eva.waitForSelector('#role-name');
    assert.equal(await text(eva, '#role-name'), `Signet_${SET}`);
    assert.equal(await text(eva, '#account-id'), account);
    assert.equal(await text(eva, '#source-identity'), 'eva@example.com');
  }
  await eva.goto(demo.public_url);
}

describe('the console', () => {
  test('invites somebody by mail into a group; they join, and are sent away again', async () => {
    const page = await visitor();
    await page.goto(demo.public_url);
    await signIn(page, administrator);
    await page.click('#console');
    await page.waitForSelector('#steps');
    await lookEverywhere(page, 'home');
    await page.goto(`${demo.public_url}/admin/people`);
    await page.waitForSelector('#people');
    await lookEverywhere(page, 'people');
    await importPeople(page);
    await protect(page);
    await page.goto(`${demo.public_url}/admin/groups`);
    await lookEverywhere(page, 'groups');
    await page.fill('#name', 'S3 and RDS access');
    await page.click('#make-group');
    await page.waitForSelector('#add-member');
    await lookEverywhere(page, 'group-empty');
    await page.goto(`${demo.public_url}/admin/people`);
    await page.click('#invite');
    await lookEverywhere(page, 'invite');
    await page.fill('#addresses', 'Eva Example <eva@example.com>\nnot-an-address');
    await page.selectOption('#group', { label: 'S3 and RDS access' });
    await page.click('#send');
    await page.waitForSelector('#results');
    await lookEverywhere(page, 'invite-results');
    assert.match(await text(page, '#results .mailed'), /eva@example\.com/);
    assert.match(await text(page, '#results .refused'), /not-an-address/);

    const eva = await visitor();
    await eva.goto(demo.mail_url);
    const mail = eva.locator('tr', { hasText: 'eva@example.com' }).locator('a');
    for (let tries = 0; tries < 40 && await mail.count() === 0; tries += 1) {
      await eva.waitForTimeout(250);
      await eva.reload();
    }
    await look(eva, 'mail-box');
    await mail.first().click();
    assert.match(await text(eva, '#subject'), /You are invited to Example Shop/);
    await look(eva, 'mail');
    await eva.click('#text a');
    await eva.click('#begin');
    await eva.fill('#new-password', 'an umbrella for rainy days');
    await eva.click('#set-password');
    await eva.click('summary');
    const secret = await text(eva, '#totp-secret');
    await eva.fill('#code', await freshCode(secret));
    await eva.click('#confirm');
    await eva.click('#continue');
    await eva.waitForSelector('#account');
    await look(eva, 'portal-empty');
    await giveBucketsAndDatabases(page);
    await takeBoth(eva);

    await page.goto(`${demo.public_url}/admin/people?q=eva`);
    await page.click('#people .name');
    await page.waitForSelector('#suspend');
    await lookEverywhere(page, 'person');
    assert.match(await text(page, '#groups'), /S3 and RDS access/);
    await page.click('#details');
    await lookEverywhere(page, 'person-details');
    await page.fill('#display-name', 'Eva Maria Example');
    await page.fill('#attribute-department', 'Buckets');
    await page.fill('#others', 'team = Blue');
    await page.click('#save-details');
    await page.waitForSelector('h1:has-text("Eva Maria Example")');
    assert.match(await text(page, '.facts'), /Department\s*Buckets/);
    await page.click('#make-link');
    await page.waitForSelector('#new-link');
    await lookEverywhere(page, 'person-link');
    await page.click('#suspend');
    await page.waitForSelector('#ended');
    await lookEverywhere(page, 'leaving');
    assert.match(await text(page, '#deny'), /"aws:SourceIdentity": "eva@example.com"/);
    assert.equal(await page.locator('#aws-sessions li').count(), 4);
    await page.click('.aside a');
    await page.waitForSelector('#activate');
    await lookEverywhere(page, 'person-suspended');
    await eva.reload();
    await eva.waitForSelector('#user-name');
    await leave(eva);

    // Of oneself nobody changes that.
    await page.goto(`${demo.public_url}/admin/people?q=admin@example`);
    await page.click('#people .name');
    await page.waitForSelector('#role');
    assert.equal(await page.locator('#deactivate').count(), 0);
    await page.goto(`${demo.public_url}/admin/groups`);
    await page.click('#groups .name:has-text("S3 and RDS access")');
    await page.fill('#member', 'nobody');
    await page.click('#add-member');
    await page.waitForSelector('.problem');
    await lookEverywhere(page, 'group-refused');
    await leave(page);
  });
});

describe('a person', () => {
  test('signs in with password and code, and takes the console of AWS', async () => {
    const page = await visitor();
    const alice = demo.users.alice;
    await page.goto(demo.public_url);
    await look(page, 'sign-in');
    await page.fill('#user-name', 'alice');
    await page.fill('#password', 'not the password');
    await page.click('#sign-in');
    await page.waitForSelector('#problem');
    await look(page, 'sign-in-refused');
    await page.fill('#password', alice.password);
    await page.click('#sign-in');
    await page.waitForSelector('#code');
    await look(page, 'second-factor');
    await page.fill('#code', wrongCode(alice.totp_secret));
    await page.click('#verify');
    await page.waitForSelector('#problem');
    await look(page, 'second-factor-refused');
    await page.fill('#code', await freshCode(alice.totp_secret));
    await page.click('#verify');

    await page.waitForSelector('#accounts-heading');
    await look(page, 'portal');
    await page.click('#account-111111111111 summary');
    await look(page, 'portal-unfolded');
    await page.click('#account-111111111111 .console-link:has-text("Administrator")');
    await page.waitForSelector('#role-name');
    await look(page, 'aws-console');
    assert.equal(new URL(page.url()).origin, demo.aws_url);
    assert.equal(await text(page, '#account-id'), '111111111111');
    assert.equal(await text(page, '#role-name'), 'Signet_Administrator');
    assert.equal(await text(page, '#role-session-name'), 'alice');
    assert.equal(await text(page, '#source-identity'), 'alice');
    assert.match(await text(page, '#session-duration'), /3600/);
    const tags = await text(page, '#tags');
    assert.match(tags, /department/);
    assert.match(tags, /Platform/);
    assert.match(tags, /alice@example\.com/);
    assert.equal(await text(page, '#destination'), `${demo.aws_url}/console/home`);

    await page.goto(`${demo.public_url}/aws/console?account_id=222222222222&role_name=ReadOnly`);
    await page.waitForSelector('#role-name');
    assert.equal(await text(page, '#account-id'), '222222222222');
    assert.equal(await text(page, '#role-name'), 'Signet_ReadOnly');
    assert.match(await text(page, '#session-duration'), /28800/);
    await leave(page);
  });

  test('takes credentials for the command line, hidden until opened', async () => {
    const page = await visitor();
    await page.goto(demo.public_url);
    await signIn(page, demo.users.alice);
    await page.waitForSelector('#accounts-heading');
    await page.click('#account-111111111111 summary');
    await page.click('#account-111111111111 .command-line-link:has-text("Administrator")');
    await page.waitForSelector('#get-credentials');
    await look(page, 'command-line');
    assert.match(await text(page, '#login'), /^signet login /);
    await page.click('#get-credentials');
    await page.waitForSelector('#expires');
    assert.equal(await page.isVisible('#secret-access-key'), false);
    assert.equal(await page.isVisible('#lines-bash'), false);
    await look(page, 'command-line-credentials');
    for (const summary of await page.locator('.secrets summary').all()) await summary.click();
    await look(page, 'command-line-opened');
    assert.match(await text(page, '#access-key-id'), /^ASIA/);
    assert.match(await text(page, '#lines-bash'), /export AWS_SESSION_TOKEN='/);
    assert.match(await text(page, '#lines-powershell'), /\$Env:AWS_ACCESS_KEY_ID = 'ASIA/);
    assert.match(await text(page, '#lines-file'), /\[111111111111_Administrator\]/);
    await leave(page);
  });

  test('is refused what nobody has assigned, and told so', async () => {
    const page = await visitor();
    await page.goto(`${demo.public_url}/aws/console?account_id=111111111111&role_name=Administrator`);
    await page.fill('#user-name', 'carol');
    await page.fill('#password', demo.users.carol.password);
    await page.click('#sign-in');
    await page.waitForSelector('#denied');
    await look(page, 'denied');
    assert.equal(new URL(page.url()).origin, demo.public_url);
    await page.goto(demo.public_url);
    await signIn(page, demo.users.carol);
    await page.waitForSelector('#accounts-heading');
    assert.equal(await page.locator('#account-222222222222').count(), 0);
    await leave(page);
  });

  test('sees their sessions and ends another one', async () => {
    const here = await visitor();
    const there = await visitor();
    await here.goto(demo.public_url);
    await signIn(here, demo.users.bob);
    await here.waitForSelector('#accounts-heading');
    await there.goto(demo.public_url);
    await signIn(there, demo.users.bob);
    await there.waitForSelector('#accounts-heading');
    await here.click('#account');
    await lookEverywhere(here, 'account');
    for (const [link, name] of [['#activity', 'own-activity'], ['#grants', 'own-grants'], ['#look', 'own-look']]) {
      await here.click(link);
      await here.waitForSelector('#back');
      await lookEverywhere(here, name);
      await here.click('#back');
    }
    await here.click('#change-email');
    await lookEverywhere(here, 'own-new-address');
    await here.goBack();
    await here.click('#end-others');
    await here.waitForSelector('.sessions');
    assert.equal(await here.locator('.sessions li').count(), 1);
    await there.goto(demo.public_url);
    await there.waitForSelector('#password');
    await here.click('#new-recovery-codes');
    await lookEverywhere(here, 'new-recovery-codes');
    await here.goBack();
    await here.click('#change-password');
    await lookEverywhere(here, 'change-password');
    await here.fill('#new-password', 'bob likes long walks on ice');
    await here.click('#set-password');
    await here.waitForSelector('a:has-text("Sign in")');
    await look(here, 'password-changed');
    demo.users.bob.password = 'bob likes long walks on ice';
    await leave(here);
    await leave(there);
  });
});

describe('the portal', () => {
  test('marks a favourite, remembers what was taken, and follows a link in the form of AWS\'s portal', async () => {
    const page = await visitor();
    await page.goto(demo.public_url);
    await signIn(page, demo.users.alice);
    await page.click('#account-222222222222 summary');
    await page.locator('#account-222222222222 li', { hasText: 'ReadOnly' }).locator('.star').click();
    await page.waitForSelector('#favourites');
    assert.equal(await page.locator('#favourites li').count(), 1);
    assert.match(await text(page, '#recent'), /Administrator/, 'she has taken it before');
    await lookEverywhere(page, 'portal-favourites');
    await page.goto(`${demo.public_url}/start/#/console?account_id=222222222222&role_name=ReadOnly`);
    await page.waitForSelector('#role-name');
    assert.equal(await text(page, '#account-id'), '222222222222');
    await leave(page);
  });

  test('brings a person to any role by the keyboard alone, within eight strokes', async () => {
    const page = await visitor();
    await page.goto(demo.public_url);
    await signIn(page, demo.users.alice);
    await page.waitForSelector('#accounts-heading');
    const strokes = ['/', 'r', 'e', 'a', 'd', 'Enter'];
    for (const stroke of strokes) await page.keyboard.press(stroke);
    await page.waitForSelector('#role-name');
    assert.equal(await text(page, '#role-name'), 'Signet_ReadOnly');
    await leave(page);
  });
});

describe('an application', () => {
  test('starts sign-ins by both bindings, passive and forced, and is started from the portal', async () => {
    const page = await visitor();
    const alice = demo.users.alice;
    await page.goto(demo.sp_url);
    await look(page, 'demo-service-provider');
    await page.click('#sign-in-passive');
    await page.waitForSelector('#status-code');
    assert.match(await text(page, '#status-sub'), /NoPassive$/);

    await page.goto(demo.sp_url);
    await page.click('#sign-in-redirect');
    await look(page, 'sign-in-to-application');
    await signIn(page, alice);
    await page.waitForSelector('#name-id');
    await look(page, 'demo-service-provider-signed-in');
    const nameId = await text(page, '#name-id');
    const first = await text(page, '#authn-instant');
    assert.notEqual(await text(page, '#relay-state'), '');

    // By POST the browser sends no Lax cookie; the session is found all the same.
    await page.goto(demo.sp_url);
    await page.click('#sign-in-post');
    await page.waitForSelector('#name-id');
    assert.equal(await text(page, '#name-id'), nameId);
    assert.equal(await text(page, '#authn-instant'), first, 'nobody was asked again');

    await page.goto(demo.sp_url);
    await page.click('#sign-in-passive');
    await page.waitForSelector('#name-id');

    await page.goto(demo.sp_url);
    await page.click('#sign-in-force');
    await signIn(page, alice);
    await page.waitForSelector('#name-id');
    assert.equal(await text(page, '#name-id'), nameId);
    assert.notEqual(await text(page, '#authn-instant'), first, 'ForceAuthn asks again');

    await page.goto(demo.public_url);
    await page.click('.app-tile:has-text("Demo service provider")');
    await page.waitForSelector('#name-id');
    assert.equal(await text(page, '#name-id'), nameId);
    await leave(page);
  });

  test('knows a person by another name than others do, and by none of theirs', async () => {
    const page = await visitor();
    await page.goto(demo.sp_url);
    await page.selectOption('#format', { label: await page.$eval('#format option:nth-child(3)', (o) => o.textContent) });
    await page.click('#sign-in-redirect');
    await signIn(page, demo.users.bob);
    await page.waitForSelector('#name-id-format');
    const transient = await text(page, '#name-id');
    assert.doesNotMatch(transient, /bob/);
    await leave(page);
  });

  test('signs in by OpenID Connect with the person\'s consent, refreshes, and signs out there and here', async () => {
    const page = await visitor();
    const client = demo.oauth_clients[0].redirect_uri.replace('/callback', '/');
    await page.goto(client);
    await look(page, 'demo-client');
    await page.click('#sign-in');
    await signIn(page, demo.users.bob);
    await page.waitForSelector('#consent');
    await look(page, 'consent');
    await page.click('#consent');
    await page.waitForSelector('#id-claims');
    await look(page, 'demo-client-signed-in');
    assert.match(await text(page, '#user-claims'), /bob@example\.com/);
    await page.click('#refresh');
    await page.waitForSelector('#id-claims');
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out');
    await page.goto(demo.public_url);
    await page.waitForSelector('#password');
    await page.context().close();
  });

  test('is found, when its sign-in fails, among the attempts with cause and fix', async () => {
    const stranger = await visitor();
    const { client_id: id, redirect_uri: uri } = demo.oauth_clients[0];
    const query = new URLSearchParams({ client_id: id, redirect_uri: `${uri}/`, response_type: 'code', scope: 'openid' });
    await stranger.goto(`${demo.public_url}/oauth2/authorize?${query}`);
    await stranger.waitForSelector('#error');
    await look(stranger, 'refused-client');
    const request = await text(stranger, 'code');
    await leave(stranger);

    const page = await visitor();
    await page.goto(demo.public_url);
    await signIn(page, demo.users.carol);
    await page.click('#console');
    await page.click('#traces');
    const failing = page.locator('.failing', { hasText: 'redirect_uri' });
    // Each node writes what it has seen a moment later.
    for (let tries = 0; tries < 20 && await failing.count() === 0; tries += 1) {
      await page.waitForTimeout(250);
      await page.reload();
    }
    await page.fill('#filter', 'there is no such attempt');
    assert.equal(await page.locator('.traces li:visible').count(), 0);
    await page.fill('#filter', 'redirect_uri');
    await look(page, 'attempts');
    await failing.first().locator('a').click();
    await page.waitForSelector('#rule');
    await look(page, 'attempt');
    assert.equal(await text(page, '#rule'), 'redirect_uri');
    assert.match(await text(page, '.cause'), /differs in the slash at its end/);
    assert.match(await text(page, '.fix'), /register exactly the redirect URI/);
    await page.goto(`${demo.public_url}/admin/traces/${request}`);
    assert.equal(await text(page, '#rule'), 'redirect_uri');
    await leave(page);
  });

  test('shows the page that posts, where it does not send itself', async () => {
    const page = await visitor();
    await page.route('**/static/*.js', (route) => route.abort());
    await page.goto(demo.sp_url);
    await page.click('#sign-in-post');
    await signIn(page, demo.users.carol);
    await page.waitForSelector('#saml-post');
    await look(page, 'saml-post');
    await page.context().close();
  });

  test('works with JavaScript off', async () => {
    const page = await visitor({ javaScriptEnabled: false });
    await page.goto(demo.sp_url);
    await page.click('#sign-in-post');
    await page.click('#send-request');
    await signIn(page, demo.users.carol);
    await page.click('#continue');
    await page.waitForSelector('#name-id');
    await page.goto(demo.public_url);
    await page.click('#account-111111111111 .console-link');
    await page.click('#continue');
    await page.waitForSelector('#role-name');
    assert.equal(await text(page, '#role-name'), 'Signet_ReadOnly');
    await page.goto(demo.public_url);
    await page.click('#account-111111111111 .command-line-link');
    await page.click('#get-credentials');
    await page.click('.secrets summary');
    assert.match(await text(page, '#lines-bash'), /export AWS_ACCESS_KEY_ID='ASIA/);
    await page.goto(`${demo.public_url}/signout`);
    await page.click('#sign-out');
    await page.waitForSelector('#sign-in-again');
    await page.context().close();
  });
});
