import type { AuditEvent } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { createTestDpopKey, type TestDpopKey } from '@portcullis/ports/testing';
import { succeed } from '@portcullis/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { createReplayMemory } from '../possession/replay-memory.js';
import { entra } from '../presets/entra.js';
import { keycloak } from '../presets/keycloak.js';
import { verifiedToken } from '../testing/verified-token.js';
import type { ProtectResourceOptions } from './options.js';
import { protectResource } from './protect-resource.js';

const resource = 'https://mcp.test/files/mcp';
const issuer = 'https://as.test';
const ALGS = 'algs="ES256 RS256 PS256 EdDSA Ed25519"';
const METADATA = 'resource_metadata="https://mcp.test/.well-known/oauth-protected-resource/files/mcp"';
let key: TestDpopKey;
beforeAll(async () => {
  key = await createTestDpopKey();
});

/** A guard that knows two tokens, `bound` and `bearer`, and how it decides on a call. */
function guarded(options: Partial<ProtectResourceOptions> = {}) {
  const events: AuditEvent[] = [];
  const faults: unknown[] = [];
  const verifier = {
    verify: (token: string) =>
      succeed(verifiedToken({ issuer, resource, proofKey: token === 'bound' ? key.thumbprint : undefined })),
  };
  const guard = protectResource({
    resource,
    authorizationServers: [{ issuer, verifier }],
    audit: { record: (event) => void events.push(event) },
    onFault: (error) => void faults.push(error),
    ...options,
  });
  async function call(authorization: string | undefined, proof?: string, target = '/files/mcp') {
    const rawHeaders = [
      ...(authorization === undefined ? [] : ['Authorization', authorization]),
      ...(proof === undefined ? [] : ['DPoP', proof]),
    ];
    const admission = await guard.admit({ method: 'POST', target, host: 'evil.test', rawHeaders, isForResource: true });
    if (admission.outcome !== 'answered') return admission;
    const { status, headers } = admission.response;
    const [event] = events.slice(-1);
    return { status, challenge: headers['www-authenticate'], nonce: headers['dpop-nonce'], reason: event?.reason };
  }
  const prove = (claims: object = {}, url = resource): Promise<string> =>
    key.prove({ url, accessToken: 'bound' }, claims);
  return { guard, events, faults, call, prove };
}

