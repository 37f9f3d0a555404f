import { fail } from '@portcullis/protocol';
import { decodeJwt, importJWK, type JWK } from 'jose';
import { type AccessTokenVerifier, createAccessTokenVerifier } from '../access-token-verifier.js';
import { createVerificationKeys, type VerificationKey } from '../verification-keys.js';
import type { AuthorizationServerChoice, CustomIssuer, ResourceSettings } from './options.js';

/** The one verifier for all the issuers of a resource. */
export function createVerifierOf(settings: ResourceSettings): AccessTokenVerifier {
  const verifiers = new Map(
    settings.authorizationServers.map((choice, index) => [
      settings.issuers[index] ?? '',
      isCustom(choice) ? choice.verifier : createJwtVerifierOf(choice, settings),
    ]),
  );
  const [only] = verifiers.values();
  if (verifiers.size === 1 && only !== undefined) return only;
  return {
    verify(accessToken) {
      let issuer: unknown;
      try {
        issuer = decodeJwt(accessToken).iss;
      } catch {
        return fail({ reason: 'malformed' });
      }
      return verifiers.get(String(issuer))?.verify(accessToken) ?? fail({ reason: 'wrong_issuer' });
    },
  };
}

/** Whether a choice brings a verifier of its own. */
export function isCustom(choice: AuthorizationServerChoice): choice is CustomIssuer {
  return typeof choice === 'object' && 'verifier' in choice;
}

function createJwtVerifierOf(
  choice: Exclude<AuthorizationServerChoice, CustomIssuer>,
  settings: ResourceSettings,
): AccessTokenVerifier {
  const issuer = typeof choice === 'string' ? choice : choice.issuer;
  const verification = typeof choice === 'string' ? undefined : choice.verification;
  const jwksUri = (verification?.method === 'signature' ? verification.jwksUri : undefined) ?? `${issuer}/jwks`;
  const { platform, resource, revocations, clockToleranceSeconds, cacheSize } = settings;
  return createAccessTokenVerifier({
    platform,
    issuer,
    resource,
    revocations,
    clockToleranceSeconds,
    cacheSize,
    // Tokens of issuers without tenants have none.
    tenantId: settings.tenantId as string,
    ...(typeof choice === 'string' ? {} : { algorithms: choice.rules.algorithms }),
    keys: createVerificationKeys({ clock: platform.clock, load: () => loadKeys(settings.fetch, jwksUri) }),
  });
}

async function loadKeys(fetch: ResourceSettings['fetch'], jwksUri: string): Promise<readonly VerificationKey[]> {
  const response = await fetch(jwksUri, { headers: { accept: 'application/json' }, redirect: 'error' });
  if (!response.ok) throw new Error(`The keys answered ${response.status}`);
  const { keys } = (await response.json()) as { keys: JWK[] };
  return Promise.all(
    keys.map(async (jwk) => ({
      keyId: jwk.kid ?? '',
      algorithm: jwk.alg ?? '',
      publicKey: (await importJWK(jwk)) as CryptoKey,
    })),
  );
}
