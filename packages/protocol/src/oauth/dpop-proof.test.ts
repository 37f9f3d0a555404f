import fc from 'fast-check';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { base64Url, fromBase64Url } from '../text/base64-url.js';
import {
  DPOP_PROOF_WINDOW_SECONDS,
  DPOP_SIGNING_ALGORITHMS,
  type DpopProofFailure,
  type ExpectedDpopProof,
  verifyDpopProof,
} from './dpop-proof.js';

const NOW = 1_800_000_000;
const URL = 'https://as.test/token';
const ACCESS_TOKEN_HASH = 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo';

type Members = Readonly<Record<string, unknown>>;

interface ProofKey {
  readonly alg: string;
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

async function makeKey(alg: string): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, jwk: await exportJWK(publicKey), privateKey };
}

const KEY = await makeKey('ES256');
const OTHER = await makeKey('ES256');
const PRIVATE_JWK = await exportJWK(KEY.privateKey);
const RSA = await makeKey('RS256');

const WEB_CRYPTO: Readonly<Record<string, AlgorithmIdentifier | EcdsaParams | RsaPssParams>> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  RS256: 'RSASSA-PKCS1-v1_5',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
};

const encode = (value: unknown): string => base64Url(new TextEncoder().encode(JSON.stringify(value)));

/** Signs whatever the header says: undefined takes a member away. */
async function prove(claims: Members = {}, header: Members = {}, key: ProofKey = KEY): Promise<string> {
  const signed = [
    encode({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header }),
    encode({ jti: 'the-proof', htm: 'POST', htu: URL, iat: NOW, ...claims }),
  ].join('.');
  const signature = await crypto.subtle.sign(
    WEB_CRYPTO[key.alg] ?? '',
    key.privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${base64Url(new Uint8Array(signature))}`;
}

const verify = (text: string, expected: Partial<ExpectedDpopProof> = {}) =>
  verifyDpopProof(text, { method: 'POST', url: URL, nowEpochSeconds: NOW, accessTokenHash: undefined, ...expected });

const refused = (failure: DpopProofFailure) => ({ ok: false, failure });

describe('a good proof', () => {
  it.each(DPOP_SIGNING_ALGORITHMS)('is read, by %s', async (alg) => {
    const key = alg === 'ES256' ? KEY : await makeKey(alg);
    expect(await verify(await prove({ nonce: 'n' }, {}, key))).toEqual({
      ok: true,
      value: {
        keyThumbprint: await calculateJwkThumbprint(key.jwk, 'sha256'),
        proofId: 'the-proof',
        nonce: 'n',
        issuedAtEpochSeconds: NOW,
      },
    });
  });

  it('tells the same key, whatever its JWK says beside', async () => {
    const beside = { ...KEY.jwk, kid: 'mine', use: 'sig', alg: 'ES256', key_ops: ['verify'], extra: [1] };
    const plain = await verify(await prove());
    expect(await verify(await prove({}, { jwk: beside }))).toEqual(plain);
    expect(plain).toMatchObject({ ok: true, value: { nonce: undefined } });
  });

  it.each(['DPoP+JWT', 'application/dpop+jwt'])('may call its type %s', async (typ) => {
    expect((await verify(await prove({}, { typ }))).ok).toBe(true);
  });

  it.each([
    ['HTTPS://AS.TEST:443/token', URL],
    [URL, `${URL}?a=b#c`],
    ['https://as.test/a%2fb/%7Euser', 'https://as.test/a%2Fb/~user'],
    ['https://as.test/x/../token', URL],
    ['https://as.test', 'https://as.test/'],
  ])('may write the address as %s where it is %s', async (htu, url) => {
    expect((await verify(await prove({ htu }), { url })).ok).toBe(true);
  });

  it.each([{ exp: NOW + 60 }, { exp: NOW - 59 }, { nbf: NOW }, { nbf: NOW + 60 }])(
    'may say how long it is valid: %j',
    async (claims) => {
      expect((await verify(await prove(claims))).ok).toBe(true);
    },
  );

  it('is bound to the access token that comes with it', async () => {
    const proof = await prove({ ath: ACCESS_TOKEN_HASH });
    expect((await verify(proof, { accessTokenHash: ACCESS_TOKEN_HASH })).ok).toBe(true);
    expect(await verify(proof, { accessTokenHash: `${ACCESS_TOKEN_HASH.slice(1)}A` })).toEqual(
      refused('dpop_proof_token_mismatch'),
    );
    expect(await verify(await prove(), { accessTokenHash: ACCESS_TOKEN_HASH })).toEqual(
      refused('dpop_proof_token_mismatch'),
    );
  });
});

