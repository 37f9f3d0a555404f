import { createBoundedFetch } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import fc from 'fast-check';
import { base64url, CompactSign, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenVerification } from '../issuers/trusted-issuer.js';
import { createTrustedIssuersVerifier, type TrustedIssuersVerifier } from '../issuers/trusted-issuers-verifier.js';
import { importKeySet } from '../keys/json-web-keys.js';
import { createVerificationKeys } from '../keys/verification-keys.js';
import { issuerRules as rules } from '../testing/issuer-rules.js';
import { createIssuerKey, type IssuerKey, type IssuerServer, startIssuerServer } from '../testing/issuer-server.js';

const resource = 'https://mcp.test/mcp';
const issuer = 'https://as.test';
const NOW = 1_800_000_000;
const clock = { nowEpochSeconds: () => NOW };
const platform = { ...nodePlatform, clock };

let server: IssuerServer;
let key: IssuerKey;
let stranger: IssuerKey;
let signer: CryptoKey;
let bySignature: TrustedIssuersVerifier;

const good = { iss: issuer, aud: resource, sub: 'u', client_id: 'c', iat: NOW, exp: NOW + 600 };
const goodHeader = { alg: 'ES256', kid: 'k', typ: 'at+jwt' };

beforeAll(async () => {
  [server, key, stranger] = await Promise.all([startIssuerServer(), createIssuerKey('k'), createIssuerKey('k')]);
  signer = (await importJWK(key.privateJwk, 'ES256')) as CryptoKey;
  const load = async () => (await importKeySet({ keys: [key.jwk as Record<string, string>] }, issuer, rules)) ?? [];
  bySignature = createTrustedIssuersVerifier({
    ...{ resource, platform },
    issuers: [{ issuer, rules, verification: { method: 'signature' } }],
    keysOf: () => createVerificationKeys({ clock, load }),
  });
});
afterAll(() => server.close());

/** Values that a member may wrongly have; a right one now and then, so that one wrong member stands alone. */
const member = (...right: unknown[]) =>
  fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.jsonValue() });

/** A good record with up to two of its members wrong, or with others added. */
function spoilt<Good extends object>(good: Good, members: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return fc.tuple(fc.record(members), fc.subarray(Object.keys(members), { maxLength: 2 })).map(
    ([wrong, names]): Record<string, unknown> => ({
      ...good,
      ...Object.fromEntries(names.map((name) => [name, wrong[name]])),
    }),
  );
}

const hostileHeader = spoilt(goodHeader, {
  alg: member('ES256', 'none', 'HS256', 'RS256', 'ES384'),
  kid: member('k', '', '../../dev/null', '__proto__'),
  typ: member('at+jwt', 'JWT', 'AT+jwt', undefined),
  crit: member(['exp'], undefined),
  b64: member(false, true),
  jwk: member({ kty: 'EC' }),
  jku: member('https://evil.test'),
  x5u: member('https://evil.test'),
  x5c: member(['AAAA']),
  // These two are nothing to a signature: a token that has them is good.
  zip: fc.constant('DEF'),
  p2c: fc.constant(2 ** 31),
});

/** What a header has to be, said once more and differently. Members that mean nothing here may be there. */
function isGoodHeader({ alg, kid, typ, ...others }: Record<string, unknown>): boolean {
  const forbidden = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c'];
  const isNamed = alg === 'ES256' && kid === 'k' && (typ === 'at+jwt' || typ === 'AT+jwt');
  return isNamed && forbidden.every((name) => others[name] === undefined);
}

const hostileClaims = fc.record(
  {
    iss: member(issuer, `${issuer}/`),
    aud: member(resource, [resource], `${resource}/`),
    sub: member('u'),
    client_id: member('c'),
    iat: member(NOW, NOW + 31),
    exp: member(NOW + 600, NOW - 31, String(NOW + 600)),
    nbf: member(NOW, NOW + 31),
  },
  { requiredKeys: [] },
);

/** What the claims have to be for a token to be good, said once more and differently. */
function areGood(claims: Record<string, unknown>): boolean {
  const { iss, aud, sub, client_id: clientId, iat, exp, nbf } = claims;
  const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  return (
    iss === issuer &&
    aud === resource &&
    typeof sub === 'string' &&
    typeof clientId === 'string' &&
    isTime(exp) &&
    exp > NOW - 30 &&
    isTime(iat) &&
    iat <= NOW + 30 &&
    (nbf === undefined || (isTime(nbf) && nbf <= NOW + 30))
  );
}

const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));

/** A token that the key signed with ES256, whatever its header says: the library would not sign most of them. */
async function signedBytes(header: object): Promise<string> {
  const text = `${encode(header)}.${encode(good)}`;
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  return `${text}.${base64url.encode(new Uint8Array(await crypto.subtle.sign(algorithm, signer, Buffer.from(text))))}`;
}

