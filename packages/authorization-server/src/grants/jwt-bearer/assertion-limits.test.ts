import { beforeEach, describe, expect, it } from 'vitest';
import { assertionFields, signAssertion } from '../../testing/client-assertions.js';
import { OTHER_KEY, PROOF_KEY, type ProofKey, proofHeader } from '../../testing/dpop-proofs.js';
import {
  byAssertion,
  rowsOf,
  signIdJag,
  signWorkloadToken,
  startAssertionServer,
} from '../../testing/identity-provider.js';
import { claimsOf, expectRefusal } from '../../testing/test-client.js';
import type { TestServer } from '../../testing/test-server.js';

let test: TestServer;
beforeEach(async () => {
  test = await startAssertionServer();
});

interface Kind {
  readonly sign: (claims: object) => Promise<string>;
  /** Beside the assertion: what the client proves itself with, where one has to. */
  readonly proof: () => Promise<Record<string, string>>;
}

const KINDS: readonly [string, Kind][] = [
  [
    'an identity provider',
    {
      sign: (claims) => signIdJag(test, { claims: { ...claims } }),
      proof: async () => assertionFields(await signAssertion(test)),
    },
  ],
  ['a platform', { sign: (claims) => signWorkloadToken(test, { claims: { ...claims } }), proof: async () => ({}) }],
];

describe.each(KINDS)('an assertion of %s', (_name, { sign, proof }) => {
  async function present(assertion: string, key?: ProofKey): Promise<Response> {
    const headers = key === undefined ? {} : await proofHeader(test, { key });
    return test.postForm('/token', byAssertion(assertion, await proof()), headers);
  }

  const jkt = PROOF_KEY.thumbprint;
  it.each<[string, ProofKey | undefined, string]>([
    ['without a proof', undefined, 'assertion_proof_missing'],
    ['with a proof by another key', OTHER_KEY, 'assertion_key_mismatch'],
  ])('XG-01 that is bound to a key is none %s, and is not used up', async (_title, key, reason) => {
    const assertion = await sign({ cnf: { jkt } });
    const before = await rowsOf(test);
    const refused = await present(assertion, key);
    await expectRefusal(refused, 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason });
    expect(await rowsOf(test)).toEqual(before);
    const response = await present(assertion, PROOF_KEY);
    const body = (await response.json()) as { access_token: string; token_type: string };
    expect([response.status, body.token_type, claimsOf(body.access_token)['cnf']]).toEqual([200, 'DPoP', { jkt }]);
  });

  it.each<[string, unknown]>([
    ['a certificate', { 'x5t#S256': jkt }],
    ['a key and a certificate', { jkt, 'x5t#S256': jkt }],
    ['a whole key', { jwk: PROOF_KEY.jwk }],
    ['nothing', {}],
    ['a thumbprint that is no text', { jkt: [jkt] }],
    ['an empty thumbprint', { jkt: '' }],
    ['a list', [{ jkt }]],
    ['null', null],
    ['a text', jkt],
  ])('XG-01 that is bound to %s is none, whatever is proven', async (_title, cnf) => {
    const assertion = await sign({ cnf });
    for (const key of [undefined, PROOF_KEY]) {
      await expectRefusal(await present(assertion, key), 400, 'invalid_grant');
      expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason: 'assertion_binding_unsupported' });
    }
  });

  it.each([[[]], [[{ type: 'files', actions: ['read'] }]], ['x'], [null]])(
    'XG-05 that says its authorization in details (%j) does not get the default scopes instead',
    async (details) => {
      const refused = await present(await sign({ authorization_details: details, scope: undefined }));
      await expectRefusal(refused, 400, 'invalid_grant');
      expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason: 'assertion_details_unsupported' });
    },
  );
});
