import { EXCHANGED_TOKEN_TYPES, TOKEN_EXCHANGE_GRANT_TYPE } from '@portcullis/protocol';
import { expect } from 'vitest';
import { clients, configuredClient, FILES, type Form, MAIL, SECRET } from './fixtures.js';
import { basicCredentials } from './test-resource-server.js';
import type { TestServer } from './test-server.js';

/** The type of an access token (RFC 8693 §3). */
export const [ACCESS_TOKEN_TYPE, JWT_TYPE] = EXCHANGED_TOKEN_TYPES;

/** A service that serves files, and reads mail in the name of those who call it. */
export const service = configuredClient('svc', {
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: clients.find(({ clientId }) => clientId === 'bas')?.clientSecretHash,
  grantTypes: [TOKEN_EXCHANGE_GRANT_TYPE],
  redirectUris: [],
  tokenExchange: { subjectResources: [FILES], targetResources: [MAIL] },
});

/** One that serves mail, and goes back to the files. */
export const backService = configuredClient('back', {
  ...service,
  clientId: 'back',
  tokenExchange: { subjectResources: [MAIL], targetResources: [FILES] },
});

/** The form by which a service exchanges an access token. */
export function exchangeOf(subjectToken: string, changes: Form = {}): Form {
  return {
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: subjectToken,
    subject_token_type: ACCESS_TOKEN_TYPE,
    resource: MAIL,
    ...changes,
  };
}

/** Asks in the name of a service with its secret. */
export function exchange(test: TestServer, subjectToken: string, changes: Form = {}, clientId = 'svc') {
  return test.postForm('/token', exchangeOf(subjectToken, changes), basicCredentials(clientId, SECRET));
}

/** An answer to an exchange. */
export interface Exchanged {
  readonly access_token: string;
  readonly scope: string;
  readonly expires_in: number;
  readonly issued_token_type: string;
}

/** What is answered to a good exchange. */
export async function exchanged(response: Response): Promise<Exchanged> {
  expect(response.status).toBe(200);
  return (await response.json()) as Exchanged;
}
