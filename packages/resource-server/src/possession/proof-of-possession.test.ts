import { createDpopNonces } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { createTestDpopKey, type TestDpopKey } from '@portcullis/ports/testing';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createProofOfPossession,
  type ProofOfPossession,
  type ProofOfPossessionOptions,
} from './proof-of-possession.js';
import { createReplayMemory } from './replay-memory.js';

const url = 'https://mcp.test/mcp';
const accessToken = 'at';
let now: number;
let key: TestDpopKey;

beforeAll(async () => {
  key = await createTestDpopKey();
});
beforeEach(() => {
  now = Math.floor(Date.now() / 1000);
});

const clock = { nowEpochSeconds: () => now };

function possession(over: Partial<ProofOfPossessionOptions> = {}): ProofOfPossession {
  const platform = { clock, hash: nodePlatform.hash };
  return createProofOfPossession({ platform, replayMemory: createReplayMemory(), nonces: undefined, ...over });
}

/** What comes of a request with these proofs, each in a header of its own: `new`, or why not. */
async function verdict(checks: ProofOfPossession, ...proofs: readonly string[]): Promise<string> {
  const rawHeaders = ['Host', 'x', ...proofs.flatMap((proof) => ['DPoP', proof])];
  const checked = await checks.check({ method: 'POST', url, rawHeaders, accessToken, proofKey: key.thumbprint });
  if (!checked.ok) return `${checked.failure.error} ${checked.failure.reason}`;
  const failure = await checked.value.use();
  return failure === undefined ? 'new' : `${failure.error} ${failure.reason}`;
}

const prove = (claims: object = {}): Promise<string> => key.prove({ url, accessToken }, claims);

describe('createProofOfPossession (RFC 9449 §7.1)', () => {
  it('PD-04 takes one proof, by the key of the token, for this request and this token', async () => {
    const other = await createTestDpopKey();
    const checks = possession();
    expect(await verdict(checks, await prove())).toBe('new');
    expect(await verdict(checks)).toBe('invalid_dpop_proof dpop_proof_missing');
    expect(await verdict(checks, await prove(), await prove())).toBe('invalid_dpop_proof dpop_proof_repeated');
    expect(await verdict(checks, `${await prove()}, ${await prove()}`)).toBe('invalid_dpop_proof dpop_proof_repeated');
    expect(await verdict(checks, await other.prove({ url, accessToken }))).toBe(
      'invalid_dpop_proof dpop_proof_key_mismatch',
    );
    for (const change of [{ ath: undefined }, { ath: nodePlatform.hash('another') }]) {
      expect(await verdict(checks, await prove(change))).toBe('invalid_dpop_proof dpop_proof_token_mismatch');
    }
  });

  it('PD-03 takes a proof once, also on a second replica and when the clock was moved back 30 s', async () => {
    const replayMemory = createReplayMemory();
    const [one, other] = [possession({ replayMemory }), possession({ replayMemory })];
    const proof = await prove();
    const replayed = 'invalid_dpop_proof dpop_proof_replayed';
    expect([await verdict(one, proof), await verdict(one, proof), await verdict(other, proof)]).toEqual([
      'new',
      replayed,
      replayed,
    ]);
    now += 70;
    // Other proofs come, and what has expired is forgotten; this one is out of its time.
    expect(await verdict(one, await prove({ iat: now }))).toBe('new');
    expect(await verdict(one, proof)).toBe('invalid_dpop_proof dpop_proof_outside_window');
    now -= 30;
    expect([await verdict(one, proof), await verdict(other, proof)]).toEqual([replayed, replayed]);
  });

  it('PD-03 remembers a proof that is dated ahead for as long as it is in its time', async () => {
    const checks = possession();
    const proof = await prove({ iat: now + 60 });
    expect(await verdict(checks, proof)).toBe('new');
    now += 120;
    expect(await verdict(checks, proof)).toBe('invalid_dpop_proof dpop_proof_replayed');
  });

  it('PD-03 lets one of many who send the same proof at once get through', async () => {
    const checks = possession();
    const proof = await prove();
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verdict(checks, proof)));
    expect(verdicts.filter((one) => one === 'new')).toHaveLength(1);
  });

  it('uses nothing up by what is refused', async () => {
    const checks = possession();
    const jti = 'same';
    expect(await verdict(checks, await prove({ jti, ath: undefined }))).toContain('token_mismatch');
    expect(await verdict(checks, await prove({ jti }))).toBe('new');
  });

  it('PD-03 has a proof used up for every spelling of its address, and for no other key', async () => {
    const checks = possession();
    const jti = 'same';
    const use = async (by: TestDpopKey, spelling: string): Promise<string | undefined> => {
      const rawHeaders = ['DPoP', await by.prove({ url, accessToken }, { jti })];
      const { thumbprint: proofKey } = by;
      const checked = await checks.check({ method: 'POST', url: spelling, rawHeaders, accessToken, proofKey });
      return checked.ok ? (await checked.value.use())?.reason : checked.failure.reason;
    };
    expect(await use(key, url)).toBeUndefined();
    for (const spelling of [
      `${url}#1`,
      'https://mcp.test/%6dcp',
      'https://mcp.test/./mcp',
      'https://MCP.test:443/mcp',
    ]) {
      expect(await use(key, spelling), spelling).toBe('dpop_proof_replayed');
    }
    expect(await use(await createTestDpopKey(), url)).toBeUndefined();
  });

  it('PD-05 asks for a nonce of its own, and tells of a newer one than a proof has', async () => {
    const nonces = createDpopNonces(new Uint8Array(32).fill(1), 'test', clock);
    const checks = possession({ nonces });
    const foreign = await createDpopNonces(new Uint8Array(32).fill(2), 'test', clock).current();
    const first = await nonces.current();
    const proof = await prove({ nonce: first });
    const request = async (text: string) =>
      checks.check({ method: 'POST', url, rawHeaders: ['DPoP', text], accessToken, proofKey: key.thumbprint });
    expect(await request(await prove())).toEqual({
      ok: false,
      failure: { error: 'use_dpop_nonce', reason: 'dpop_nonce_missing', nonce: first },
    });
    for (const nonce of [foreign, 'stale', `${first}x`]) {
      expect(await verdict(checks, await prove({ nonce }))).toBe('use_dpop_nonce dpop_nonce_stale');
    }
    expect(await request(proof)).toMatchObject({ ok: true, value: { newerNonce: undefined } });
    now += 60;
    const newer = await nonces.current();
    expect(await request(await prove({ nonce: first, iat: now }))).toMatchObject({ value: { newerNonce: newer } });
    now += 600;
    expect(await verdict(checks, await prove({ nonce: first, iat: now }))).toBe('use_dpop_nonce dpop_nonce_stale');
  });

  it('rejects where the memory cannot tell, and takes no word for true that is not', async () => {
    const broken = possession({ replayMemory: { use: () => Promise.reject(new Error('down')) } });
    await expect(verdict(broken, await prove())).rejects.toThrow('down');
    const vague = possession({ replayMemory: { use: () => 'OK' as unknown as boolean } });
    expect(await verdict(vague, await prove())).toBe('invalid_dpop_proof dpop_proof_replayed');
  });
});
