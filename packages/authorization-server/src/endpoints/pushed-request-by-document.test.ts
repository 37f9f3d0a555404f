import { describe, expect, it } from 'vitest';
import {
  BY_DOCUMENT,
  documentAnswer,
  isAccepted,
  useDocumentAuthorization,
} from '../testing/document-authorization.js';
import { DOCUMENT_CLIENT } from '../testing/document-host.js';
import { encodeForm, type Form } from '../testing/fixtures.js';
import { decide } from '../testing/operator.js';
import { GOOD_REQUEST } from '../testing/test-browser.js';
import { expectRefusal } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';

// Clients that a document describes push their requests like any other, the first time too.

const by = useDocumentAuthorization();
const { start, answer, storedClients, eventsOf } = by;

const headers = { 'content-type': 'application/x-www-form-urlencoded' };
const push = (changes: Form = {}, network = '192.0.2.1') => {
  const body = encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT, ...changes });
  return by.test.send('/par', { method: 'POST', headers, body }, { network });
};
const pushed = async (): Promise<string> => {
  const response = await push();
  expect(response.status).toBe(201);
  const { request_uri } = (await response.json()) as { request_uri: string };
  return `/authorize?${encodeForm({ client_id: DOCUMENT_CLIENT, request_uri })}`;
};

it('CI-01 goes from a document that was never seen to a code, and is stored only when a browser comes', async () => {
  const path = await pushed();
  expect(await storedClients()).toEqual([]);
  expect(isAccepted(await by.test.send(path))).toBe(true);
  expect(await storedClients()).toMatchObject([{ clientId: DOCUMENT_CLIENT, source: 'metadata_document' }]);
  expect(by.host.requests).toHaveLength(1);
});

it.each<[string, Form]>([
  ['another redirect URI', { redirect_uri: 'https://evil.test/other' }],
  ['no PKCE', { code_challenge: undefined }],
  ['a request_uri', { request_uri: 'urn:x' }],
])('CI-07 stores nothing of a stranger whose push is refused: %s', async (_title, changes) => {
  await expectRefusal(await push(changes), 400, 'invalid_request');
  expect(await storedClients()).toEqual([]);
  expect(eventsOf('authorization_request.push_refused')).toHaveLength(1);
});

it('CI-04 a document that cannot be had is no client, and the trail says why', async () => {
  answer('timed_out');
  await expectRefusal(await push(), 401, 'invalid_client');
  expect(by.test.events.at(-1)).toMatchObject({ type: 'client.document_refused', reason: 'timed_out' });
  const unknown = await by.test.postForm('/par', { ...GOOD_REQUEST, client_id: 'nobody' });
  await expectRefusal(unknown, 401, 'invalid_client');
});

it('CI-04 a document with a secret method is none', async () => {
  answer(documentAnswer({ token_endpoint_auth_method: 'client_secret_basic' }));
  await expectRefusal(await push(), 401, 'invalid_client');
});

it('limits how many documents a network may have fetched by pushing', async () => {
  await start({ rateLimits: { metadataDocumentPerNetwork: { name: 'documents', points: 1, windowSeconds: 60 } } });
  await pushed();
  const other = { client_id: 'https://evil.test:8443/client.json' };
  const response = await push(other);
  expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  await expectRefusal(response, 429, 'temporarily_unavailable');
  expect(by.host.requests).toHaveLength(1);
});

describe('where the operator wants to be asked', () => {
  const ASK = { clientIdMetadataDocuments: { otherHosts: 'ask' } } as const;

  it('they are asked in the browser, not by a push; once they let it in, a new push goes on', async () => {
    await start(ASK);
    const path = await pushed();
    expect(await by.test.storage.clientApprovals.list('default')).toEqual([]);
    const browser = by.test.newBrowser();
    await browser.signIn(await browser.get('/account'));
    const asked = await browser.get(path);
    expect((await readPage(asked)).model.title).toBe('This application waits for the operator');
    await expectRefusal(await push(), 403, 'access_denied');
    expect(by.test.events.at(-1)).toMatchObject({
      type: 'authorization_request.push_refused',
      reason: 'client_waits_for_operator',
      clientId: DOCUMENT_CLIENT,
    });
    await decide(by.test, 'approved');
    expect(isAccepted(await browser.get(await pushed()))).toBe(true);
  });

  it('one that they shut out may not push, and what it pushed before is of no use', async () => {
    const path = await pushed();
    await decide(by.test, 'denied');
    await expectRefusal(await push(), 403, 'access_denied');
    expect((await by.test.send(path)).status).toBe(403);
  });
});
