import type { UntrustedFetchFailure } from '@portcullis/ports';
import { beforeEach, expect } from 'vitest';
import type { AuthorizationServerOptions } from '../options.js';
import {
  createDocumentHost,
  DOCUMENT_CLIENT,
  DOCUMENT_REDIRECT,
  type DocumentHost,
  documentOf,
  type HostAnswer,
} from './document-host.js';
import { encodeForm, type Form } from './fixtures.js';
import { GOOD_REQUEST } from './test-browser.js';
import { readPage } from './test-pages.js';
import { startTestServer, type TestServer } from './test-server.js';

/** What names the client of the abuse cases in an authorization request. */
export const BY_DOCUMENT = { client_id: DOCUMENT_CLIENT, redirect_uri: DOCUMENT_REDIRECT };

/** Authorization requests of {@link DOCUMENT_CLIENT}, by somebody without cookies. */
export interface DocumentAuthorization {
  /** New for each test, as the server is. */
  host: DocumentHost;
  test: TestServer;
  /** Starts another server, on a store of its own. */
  readonly start: (changes?: Partial<AuthorizationServerOptions>) => Promise<void>;
  readonly request: (changes?: Form, network?: string) => Promise<Response>;
  /** What the host answers from now on. */
  readonly answer: (answer: HostAnswer | UntrustedFetchFailure) => void;
  readonly storedClients: () => ReturnType<TestServer['storage']['clients']['list']>;
  readonly eventsOf: (type: string) => TestServer['events'];
  /** The one page for everything a stranger could learn from; the same for a client that does not exist. */
  readonly expectConstantPage: (response: Response) => Promise<void>;
}

/** An authorization server and every host on the internet, afresh before each test. */
export function useDocumentAuthorization(options: Partial<AuthorizationServerOptions> = {}): DocumentAuthorization {
  const by = {} as { host: DocumentHost; test: TestServer };
  const start = async (changes: Partial<AuthorizationServerOptions> = {}): Promise<void> => {
    by.test = await startTestServer(changes, undefined, { untrustedFetch: by.host.untrustedFetch });
  };
  beforeEach(async () => {
    by.host = createDocumentHost();
    await start(options);
  });
  return Object.assign(by, {
    start,
    request: (changes: Form = {}, network = '192.0.2.1') =>
      by.test.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT, ...changes })}`, {}, { network }),
    answer: (answer: HostAnswer | UntrustedFetchFailure) => void by.host.answers.set(DOCUMENT_CLIENT, answer),
    storedClients: () => by.test.storage.clients.list('default', 100),
    eventsOf: (type: string) => by.test.events.filter((event) => event.type === type),
    async expectConstantPage(response: Response) {
      expect(response.status).toBe(400);
      for (const header of ['location', 'refresh', 'set-cookie', 'retry-after']) {
        expect(response.headers.get(header)).toBeNull();
      }
      const { page, model } = await readPage(response);
      const nobody = `/authorize?${encodeForm({ ...GOOD_REQUEST, client_id: 'x' })}`;
      const unknown = await readPage(await by.test.send(nobody));
      expect({ page, model: { ...model, correlationId: '' } }).toEqual({
        page: 'error',
        model: { ...unknown.model, correlationId: '' },
      });
      expect(model.code).toBe('invalid_client');
      expect(JSON.stringify(model)).not.toContain('evil.test');
    },
  });
}

/** Whether a request goes on to the transaction's page. */
export function isAccepted(response: Response): boolean {
  return /^\/interaction\?/.test(response.headers.get('location') ?? '') && response.status === 303;
}

/** The good document, but for the changes. */
export function documentAnswer(changes: object, headers: Record<string, string> = {}): HostAnswer {
  return { body: documentOf(DOCUMENT_CLIENT, changes), headers };
}
