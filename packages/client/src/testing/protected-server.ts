import { fail, succeed } from '@portcullis/protocol';
import type { FetchLike } from '../http/fetch-transport.js';
import type { Transport, TransportRequest } from '../http/transport.js';
import type { SignIn } from '../sign-in/sign-in.js';

/** What a test answers: a status, a JSON body, headers. */
export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that reached an authorization server or a metadata address. */
export interface SeenRequest extends TransportRequest {
  readonly form: URLSearchParams;
}

type Route = (request: SeenRequest) => Answer | Promise<Answer>;

/** An MCP server and its authorization server, both in this process; every part can be replaced. */
export interface ProtectedServer {
  readonly serverUrl: string;
  readonly issuer: string;
  readonly transport: Transport;
  /** The MCP server. A test may put another one in its place. */
  fetch: FetchLike;
  readonly signIn: SignIn;
  /** By URL without query. A test sets its own. */
  readonly routes: Map<string, Route>;
  /** All that went over `transport`. */
  readonly seen: SeenRequest[];
  /** The authorization URLs that the person was led to. */
  readonly authorizations: URL[];
  /** Access tokens that the MCP server takes, with their scopes. */
  readonly accepted: Map<string, string>;
  /** Requests that reached the MCP server, as their `Authorization`. */
  readonly calls: (string | null)[];
  /** Scopes that the MCP server wants. */
  needed: string;
  /** What comes back from the browser. A test replaces it. */
  respond(authorizationUrl: URL): URLSearchParams;
  /** Requests to the token endpoint of one grant type. */
  tokenRequests(grantType: string): readonly SeenRequest[];
}

/** How it is set up. */
export interface ProtectedServerOptions {
  readonly serverUrl?: string;
  readonly issuer?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly expiresInSeconds?: number;
}

/** An MCP server that does everything right, as far as a client can see. */
export function createProtectedServer(options: ProtectedServerOptions = {}): ProtectedServer {
  const { serverUrl = 'https://mcp.example/mcp', issuer = 'https://as.example', expiresInSeconds = 600 } = options;
  const { origin, pathname } = new URL(serverUrl);
  const prmUrl = `${origin}/.well-known/oauth-protected-resource${pathname}`;
  const seen: SeenRequest[] = [];
  let issued = 0;

  function issue(form: URLSearchParams): Answer {
    issued += 1;
    const accessToken = `at-${issued}`;
    const scope = form.get('scope') ?? server.authorizations.at(-1)?.searchParams.get('scope') ?? '';
    server.accepted.set(accessToken, scope);
    const json = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      refresh_token: `rt-${issued}`,
    };
    return { json: scope === '' ? json : { ...json, scope } };
  }

  const server: ProtectedServer = {
    serverUrl,
    issuer,
    seen,
    routes: new Map<string, Route>([
      [prmUrl, () => ({ json: { resource: serverUrl, authorization_servers: [issuer], scopes_supported: ['a'] } })],
      [
        `${issuer}/.well-known/oauth-authorization-server`,
        () => ({
          json: {
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            registration_endpoint: `${issuer}/register`,
            code_challenge_methods_supported: ['S256'],
            token_endpoint_auth_methods_supported: [
              'none',
              'client_secret_basic',
              'client_secret_post',
              'private_key_jwt',
            ],
            ...options.metadata,
          },
        }),
      ],
      [
        `${issuer}/register`,
        ({ body }) => ({ status: 201, json: { ...JSON.parse(body ?? '{}'), client_id: `client-${seen.length}` } }),
      ],
      [`${issuer}/token`, ({ form }) => issue(form)],
    ]),
    authorizations: [],
    accepted: new Map(),
    calls: [],
    needed: '',
    respond: (url) =>
      new URLSearchParams({ code: 'the-code', state: url.searchParams.get('state') ?? '', iss: issuer }),
    async transport(request) {
      const form = new URLSearchParams(request.body ?? '');
      seen.push({ ...request, form });
      const route = server.routes.get(request.url.split('?')[0] ?? '');
      if (route === undefined) return succeed({ status: 404, headers: new Headers(), body: new Uint8Array() });
      const { status = 200, json, headers = {} } = await route({ ...request, form });
      const body = new TextEncoder().encode(json === undefined ? '' : JSON.stringify(json));
      return body.length > request.maxBytes
        ? fail('too_large')
        : succeed({ status, headers: new Headers(headers), body });
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const authorization = request.headers.get('authorization');
      server.calls.push(authorization);
      const scopes = server.accepted.get(authorization?.replace('Bearer ', '') ?? '')?.split(' ');
      const metadata = `resource_metadata="${prmUrl}"`;
      if (scopes === undefined) {
        const headers = { 'WWW-Authenticate': `Bearer ${metadata}` };
        return new Response(null, { status: 401, headers });
      }
      const isEnough = server.needed === '' || server.needed.split(' ').every((scope) => scopes.includes(scope));
      const challenge = `Bearer error="insufficient_scope", scope="${server.needed}", ${metadata}`;
      return isEnough
        ? new Response(`ok ${await request.text()}`)
        : new Response(null, { status: 403, headers: { 'WWW-Authenticate': challenge } });
    },
    signIn: {
      begin: async () => ({
        redirectUri: 'http://127.0.0.1:1234/callback',
        async run(url, receive) {
          server.authorizations.push(url);
          await receive(server.respond(url));
        },
        end: async () => {},
      }),
    },
    tokenRequests: (grantType) =>
      seen.filter(({ url, form }) => url.endsWith('/token') && form.get('grant_type') === grantType),
  };
  return server;
}
