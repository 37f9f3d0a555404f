import { describeDpopRefusal } from '@portcullis/protocol/dpop-proof';
import {
  type AuthenticationScheme,
  buildChallenge,
  type ProofFailure,
  type SchemeRefusal,
  type VerifiedAccessToken,
} from '@portcullis/resource-server';
import type { McpEndpointSettings } from './options.js';
import { type Refusal, unavailable } from './refusal.js';

/**
 * The answers that a credential can earn (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9728 §5.1), built once where nothing varies. A
 * challenge is of the scheme that the credential came by, of `Bearer` where none came, and of `DPoP` always where only bound
 * tokens get in.
 */
export class Challenges {
  readonly #settings: McpEndpointSettings;
  readonly #bare: string;
  readonly #invalidToken: Readonly<Record<AuthenticationScheme, string>>;
  readonly #invalidRequest: string;
  /** What `htu` of a proof has to name: from configuration, never from the request. The host has matched the path. */
  readonly proofAddress: string;

  constructor(settings: McpEndpointSettings) {
    this.#settings = settings;
    const { resourceMetadataUrl, policy } = settings;
    const { origin, pathname } = new URL(settings.resource);
    this.proofAddress = origin + pathname;
    const scopes = policy.defaultScopes;
    const invalidToken = (scheme: AuthenticationScheme): string =>
      buildChallenge({ scheme: this.#schemeFor(scheme), resourceMetadataUrl, scopes, error: 'invalid_token' });
    this.#bare = buildChallenge({ scheme: this.#schemeFor('Bearer'), resourceMetadataUrl, scopes });
    this.#invalidToken = { Bearer: invalidToken('Bearer'), DPoP: invalidToken('DPoP') };
    this.#invalidRequest = buildChallenge({
      scheme: this.#schemeFor('Bearer'),
      resourceMetadataUrl,
      error: 'invalid_request',
    });
  }

  #schemeFor(scheme: AuthenticationScheme): AuthenticationScheme {
    return this.#settings.dpop.isRequired ? 'DPoP' : scheme;
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
  invalidToken(reason: string, scheme: AuthenticationScheme): Refusal {
    if (reason === 'keys_unavailable' || reason === 'revocation_blind') {
      return { ...unavailable('Access tokens cannot be verified right now', reason, 5), event: 'access_token.refused' };
    }
    return {
      status: 401,
      code: -32000,
      message: 'The access token is not valid',
      event: 'access_token.refused',
      reason,
      headers: { 'www-authenticate': this.#invalidToken[scheme] },
    };
  }

  /** The access token was good, and was revoked meanwhile. */
  revoked(accessToken: VerifiedAccessToken): Refusal {
    return this.invalidToken('revoked', schemeOf(accessToken));
  }

  /** The access token is good, and came by the wrong scheme. */
  wrongScheme({ event, reason, description }: SchemeRefusal): Refusal {
    return { ...this.#describedByDpop('invalid_token', description), event, reason };
  }

  /** Whoever sent the token has not proven to hold its key, or has to do so with a nonce (RFC 9449 §7.1, §9). */
  invalidProof({ error, reason, nonce }: ProofFailure): Refusal {
    const { headers, ...described } = this.#describedByDpop(error, describeDpopRefusal(reason, this.proofAddress));
    return {
      ...described,
      event: 'access_token.unproven',
      reason,
      headers: nonce === undefined ? headers : { ...headers, 'dpop-nonce': nonce },
    };
  }

  #describedByDpop(error: 'invalid_token' | ProofFailure['error'], errorDescription: string) {
    const { resourceMetadataUrl, policy } = this.#settings;
    const scopes = policy.defaultScopes;
    const challenge = buildChallenge({ scheme: 'DPoP', resourceMetadataUrl, scopes, error, errorDescription });
    return { status: 401, code: -32000, message: errorDescription, headers: { 'www-authenticate': challenge } };
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
  insufficientScope(
    scopes: readonly string[],
    details: NonNullable<Refusal['details']>,
    accessToken: VerifiedAccessToken,
  ): Refusal {
    const challenge = buildChallenge({
      scheme: this.#schemeFor(schemeOf(accessToken)),
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

/** The scheme that a token which was let in came by. */
function schemeOf({ proofKey }: VerifiedAccessToken): AuthenticationScheme {
  return proofKey === undefined ? 'Bearer' : 'DPoP';
}
