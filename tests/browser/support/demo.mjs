// The demonstration as a process of its own, as anybody starts it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const PROGRAM = process.env.SIGNET_PROGRAM ?? new URL('../../../target/debug/signet', import.meta.url).pathname;

/** Starts `signet demo --json` on free ports; what it prints, and `stop()`. */
export async function startDemo(...options) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not built: run cargo build`);
  const temporary = mkdtempSync(join(tmpdir(), 'signet-browser-'));
  const listen = options.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const child = spawn(PROGRAM, ['demo', '--json', ...listen, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary },
  });
  let said = '';
  child.stderr.on('data', (chunk) => { said += chunk; });
  const ended = new Promise((resolve) => { child.on('exit', (code, signal) => resolve({ code, signal })); });
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  });
  const demo = await Promise.race([
    ready,
    ended.then((how) => { throw new Error(`the demo ended before it was ready (${JSON.stringify(how)}): ${said}`); }),
  ]);
  demo.users = Object.fromEntries(demo.users.map((user) => [user.user_name, user]));
  demo.temporary = temporary;
  demo.said = () => said;
  demo.stop = async (signal = 'SIGTERM') => { child.kill(signal); return ended; };
  return demo;
}