describe('protectResource with tokens that are bound to a key (RFC 9449)', () => {
  it('PD-04 lets a bound token in with its proof, and tells whoever asks that its caller proved the key', async () => {
    const { call, prove, events } = guarded();
    const admission = await call('DPoP bound', await prove());
    expect(admission).toMatchObject({ outcome: 'admitted', accessToken: 'bound', headers: {} });
    expect(admission).toHaveProperty('caller.proofKey', key.thumbprint);
    expect(events).toEqual([]);
    expect(await call('Bearer free')).toMatchObject({ outcome: 'admitted', caller: { proofKey: undefined } });
  });

  it('PD-04 answers each misuse in the words of the scheme, and knows the caller in the trail', async () => {
    const { call, prove, events } = guarded();
    expect(await call('Bearer bound', await prove())).toMatchObject({
      status: 401,
      challenge: `DPoP error="invalid_token", error_description="This token is bound to a key: send it with the scheme DPoP and a proof.", ${ALGS}, ${METADATA}`,
      reason: 'sender_constrained',
    });
    expect(await call('DPoP free', await prove())).toMatchObject({
      status: 401,
      challenge: `DPoP error="invalid_token", error_description="This token is not bound to a key: send it with the scheme Bearer.", ${ALGS}, ${METADATA}`,
      reason: 'not_sender_constrained',
    });
    expect(await call('DPoP bound')).toMatchObject({
      status: 401,
      challenge: `DPoP error="invalid_dpop_proof", error_description="A DPoP proof is missing: the access token is bound to a key.", ${ALGS}, ${METADATA}`,
      reason: 'dpop_proof_missing',
    });
    expect(events.map(({ type, subject }) => [type, subject])).toEqual([
      ['access_token.unproven', 'usr_alice'],
      ['access_token.refused', 'usr_alice'],
      ['access_token.unproven', 'usr_alice'],
    ]);
    expect(await call(undefined)).toMatchObject({ status: 401, challenge: `Bearer ${METADATA}`, reason: 'missing' });
  });

  it('PD-04 goes by the configured address, and never by what the request says of its host', async () => {
    const { call, prove } = guarded({ path: '/mcp' });
    expect(await call('DPoP bound', await prove(), '/mcp')).toHaveProperty('outcome', 'admitted');
    expect(await call('DPoP bound', await prove({}, `${resource}/deep`), '/mcp/deep?a=1')).toHaveProperty(
      'outcome',
      'admitted',
    );
    for (const htu of ['https://evil.test/files/mcp', 'https://mcp.test/mcp', `${resource}?a=1`, `${resource}/deep`]) {
      expect(await call('DPoP bound', await prove({}, htu), '/mcp')).toMatchObject({
        status: 401,
        challenge: expect.stringContaining(`is not the address that was called, at or beneath ${resource}."`),
        reason: 'dpop_proof_url_mismatch',
      });
    }
  });

  it('PD-03 takes no proof twice, by a memory that two of them share', async () => {
    const dpop = { replayMemory: createReplayMemory() };
    const [one, other] = [guarded({ dpop }), guarded({ dpop })];
    const proof = await one.prove();
    expect(await one.call('DPoP bound', proof)).toHaveProperty('outcome', 'admitted');
    for (const { call } of [one, other]) {
      expect(await call('DPoP bound', proof)).toMatchObject({
        challenge: `DPoP error="invalid_dpop_proof", error_description="The DPoP proof was used before; each request needs a new one.", ${ALGS}, ${METADATA}`,
        reason: 'dpop_proof_replayed',
      });
    }
  });

  it('answers 503 where the memory cannot tell, lets nobody in, and knows the caller in the trail', async () => {
    const origin = 'https://app.test';
    const { guard, prove, faults, events } = guarded({
      dpop: { replayMemory: { use: () => Promise.reject(new Error('x')) } },
      allowedOrigins: [origin],
    });
    const rawHeaders = ['Authorization', 'DPoP bound', 'DPoP', await prove(), 'Origin', origin];
    const admission = await guard.admit({ method: 'POST', target: '/files/mcp', host: undefined, rawHeaders });
    expect(admission).toMatchObject({
      response: { status: 503, headers: { 'retry-after': '5', 'access-control-allow-origin': origin } },
    });
    expect(events).toMatchObject([{ reason: 'dpop_replay_memory_unavailable', subject: 'usr_alice' }]);
    expect(faults).toHaveLength(1);
  });

  it('uses no proof up where a scope is lacking that every request needs, and says of no replay then', async () => {
    let used = 0;
    const replayMemory = {
      use() {
        used += 1;
        return true;
      },
    };
    const needsScope = guarded({ dpop: { replayMemory }, requiredScopes: ['files'], scopes: ['files'] });
    const proof = await needsScope.prove();
    for (const _ of [1, 2]) expect(await needsScope.call('DPoP bound', proof)).toMatchObject({ status: 403 });
    expect(used).toBe(0);
  });

  it('PD-05 asks for a nonce, which replicas with the same secret take, and hands out newer ones', async () => {
    let ahead = 0;
    const clock = { nowEpochSeconds: () => Math.floor(Date.now() / 1000) + ahead };
    const dpop = { requireNonce: true, nonceSecret: new Uint8Array(32).fill(3) };
    const options = { dpop, platform: { ...nodePlatform, clock } };
    const [one, other] = [guarded(options), guarded(options)];
    const asked = await one.call('DPoP bound', await one.prove());
    expect(asked).toMatchObject({
      status: 401,
      challenge: `DPoP error="use_dpop_nonce", error_description="Make a new DPoP proof, with the nonce given here.", ${ALGS}, ${METADATA}`,
      reason: 'dpop_nonce_missing',
    });
    const { nonce } = asked as { nonce: string };
    const admitted = await other.call('DPoP bound', await other.prove({ nonce }));
    expect(admitted).toMatchObject({ outcome: 'admitted' });
    ahead = 120;
    const later = await one.call('DPoP bound', await one.prove({ nonce, iat: clock.nowEpochSeconds() }));
    expect(later).toMatchObject({ outcome: 'admitted', headers: { 'dpop-nonce': expect.stringMatching(/^[\w.-]+$/) } });
    expect(later).not.toHaveProperty('headers.dpop-nonce', nonce);
  });

  it('PD-04 lets in nothing but bound tokens where they are required, and says so in every challenge', async () => {
    const { call, prove, guard } = guarded({ dpop: { required: true }, requiredScopes: ['files'], scopes: ['files'] });
    expect(guard.metadata).toMatchObject({
      dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
      dpop_bound_access_tokens_required: true,
    });
    const rest = `scope="files", ${ALGS}, ${METADATA}`;
    expect(await call(undefined)).toMatchObject({ status: 401, challenge: `DPoP ${rest}` });
    expect(await call('Bearer free')).toMatchObject({
      status: 401,
      challenge: `DPoP error="invalid_token", error_description="Only tokens that are bound to a key get in here: get one by a token request with a DPoP proof.", ${rest}`,
      reason: 'not_sender_constrained',
    });
    expect(await call('Bearer bound')).toMatchObject({ status: 401, reason: 'sender_constrained' });
    expect(await call('DPoP bound', await prove())).toMatchObject({
      status: 403,
      challenge: `DPoP error="insufficient_scope", ${rest}`,
    });
  });

  it('PD-04 refuses a bound token to whoever shows it a token alone', async () => {
    const { guard } = guarded();
    expect(await guard.admitToken('free')).toHaveProperty('outcome', 'admitted');
    expect(await guard.admitToken('bound')).toEqual({ outcome: 'invalid_token' });
    expect(await guard.verifier.verify('bound')).toEqual({ ok: false, failure: { reason: 'sender_constrained' } });
    const { guard: strict } = guarded({ dpop: { required: true } });
    expect(await strict.admitToken('free')).toEqual({ outcome: 'invalid_token' });
  });

  it('tells in the metadata of proofs only where an issuer’s preset knows bound tokens', () => {
    const known = keycloak({ issuer: 'https://sso.test/realms/a' });
    const tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';
    const unknown = entra({ tenant, api: 'api://files' });
    const documents = [[known, unknown], [unknown]].map(
      (authorizationServers) => protectResource({ resource, authorizationServers }).metadata,
    );
    expect(documents.map((document) => 'dpop_signing_alg_values_supported' in document)).toEqual([true, false]);
    const required = { resource, authorizationServers: [unknown], dpop: { required: true } };
    expect(() => protectResource(required)).toThrow('dpop.required lets nobody in');
  });

  it.each([
    [{ dpop: true }, 'dpop is no object'],
    [{ dpop: { require: true } }, 'no option "require"'],
    [{ dpop: { required: 'yes' } }, 'dpop.required'],
    [{ dpop: { requireNonce: 1 } }, 'dpop.requireNonce'],
    [{ dpop: { nonceSecret: new Uint8Array(31) } }, 'dpop.nonceSecret'],
    [{ dpop: { replayMemory: {} } }, 'dpop.replayMemory'],
    [{ metadata: { dpop_bound_access_tokens_required: true } }, 'made from the other options'],
  ])('says at start what is wrong with %j', (options, words) => {
    expect(() => guarded(options as never)).toThrow(words);
  });
});
