import { join } from 'node:path';
import type { OAuthClientProvider, OAuthTokens } from '@modelcontextprotocol/client';
import { Client, DpopSession, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { MemoryOAuthProvider } from '../../support/memory-provider.js';
import { ROOT } from '../../support/paths.js';
import { start } from '../../support/processes.js';

// Who plays the client side of the official suite's scenarios: the official SDK as the suite's own clients use it, and the
// command of ours that the suite is run with.

/** The revisions of MCP that the suite runs each of its extensions at. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
/** One of them. */
export type Revision = (typeof REVISIONS)[number];

const OWN_CLIENT = join(ROOT, 'test/conformance/client/conformance-client.mjs');
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/**
 * Connects, lists tools and calls one of them, as every client of the suite does.
 *
 * @param person - goes where the authorization server sends the user, and answers with the query they come back with
 * @throws what the SDK throws
 */
export async function playOfficial(
  url: string,
  revision: Revision,
  authProvider: OAuthClientProvider,
  person?: () => Promise<URLSearchParams>,
): Promise<void> {
  const negotiation = revision === '2026-07-28' ? { versionNegotiation: { mode: { pin: revision } } } : {};
  const connect = async () => {
    const client = new Client({ name: 'official', version: '1.0.0' }, negotiation);
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider });
    try {
      await client.connect(transport);
    } catch (error) {
      if (person === undefined || !(error instanceof UnauthorizedError)) throw error;
      await transport.finishAuth(await person());
      return undefined;
    }
    return client;
  };
  const client = (await connect()) ?? (await connect());
  if (client === undefined) throw new Error('The user was asked twice');
  try {
    const { tools } = await client.listTools();
    await client.callTool({ name: tools[0]?.name ?? '', arguments: {} });
  } finally {
    await client.close();
  }
}

/**
 * Runs the command of ours that the official suite runs, on the newest revision, against a server that is not the suite's,
 * and waits for its end.
 *
 * @param context - what the suite would tell it of the scenario
 */
export async function playOwn(
  url: string,
  scenario: string,
  context: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | NodeJS.Signals; readonly stderr: string }> {
  const running = start(process.execPath, [OWN_CLIENT, url], {
    cwd: ROOT,
    env: {
      ...process.env,
      MCP_CONFORMANCE_SCENARIO: scenario,
      MCP_CONFORMANCE_PROTOCOL_VERSION: '2026-07-28',
      MCP_CONFORMANCE_CONTEXT: JSON.stringify({ name: scenario, ...context }),
    },
  });
  return { code: await running.exited, stderr: running.stderr() };
}

/** A workload that shows the token of its platform, once, as the suite's example client does it: the SDK has no such provider. */
export class WorkloadProvider implements OAuthClientProvider {
  readonly redirectUrl = undefined;
  readonly clientMetadata = {
    client_name: 'workload',
    redirect_uris: [],
    grant_types: [JWT_BEARER],
    token_endpoint_auth_method: 'none',
  };
  #tokens: OAuthTokens | undefined;
  #hasAttempted = false;

  constructor(
    readonly assertion: string,
    readonly clientId: string,
  ) {}

  clientInformation() {
    return { client_id: this.clientId };
  }

  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }

  redirectToAuthorization(): void {
    throw new Error('A workload has no browser');
  }

  saveCodeVerifier(): void {}

  codeVerifier(): string {
    throw new Error('A workload has no code');
  }

  prepareTokenRequest(scope?: string): URLSearchParams {
    if (this.#hasAttempted) throw new Error('The word of a platform is not tried again');
    this.#hasAttempted = true;
    const parameters = new URLSearchParams({ grant_type: JWT_BEARER, assertion: this.assertion });
    if (scope !== undefined) parameters.set('scope', scope);
    return parameters;
  }
}

/** An application of a person whose tokens are bound to a key of its own. */
export class DpopProvider extends MemoryOAuthProvider {
  readonly #session = DpopSession.create();

  dpop(): Promise<DpopSession> {
    return this.#session;
  }
}
