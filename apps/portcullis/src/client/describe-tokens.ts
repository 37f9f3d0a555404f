import type { TokenSet } from '@portcullis/client';
import { isoTime } from '../cli/format-table.js';
import type { StorePlace } from './open-session.js';
import { formatSeconds } from './waiting.js';

/** A sign-in, as commands print it. No token is part of it. */
export interface SignInView {
  readonly serverUrl: string;
  readonly profile: string;
  /** Whether there is a token that is good, or that is renewed without a person. */
  readonly signedIn: boolean;
  /** Who issued the tokens. */
  readonly issuer?: string;
  readonly resource?: string;
  readonly clientId?: string;
  readonly scopes?: readonly string[];
  /** Of the access token; absent where the server did not say. */
  readonly expiresAt?: string;
  /** Whether it is renewed without a person. */
  readonly isRenewable?: boolean;

  readonly tokenType?: 'Bearer' | 'DPoP';
  readonly store: StorePlace;
}

/** What of a sign-in may be shown. */
export function viewSignIn(
  serverUrl: URL,
  profile: string,
  tokens: TokenSet | undefined,
  store: StorePlace,
  nowMilliseconds = Date.now(),
): SignInView {
  const place = { serverUrl: serverUrl.href, profile, store };
  if (tokens === undefined) return { ...place, signedIn: false };
  const { issuer, resource, clientId, scopes, expiresAtEpochSeconds, refreshToken, tokenType } = tokens;
  return {
    ...place,
    signedIn:
      refreshToken !== undefined || (expiresAtEpochSeconds ?? Number.POSITIVE_INFINITY) * 1000 > nowMilliseconds,
    issuer,
    resource,
    clientId,
    scopes,
    ...(expiresAtEpochSeconds === undefined ? {} : { expiresAt: isoTime(expiresAtEpochSeconds) }),
    isRenewable: refreshToken !== undefined,
    tokenType,
  };
}

/** The same as facts for a table. */
export function signInFacts(view: SignInView, nowMilliseconds: number): readonly (readonly [string, string])[] {
  const { serverUrl, profile, issuer, resource, clientId, scopes = [], store } = view;
  const where = [
    ['kept in', store.directory],
    ['protection', store.protection],
  ] as const;
  if (issuer === undefined) return [['server', serverUrl], ['profile', profile], ...where];
  return [
    ['server', serverUrl],
    ['profile', profile],
    ['signed in at', issuer],
    ...(resource === serverUrl ? [] : [['resource', resource ?? ''] as const]),
    ['client', clientId ?? ''],
    ['scopes', scopes.length === 0 ? 'the server did not say' : scopes.join(' ')],
    ['access token', describeExpiry(view, nowMilliseconds)],
    ...where,
  ];
}

function describeExpiry({ expiresAt, isRenewable, tokenType }: SignInView, nowMilliseconds: number): string {
  const kind = tokenType === 'DPoP' ? 'bound to a key of this program; ' : '';
  // Who signed in is not kept: it may have been a machine, which does so again by itself.
  const anew = 'a new sign-in is needed, which a machine makes by itself (--client-credentials)';
  const after = isRenewable === true ? 'then renewed by itself' : `then ${anew}`;
  if (expiresAt === undefined) return `${kind}good until the server refuses it, ${after}`;
  const seconds = Math.floor((Date.parse(expiresAt) - nowMilliseconds) / 1000);
  if (seconds > 0) return `${kind}good for ${formatSeconds(seconds)} more (until ${expiresAt}), ${after}`;
  return `${kind}ended at ${expiresAt}; ${isRenewable === true ? 'renewed when it is next used' : anew}`;
}
