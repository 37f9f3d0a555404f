import type { Browser } from 'playwright-core';
import { authorize, type Person } from './browser.js';
import { listenForCallback } from './callback.js';
import type { Gate } from './gate.js';
import { type ManualClient, registerClient, type TokenResponse } from './oauth.js';

/** A registered client whose person approved it, with its tokens. */
export interface AuthorizedClient {
  readonly client: ManualClient;
  readonly tokens: TokenResponse;
  /** The code that became the tokens: used now. */
  readonly code: string;
}

/** Registers a client, takes a person through the browser and redeems the code. */
export async function authorizedClient(
  gate: Gate,
  browser: Browser,
  options: { person?: Partial<Person>; resource?: string; scope?: string } = {},
): Promise<AuthorizedClient> {
  const { client, code } = await approvedCode(gate, browser, options);
  const response = await client.redeem(code);
  if (response.status !== 200)
    throw new Error(`The token endpoint answered ${response.status}: ${await response.text()}`);
  return { client, code, tokens: (await response.json()) as TokenResponse };
}

/** The same up to the code, which is left for the test to redeem. */
export async function approvedCode(
  gate: Gate,
  browser: Browser,
  options: { person?: Partial<Person>; resource?: string; scope?: string } = {},
): Promise<{ client: ManualClient; code: string }> {
  const callback = await listenForCallback();
  const context = await browser.newContext();
  try {
    const { person, ...request } = options;
    const client = await registerClient(gate.origin, callback.redirectUri, request);
    const query = await authorize(context, client.authorizationUrl, { ...gate, ...person }, callback.next());
    return { client, code: query.get('code') ?? '' };
  } finally {
    await context.close();
    await callback.close();
  }
}
