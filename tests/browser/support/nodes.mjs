// Two nodes over one PostgreSQL behind a balancer that sends each request to the other one.
import { spawn, execFileSync } from 'node:child_process';
import { createServer, request as send } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM, startDemo } from './demo.mjs';

/** A PostgreSQL database of its own, on the server that scripts/postgres-test has started. */
function makeDatabase(name) {
  const server = process.env.SIGNET_TEST_POSTGRES_URL;
  if (!server) throw new Error('SIGNET_TEST_POSTGRES_URL is not set: run scripts/postgres-test scripts/browser-tests, or make test');
  const psql = (sql) => execFileSync('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-d', server, '-c', sql]);
  psql(`CREATE DATABASE ${name}`);
  return { url: server.replace(/\/[^/]*$/, `/${name}`), drop: () => psql(`DROP DATABASE ${name} WITH (FORCE)`) };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Sends request n to node n modulo 2; `counts` says how many each has had. */
function balancer(port, nodes) {
  const counts = nodes.map(() => 0);
  let turn = 0;
  const server = createServer((request, response) => {
    const node = turn % nodes.length;
    turn += 1;
    counts[node] += 1;
    const on = send({ host: '127.0.0.1', port: nodes[node], path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    on.on('error', () => response.destroy());
    request.pipe(on);
  });
  return new Promise((resolve) => { server.listen(port, '127.0.0.1', () => resolve({ server, counts })); });
}

async function listens(port) {
  for (let tries = 0; tries < 500; tries += 1) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** The demonstration as one node, `signet serve` as the other one. */
export async function startNodes() {
  const [balanced, first, second, management] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const folder = mkdtempSync(join(tmpdir(), 'signet-nodes-'));
  const database = makeDatabase(`signet_nodes_${process.pid}`);
  const publicUrl = `http://localhost:${balanced}`;
  const demo = await startDemo('--listen', `127.0.0.1:${first}`, '--database', database.url, '--public-url', publicUrl, '--data', join(folder, 'demo'));
  writeFileSync(join(folder, 'signet.toml'), `
public_url = "${publicUrl}"
organisation = "Example Shop"
[listen]
address = "127.0.0.1:${second}"
management = "127.0.0.1:${management}"
[database]
url = "${database.url}"
[keys]
directory = "demo/keys"
[[aws.partitions]]
name = "aws"
sign_in_url = "${demo.aws_url}/saml"
audience = "urn:amazon:webservices"
console_url = "${demo.aws_url}/console/home"
console_hosts = ["127.0.0.1"]
sts_url = "${demo.aws_url}/"
default_region = "us-east-1"

[mail]
smtp_url = "${demo.smtp_url}"
from = "Example Shop <signet@example.com>"

[outbound]
allowed_networks = ["127.0.0.0/8"]
`, { mode: 0o600 });
  const node = spawn(PROGRAM, ['serve', '--config', join(folder, 'signet.toml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  node.stderr.on('data', (chunk) => { said += chunk; });
  const ended = new Promise((resolve) => { node.on('exit', (code, signal) => resolve({ code, signal })); });
  await Promise.race([listens(second), ended.then((how) => { throw new Error(`the second node ended (${JSON.stringify(how)}): ${said}`); })]);
  const { server, counts } = await balancer(balanced, [first, second]);
  const stopDemo = demo.stop;
  demo.counts = counts;
  demo.stop = async () => {
    node.kill('SIGTERM');
    const [how, second] = await Promise.all([stopDemo(), ended]);
    server.closeAllConnections();
    server.close();
    database.drop();
    rmSync(folder, { recursive: true });
    return how.code === 0 ? second : how;
  };
  return demo;
}
