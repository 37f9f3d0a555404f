import type { Client, TokenExchangePermission } from '@portcullis/ports';

/** A client as it is shown: everything but secrets. */
export interface ClientView {
  readonly clientId: string;
  readonly clientName: string;
  readonly source: Client['source'];
  readonly tokenEndpointAuthMethod: Client['tokenEndpointAuthMethod'];
  readonly grantTypes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly scopes?: readonly string[];
  readonly jwks?: unknown;
  readonly jwksUri?: string;
  /** The file of its keys, as the configuration names it. It was not read. */
  readonly jwksFile?: string;
  readonly clientUri?: string;
  /** Only begins with a pushed request; absent where the gate's own setting holds. */
  readonly requirePushedAuthorizationRequests?: boolean;
  /** Only gets access tokens that are bound to a key. */
  readonly dpopBoundAccessTokens?: boolean;
  /** Gets nothing by the word of an identity provider alone. */
  readonly consentRequired?: boolean;
  /** Between which resources it exchanges tokens. */
  readonly tokenExchange?: TokenExchangePermission;
  /** Absent for a client of the configuration, which is there as long as it stands there. ISO 8601. */
  readonly createdAt?: string;
  /** When it last came by a token, to the minute; absent before that, and for clients of the configuration. ISO 8601. */
  readonly lastUsedAt?: string;
  /** Whether it does not count, since the configuration has a client of its id; absent where it does, as far as the
   * configuration is at hand. */
  readonly shadowed?: true;
  /** When its metadata document was last fetched. ISO 8601. */
  readonly documentFetchedAt?: string;
}

/** What of a client is shown where somebody said it. */
export function viewRules(client: Client): Partial<ClientView> {
  const { requirePushedAuthorizationRequests, dpopBoundAccessTokens, consentRequired, tokenExchange } = client;
  return {
    ...(requirePushedAuthorizationRequests === undefined ? {} : { requirePushedAuthorizationRequests }),
    ...(dpopBoundAccessTokens === undefined ? {} : { dpopBoundAccessTokens }),
    ...(consentRequired === undefined ? {} : { consentRequired }),
    ...(tokenExchange === undefined ? {} : { tokenExchange }),
  };
}
