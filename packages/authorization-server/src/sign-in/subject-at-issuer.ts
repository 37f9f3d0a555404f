import type { Platform } from '@portcullis/ports';

/**
 * The subject here of somebody whom another issuer vouches for. `sub` is unique at its issuer alone (OpenID Connect Core §2), so
 * both go into it, and nobody at one issuer becomes somebody of another, or of ours, by being called alike. The same
 * person is the same subject, whether an assertion of the issuer names them or they sign in there.
 *
 * @param tenant - of the issuer, where it speaks for several: then `sub` is unique in that alone (draft-ietf-oauth-identity-
 * assertion-authz-grant), and it goes into it as well
 * @returns 43 characters of base64url
 */
export function subjectAtIssuer(hash: Platform['hash'], issuer: string, sub: string, tenant?: string): string {
  return hash(JSON.stringify(tenant === undefined ? [issuer, sub] : [issuer, sub, tenant]));
}
