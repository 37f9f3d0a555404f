import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare, type Findings } from './compare.js';
import { type Contestant, startOurs, startTheOracle } from './contestant.js';
import { DIFFERENCES } from './differences.js';
import { generateCases } from './generate.js';
import { TEMPLATES } from './templates/index.js';

// The same requests, good and malformed, to our authorization server and to `oidc-provider`, a certified one, configured
// alike. Statuses and error codes are compared; each difference is a line of `differences.ts`, with its reason.

/** Another seed draws other pairs of faults. What it finds is looked at, and becomes a line or a variant. */
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 9101);

let ours: Contestant;
let oracle: Contestant;
let findings: Findings;

beforeAll(async () => {
  ours = await startOurs();
  oracle = await startTheOracle();
  findings = await compare(generateCases(TEMPLATES, SEED), ours, oracle, DIFFERENCES);
}, 300_000);

afterAll(async () => {
  await ours?.close();
  await oracle?.close();
});

async function metadataOf({ origin }: Contestant): Promise<Record<string, unknown>> {
  const response = await fetch(`${origin}/.well-known/oauth-authorization-server`);
  return (await response.json()) as Record<string, unknown>;
}

describe('our authorization server and oidc-provider, asked the same', () => {
  it('answer alike, or differ for a reason that is written down', () => {
    expect(findings.judged.length).toBeGreaterThan(800);
    expect(findings.unexplained).toEqual([]);
  });

  it('differ in everything that is written down', () => {
    expect(findings.stale).toEqual([]);
  });

  it('AZ-02, AZ-06, TK-03: what ours refuses consumes nothing', () => {
    expect(findings.consumed).toEqual([]);
  });

  it('break at nothing', () => {
    expect(ours.faults()).toEqual([]);
    expect(oracle.faults()).toEqual([]);
    expect(findings.judged.filter((one) => `${one.ours} ${one.oracle}`.includes('5xx'))).toEqual([]);
  });

  it.each([
    'response_types_supported',
    'code_challenge_methods_supported',
    'authorization_response_iss_parameter_supported',
    'token_endpoint_auth_methods_supported',
  ])('announce the same %s', async (member) => {
    const [own, other] = [await metadataOf(ours), await metadataOf(oracle)].map((metadata) =>
      [metadata[member]].flat().map(String).sort(),
    );
    expect(own).toEqual(other);
  });

  it('announce the same grant_types_supported, but for those that the other one has no grant of', async () => {
    const [own = [], other] = [await metadataOf(ours), await metadataOf(oracle)].map((metadata) =>
      [metadata['grant_types_supported']].flat().map(String).sort(),
    );
    const more = ['device_code', 'token-exchange'].map((grant) => `urn:ietf:params:oauth:grant-type:${grant}`);
    expect(own).toEqual([...(other ?? []), ...more]);
  });

  it('announce both where tokens are revoked and where they are introspected', async () => {
    for (const contestant of [ours, oracle]) {
      expect(await metadataOf(contestant)).toMatchObject({
        revocation_endpoint: expect.stringContaining(contestant.origin),
        introspection_endpoint: expect.stringContaining(contestant.origin),
      });
    }
  });
});
