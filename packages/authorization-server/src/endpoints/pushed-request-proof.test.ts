import { type DpopRefusal, describeDpopRefusal } from '@portcullis/protocol/dpop-proof';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeProof, OTHER_KEY, PROOF_KEY, type ProofChanges } from '../testing/dpop-proofs.js';
import { type Form, ISSUER } from '../testing/fixtures.js';
import { consentForm, GOOD_REQUEST, leavingLocation } from '../testing/test-browser.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// A proof at the endpoint for pushed requests binds the code (RFC 9449 §10.1).

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer();
});

const HTU = `${ISSUER}/par`;
const proofFor = (htu: string, { claims, ...changes }: ProofChanges = {}) =>
  makeProof(test, { ...changes, claims: { htu, ...claims } });
const push = (dpop: string, changes: Form = {}) => test.postForm('/par', { ...GOOD_REQUEST, ...changes }, { dpop });

async function codeOf(response: Response): Promise<string> {
  expect(response.status).toBe(201);
  const { request_uri } = (await response.json()) as { request_uri: string };
  const browser = test.newBrowser();
  const consent = await browser.reachConsent({ request_uri });
  const location = await leavingLocation(await browser.submit(await consentForm(consent)));
  return location.searchParams.get('code') ?? '';
}
const redeem = async (code: string, key = PROOF_KEY) =>
  test.postForm('/token', redemption(code), { dpop: await proofFor(`${ISSUER}/token`, { key }) });

it.each<[string, Form]>([
  ['a proof alone', {}],
  ['a proof and the same key in dpop_jkt', { dpop_jkt: PROOF_KEY.thumbprint }],
])('with %s, the code is redeemed with that key and no other', async (_title, changes) => {
  const code = await codeOf(await push(await proofFor(HTU), changes));
  await expectRefusal(await redeem(code, OTHER_KEY), 400, 'invalid_grant');
  await expectRefusal(await test.postForm('/token', redemption(code)), 400, 'invalid_grant');
  const response = await redeem(code);
  expect(await response.json()).toMatchObject({ token_type: 'DPoP' });
});

it('PD-03 refuses a proof of one key and a dpop_jkt of another, and uses up neither', async () => {
  const proof = await proofFor(HTU);
  const response = await push(proof, { dpop_jkt: OTHER_KEY.thumbprint });
  await expectRefusal(response, 400, 'invalid_request');
  expect(test.events.at(-1)).toMatchObject({
    type: 'authorization_request.push_refused',
    reason: 'dpop_key_other_than_proof',
    clientId: 'pub',
  });
  expect((await push(proof)).status).toBe(201);
});

describe('PD-02 a proof that is none', () => {
  it.each<[string, () => Promise<string>, DpopRefusal]>([
    ['for the token endpoint', () => proofFor(`${ISSUER}/token`), 'dpop_proof_url_mismatch'],
    ['for GET', () => proofFor(HTU, { claims: { htm: 'GET' } }), 'dpop_proof_method_mismatch'],
    ['made long ago', () => proofFor(HTU, { claims: { iat: test.clock.now - 61 } }), 'dpop_proof_outside_window'],
    ['that is empty', async () => '', 'dpop_proof_malformed'],
    ['and another', async () => `${await proofFor(HTU)}, ${await proofFor(HTU)}`, 'dpop_proof_repeated'],
  ])('PD-02 %s', async (_title, make, reason) => {
    const refused = await push(await make());
    expect(await refused.clone().json()).toHaveProperty('error_description', describeDpopRefusal(reason, HTU));
    await expectRefusal(refused, 400, 'invalid_dpop_proof');
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization_request.push_refused', reason });
  });
});

it('PD-03 takes a proof once, and not for a request that is refused for something else', async () => {
  const proof = await proofFor(HTU);
  await expectRefusal(await push(proof, { code_challenge: undefined }), 400, 'invalid_request');
  expect((await push(proof)).status).toBe(201);
  await expectRefusal(await push(proof), 400, 'invalid_dpop_proof');
  expect(test.events.at(-1)?.reason).toBe('dpop_proof_replayed');
});

it('PD-05 tells the nonce where proofs need one, and takes the proof that has it', async () => {
  test = await startTestServer({ dpop: { requireNonce: true, nonceSecret: new Uint8Array(32).fill(9) } });
  const refused = await push(await proofFor(HTU));
  const nonce = refused.headers.get('dpop-nonce') ?? '';
  await expectRefusal(refused, 400, 'use_dpop_nonce');
  const accepted = await push(await proofFor(HTU, { claims: { nonce } }));
  expect({ status: accepted.status, nonce: accepted.headers.get('dpop-nonce') }).toEqual({ status: 201, nonce });
  expect((await test.postForm('/par', GOOD_REQUEST)).status).toBe(201);
});
