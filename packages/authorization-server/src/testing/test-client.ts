import { expect } from 'vitest';
import { type Form, VERIFIER } from './fixtures.js';
import type { TestBrowser } from './test-browser.js';
import type { TestServer } from './test-server.js';

/** A token response. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
}

/** A fresh code of alice for `pub`, or for the client that `changes` names. */
export async function obtainCode(test: TestServer, changes: Form = {}, browser?: TestBrowser): Promise<string> {
  const location = await (browser ?? test.newBrowser()).approve(changes);
  return location.searchParams.get('code') ?? '';
}

/** The form that redeems a code of `pub`. */
export function redemption(code: string, changes: Form = {}): Form {
  return {
    grant_type: 'authorization_code',
    client_id: 'pub',
    code,
    code_verifier: VERIFIER,
    redirect_uri: 'https://app.test/cb',
    ...changes,
  };
}

/** The form that refreshes a token of `pub`. */
export function refreshing(refreshToken: string, changes: Form = {}): Form {
  return { grant_type: 'refresh_token', client_id: 'pub', refresh_token: refreshToken, ...changes };
}

export async function obtainTokens(test: TestServer, changes: Form = {}): Promise<Tokens> {
  const response = await test.postForm('/token', redemption(await obtainCode(test, changes)));
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
}

/** A refusal as the abuse cases want it: the code, JSON, not to be kept, nothing but the two members. */
export async function expectRefusal(response: Response, status: number, error: string): Promise<void> {
  const body = (await response.json()) as Record<string, string>;
  expect({ status: response.status, error: body['error'] }).toEqual({ status, error });
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(Object.keys(body).sort()).toEqual(['error', 'error_description']);
  expect(body['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
}

/** The claims of a JWT, unverified. */
export function claimsOf(accessToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}