describe('PD-02 what is no proof', () => {
  it.each<[string, Members, DpopProofFailure]>([
    ['no type', { typ: undefined }, 'dpop_proof_type_refused'],
    ['the type JWT', { typ: 'JWT' }, 'dpop_proof_type_refused'],
    ['the type of an access token', { typ: 'at+jwt' }, 'dpop_proof_type_refused'],
    ['no algorithm', { alg: undefined }, 'dpop_proof_algorithm_refused'],
    ['the algorithm none', { alg: 'none' }, 'dpop_proof_algorithm_refused'],
    ['a symmetric algorithm', { alg: 'HS256' }, 'dpop_proof_algorithm_refused'],
    ['an algorithm in small letters', { alg: 'es256' }, 'dpop_proof_algorithm_refused'],
    ['a list of algorithms', { alg: ['ES256'] }, 'dpop_proof_algorithm_refused'],
    ['an algorithm that its key is not for', { alg: 'RS256' }, 'dpop_proof_key_refused'],
    ['a critical header', { crit: ['exp'] }, 'dpop_proof_malformed'],
    ['an unencoded payload', { b64: false, crit: ['b64'] }, 'dpop_proof_malformed'],
    ['no key', { jwk: undefined }, 'dpop_proof_key_refused'],
    ['an id in place of the key', { jwk: undefined, kid: 'mine' }, 'dpop_proof_key_refused'],
    ['a private key', { jwk: PRIVATE_JWK }, 'dpop_proof_key_refused'],
    ['a symmetric key', { jwk: { kty: 'oct', k: 'c2VjcmV0' } }, 'dpop_proof_key_refused'],
    ['a list of keys', { jwk: [KEY.jwk] }, 'dpop_proof_key_refused'],
    ['a key for encryption', { jwk: { ...KEY.jwk, use: 'enc' } }, 'dpop_proof_key_refused'],
    ['a key of another curve', { jwk: { ...KEY.jwk, crv: 'P-384' } }, 'dpop_proof_key_refused'],
    ['the key of somebody else', { jwk: OTHER.jwk }, 'dpop_proof_signature_wrong'],
    ['a point off the curve', { jwk: { ...KEY.jwk, x: 'A'.repeat(43) } }, 'dpop_proof_signature_wrong'],
  ])('PD-02 %s', async (_title, header, failure) => {
    expect(await verify(await prove({}, header))).toEqual(refused(failure));
  });

  it.each<[string, Members, DpopProofFailure]>([
    ['no id', { jti: undefined }, 'dpop_proof_claim_missing'],
    ['an empty id', { jti: '' }, 'dpop_proof_claim_missing'],
    ['an id that is a number', { jti: 7 }, 'dpop_proof_claim_missing'],
    ['an id of 513 characters', { jti: 'x'.repeat(513) }, 'dpop_proof_claim_missing'],
    ['no method', { htm: undefined }, 'dpop_proof_claim_missing'],
    ['another method', { htm: 'GET' }, 'dpop_proof_method_mismatch'],
    ['a method in small letters', { htm: 'post' }, 'dpop_proof_method_mismatch'],
    ['no address', { htu: undefined }, 'dpop_proof_claim_missing'],
    ['a list of addresses', { htu: [URL] }, 'dpop_proof_claim_missing'],
    ['another path', { htu: 'https://as.test/par' }, 'dpop_proof_url_mismatch'],
    ['a slash more', { htu: `${URL}/` }, 'dpop_proof_url_mismatch'],
    ['another host', { htu: 'https://as.test.evil.test/token' }, 'dpop_proof_url_mismatch'],
    ['another port', { htu: 'https://as.test:8443/token' }, 'dpop_proof_url_mismatch'],
    ['another scheme', { htu: 'http://as.test/token' }, 'dpop_proof_url_mismatch'],
    ['a query', { htu: `${URL}?a=b` }, 'dpop_proof_url_mismatch'],
    ['an empty query', { htu: `${URL}?` }, 'dpop_proof_url_mismatch'],
    ['a fragment', { htu: `${URL}#a` }, 'dpop_proof_url_mismatch'],
    ['a user', { htu: 'https://user@as.test/token' }, 'dpop_proof_url_mismatch'],
    ['backslashes', { htu: 'https:\\\\as.test\\token' }, 'dpop_proof_url_mismatch'],
    ['a line break', { htu: 'https://as.test/to\nken' }, 'dpop_proof_url_mismatch'],
    ['a space before it', { htu: ` ${URL}` }, 'dpop_proof_url_mismatch'],
    ['a path alone', { htu: '/token' }, 'dpop_proof_url_mismatch'],
    ['no time', { iat: undefined }, 'dpop_proof_claim_missing'],
    ['a time in words', { iat: String(NOW) }, 'dpop_proof_claim_missing'],
    ['a time of the past', { iat: NOW - 61 }, 'dpop_proof_outside_window'],
    ['a time to come', { iat: NOW + 61 }, 'dpop_proof_outside_window'],
    ['a time in milliseconds', { iat: NOW * 1000 }, 'dpop_proof_outside_window'],
    ['an exp that is past', { exp: NOW - 60 }, 'dpop_proof_not_valid_now'],
    ['an nbf ahead', { nbf: NOW + 61 }, 'dpop_proof_not_valid_now'],
    ['an exp in words', { exp: String(NOW + 60) }, 'dpop_proof_malformed'],
    ['an nbf that is null', { nbf: null }, 'dpop_proof_malformed'],
    ['an empty nonce', { nonce: '' }, 'dpop_proof_malformed'],
    ['a list of nonces', { nonce: ['n'] }, 'dpop_proof_malformed'],
  ])('PD-02 %s', async (_title, claims, failure) => {
    expect(await verify(await prove(claims))).toEqual(refused(failure));
  });

  it.each<[string, Members]>([
    ['an exponent of 1', { e: 'AQ' }],
    ['an even exponent', { e: 'AQAA' }],
    ['a padded exponent', { e: 'AAEAAQ' }],
    ['a padded modulus', { n: base64Url(Uint8Array.of(0, ...(fromBase64Url(RSA.jwk.n ?? '') ?? []))) }],
  ])('PD-02 one by an RSA key with %s', async (_title, members) => {
    const jwk = { ...RSA.jwk, ...members };
    expect(await verify(await prove({}, { jwk }, RSA))).toEqual(refused('dpop_proof_key_refused'));
    expect((await verify(await prove({}, {}, RSA))).ok).toBe(true);
  });

  it('PD-02 two of them, and every other text that is no JWT', async () => {
    const proof = await prove();
    for (const text of [`${proof}, ${proof}`, `${proof}, `, `, ${proof}`]) {
      expect(await verify(text)).toEqual(refused('dpop_proof_repeated'));
    }
    const texts = ['', ' ', `${proof}.e30`, proof.slice(1), 'a.b.c'];
    for (const text of [...texts, `${await prove({ filling: 'x'.repeat(8192) })}`]) {
      expect(await verify(text)).toEqual(refused('dpop_proof_malformed'));
    }
  });

  it('PD-02 one whose signature is gone, or is that of another one', async () => {
    const [header, claims] = (await prove()).split('.');
    const other = (await prove({ jti: 'another' })).split('.')[2];
    for (const signature of ['', other, 'AAAA']) {
      expect(await verify([header, claims, signature].join('.'))).toEqual(refused('dpop_proof_signature_wrong'));
    }
  });
});

