import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANNOUNCED_FEATURES,
  type AnnouncedFeature,
  announcedFeatures,
  isServed,
  NOT_YET_SERVED,
} from '../../support/not-yet-served.js';
import { compare, type Findings } from './compare.js';
import { type Contestant, startOurs, startTheOracle } from './contestant.js';
import { DIFFERENCES } from './differences.js';
import { sendDraft } from './draft.js';
import { generateCases } from './generate.js';
import { TEMPLATES } from './templates/index.js';
import { TO_BE_MENDED } from './to-be-mended.js';

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
  findings = await compare(generateCases(TEMPLATES, SEED), ours, oracle, [...DIFFERENCES, ...TO_BE_MENDED]);
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
    'grant_types_supported',
    'token_endpoint_auth_methods_supported',
  ])('announce the same %s', async (member) => {
    const [own, other] = [await metadataOf(ours), await metadataOf(oracle)].map((metadata) => {
      const values = [metadata[member]].flat().map(String).sort();
      return values.filter((value) => !(NOT_YET_SERVED as readonly string[]).includes(value));
    });
    expect(own).toEqual(other);
  });
});

describe('what is not served yet', () => {
  it('is not announced, and all else is', async () => {
    expect(announcedFeatures(await metadataOf(ours))).toEqual(ANNOUNCED_FEATURES.filter(isServed));
  });

  const REQUESTS: Readonly<
    Record<AnnouncedFeature, readonly [path: string, form: readonly (readonly [string, string])[]]>
  > = {
    client_credentials: ['/token', [['grant_type', 'client_credentials']]],
    private_key_jwt: [
      '/token',
      [
        ['grant_type', 'authorization_code'],
        ['client_assertion', 'x'],
      ],
    ],
    revocation: ['/revoke', []],
    introspection: ['/introspect', []],
  };

  it.each(ANNOUNCED_FEATURES.filter((feature) => !isServed(feature)))('%s does not answer', async (feature) => {
    const [path, form] = REQUESTS[feature];
    const response = await sendDraft(ours.origin, { method: 'POST', path, headers: {}, query: [], form });
    const { error } = (await response.json().catch(() => ({}))) as { error?: string };
    expect([response.status, error]).toEqual(
      {
        client_credentials: [400, 'unsupported_grant_type'],
        private_key_jwt: [401, 'invalid_client'],
        revocation: [404, undefined],
        introspection: [404, undefined],
      }[feature],
    );
  });
});
