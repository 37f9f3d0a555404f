import { buildChallenge } from '@portcullis/resource-server';
import type { McpEndpointSettings } from './options.js';
import { type Refusal, unavailable } from './refusal.js';

/** The answers that a credential can earn (RFC 6750 §3.1, RFC 9728 §5.1), built once where nothing varies. */
export class Challenges {
  readonly #settings: McpEndpointSettings;
  readonly #bare: string;
  readonly #invalidToken: string;
  readonly #invalidRequest: string;

  constructor(settings: McpEndpointSettings) {
    this.#settings = settings;
    const { resourceMetadataUrl, policy } = settings;
    this.#bare = buildChallenge({ resourceMetadataUrl, scopes: policy.defaultScopes });
    this.#invalidToken = buildChallenge({ resourceMetadataUrl, scopes: policy.defaultScopes, error: 'invalid_token' });
    this.#invalidRequest = buildChallenge({ resourceMetadataUrl, error: 'invalid_request' });
  }

  /** No access token came along: where to get one, and no error code (RFC 6750 §3.1). */
  missing(): Refusal {
    return {
      status: 401,
      code: -32000,
      message: 'Authorization is required',
      event: 'access_token.refused',
      reason: 'missing',
      headers: { 'www-authenticate': this.#bare },
    };
  }

  /** The access token is not good here, whatever the reason; 503 where that cannot be told right now. */
  invalidToken(reason: string): Refusal {
    if (reason === 'keys_unavailable' || reason === 'revocation_blind') {
      return { ...unavailable('Access tokens cannot be verified right now', reason, 5), event: 'access_token.refused' };
    }
    return {
      status: 401,
      code: -32000,
      message: 'The access token is not valid',
      event: 'access_token.refused',
      reason,
      headers: { 'www-authenticate': this.#invalidToken },
    };
  }

  /** More than one credential, so none is taken. */
  invalidRequest(reason: string): Refusal {
    return {
      status: 400,
      code: -32600,
      message: 'Send one access token, in one Authorization header',
      event: 'access_token.refused',
      reason,
      headers: { 'www-authenticate': this.#invalidRequest },
    };
  }

  /** A good token without the scopes that this operation needs. All of `scopes` are named. */
  insufficientScope(scopes: readonly string[], details: NonNullable<Refusal['details']>): Refusal {
    const challenge = buildChallenge({
      resourceMetadataUrl: this.#settings.resourceMetadataUrl,
      scopes,
      error: 'insufficient_scope',
    });
    return {
      status: 403,
      code: -32000,
      message: 'The access token lacks a scope that this operation needs',
      event: 'mcp.request_denied',
      reason: 'insufficient_scope',
      headers: { 'www-authenticate': challenge },
      data: { error: 'insufficient_scope', scope: scopes.join(' ') },
      details,
    };
  }
}
