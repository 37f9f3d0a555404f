import type { AuditEvent } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { succeed } from '@portcullis/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import { issuerRules as rules } from '../testing/issuer-rules.js';
import { createIssuerKey, type IssuerKey, type IssuerServer, startIssuerServer } from '../testing/issuer-server.js';
import type { CustomIssuer, TrustedIssuer } from './trusted-issuer.js';
import { createTrustedIssuersVerifier, type TrustedIssuersVerifierOptions } from './trusted-issuers-verifier.js';

const resource = 'https://mcp.test/mcp';
const NOW = 1_800_000_000;
let now: number;
let events: AuditEvent[];
let a: IssuerServer;
let b: IssuerServer;
let keyOfA: IssuerKey;
let keyOfB: IssuerKey;

const platform = { ...nodePlatform, clock: { nowEpochSeconds: () => now } };
const audit = { record: (event: AuditEvent) => void events.push(event) };

beforeAll(async () => {
  [a, b, keyOfA, keyOfB] = await Promise.all([
    startIssuerServer(),
    startIssuerServer(),
    createIssuerKey('same'),
    createIssuerKey('same'),
  ]);
});
beforeEach(() => {
  now = NOW;
  events = [];
  for (const [server, key] of [
    [a, keyOfA],
    [b, keyOfB],
  ] as const) {
    server.answers.clear();
    server.heard.length = 0;
    const metadata = { issuer: server.origin, jwks_uri: `${server.origin}/jwks` };
    server.answers.set('/.well-known/openid-configuration', { body: metadata });
    server.answers.set('/jwks', { body: { keys: [key.jwk] } });
    const facts = { active: true, aud: resource, sub: 'u', client_id: 'c', exp: NOW + 600 };
    server.answers.set('/ask', { body: facts });
  }
});
afterAll(() => {
  a.close();
  b.close();
});

const bySignature = ({ origin }: IssuerServer): TrustedIssuer => ({
  issuer: origin,
  rules,
  verification: { method: 'signature' },
});
const byAsking = ({ origin }: IssuerServer): TrustedIssuer => ({
  issuer: origin,
  rules,
  verification: {
    method: 'introspection',
    introspectionEndpoint: `${origin}/ask`,
    clientId: 'rs',
    clientSecret: 's',
  },
});
const verifierOf = (
  issuers: readonly (TrustedIssuer | CustomIssuer)[],
  more: Partial<TrustedIssuersVerifierOptions> = {},
) => createTrustedIssuersVerifier({ resource, issuers, platform, audit, ...more });
const claimsOf = ({ origin }: IssuerServer, change: object = {}): object => ({
  ...{ iss: origin, aud: resource, sub: 'u', client_id: 'c', iat: NOW, exp: NOW + 7200 },
  ...change,
});
async function reason(verifier: AccessTokenVerifier, token: string): Promise<string> {
  const verification = await verifier.verify(token);
  return verification.ok ? verification.value.issuer : verification.failure.reason;
}

