import { createBoundedFetch } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { parseBasicCredentials } from '@portcullis/protocol';
import { base64url } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import { rfc9068 } from '../presets/rfc9068.js';
import { issuerRules } from '../testing/issuer-rules.js';
import { type Answer, type IssuerServer, startIssuerServer } from '../testing/issuer-server.js';
import { createRememberingVerifier } from '../verification/remembering-verifier.js';
import { createIntrospectionJudge, type IntrospectionJudgeOptions } from './introspection-judge.js';

const resource = 'https://mcp.test/mcp';
const NOW = 1_800_000_000;
let now: number;
let server: IssuerServer;
let good: Record<string, unknown>;

beforeAll(async () => {
  server = await startIssuerServer();
});
beforeEach(() => {
  now = NOW;
  server.answers.clear();
  server.heard.length = 0;
  good = { active: true, iss: server.origin, aud: resource, sub: 'u', client_id: 'c', iat: NOW, exp: NOW + 600 };
  answer({ body: good });
});
afterAll(() => server.close());

function answer(given: Answer): void {
  server.answers.set('/ask', given);
}

const clientOf = (change: object = {}): IntrospectionJudgeOptions['verification'] => ({
  method: 'introspection',
  introspectionEndpoint: `${server.origin}/ask`,
  clientId: 'rs',
  clientSecret: 's',
  ...change,
});

function verifierOf(change: Partial<IntrospectionJudgeOptions> = {}): AccessTokenVerifier {
  const clock = { nowEpochSeconds: () => now };
  const fetch_ = createBoundedFetch(fetch);
  const options = { issuer: server.origin, resource, rules: issuerRules, clock, fetch: fetch_ };
  const judge = createIntrospectionJudge({ ...options, verification: clientOf(), ...change });
  return createRememberingVerifier(judge, { platform: { clock, hash: nodePlatform.hash } });
}

async function reason(verifier: AccessTokenVerifier, token = 'opaque'): Promise<string> {
  const verification = await verifier.verify(token);
  return verification.ok ? 'accepted' : verification.failure.reason;
}

