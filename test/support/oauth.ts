import { createHash, randomBytes } from 'node:crypto';

/** A public client, and what it needs to run one flow by hand. */
export interface ManualClient {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly state: string;
  readonly authorizationUrl: URL;
  /** Redeems a code; `change` alters the form. */
  redeem(code: string, change?: Record<string, string>): Promise<Response>;
  refresh(refreshToken: string, change?: Record<string, string>): Promise<Response>;
}

/** What a token endpoint answers. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
}

/** Registers a public client at `origin` and prepares an authorization request. */
export async function registerClient(
  origin: string,
  redirectUri: string,
  options: { resource?: string; scope?: string; clientName?: string; redirectUris?: string[] } = {},
): Promise<ManualClient> {
  const registration = await fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: options.clientName ?? 'Manual client',
      redirect_uris: options.redirectUris ?? [redirectUri],
      token_endpoint_auth_method: 'none',
    }),
  });
  if (registration.status !== 201)
    throw new Error(`Registration answered ${registration.status}: ${await registration.text()}`);
  const { client_id: clientId } = (await registration.json()) as { client_id: string };
  return manualClient(origin, clientId, redirectUri, options);
}

/** Prepares an authorization request of a public client that `origin` knows. */
export function manualClient(
  origin: string,
  clientId: string,
  redirectUri: string,
  options: { resource?: string; scope?: string } = {},
): ManualClient {
  const codeVerifier = randomBytes(48).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const authorizationUrl = new URL(`${origin}/authorize`);
  authorizationUrl.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: options.resource ?? `${origin}/mcp`,
    state,
    ...(options.scope === undefined ? {} : { scope: options.scope }),
  }).toString();
  const post = (form: Record<string, string>): Promise<Response> =>
    fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(form) });
  return {
    clientId,
    redirectUri,
    codeVerifier,
    state,
    authorizationUrl,
    redeem: (code, change = {}) =>
      post({
        grant_type: 'authorization_code',
        code,
        client_id: clientId,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
        ...change,
      }),
    refresh: (refreshToken, change = {}) =>
      post({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId, ...change }),
  };
}

/** One JSON-RPC POST to an MCP endpoint. */
export async function postMcp(
  url: string,
  accessToken: string | undefined,
  message: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      ...headers,
    },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
}

/** The JSON-RPC message of an answer, from JSON or from the last event of a stream. */
export async function jsonRpcOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  if (!response.headers.get('content-type')?.includes('text/event-stream')) return JSON.parse(text);
  const data = text
    .split('\n')
    .filter((line) => line.startsWith('data:') && line.length > 6)
    .at(-1);
  return JSON.parse(data?.slice(5) ?? 'null');
}

/** The body of an `initialize` request. */
export function initializeRequest(protocolVersion = '2025-11-25'): unknown {
  return {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  };
}
