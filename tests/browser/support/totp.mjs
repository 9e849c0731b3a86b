// Codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), each used once.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP = 30_000;

function octets(base32) {
  let bits = '';
  for (const letter of base32.replace(/[\s=]/g, '').toUpperCase()) {
    bits += ALPHABET.indexOf(letter).toString(2).padStart(5, '0');
  }
  return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

function code(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', octets(secret)).update(counter).digest();
  const offset = mac.at(-1) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// The last step that each secret has used: the server refuses it and every earlier one.
const used = new Map();

/** A code that has not been used; waits when every acceptable one has. */
export async function freshCode(secret) {
  for (;;) {
    const now = Math.floor(Date.now() / STEP);
    // The demonstration has confirmed its devices by the step before its start.
    const step = Math.max(now, (used.get(secret) ?? 0) + 1);
    if (step <= now + 1) {
      used.set(secret, step);
      return code(secret, step);
    }
    await sleep(STEP - (Date.now() % STEP) + 50);
  }
}

/** A code that is certainly wrong now. */
export function wrongCode(secret) {
  const now = Math.floor(Date.now() / STEP);
  const right = new Set([-2, -1, 0, 1, 2].map((d) => code(secret, now + d)));
  for (let n = 0; ; n += 1) {
    const candidate = String(n).padStart(6, '0');
    if (!right.has(candidate)) return candidate;
  }
}
