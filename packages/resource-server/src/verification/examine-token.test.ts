import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { rfc9068 } from '../presets/rfc9068.js';
import { type ExamineTokenOptions, examineToken, type TokenExamination } from './examine-token.js';

const NOW = 1_800_000_000;
const issuer = 'https://as.test';
const resource = 'https://mcp.test/mcp';
const claims = { iss: issuer, aud: resource, sub: 's', client_id: 'c', jti: 'j', iat: NOW, exp: NOW + 600 };
const HEADER = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' };
let pair: CryptoKeyPair;
let options: ExamineTokenOptions;

beforeAll(async () => {
  pair = await generateKeyPair('ES256');
  const jwkSet = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] } as ExamineTokenOptions['jwkSet'];
  options = { issuer, resource, rulesFor: () => rfc9068(issuer).rules, jwkSet, nowEpochSeconds: NOW };
});

/** Examines a token that is signed, whatever its header says. */
async function examine(differing: object = {}, header: object = {}, change: Partial<ExamineTokenOptions> = {}) {
  const payload = new TextEncoder().encode(JSON.stringify({ ...claims, ...differing }));
  const { b64, ...members } = header as Record<string, unknown>;
  const signed = await new CompactSign(payload)
    .setProtectedHeader({ ...HEADER, ...members })
    .sign(pair.privateKey, { crit: { x: true } });
  const [, middle, signature] = signed.split('.');
  const given = Buffer.from(JSON.stringify({ ...HEADER, ...header })).toString('base64url');
  // What no library signs is put into the header afterwards.
  const token = b64 === undefined ? signed : `${given}.${middle}.${signature}`;
  const examination = await examineToken(token, { ...options, ...change });
  if (examination.kind !== 'signed') throw new Error(`It is ${examination.kind}`);
  return examination;
}

/** Which steps fail, and why. */
function failuresOf({ steps }: Extract<TokenExamination, { kind: 'signed' }>): object {
  const failed = Object.entries(steps).flatMap(([step, result]) =>
    result === undefined || result.ok ? [] : [[step, result.failure.reason]],
  );
  return Object.fromEntries(failed);
}

const verdictOf = ({ verification }: Extract<TokenExamination, { kind: 'signed' }>): string =>
  verification === undefined ? 'undecided' : verification.ok ? 'taken' : verification.failure.reason;

describe('examineToken', () => {
  it.each<[string, object, object, object, string]>([
    ['a good one', {}, {}, {}, 'taken'],
    ['RS-02 one that brings a key', {}, { jku: 'https://evil.test' }, { header: 'key_in_header' }, 'key_in_header'],
    ['RS-02 one that brings a certificate', {}, { x5c: ['MA'] }, { header: 'key_in_header' }, 'key_in_header'],
    ['RS-02 one with crit', {}, { crit: ['x'], x: 1 }, { header: 'critical_header' }, 'critical_header'],
    [
      'RS-02 one that says b64, which was signed otherwise',
      {},
      { b64: false },
      { header: 'critical_header', signature: 'bad_signature' },
      'critical_header',
    ],
    [
      'RS-02 one with a long kid',
      {},
      { kid: 'k'.repeat(257) },
      { header: 'unknown_key', signature: 'unknown_key' },
      'unknown_key',
    ],
    ['RS-03 one of another type, which is well signed', {}, { typ: 'JWT' }, { header: 'wrong_type' }, 'wrong_type'],
    ['RS-04 one with half a second', { exp: NOW + 0.5 }, {}, { times: 'claim_malformed' }, 'claim_malformed'],
    ['RS-05 one for another', { aud: 'https://other.test' }, {}, { claims: 'wrong_audience' }, 'wrong_audience'],
    [
      'RS-06 one of another issuer, which has ended',
      { iss: 'https://other.test', exp: NOW - 60 },
      {},
      { issuer: 'wrong_issuer', times: 'expired' },
      'wrong_issuer',
    ],
  ])('tells of %s what each step says, and what a guard says', async (_title, differing, header, failures, verdict) => {
    const examination = await examine(differing, header);
    expect(failuresOf(examination)).toEqual(failures);
    expect(verdictOf(examination)).toBe(verdict);
  });

  it('RS-09 a key that a guard would not take has signed nothing, and without keys nothing is decided', async () => {
    const { keys } = options.jwkSet as { keys: readonly object[] };
    const encrypting = { keys: [{ ...keys[0], use: 'enc' }] } as ExamineTokenOptions['jwkSet'];
    expect(verdictOf(await examine({}, {}, { jwkSet: encrypting }))).toBe('unknown_key');
    expect(verdictOf(await examine({}, {}, { jwkSet: undefined }))).toBe('keys_unavailable');
    expect(failuresOf(await examine({}, {}, { jwkSet: {} }))).toEqual({ signature: 'keys_unavailable' });
  });

  it('decides nothing where the rules or the resource are not known, and looks at all else', async () => {
    const loose = await examine({}, { typ: 'JWT' }, { rulesFor: () => undefined });
    expect([failuresOf(loose), verdictOf(loose)]).toEqual([{}, 'undecided']);
    const nowhere = await examine({ iat: -1 }, {}, { resource: undefined });
    expect([failuresOf(nowhere), verdictOf(nowhere)]).toEqual([{ times: 'claim_malformed' }, 'undecided']);
  });

  it('RS-07 does not look into what is encrypted, malformed or opaque', async () => {
    const header = Buffer.from('{"alg":"dir"}').toString('base64url');
    for (const [text, examined] of [
      [`${header}.a.b.c.d`, { kind: 'refused', failure: { reason: 'encrypted' } }],
      [`${header}.!.c`, { kind: 'refused', failure: { reason: 'malformed' } }],
      ['x'.repeat(16 * 1024 + 1), { kind: 'refused', failure: { reason: 'too_long' } }],
      ['ya29.a0AfH6SMB-opaque', { kind: 'opaque' }],
    ] as const) {
      expect(await examineToken(text, options)).toEqual(examined);
    }
  });

  it('PD-04 says what a token is bound to, and what a guard makes of it before the proof', async () => {
    const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
    const cases = [{}, { cnf: { jkt } }, { cnf: { 'x5t#S256': jkt } }];
    const examined = await Promise.all(cases.map((cnf) => examine(cnf)));
    expect(examined.map((one) => [one.binding, verdictOf(one)])).toEqual([
      ['nothing', 'taken'],
      ['proof_key', 'taken'],
      ['something_else', 'sender_constrained'],
    ]);
  });
});
