import type { Caller } from '../caller.js';
import { callerOfAuthInfo } from './auth-info.js';

/** What both SDKs take for the caller of a request: the common ground of their `AuthInfo` types and the one here. */
export interface RequestAuth {
  token: string;
  clientId: string;
  scopes: string[];
  /** Seconds since the epoch. */
  expiresAt?: number;
  resource?: URL;
  extra?: Record<string, unknown>;
}

/**
 * What a guard leaves on a request, to write beside the type of the framework: `(request: Request & GuardedRequest) => …`
 * is a handler of Express as it is, and with `FastifyRequest` one of Fastify. The frameworks' own types are not added to:
 * that would hold for every request of a program, guarded or not. So both may be missing, for the compiler; where a handler
 * stands behind the guard they are not.
 */
export interface GuardedRequest {
  /** Null on Fastify, undefined on Express, for a request that the guard left alone. */
  readonly auth?: RequestAuth | null;
  readonly caller?: Caller | null;
}

/**
 * Who sent a request that the guard let in; undefined for one that it left alone, or on which something else than a guard
 * wrote. Takes a request of any type, so a handler needs no type of this package.
 */
export function callerOfRequest(request: object): Caller | undefined {
  return callerOfAuthInfo((request as GuardedRequest).auth ?? undefined);
}
