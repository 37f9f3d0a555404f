import { nodePlatform } from '@portcullis/ports/node';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../upstream/upstream.js';
import { createSessionSealer } from './sealed-session.js';

const alice: Caller = { tenantId: 'a', issuer: 'https://as.test/a', subject: 'alice', clientId: 'c1' };
const secret = new Uint8Array(32).fill(1);
const sealer = createSessionSealer(secret, 'https://gw.test/a/files/mcp', nodePlatform.random);

describe('GW-12 sealed session ids', () => {
  it('opens for the same caller, at another replica with the same secret too', () => {
    const sealed = sealer.seal('inner-é', alice) ?? '';
    const replica = createSessionSealer(secret.slice(), 'https://gw.test/a/files/mcp', nodePlatform.random);
    expect(replica.open(sealed, alice)).toBe('inner-é');
    expect(sealed).toMatch(/^[A-Za-z0-9_-]{40,}$/);
  });

  it('gives one id a new face each time', () => {
    expect(sealer.seal('inner', alice)).not.toBe(sealer.seal('inner', alice));
  });

  it('opens for nobody else, nowhere else, and not once a bit is changed', () => {
    const sealed = sealer.seal('inner', alice) ?? '';
    for (const change of [{ tenantId: 'b' }, { issuer: 'https://as.test/b' }, { subject: 'bob' }, { clientId: 'c2' }]) {
      expect(sealer.open(sealed, { ...alice, ...change })).toBeUndefined();
    }
    const elsewhere = createSessionSealer(secret, 'https://gw.test/a/mail/mcp', nodePlatform.random);
    expect(elsewhere.open(sealed, alice)).toBeUndefined();
    const bytes = Buffer.from(sealed, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(sealer.open(changed.toString('base64url'), alice)).toBeUndefined();
    }
  });

  it('refuses what is no sealed id at all, and to seal an endless one', () => {
    for (const text of ['', 'x', 'inner', '='.repeat(50), 'A'.repeat(100_000)])
      expect(sealer.open(text, alice)).toBeUndefined();
    expect(sealer.seal('x'.repeat(1025), alice)).toBeUndefined();
    const long = sealer.seal('\u{10000}'.repeat(512), alice) ?? '';
    expect(sealer.open(long, alice)).toBe('\u{10000}'.repeat(512));
  });
});
