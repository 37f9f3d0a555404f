import { expect, it } from 'vitest';
import { ISSUER } from '../testing/fixtures.js';
import { fieldsOf } from '../testing/test-browser.js';
import { askForCodes, decideOnDevice, poll, television } from '../testing/test-device.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer } from '../testing/test-server.js';

it('TN-02 DV-01 a user code of one tenant is one that there is not at another, and stays good', async () => {
  const a = await startTestServer({ configuredClients: [television] });
  const codes = await askForCodes(a);
  const clients = [{ ...television, tenantId: 'b' }];
  const b = await startTestServer({ tenantId: 'b', issuer: `${ISSUER}/t/b`, configuredClients: clients }, a.storage);
  const typed = async (userCode: string) => {
    const browser = b.newBrowser();
    const { model } = await readPage(await browser.get('/t/b/device'));
    const answer = await browser.submit(fieldsOf(model.form, { user_code: userCode }));
    const shown = await readPage(answer.clone());
    return [answer.status, shown.page, shown.model.problem, [...answer.headers.keys()]];
  };
  const nobodys = codes.user_code.startsWith('BBBB') ? 'CCCC-CCCC' : 'BBBB-BBBB';
  const [first, second] = [await typed(codes.user_code), await typed(nobodys)];
  expect(first).toEqual(second);
  expect(first[1]).toBe('device');
  expect(first[2]).toEqual(expect.any(String));
  const reasons = b.events.filter(({ type }) => type === 'device.refused').map(({ reason }) => reason);
  expect(reasons).toEqual(['user_code_unknown', 'user_code_unknown']);

  await decideOnDevice(a.newBrowser(), codes.user_code);
  expect((await poll(a, codes)).status).toBe(200);
});
