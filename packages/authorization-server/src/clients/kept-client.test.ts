import type { UntrustedFetchFailure } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createDocumentHost,
  DOCUMENT_CLIENT,
  DOCUMENT_REDIRECT,
  type DocumentHost,
  type HostAnswer,
} from '../testing/document-host.js';
import { obtainCode, redemption, type Tokens } from '../testing/test-client.js';
import { addResourceServer, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const BY_DOCUMENT = { client_id: DOCUMENT_CLIENT, redirect_uri: DOCUMENT_REDIRECT };

let host: DocumentHost;
let test: TestServer;
let files: TestResourceServer;
let tokens: Tokens;
beforeEach(async () => {
  host = createDocumentHost();
  const lifetimes = { accessTokenSeconds: 3600 };
  test = await startTestServer({ lifetimes }, undefined, { untrustedFetch: host.untrustedFetch });
  files = await addResourceServer(test);
  const form = redemption(await obtainCode(test, BY_DOCUMENT), BY_DOCUMENT);
  tokens = (await (await test.postForm('/token', form)).json()) as Tokens;
  host.requests.length = 0;
});

const isActive = async (token: string): Promise<unknown> => (await files.ask(token))['active'];

describe('TK-06 a token of a client that a document describes is introspected without a fetch', () => {
  it.each<[string, HostAnswer | UntrustedFetchFailure]>([
    ['is there', {}],
    ['is down', 'timed_out'],
    ['has no such document any more', { status: 404 }],
  ])('TK-06 when the document is stale and its host %s', async (_title, answer) => {
    host.answers.set(DOCUMENT_CLIENT, answer);
    test.clock.now += 301;
    expect(await isActive(tokens.access_token)).toBe(true);
    test.clock.now += 3000;
    expect(await isActive(tokens.access_token)).toBe(true);
    expect(host.requests).toEqual([]);
  });

  it('TK-06 when it is shut out: it gets no more tokens, and what it has ends with the client', async () => {
    const event = { outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now } as const;
    const { clientApprovals, clients } = test.storage;
    const denied = { ...event, type: 'client.denied' } as const;
    await clientApprovals.decide('default', DOCUMENT_CLIENT, 'denied', test.clock.now, denied);
    expect(await isActive(tokens.access_token)).toBe(true);
    const revocation = { now: test.clock.now, markLifetimeSeconds: 630 };
    await clients.remove('default', DOCUMENT_CLIENT, revocation, { ...event, type: 'client.removed' });
    expect(await isActive(tokens.access_token)).toBe(false);
    expect(host.requests).toEqual([]);
  });
});
