import { nodePlatform } from '@portcullis/ports/node';
import {
  type AccessTokenFailure,
  protectResource,
  type TrustedIssuer,
  type VerifiedAccessToken,
} from '@portcullis/resource-server';

/** What a verifier finds: the token, or why not. */
export type Verdict = VerifiedAccessToken | AccessTokenFailure['reason'];

/**
 * What a resource server finds in a token that is new to it, when it trusts these issuers and nobody told it more: keys and
 * endpoints come from the issuers' own metadata, over HTTP. Its clock may be ahead of theirs.
 */
export async function verdictOn(
  accessToken: string,
  resource: string,
  issuers: readonly TrustedIssuer[],
  aheadSeconds = 0,
): Promise<Verdict> {
  const clock = { nowEpochSeconds: () => nodePlatform.clock.nowEpochSeconds() + aheadSeconds };
  const { verifier } = protectResource({
    resource,
    authorizationServers: issuers,
    platform: { ...nodePlatform, clock },
    onWarning: () => undefined,
  });
  const verification = await verifier.verify(accessToken);
  return verification.ok ? verification.value : verification.failure.reason;
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

/** The token with claims that its issuer did not sign, under its issuer's signature. */
export function withClaims(token: string, changed: Readonly<Record<string, unknown>>): string {
  const [header, , signature] = token.split('.');
  const claims = Buffer.from(JSON.stringify({ ...claimsOf(token), ...changed })).toString('base64url');
  return [header, claims, signature].join('.');
}
