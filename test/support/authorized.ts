import { authorizeByForms, FormBrowser, type FormPerson } from './form-browser.js';
import type { Gate } from './gate.js';
import { type ManualClient, registerClient, type TokenResponse } from './oauth.js';

/** A registered client whose person approved it, with its tokens. */
export interface AuthorizedClient {
  readonly client: ManualClient;
  readonly tokens: TokenResponse;
  /** The code that became the tokens: used now. */
  readonly code: string;
}

/** What is asked for, and who approves it: the gate's first user unless `person` is another. */
export interface AuthorizedOptions {
  readonly person?: FormPerson;
  readonly resource?: string;
  readonly scope?: string;
  readonly clientName?: string;
}

/** Nobody listens there: the code is read where the person is sent. */
const REDIRECT_URI = 'http://127.0.0.1:9/callback';

/**
 * Registers a client, takes a person through the pages and redeems the code. For tests of what comes after: the pages are
 * read as forms, and the tests of the pages themselves open them in a browser.
 */
export async function authorizedClient(gate: Gate, options: AuthorizedOptions = {}): Promise<AuthorizedClient> {
  const { client, code } = await approvedCode(gate, options);
  const response = await client.redeem(code);
  if (response.status !== 200)
    throw new Error(`The token endpoint answered ${response.status}: ${await response.text()}`);
  return { client, code, tokens: (await response.json()) as TokenResponse };
}

/** The same up to the code, which is left for the test to redeem. */
export async function approvedCode(
  gate: Gate,
  options: AuthorizedOptions = {},
): Promise<{ client: ManualClient; code: string }> {
  const { person = gate, ...request } = options;
  const client = await registerClient(gate.origin, REDIRECT_URI, request);
  const { searchParams } = await authorizeByForms(new FormBrowser(gate.origin), client.authorizationUrl, person);
  const code = searchParams.get('code');
  if (code === null) throw new Error(`The person came back without a code: ${searchParams}`);
  return { client, code };
}