describe('hostile input', () => {
  it('RS-01 RS-02 RS-03 a header is good exactly where it has to be, though the key signed it, and throws nothing', async () => {
    await fc.assert(
      fc.asyncProperty(hostileHeader, fc.constantFrom('', 'AAAA', 'x'.repeat(86)), async (header, forged) => {
        const signed = await signedBytes(header);
        expect((await bySignature.verify(signed)).ok).toBe(isGoodHeader(header));
        const unsigned = signed.slice(0, signed.lastIndexOf('.'));
        expect((await bySignature.verify(`${unsigned}.${forged}`)).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('RS-04 RS-05 RS-06 claims are good exactly where they have to be, and throw nothing, whoever signs', async () => {
    await fc.assert(
      fc.asyncProperty(hostileClaims, async (claims) => {
        expect((await bySignature.verify(await key.sign(claims))).ok).toBe(areGood(claims));
        expect((await bySignature.verify(await stranger.sign(claims))).ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('RS-01 RS-07 no text is a token, and no change of one character leaves a token good', async () => {
    const token = await key.sign(good);
    expect((await bySignature.verify(token)).ok).toBe(true);
    const [header = '', payload = ''] = token.split('.');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.array(fc.base64String({ maxLength: 40 }), { maxLength: 7 }).map((parts) => parts.join('.')),
          // Signed parts only: unused bits at the end of the signature are nobody's.
          fc
            .tuple(fc.nat(header.length + payload.length), fc.constantFrom('A', 'z', '.', '=', ' ', '_'))
            .filter(([at, letter]) => token[at] !== letter)
            .map(([at, letter]) => token.slice(0, at) + letter + token.slice(at + 1)),
        ),
        async (text) => {
          expect((await bySignature.verify(text)).ok).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('RS-04 no payload that is no claims set is one, though the key signed it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        const token = await new CompactSign(new TextEncoder().encode(text)).setProtectedHeader(goodHeader).sign(signer);
        expect((await bySignature.verify(token)).ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('RS-09 no JWK Set throws, and each key in one is taken exactly where it was meant to verify', async () => {
    const { kty, crv, x, y } = key.jwk;
    const jwk = spoilt(
      { kty, crv, x, y, kid: 'k' },
      {
        kty: member(kty, 'oct', 'RSA', 'OKP'),
        crv: member(crv, 'P-384', 'Ed25519'),
        x: member(x, 'AAAA'),
        y: member(y, undefined),
        kid: member('k', '', undefined),
        alg: member('ES256', 'HS256', 'none'),
        use: member('sig', 'enc'),
        key_ops: member(['verify'], ['sign'], []),
        d: member('AAAA', ''),
        k: member('AAAA'),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(jwk, { maxLength: 3 }), async (jwks) => {
        const meant = jwks.filter(
          (one) =>
            one['kty'] === kty &&
            one['crv'] === crv &&
            one['x'] === x &&
            one['y'] === y &&
            typeof one['kid'] === 'string' &&
            one['kid'] !== '' &&
            (one['alg'] === undefined || one['alg'] === 'ES256') &&
            (one['use'] === undefined || one['use'] === 'sig') &&
            (one['key_ops'] === undefined || JSON.stringify(one['key_ops']) === '["verify"]') &&
            !('d' in one || 'k' in one),
        );
        const keys = (await importKeySet({ keys: jwks } as never, issuer, rules)) ?? [];
        expect(keys.map(({ keyId }) => keyId)).toEqual(meant.map(({ kid }) => kid));
        for (const one of keys) {
          expect(one.algorithm).toBe('ES256');
          expect(one.publicKey).toMatchObject({ type: 'public', usages: ['verify'] });
        }
      }),
      { numRuns: 150 },
    );
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (set) => {
        expect((await importKeySet(set as never, issuer, rules)) ?? []).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('RS-04 RS-05 F-05 no introspection answer throws, or makes a token good that is not said to be', async () => {
    const verification: TokenVerification = {
      method: 'introspection',
      introspectionEndpoint: `${server.origin}/ask`,
      clientId: 'rs',
      clientSecret: 's',
    };
    let token = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.tuple(hostileClaims, member(true, false, 'true')).map(([claims, active]) => ({ ...claims, active })),
          fc.jsonValue(),
        ),
        async (body) => {
          server.answers.set('/ask', { body: JSON.stringify(body) });
          const byAsking = createTrustedIssuersVerifier({
            ...{ resource, platform, fetch: createBoundedFetch(fetch) },
            issuers: [{ issuer, rules, verification }],
          });
          const claims = body as Record<string, unknown> | null;
          const isSaidToBe = claims?.['active'] === true && areGood({ iss: issuer, iat: 0, exp: NOW + 60, ...claims });
          token += 1;
          expect((await byAsking.verify(`opaque-${token}`)).ok).toBe(isSaidToBe);
        },
      ),
      { numRuns: 50 },
    );
  });
});
