import type { Platform } from '@portcullis/ports';
import { base64Url } from '@portcullis/ports';
import { type EpochSeconds, formatScope, type ResourceIdentifier } from '@portcullis/protocol';
import { signJwt } from '../keys/sign-jwt.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import type { Settings } from '../settings.js';

/** What an access token says. */
export interface AccessTokenFacts {
  readonly subject: string;
  readonly clientId: string;
  /** The one audience. */
  readonly resource: ResourceIdentifier;
  readonly scopes: readonly string[];
  readonly grantId: string;
  /** When the user proved who they are. A refresh does not change it (RFC 9068 §2.2.1). Absent without a user. */
  readonly authenticatedAtEpochSeconds?: EpochSeconds | undefined;
  /** RFC 7638 thumbprint of the key that it is bound to (RFC 9449 §6.1). @defaultValue bound to none */
  readonly proofKey?: string | undefined;
  /** Who acts for the subject (RFC 8693 §4.1). @defaultValue nobody but the client */
  readonly actor?: Actor | undefined;
  /** It ends no later than this. @defaultValue its full lifetime */
  readonly endsAtEpochSeconds?: EpochSeconds | undefined;
}

/** Who acts for somebody, and through whom: the last to act comes first. */
export interface Actor {
  readonly sub: string;
  /** Who calls them so. @defaultValue this issuer */
  readonly iss?: string;
  /** What kind of actor `iss` says it is, such as `ai_agent`. @defaultValue it does not say */
  readonly sub_profile?: string;
  readonly act?: Actor;
}

/** A signed access token, before it is sent. */
export interface IssuedAccessToken {
  readonly accessToken: string;
  /** `jti` */
  readonly accessTokenId: string;
  readonly expiresInSeconds: number;
  /** `token_type`: how it is presented. */
  readonly tokenType: 'Bearer' | 'DPoP';
}

/** Signs access tokens (RFC 9068). */
export interface AccessTokenIssuer {
  /** @throws {SigningUnavailableError} when there is no signature to be had now */
  issue(facts: AccessTokenFacts, now: EpochSeconds): Promise<IssuedAccessToken>;
}

/** JWTs of the type `at+jwt`, with exactly one `aud`, by the key that signs at that moment. Signing stores nothing. */
export function createAccessTokenIssuer(
  platform: Platform,
  signingKeys: SigningKeys,
  settings: Settings,
): AccessTokenIssuer {
  const lifetimeSeconds = settings.lifetimes.accessTokenSeconds;
  return {
    async issue(facts, now) {
      const expiresInSeconds = Math.min(lifetimeSeconds, (facts.endsAtEpochSeconds ?? Number.POSITIVE_INFINITY) - now);
      const accessTokenId = base64Url(platform.random.bytes(16));
      const { keyId, algorithm, signer } = await signingKeys.current();
      const accessToken = await signJwt(
        { alg: algorithm, typ: 'at+jwt', kid: keyId },
        {
          iss: settings.issuer,
          sub: facts.subject,
          aud: facts.resource,
          client_id: facts.clientId,
          scope: formatScope(facts.scopes),
          tenant_id: settings.tenantId,
          grant_id: facts.grantId,
          auth_time: facts.authenticatedAtEpochSeconds,
          act: facts.actor,
          cnf: facts.proofKey === undefined ? undefined : { jkt: facts.proofKey },
          jti: accessTokenId,
          iat: now,
          exp: now + expiresInSeconds,
        },
        signer,
      );
      const tokenType = facts.proofKey === undefined ? 'Bearer' : 'DPoP';
      return { accessToken, accessTokenId, expiresInSeconds, tokenType };
    },
  };
}