describe('createTrustedIssuersVerifier', () => {
  it('TN-03 verifies by the keys of the issuer the token names: one key id in both is no way over', async () => {
    const verifier = verifierOf([bySignature(a), bySignature(b)]);
    expect(await reason(verifier, await keyOfA.sign(claimsOf(a)))).toBe(a.origin);
    expect(await reason(verifier, await keyOfB.sign(claimsOf(b)))).toBe(b.origin);
    expect(await reason(verifier, await keyOfB.sign(claimsOf(a)))).toBe('bad_signature');
    expect(await reason(verifier, await keyOfA.sign(claimsOf(b)))).toBe('bad_signature');
  });

  it('RS-06 refuses an issuer it does not know without asking anybody', async () => {
    const verifier = verifierOf([bySignature(a), byAsking(b)]);
    for (const iss of [
      'https://evil.test',
      `${a.origin}/`,
      a.origin.toUpperCase(),
      '',
      undefined,
      7,
      [a.origin],
      '__proto__',
    ]) {
      expect(await reason(verifier, await keyOfA.sign(claimsOf(a, { iss })))).toBe('wrong_issuer');
    }
    expect([...a.heard, ...b.heard]).toEqual([]);
  });

  it('shows an opaque token to the one issuer that is asked, and a JWT to its own issuer alone', async () => {
    const verifier = verifierOf([bySignature(a), byAsking(b)]);
    expect(await reason(verifier, 'opaque')).toBe(b.origin);
    expect(await reason(verifier, 'dotted.opaque.token')).toBe(b.origin);
    expect(await reason(verifier, await keyOfA.sign(claimsOf(a)))).toBe(a.origin);
    expect(b.count('/ask')).toBe(2);
    expect(await reason(verifier, await keyOfB.sign(claimsOf(b), { kid: undefined }))).toBe(b.origin);
    expect(a.count('/ask')).toBe(0);
    expect(await reason(verifierOf([bySignature(a)]), 'opaque')).toBe('malformed');
  });

  it('RS-07 shows nobody what is no token, encrypted, or too long', async () => {
    const verifier = verifierOf([byAsking(b)]);
    for (const text of [
      '',
      'a b',
      'ä',
      'x\n',
      '"',
      'a=b',
      'x'.repeat(16 * 1024 + 1),
      'eyJhbGciOiJkaXIifQ.a.b.c.d',
      'eyJ9.a.b',
    ]) {
      expect(['malformed', 'encrypted', 'too_long']).toContain(await reason(verifier, text));
    }
    expect(b.heard).toEqual([]);
  });

  it('cannot be built without a resource or an issuer, with one twice, or with two that take opaque tokens', () => {
    const custom: CustomIssuer = {
      issuer: 'https://c.test',
      verifier: verifierOf([bySignature(a)]),
      takesOpaqueTokens: true,
    };
    expect(() => verifierOf([])).toThrow(TypeError);
    expect(() => verifierOf([bySignature(a)], { resource: '' })).toThrow(TypeError);
    expect(() => verifierOf([bySignature(a), byAsking(a)])).toThrow('twice');
    expect(() => verifierOf([byAsking(a), byAsking(b)])).toThrow('opaque');
    expect(() => verifierOf([byAsking(a), custom])).toThrow('opaque');
    expect(() => verifierOf([{ ...bySignature(a), issuer: 'http://as.test' }])).toThrow(TypeError);
  });

  it('RS-09 ends remembered tokens within ten minutes when their key is gone, though no other token comes', async () => {
    const verifier = verifierOf([bySignature(a)]);
    const token = await keyOfA.sign(claimsOf(a));
    expect(await reason(verifier, token)).toBe(a.origin);
    a.answers.set('/jwks', { body: { keys: [{ ...keyOfB.jwk, kid: 'next' }] } });
    now += 299;
    expect(verifier.verify(token)).toMatchObject({ ok: true });
    expect(a.count('/jwks')).toBe(1);
    now += 1;
    // The hit is answered at once, and what it set off ends behind it.
    expect(verifier.verify(token)).toMatchObject({ ok: true });
    while (!(verifier.verify(token) instanceof Promise)) await new Promise((resolve) => setImmediate(resolve));
    expect(await reason(verifier, token)).toBe('unknown_key');
    expect(a.count('/jwks')).toBe(2);
  });

  it('F-05 says at start whose keys cannot be had, refuses with the word for 503, and is there when they are', async () => {
    b.answers.delete('/jwks');
    const verifier = verifierOf([bySignature(a), bySignature(b)]);
    expect(await verifier.prepare()).toEqual([b.origin]);
    const [tokenOfA, tokenOfB] = [await keyOfA.sign(claimsOf(a)), await keyOfB.sign(claimsOf(b))];
    expect(await reason(verifier, tokenOfB)).toBe('keys_unavailable');
    expect(await reason(verifier, tokenOfA)).toBe(a.origin);
    b.answers.set('/jwks', { body: { keys: [keyOfB.jwk] } });
    now += 30;
    expect(await reason(verifier, tokenOfB)).toBe(b.origin);
    expect(await verifier.prepare()).toEqual([]);
  });

  it('RS-08 tells the trail of a storm', async () => {
    const verifier = verifierOf([bySignature(a)], { tenantId: 'acme' });
    for (let i = 0; i < 150; i += 1) await verifier.verify(await keyOfA.sign(claimsOf(a), { kid: `k${i}` }));
    expect(events).toMatchObject([{ type: 'keys.unknown_kid_storm', tenantId: 'acme', detail: a.origin }]);
  });

  describe('with a verifier of the host’s own', () => {
    const found = (change: Partial<VerifiedAccessToken> = {}) =>
      succeed({
        issuer: 'https://c.test',
        resource,
        expiresAtEpochSeconds: NOW + 600,
        ...change,
      } as VerifiedAccessToken);
    const told = (verify: AccessTokenVerifier['verify'], token: string): Promise<string> =>
      reason(
        verifierOf([bySignature(a), { issuer: 'https://c.test', verifier: { verify }, takesOpaqueTokens: true }]),
        token,
      );

    it('asks it about its own tokens, each time', async () => {
      const asked: string[] = [];
      const verify = (token: string) => {
        asked.push(token);
        return found();
      };
      const jwt = await keyOfA.sign(claimsOf(a, { iss: 'https://c.test' }));
      const verifier = verifierOf([{ issuer: 'https://c.test', verifier: { verify } }, bySignature(a)]);
      for (let times = 0; times < 2; times += 1) expect(await reason(verifier, jwt)).toBe('https://c.test');
      expect(await reason(verifier, await keyOfA.sign(claimsOf(a)))).toBe(a.origin);
      expect(await reason(verifier, 'opaque')).toBe('malformed');
      expect(asked).toEqual([jwt, jwt]);
      expect(await told(async () => found(), 'opaque')).toBe('https://c.test');
    });
  });
});
