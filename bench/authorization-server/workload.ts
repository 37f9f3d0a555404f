import { createHash } from 'node:crypto';
import type { LoadRequest } from '../lib/benchmark.js';

/** What is measured; the names are those of the benchmarks. */
export const OPERATIONS = ['client_credentials', 'authorization_code', 'refresh_token'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const RESOURCE = 'https://gate.test/files/mcp';
export const SCOPES = ['files:read', 'files:write'];

/** With a secret, for tokens in its own name. */
export const MACHINE = { clientId: 'machine', secret: 'a-secret-of-every-server-000000000000' };
/** Public, as MCP clients are. */
export const PUBLIC = { clientId: 'public', redirectUri: 'https://app.test/cb' };

const VERIFIER = 'v'.repeat(43);
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** A user of every server. */
export const SUBJECT = 'subject-of-alice';

export function clientCredentialsRequest(): LoadRequest {
  const basic = Buffer.from(`${MACHINE.clientId}:${MACHINE.secret}`).toString('base64');
  return tokenRequest(
    { grant_type: 'client_credentials', scope: SCOPES.join(' '), resource: RESOURCE },
    { authorization: `Basic ${basic}` },
  );
}

export function redemptionRequest(code: string): LoadRequest {
  return tokenRequest({
    grant_type: 'authorization_code',
    client_id: PUBLIC.clientId,
    code,
    code_verifier: VERIFIER,
    redirect_uri: PUBLIC.redirectUri,
    resource: RESOURCE,
  });
}

export function refreshRequest(refreshToken: string): LoadRequest {
  return tokenRequest({
    grant_type: 'refresh_token',
    client_id: PUBLIC.clientId,
    refresh_token: refreshToken,
    resource: RESOURCE,
  });
}

function tokenRequest(form: Record<string, string>, headers: Record<string, string> = {}): LoadRequest {
  return {
    method: 'POST',
    path: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  };
}

/** Makes `count` requests out of what each of them uses up, a few at a time. */
export async function prepareEach(
  count: number,
  make: () => LoadRequest | Promise<LoadRequest>,
  atOnce = 16,
): Promise<readonly LoadRequest[]> {
  const requests: LoadRequest[] = [];
  while (requests.length < count) {
    const batch = Array.from({ length: Math.min(atOnce, count - requests.length) }, make);
    requests.push(...(await Promise.all(batch)));
  }
  return requests;
}
