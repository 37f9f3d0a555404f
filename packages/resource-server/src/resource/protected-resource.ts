import type { WholeResponse } from '@portcullis/ports';
import type { Issuer, JsonValue, ResourceIdentifier } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import type { Caller } from '../caller.js';
import type { ProtectedResourceMetadata } from '../protected-resource-metadata.js';
import type { BodyRefusal } from './refusals.js';
import type { ToolScopes } from './tool-scopes.js';

/** What the trail says of a request beside who calls and what was decided. */
export interface RequestContext {
  /** Where it came from, in whatever form the host writes that: a network address, or the beginning of one. */
  readonly network?: string | undefined;
  /** Joins the events of one request. */
  readonly correlationId?: string | undefined;
}

/** A request as a host has it, before its body is read. Nothing is copied to make one. */
export interface PresentedRequest extends RequestContext {
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
  /**
   * The host has found out by its own routes that the request is for this resource: it is never `elsewhere`, whatever its
   * path. @defaultValue false
   */
  readonly isForResource?: boolean;
}

/** What is to be done with a request. */
export type Admission =
  /** Answer it so: metadata, a preflight, a refusal. */
  | { readonly outcome: 'answered'; readonly response: WholeResponse }
  /** Not about this resource: the host goes on as if nothing were here. */
  | { readonly outcome: 'elsewhere' }
  | AdmittedRequest;

/** A request whose token is good. */
export interface AdmittedRequest {
  readonly outcome: 'admitted';
  readonly caller: Caller;
  /** The token as it came: for exchange at its issuer (RFC 8693), never to be passed on. */
  readonly accessToken: string;
  /** These go on the answer (CORS). */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Whether what the request asks for decides further. Then the host parses the body and calls `authorize`, and lets
   * nothing go on before: the scopes that every request needs are decided there too. Else the body need not be touched.
   */
  readonly needsBody: boolean;
  /** Decides on the parsed body, once: the refusal, or undefined where the request may go on. */
  authorize(body: JsonValue): WholeResponse | undefined;
  /** Refuses a body that could not be parsed, or was not read to its end: nothing unseen goes further. */
  refuseBody(reason: BodyRefusal): WholeResponse;
}

/** A verdict on a token alone, for guards that read requests themselves, as the SDKs' do. */
export type TokenAdmission =
  | { readonly outcome: 'admitted'; readonly caller: Caller }
  | { readonly outcome: 'invalid_token' }
  /** Lacks one of `scopes`, which every request needs. */
  | { readonly outcome: 'insufficient_scope'; readonly scopes: readonly string[] }
  /** Cannot be told right now. */
  | { readonly outcome: 'unavailable' };

/** What adapters need of a resource, or of the resources of all tenants (`protectTenants`). */
export type GuardedResource = Pick<ProtectedResource, 'admit' | 'covers' | 'reportFault'>;

/** A resource behind its guard, on web standards alone. Adapters put it into a framework. */
export interface ProtectedResource {
  readonly resource: ResourceIdentifier;
  /** Where its metadata lies (RFC 9728 §3.1): an absolute URL. */
  readonly metadataUrl: string;
  readonly metadata: ProtectedResourceMetadata;
  /** What each tool needs. Tools that are registered later are declared here. */
  readonly tools: ToolScopes;
  /**
   * Verifies a token for this resource, whatever way it came. It sees a token alone, so one that is bound to a key is
   * refused as `sender_constrained`, and where only those get in, any other as well. Of a refusal, nothing is recorded.
   */
  readonly verifier: AccessTokenVerifier;
  /**
   * Loads the keys of all issuers before the first token comes: for a readiness probe, and so that no caller waits for
   * them. Issuers that are asked about tokens, and those with a verifier of the host's own, are always ready.
   *
   * @returns the issuers whose keys cannot be had now: it is tried again when a token of theirs comes. Never rejects
   */
  prepare(): Promise<readonly Issuer[]>;
  /** Who a verified token calls as: what its scopes imply is worked out. */
  callerOf(token: VerifiedAccessToken): Caller;
  /**
   * Whether a request is about this resource or its metadata.
   *
   * @param target - path and query, as they were sent
   * @param method - where the resource is a whole host, GET, HEAD and OPTIONS of other well-known documents are the
   *   host's. @defaultValue one that is not
   */
  covers(target: string, method?: string): boolean;
  /** Decides on a request by all but its body. At once where the token is known. Never throws, never rejects. */
  admit(request: PresentedRequest): Admission | Promise<Admission>;
  /**
   * Decides on a token alone, and records a refusal. A token that is bound to a key is refused, since the proof cannot be
   * seen here, and where only those get in, any other as well. Never throws, never rejects.
   */
  admitToken(accessToken: string, context?: RequestContext): TokenAdmission | Promise<TokenAdmission>;
  /** Hands `onFault` what was thrown behind the guard, where nobody else is told. Never throws. */
  reportFault(error: unknown, correlationId?: string): void;
}
