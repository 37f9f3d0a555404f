import { describe, expect, it } from 'vitest';
import {
  BY_DOCUMENT,
  documentAnswer,
  isAccepted,
  useDocumentAuthorization,
} from '../../testing/document-authorization.js';
import { DOCUMENT_CLIENT } from '../../testing/document-host.js';
import { expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../../testing/test-client.js';
import { readPage } from '../../testing/test-pages.js';

const by = useDocumentAuthorization();
const CODES = { grant_types: ['authorization_code'] };

const redeem = async (): Promise<Partial<Tokens>> => {
  const code = await obtainCode(by.test, BY_DOCUMENT);
  const response = await by.test.postForm('/token', redemption(code, BY_DOCUMENT));
  expect(response.status).toBe(200);
  return (await response.json()) as Partial<Tokens>;
};
const refresh = (refreshToken = '') =>
  by.test.postForm('/token', refreshing(refreshToken, { client_id: DOCUMENT_CLIENT }));

describe('the grant types of a document', () => {
  it('CI-06 without authorization_code give no code, with the error of a client that registered so', async () => {
    by.answer(documentAnswer({ grant_types: ['client_credentials'] }));
    const { page, model } = await readPage(await by.request());
    expect(page).toBe('untrustedRedirect');
    expect(new URL(model.location).searchParams.get('error')).toBe('unauthorized_client');
    expect(by.test.events.at(-1)).toMatchObject({
      type: 'authorization.refused',
      reason: 'grant_type_not_of_client',
      clientId: DOCUMENT_CLIENT,
    });
    expect(await by.storedClients()).toEqual([]);
  });

  it('CI-06 with authorization_code alone give no refresh token, as when a client registers', async () => {
    by.answer(documentAnswer(CODES));
    expect(await redeem()).not.toHaveProperty('refresh_token');
    expect(await by.storedClients()).toMatchObject([{ grantTypes: ['authorization_code'] }]);
  });

  it('give a refresh token where it says nothing of them', async () => {
    expect((await refresh((await redeem()).refresh_token)).status).toBe(200);
  });

  it('CI-08 count from when they are fetched, and ask nobody again: the consent of before still stands', async () => {
    const { refresh_token } = await redeem();
    const [before] = await by.storedClients();
    by.test.clock.now += 300;
    by.answer(documentAnswer(CODES));
    await expectRefusal(await refresh(refresh_token), 400, 'unauthorized_client');
    expect(isAccepted(await by.request())).toBe(true);
    const [after] = await by.storedClients();
    expect(after).toMatchObject({
      grantTypes: CODES.grant_types,
      document: { fingerprint: before?.document?.fingerprint },
    });
    expect(by.eventsOf('client.document_changed')).toEqual([]);
    by.test.clock.now += 300;
    by.answer(documentAnswer({}));
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});
