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
  readonly authenticatedAtEpochSeconds?: EpochSeconds;
}

/** A signed access token, before it is sent. */
export interface IssuedAccessToken {
  readonly accessToken: string;
  /** `jti` */
  readonly accessTokenId: string;
  readonly expiresInSeconds: number;
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
          jti: accessTokenId,
          iat: now,
          exp: now + lifetimeSeconds,
        },
        signer,
      );
      return { accessToken, accessTokenId, expiresInSeconds: lifetimeSeconds };
    },
  };
}
