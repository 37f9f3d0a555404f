import { beforeAll, expect, it } from 'vitest';
import { assertionFields, signAssertion } from '../../testing/client-assertions.js';
import { FILES, ISSUER, MAIL } from '../../testing/fixtures.js';
import {
  byAssertion,
  type JwtChanges,
  platform,
  presentAsConf,
  provider,
  signIdJag,
  signWorkloadToken,
  startAssertionServer,
} from '../../testing/identity-provider.js';
import type { TestServer } from '../../testing/test-server.js';

// Of a refused assertion the trail says which claim it is and how it is wrong. The answer to a grant does not; that to a client does as
// far as it is the same for a client that there is not. Neither says the value of a claim.

const now = 1_800_000_000;
/** Whatever a claim says here, it is to be found nowhere. */
const SECRET_VALUE = 'value-of-the-claim';
let test: TestServer;
beforeAll(async () => {
  test = await startAssertionServer();
});

const bodies = new Map<string, Set<string>>();

/** Reason and detail of the refusal, after a look at the answer. */
async function refused(kind: string, response: Response): Promise<string> {
  const body = await response.text();
  expect(response.status).toBe(kind === 'client' ? 401 : 400);
  bodies.set(kind, (bodies.get(kind) ?? new Set()).add(body));
  expect(JSON.stringify(test.events) + body).not.toContain(SECRET_VALUE);
  const { reason, detail } = test.events.at(-1) ?? {};
  return `${reason} | ${detail}`;
}

const OF_EVERY_KIND: readonly (readonly [JwtChanges, string, string])[] = [
  [{ claims: { aud: `${SECRET_VALUE}.test` } }, 'audience_wrong', 'aud: not ours'],
  [{ claims: { aud: undefined } }, 'audience_wrong', 'aud: missing'],
  [{ claims: { aud: [ISSUER, SECRET_VALUE] } }, 'audience_wrong', 'aud: several'],
  [{ claims: { exp: undefined } }, 'claim_missing', 'exp: missing'],
  [{ claims: { exp: SECRET_VALUE } }, 'claim_missing', 'exp: malformed'],
  [{ claims: { iat: now - 60, exp: now - 30 } }, 'expired', 'exp: past'],
  [{ claims: { exp: now + 86_431 } }, 'lifetime_too_long', 'exp: too far in the future'],
  [{ claims: { iat: now + 31 } }, 'not_yet_valid', 'iat: in the future'],
  [{ claims: { nbf: now + 31 } }, 'not_yet_valid', 'nbf: in the future'],
  [{ claims: { nbf: SECRET_VALUE } }, 'malformed', 'nbf: malformed'],
  [{ claims: { iat: now - 86_431 } }, 'lifetime_too_long', 'iat: too far in the past'],
  [{ header: { typ: SECRET_VALUE } }, 'type_refused', 'typ: not that of such an assertion'],
  [{ header: { crit: ['b64'], b64: true } }, 'header_critical', 'crit: not understood'],
  [{ header: { kid: SECRET_VALUE } }, 'key_unknown', 'kid: not among the keys'],
];

it.each(OF_EVERY_KIND)('XG-01 %j of an assertion of a workload', async (changes, problem, detail) => {
  const response = await test.postForm('/token', byAssertion(await signWorkloadToken(test, changes)));
  expect(await refused('grant', response)).toBe(`assertion_${problem} | ${platform.issuer} ${detail}`);
});

const MALFORMED_ACTOR = { sub: SECRET_VALUE, iss: '' };
it.each([
  ...OF_EVERY_KIND,
  [{ header: { typ: undefined } }, 'type_refused', 'typ: missing'],
  [{ claims: { iat: undefined } }, 'claim_missing', 'iat: missing'],
  [{ claims: { jti: undefined } }, 'claim_missing', 'jti: missing'],
  [{ claims: { jti: [SECRET_VALUE] } }, 'claim_missing', 'jti: malformed'],
  [{ claims: { sub: '' } }, 'claim_missing', 'sub: malformed'],
  [{ claims: { client_id: undefined } }, 'claim_missing', 'client_id: missing'],
  [{ claims: { resource: undefined } }, 'claim_missing', 'resource: missing'],
  [{ claims: { resource: [] } }, 'claim_missing', 'resource: malformed'],
  [{ claims: { scope: [SECRET_VALUE] } }, 'malformed', 'scope: malformed'],
  [{ claims: { act: MALFORMED_ACTOR } }, 'malformed', 'act: malformed'],
  [{ claims: { auth_time: SECRET_VALUE } }, 'malformed', 'auth_time: malformed'],
] as const)('XG-01 %j of an ID-JAG', async (changes, problem, detail) => {
  const response = await presentAsConf(test, await signIdJag(test, changes as JwtChanges));
  expect(await refused('grant', response)).toBe(`assertion_${problem} | ${provider.issuer} ${detail}`);
});

it('XG-01 a resource of an ID-JAG that it is not for, or that is not ours', async () => {
  const reasonFor = async (resource: unknown, asked?: string) => {
    const assertion = await signIdJag(test, { claims: { resource } });
    await presentAsConf(test, assertion, asked === undefined ? {} : { resource: asked });
    const { reason, detail } = test.events.at(-1) ?? {};
    return `${reason} | ${detail}`;
  };
  const { issuer } = provider;
  expect(await reasonFor('https://other.test/mcp')).toBe(`resource_unknown | ${issuer} resource: not ours`);
  expect(await reasonFor([MAIL, 'https://other.test'])).toBe(`resource_ambiguous | ${issuer} resource: several`);
  const notAsked = `resource_mismatch | ${issuer} resource: not the one that was asked for`;
  expect(await reasonFor(FILES, MAIL)).toBe(notAsked);
});

it.each([
  [{ iss: undefined }, 'missing'],
  [{ iss: `https://${SECRET_VALUE}.test` }, 'not configured'],
])('XG-01 %j of an assertion of nobody', async (claims, how) => {
  const response = await test.postForm('/token', byAssertion(await signWorkloadToken(test, { claims })));
  expect(await refused('grant', response)).toBe(`assertion_issuer_unknown | iss: ${how}`);
});

it.each([
  ...OF_EVERY_KIND,
  [{ claims: { iss: undefined } }, 'claim_missing', 'iss: missing'],
  [{ claims: { sub: undefined } }, 'claim_missing', 'sub: missing'],
  [{ claims: { jti: undefined } }, 'claim_missing', 'jti: missing'],
] as const)('AZ-16 %j of the assertion of a client', async (changes, problem, detail) => {
  const assertion = await signAssertion(test, changes as Parameters<typeof signAssertion>[1]);
  const form = byAssertion('x', { client_id: undefined, ...assertionFields(assertion) });
  const prefix = problem === 'key_unknown' ? 'client' : 'client_assertion';
  const response = await test.postForm('/token', form);
  const body = await response.clone().text();
  expect(await refused('client', response)).toBe(`${prefix}_${problem} | ${detail}`);

  const claims = { iss: 'nobody', sub: 'nobody', ...('claims' in changes ? changes.claims : {}) };
  const ofNobody = await signAssertion(test, { ...changes, claims } as Parameters<typeof signAssertion>[1]);
  const answer = await test.postForm('/token', { ...form, ...assertionFields(ofNobody) });
  expect([answer.status, await answer.text()]).toEqual([401, body]);
});

it('XG-01 are answered alike, whatever it was', () => {
  expect([...bodies].map(([kind, seen]) => [kind, seen.size > 1])).toEqual([
    ['grant', false],
    ['client', true],
  ]);
});
