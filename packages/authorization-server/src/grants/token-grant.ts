import type { Client, RequestContext } from '@portcullis/ports';
import type { OauthParameters, ResourceIdentifier, Result } from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import type { Settings } from '../settings.js';
import type { IssuedAccessToken } from './access-token.js';

/** What a grant yields, before it is put on the wire. */
export interface IssuedTokens {
  readonly accessToken: IssuedAccessToken;
  readonly scopes: readonly string[];
  /** Undefined for a client that may not refresh. */
  readonly refreshToken: string | undefined;
  /** The resource, where the answer names it (draft-ietf-oauth-identity-assertion-authz-grant). @defaultValue it does not */
  readonly resource?: string;
  /** Of an exchange, which names the type of what it issued (RFC 8693 §2.2.1). @defaultValue none */
  readonly issuedTokenType?: string;
}

/** Why a grant was refused, and what is known of it by then. */
export interface GrantRefusal {
  readonly reason: RefusalReason;
  readonly grantId?: string;
  readonly subject?: string;
  /** What the reason alone does not say, for the trail. */
  readonly detail?: string;
  /** When it is worth asking again, where somebody else's keys cannot be had: nothing was judged. @defaultValue it was */
  readonly retryAfterSeconds?: number;
  /** There is nothing left to record: the storage act has done so itself, or nothing happened. */
  readonly recorded?: boolean;
}

/** A token request, as far as it is the same for every grant. */
export interface UnauthenticatedTokenRequest {
  readonly parameters: OauthParameters;
  readonly context: RequestContext;
  /** RFC 7638 thumbprint of the key that the request proved to hold (RFC 9449 §5); undefined without a proof. */
  readonly proofKey: string | undefined;
  /**
   * Uses up what is good for one request: the assertion of the client, and the proof; why the request is refused where one was used
   * before, or where there is no proof and `resource` takes bound tokens alone. A grant calls it once, when all its facts are good and before it
   * signs or stores anything: what is refused uses up neither, and costs the store no row.
   */
  useProofFor(resource: ResourceIdentifier): Promise<RefusalReason | undefined>;
}

/** A token request whose client has proved who it is, and may use the grant. */
export interface TokenRequest extends UnauthenticatedTokenRequest {
  readonly client: Client;
}

/** The answer of a grant. A refusal consumes nothing, but a used code or refresh token that comes again ends its grant. */
export type GrantOutcome = Promise<Result<IssuedTokens, GrantRefusal>>;

/** One way to tokens: a `grant_type` and what it takes. */
export interface TokenGrant {
  readonly grantType: string;
  /** The parameter that is the credential of this grant, whose tries are limited; undefined where it is the client's own. */
  readonly credentialParameter: 'code' | 'refresh_token' | 'device_code' | 'assertion' | 'subject_token' | undefined;
  /** Whether there is this grant with these settings. @defaultValue there is */
  isOffered?(settings: Settings): boolean;
  exchange(core: Core, request: TokenRequest): GrantOutcome;
  /**
   * Of a grant that some requests need no client for: how this one is answered, as long as no client proves itself with it
   * (RFC 7523 §3.1); undefined where it needs one. @defaultValue every request needs one
   */
  readonly withoutClient?: (
    core: Core,
    parameters: OauthParameters,
  ) => ((request: UnauthenticatedTokenRequest) => GrantOutcome) | undefined;
}