describe('properties', () => {
  it('PD-02 the window is as wide to both sides, its ends included', async () => {
    const offsets = fc.double({ min: -600, max: 600, noNaN: true, noDefaultInfinity: true });
    const edges = fc.constantFrom(-DPOP_PROOF_WINDOW_SECONDS, DPOP_PROOF_WINDOW_SECONDS);
    await fc.assert(
      fc.asyncProperty(fc.oneof(offsets, edges), async (offset) => {
        const iat = NOW + offset;
        const isInside = Math.abs(NOW - iat) <= DPOP_PROOF_WINDOW_SECONDS;
        const verified = await verify(await prove({ iat }));
        expect(verified).toEqual(
          isInside ? expect.objectContaining({ ok: true }) : refused('dpop_proof_outside_window'),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('PD-02 one character that is another makes it no proof, or the same one', async () => {
    const proof = await prove();
    const good = await verify(proof);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: proof.length - 1 }),
        fc.constantFrom(...'AQgw_-.9z ,=\u00e9'),
        async (index, character) => {
          const verified = await verify(proof.slice(0, index) + character + proof.slice(index + 1));
          // The last character of a part has bits that mean nothing: in the signature they change nothing either.
          if (verified.ok) expect(verified).toEqual(good);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('PD-02 no text makes it throw', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map((json) => base64Url(new TextEncoder().encode(json))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        expect((await verify(parts.join('.'))).ok).toBe(false);
      }),
    );
  });

  it('PD-02 a path is this one where it says the same, however it is written', async () => {
    const pieces = fc.constantFrom(
      '/',
      '.',
      '..',
      't',
      'oken',
      'token',
      '%74',
      '%6F',
      '%6fken',
      '%2e',
      '%2F',
      ';',
      '~',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 4 }), async (path) => {
        const htu = `https://as.test/${path.join('')}`;
        const isSame = decodeURI(new globalThis.URL(htu).pathname) === '/token';
        expect((await verify(await prove({ htu }))).ok).toBe(isSame);
      }),
      { examples: [[['token']], [['%74', 'oken']], [['.', '/', 'token']]] },
    );
  });
});
