import type { Client, RequestContext } from '@portcullis/ports';
import type { OauthParameters, Result } from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import type { IssuedAccessToken } from './access-token.js';

/** What a grant yields, before it is put on the wire. */
export interface IssuedTokens {
  readonly accessToken: IssuedAccessToken;
  readonly scopes: readonly string[];
  /** Undefined for a client that may not refresh. */
  readonly refreshToken: string | undefined;
}

/** Why a grant was refused, and what is known of it by then. */
export interface GrantRefusal {
  readonly reason: RefusalReason;
  readonly grantId?: string;
  readonly subject?: string;
  /** The storage act has recorded the event itself. */
  readonly recorded?: boolean;
}

/** One way to tokens: a `grant_type` and what it takes. */
export interface TokenGrant {
  readonly grantType: string;
  /** The parameter that is the credential of this grant, whose tries are limited; undefined where it is the client's own. */
  readonly credentialParameter: 'code' | 'refresh_token' | undefined;
  /** `client` has proved who it is and may use this grant. A refusal consumes nothing, but a used code or refresh token
   * that comes again ends its grant. */
  exchange(
    core: Core,
    parameters: OauthParameters,
    client: Client,
    context: RequestContext,
  ): Promise<Result<IssuedTokens, GrantRefusal>>;
}