describe('createIntrospectionJudge (RFC 7662)', () => {
  it('tells who it is, from what the issuer says', async () => {
    answer({ body: { ...good, scope: 'a b', token_type: 'Bearer' } });
    expect(await verifierOf().verify('opaque')).toMatchObject({
      ok: true,
      value: {
        issuer: server.origin,
        resource,
        subject: 'u',
        clientId: 'c',
        scopes: ['a', 'b'],
        keyId: undefined,
        issuedAtEpochSeconds: NOW,
        expiresAtEpochSeconds: NOW + 600,
        recipientProof: 'audience',
      },
    });
  });

  it('proves who asks by Basic, each half form encoded first (RFC 6749 §2.3.1)', async () => {
    const verification = clientOf({ clientId: 'r:s', clientSecret: 'pä+%: &' });
    await verifierOf({ verification }).verify('a+b/c==');
    const [heard] = server.heard;
    expect(heard).toMatchObject({
      method: 'POST',
      path: '/ask',
      body: 'token=a%2Bb%2Fc%3D%3D&token_type_hint=access_token',
    });
    expect(parseBasicCredentials(heard?.authorization ?? '')).toMatchObject({
      value: { clientId: 'r:s', clientSecret: 'pä+%: &' },
    });
  });

  it('finds the endpoint in the metadata of the issuer, where none is configured', async () => {
    const verification = clientOf({ introspectionEndpoint: undefined });
    const document = { issuer: server.origin, introspection_endpoint: `${server.origin}/ask` };
    expect(await reason(verifierOf({ verification }))).toBe('introspection_unavailable');
    server.answers.set('/.well-known/openid-configuration', { body: document });
    expect(await reason(verifierOf({ verification }))).toBe('accepted');
  });

  it('RS-02 cannot be built to send tokens over plain http, or without proving who asks', () => {
    for (const change of [{ introspectionEndpoint: 'http://as.test/ask' }, { clientSecret: '' }, { clientId: '' }]) {
      expect(() => verifierOf({ verification: clientOf(change) })).toThrow(TypeError);
    }
    expect(() => verifierOf({ issuer: 'http://as.test' })).toThrow(TypeError);
  });

  it.each([
    ['inactive', { active: false }],
    ['wrong_issuer', { iss: 'https://b.test' }],
    ['wrong_issuer', { iss: null }],
    ['wrong_audience', { aud: 'https://mcp.test/other' }],
    ['wrong_audience', { aud: undefined }],
    ['wrong_type', { token_type: 'refresh_token' }],
    ['sender_constrained', { token_type: 'DPoP' }],
    ['sender_constrained', { typ: 'DPoP' }],
    ['wrong_type', { token_type: 7 }],
    ['wrong_type', { typ: 'ID' }],
    ['wrong_type', { typ: 'Refresh' }],
    ['wrong_type', { typ: 'Offline' }],
    ['wrong_type', { typ: ['Bearer'] }],
    ['wrong_type', { token_use: 'refresh' }],
    ['wrong_type', { token_use: 'id' }],
    ['accepted', { typ: 'Bearer', token_use: 'access' }],
    ['expired', { exp: NOW - 30 }],
    ['not_yet_valid', { nbf: NOW + 31 }],
    ['claim_malformed', { exp: 'soon' }],
    ['claim_malformed', { iat: -1 }],
    ['accepted', { iss: undefined, iat: undefined, token_type: undefined }],
  ])('RS-03 RS-04 RS-05 RS-06 answers %s to %j', async (expected, change) => {
    answer({ body: { ...good, ...change } });
    expect(await reason(verifierOf())).toBe(expected);
  });

  it.each([
    ['wrong_type', 'rt+jwt'],
    ['wrong_type', 'logout+jwt'],
    ['wrong_type', undefined],
    ['wrong_type', 7],
    ['accepted', 'at+jwt'],
    ['accepted', 'AT+JWT'],
  ])(
    'RS-03 answers %s to a JWT whose header has the typ %j, though its issuer says that it is active',
    async (expected, typ) => {
      const encode = (value: object): string => base64url.encode(JSON.stringify(value));
      const token = `${encode({ alg: 'ES256', kid: 'k', typ })}.${encode(good)}.AAAA`;
      expect(await reason(verifierOf(), token)).toBe(expected);
      expect(server.heard).toHaveLength(expected === 'accepted' ? 1 : 0);
    },
  );

  it('PD-04 tells the key of a bound token, and takes none for a bearer token by an answer that leaves it out', async () => {
    const { rules } = rfc9068(server.origin);
    const cnf = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' };
    const encode = (value: object): string => base64url.encode(JSON.stringify(value));
    const bound = `${encode({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })}.${encode({ ...good, cnf })}.AAAA`;
    expect(await reason(verifierOf({ rules }), bound)).toBe('sender_constrained');
    answer({ body: { ...good, token_type: 'Bearer' } });
    expect(await reason(verifierOf({ rules }), bound)).toBe('sender_constrained');
    answer({ body: { ...good, cnf: { 'x5t#S256': cnf.jkt } } });
    expect(await reason(verifierOf({ rules }))).toBe('sender_constrained');
    for (const type of [{}, { token_type: 'DPoP' }, { typ: 'DPoP' }]) {
      answer({ body: { ...good, cnf, ...type } });
      for (const token of ['opaque', bound]) {
        expect(await verifierOf({ rules }).verify(token)).toMatchObject({ ok: true, value: { proofKey: cnf.jkt } });
      }
    }
  });

  it.each([
    ['"true"', { body: { ...{ active: 'true' } } }],
    ['1', { body: { active: 1 } }],
    ['nothing', { body: {} }],
    ['a list', { body: [{ active: true }] }],
    ['two answers', { body: '{"active":false,"active":true}' }],
    ['HTML', { type: 'text/html', body: '{"active":true}' }],
    ['201', { status: 201, body: { active: true } }],
    ['a redirect', { status: 307, headers: { location: '/yes' }, body: {} }],
    ['who are you', { status: 401, body: { error: 'invalid_client' } }],
    ['too much', { body: { active: true, padding: 'x'.repeat(70_000) } }],
    ['a JWT', { type: 'application/token-introspection+jwt', body: 'a.b.c' }],
  ])('F-05 takes %s for no answer', async (_what, given) => {
    answer(given);
    server.answers.set('/yes', { body: good });
    expect(await reason(verifierOf())).toBe('introspection_unavailable');
  });

  it('asks once for all who bring the same token, answers at once for a minute, and asks again then', async () => {
    const verifier = verifierOf();
    const all = await Promise.all(Array.from({ length: 20 }, () => verifier.verify('opaque')));
    expect(all.every(({ ok }) => ok)).toBe(true);
    now += 59;
    expect(verifier.verify('opaque')).not.toBeInstanceOf(Promise);
    expect(server.heard).toHaveLength(1);
    answer({ body: { active: false } });
    now += 1;
    expect(await reason(verifier)).toBe('inactive');
    expect(server.heard).toHaveLength(2);
  });

  it('believes a good answer not beyond exp, and without exp for the minute', async () => {
    answer({ body: { ...good, exp: NOW + 10 } });
    const verifier = verifierOf();
    await verifier.verify('short');
    answer({ body: { ...good, exp: undefined } });
    expect(await verifier.verify('endless')).toMatchObject({ value: { expiresAtEpochSeconds: NOW + 60 } });
    answer({ body: { active: false } });
    now += 9;
    expect(await reason(verifier, 'short')).toBe('accepted');
    now += 1;
    expect(await reason(verifier, 'short')).toBe('inactive');
    now += 49;
    expect(await reason(verifier, 'endless')).toBe('accepted');
    now += 1;
    expect(await reason(verifier, 'endless')).toBe('inactive');
  });

  it('believes that a token is bad for five seconds', async () => {
    const verifier = verifierOf();
    answer({ body: { active: false } });
    for (let asked = 0; asked < 5; asked += 1) expect(await reason(verifier)).toBe('inactive');
    expect(server.heard).toHaveLength(1);
    answer({ body: good });
    now += 4;
    expect(await reason(verifier)).toBe('inactive');
    now += 1;
    expect(await reason(verifier)).toBe('accepted');
  });

  it('F-05 does not hammer an issuer that is down, and comes back when it does', async () => {
    const verifier = verifierOf();
    answer({ status: 503, body: {} });
    for (let token = 0; token < 50; token += 1) {
      expect(await reason(verifier, `t${token}`)).toBe('introspection_unavailable');
    }
    expect(server.heard).toHaveLength(3);
    answer({ body: good });
    expect(await reason(verifier)).toBe('introspection_unavailable');
    now += 5;
    expect(await reason(verifier)).toBe('accepted');
    expect(await reason(verifier, 'other')).toBe('accepted');
  });

  it.each([
    ['status 400', { status: 400, body: {} }],
    ['status 403', { status: 403, type: 'text/html', body: 'blocked' }],
    ['status 404', { status: 404, body: {} }],
    ['status 429', { status: 429, body: {} }],
    ['a redirect', { status: 302, headers: { location: '/blocked' }, body: {} }],
    ['a page', { type: 'text/html', body: 'blocked' }],
    ['too much', { body: 'x'.repeat(70_000) }],
  ])('F-05 does not let a stranger’s tokens, answered with %s, make the issuer count as down', async (_what, odd) => {
    const verifier = verifierOf();
    server.answers.set('/ask', ({ body }) => (body.includes('odd') ? odd : { body: good }));
    for (let token = 0; token < 9; token += 1) {
      expect(await reason(verifier, `odd${token}`)).toBe('introspection_unavailable');
    }
    expect(await reason(verifier)).toBe('accepted');
  });

  it('F-05 spares an issuer that does not take the credentials any more', async () => {
    const verifier = verifierOf();
    answer({ status: 401, body: { error: 'invalid_client' } });
    for (let token = 0; token < 9; token += 1) await reason(verifier, `t${token}`);
    expect(server.heard).toHaveLength(3);
  });

  it('F-05 looks for the endpoint again when it has moved, and no more than twice a minute', async () => {
    const metadata = '/.well-known/oauth-authorization-server';
    const publish = (path: string): void => {
      const document = { issuer: server.origin, introspection_endpoint: server.origin + path };
      server.answers.set(metadata, { body: document });
    };
    publish('/ask');
    const verifier = verifierOf({ verification: clientOf({ introspectionEndpoint: undefined }) });
    expect(await reason(verifier, 'a')).toBe('accepted');
    server.answers.delete('/ask');
    for (let token = 0; token < 9; token += 1) {
      expect(await reason(verifier, `b${token}`)).toBe('introspection_unavailable');
    }
    expect(server.count(metadata)).toBe(2);
    publish('/moved');
    server.answers.set('/moved', { body: good });
    now += 30;
    expect(await reason(verifier, 'c')).toBe('introspection_unavailable');
    expect(await reason(verifier, 'd')).toBe('accepted');
    expect(server.count(metadata)).toBe(3);
  });

  it('F-05 has no more questions under way than it may', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.answers.set('/ask', async () => held.then(() => ({ body: good })));
    const verifier = verifierOf({ maxCalls: 2, waitMilliseconds: 1 });
    const first = [reason(verifier, 'a'), reason(verifier, 'b')];
    expect(await reason(verifier, 'c')).toBe('introspection_unavailable');
    release();
    expect(await Promise.all(first)).toEqual(['accepted', 'accepted']);
    expect(await reason(verifier, 'c')).toBe('accepted');
  });
});
