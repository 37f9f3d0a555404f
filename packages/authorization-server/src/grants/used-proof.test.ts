import { createMemoryStorage } from '@portcullis/ports/memory';
import { describe, expect, it } from 'vitest';
import { makeProof } from '../testing/dpop-proofs.js';
import { type Form, resources } from '../testing/fixtures.js';
import { all, GRANT_PATHS, other, PROOF } from '../testing/grant-paths.js';
import { expectRefusal } from '../testing/test-client.js';
import { startTestServer } from '../testing/test-server.js';

// A proof is good once (RFC 9449 §11.1), whatever the way to tokens, and is used up by what yields them alone.

describe.each(GRANT_PATHS.map((path) => [path.name, path] as const))('%s', (_name, path) => {
  async function start() {
    const storage = createMemoryStorage();
    const test = await startTestServer({ configuredClients: [all, other], ...path.options }, storage);
    const { use } = storage.oneTimeIds;
    let kept = 0;
    storage.oneTimeIds.use = async (...parameters) => {
      if (parameters[1] === 'dpop_proof') kept += 1;
      return use(...parameters);
    };
    const credentials = path.isWithoutClient === true ? {} : PROOF;
    const ask = (form: Form, dpop: string) => test.postForm('/token', form, { ...credentials, dpop });
    return { test, ask, countKept: () => kept };
  }

  it('PD-03 takes a proof once, and what it is refused for is good with another one', async () => {
    const { test, ask } = await start();
    const proof = await makeProof(test);
    const first = await ask(await path.prepare(test), proof);
    expect(await first.json()).toMatchObject({ token_type: 'DPoP' });
    const form = await path.prepare(test);
    await expectRefusal(await ask(form, proof), 400, 'invalid_dpop_proof');
    expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason: 'dpop_proof_replayed' });
    expect((await ask(form, await makeProof(test))).status).toBe(200);
  });

  it('PD-02 issues no bearer token for a resource that takes bound ones alone', async () => {
    const storage = createMemoryStorage();
    const options = { configuredClients: [all, other], ...path.options };
    const form = await path.prepare(await startTestServer(options, storage));
    const demanding = resources.map((resource) => ({ ...resource, dpopBoundAccessTokensRequired: true }));
    const test = await startTestServer({ ...options, resources: demanding }, storage);
    const credentials = path.isWithoutClient === true ? {} : PROOF;
    await expectRefusal(await test.postForm('/token', form, credentials), 400, 'invalid_dpop_proof');
    expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason: 'dpop_proof_missing' });
    const dpop = await makeProof(test);
    const ask = () => test.postForm('/token', form, { ...credentials, dpop });
    // The refresh token of a public client is bound from the beginning or never; of this one it is the client.
    expect(await (await ask()).json()).toMatchObject({ token_type: 'DPoP' });
  });

  it('PD-03 uses up and keeps no proof of a request that is refused', async () => {
    const { test, ask, countKept } = await start();
    const form = await path.prepare(test);
    const proof = await makeProof(test);
    const refused: Form[] = [{ ...form, resource: 'https://other.test/mcp' }];
    const name = path.credential?.name;
    if (name !== undefined) refused.push({ ...form, [name]: 'made-up' });
    for (const one of refused) expect((await ask(one, proof)).status).toBeGreaterThanOrEqual(400);
    expect(countKept()).toBe(0);
    expect((await ask(form, proof)).status).toBe(200);
    expect(countKept()).toBe(1);
  });
});
