import type { WholeResponse } from '@portcullis/ports';
import type { JsonValue, ResourceIdentifier } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import type { Caller } from '../caller.js';
import type { ProtectedResourceMetadata } from '../protected-resource-metadata.js';

/** A request as a host has it, before its body is read. Nothing is copied to make one. */
export interface PresentedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** The value of `Host` or `:authority`; read where tenants are told apart by host, and nowhere else. */
  readonly host: string | undefined;
  /**
   * Names and values in turn, as they came: a parsed header has already dropped a second `Authorization`. A host that
   * only has joined values passes those.
   */
  readonly rawHeaders: readonly string[];
  /** For the trail. */
  readonly network?: string;
  readonly correlationId?: string;
}

/** What is to be done with a request. */
export type Admission =
  /** Answer it so: metadata, a preflight, a refusal. */
  | { readonly outcome: 'answered'; readonly response: WholeResponse }
  /** Not about this resource: the host goes on as if nothing were here. */
  | { readonly outcome: 'elsewhere' }
  /** Its token is good. `headers` go on the answer (CORS). */
  | {
      readonly outcome: 'admitted';
      readonly caller: Caller;
      /** The token as it came: for exchange at its issuer (RFC 8693), never to be passed on. */
      readonly accessToken: string;
      readonly headers: Readonly<Record<string, string>>;
      /**
       * Whether what the request asks for decides further. Then the host parses the body and calls `authorize`; else the
       * body need not be touched.
       */
      readonly needsBody: boolean;
      /** Decides on the parsed body: the refusal, or undefined where the request may go on. */
      readonly authorize: (body: JsonValue) => WholeResponse | undefined;
    };

/** A resource behind its guard, on web standards alone. Adapters put it into a framework. */
export interface ProtectedResource {
  readonly resource: ResourceIdentifier;
  /** Where its metadata lies (RFC 9728 §3.1): an absolute URL. */
  readonly metadataUrl: string;
  readonly metadata: ProtectedResourceMetadata;
  /** Verifies a token for this resource, whatever way it came. */
  readonly verifier: AccessTokenVerifier;
  /** Who a verified token calls as: what its scopes imply is worked out. */
  callerOf(token: VerifiedAccessToken): Caller;
  /** Decides on a request by all but its body. At once where the token is known. Never throws. */
  admit(request: PresentedRequest): Admission | Promise<Admission>;
}
