import { parseEndpointUrl } from '@portcullis/protocol';
import { createFetchTransport } from '../http/fetch-transport.js';
import { readJsonObject, textMember } from '../http/json-object.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { requestTokens } from '../tokens/token-endpoint.js';
import { tokenRefusal } from '../tokens/token-refusal.js';
import type { Grant, GrantContext } from './grant.js';
import { JWT_BEARER } from './workload-identity.js';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_JAG_TYPE = 'urn:ietf:params:oauth:token-type:id-jag';
const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token';

/** The identity provider of the enterprise, and who this client is there. */
export interface EnterpriseManagedOptions {
  /** The token endpoint of the identity provider: configured, never discovered through the server. */
  readonly identityProviderTokenEndpoint: string;
  /** This client at the identity provider. */
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The ID token of the person who signed in at the identity provider; asked for at every call. */
  idToken(): Promise<string>;
  /**
   * The way to the identity provider alone, which the operator chose and which may well stand in a private network. What the
   * MCP server names is reached by the transport of the session, and by no other.
   *
   * @defaultValue the platform's `fetch`: any address, no redirect
   */
  readonly transport?: Transport;
}

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MILLISECONDS = 10_000;

/**
 * A person whose employer decides what may be reached (MCP extension Enterprise-Managed Authorization): the ID token is
 * exchanged at the identity provider for an identity assertion grant (ID-JAG) that is for one authorization server and
 * one resource, and that for an access token there. No browser, no consent page.
 */
export function enterpriseManaged(options: EnterpriseManagedOptions): Grant {
  const toIdentityProvider = options.transport ?? createFetchTransport(globalThis.fetch);
  if (!parseEndpointUrl(options.identityProviderTokenEndpoint).ok) {
    throw new OAuthClientError('configuration_invalid', 'identityProviderTokenEndpoint must be an https URL.');
  }
  return {
    kind: 'id_jag',
    async obtain(context) {
      const { transport, server, scopes, dpopKey } = context;
      const client = await context.chooseClient({ redirectUri: undefined, grantTypes: [JWT_BEARER], scopes });
      const answer = await requestTokens(transport, server, client, {
        grantType: JWT_BEARER,
        parameters: {
          assertion: await exchangeIdToken(context, options, toIdentityProvider),
          ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
        },
        dpopKey,
      });
      if (!answer.ok) throw tokenRefusal(answer, scopes);
      return { client, response: answer.value };
    },
  };
}

/** RFC 8693, at the identity provider. Its answer is no token response: `token_type` is `N_A`. */
async function exchangeIdToken(
  { server, resource, scopes }: GrantContext,
  options: EnterpriseManagedOptions,
  transport: Transport,
): Promise<string> {
  const form = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    requested_token_type: ID_JAG_TYPE,
    subject_token: await options.idToken(),
    subject_token_type: ID_TOKEN_TYPE,
    audience: server.issuer,
    resource,
    client_id: options.clientId,
  });
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  if (options.clientSecret !== undefined) form.set('client_secret', options.clientSecret);
  const answer = await transport({
    url: options.identityProviderTokenEndpoint,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    maxBytes: MAX_BYTES,
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  if (!answer.ok) {
    throw new OAuthClientError('server_unavailable', 'The identity provider does not answer. Try again later.');
  }
  const { status, body } = answer.value;
  const json = status === 200 ? readJsonObject(body) : undefined;
  const assertion = json === undefined ? undefined : textMember(json, 'access_token');
  if (json !== undefined && assertion !== undefined && json['issued_token_type'] === ID_JAG_TYPE) return assertion;
  throw new OAuthClientError(
    'token_refused',
    `The identity provider issued no assertion for this server (HTTP ${status}). Its administrator decides which applications may reach which servers.`,
    { status },
  );
}
