import { fail, type Issuer, type JsonObject, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import {
  checkAudience,
  checkConfirmation,
  checkTexts,
  firstRefusal,
  LOOSE_TOKEN_TYPES,
  objectOf,
  proofKeyOf,
  scopesOf,
  stringsOf,
  textOf,
} from './claim-rules.js';
import {
  type KeyLocation,
  optionalTexts,
  requireIssuer,
  requireOptions,
  signatureVerification,
} from './preset-options.js';

/** What {@link keycloak} is made from. */
export interface KeycloakOptions extends KeyLocation {
  /** `https://HOST/realms/REALM`, with whatever path the server is reached under before it. */
  readonly issuer: Issuer;
  /**
   * The clients whose roles become permissions, by their client IDs. @defaultValue all whose ID has no colon in it
   */
  readonly rolesOf?: readonly string[];
}

/**
 * A realm of Keycloak, with a mapper that puts the URL of the resource into the audience. Without one, `aud` is
 * `account`, which every token of the realm has, or missing.
 *
 * The header says JWT of all kinds of tokens; the claim `typ` says which it is: Bearer, or DPoP of one that is bound to a
 * key of its client (`cnf.jkt`). `azp` is the client. Permissions are the realm's roles by their names, and the clients' as
 * `client:role`. Since both may have colons in them, a realm role with one is left out, and so are the roles of a client
 * with one that is not named in `rolesOf`. `groups` is what a group membership mapper of that name put there. The tenant
 * is the organization, where the token is of exactly one.
 *
 * Source: keycloak.org/docs, Server Administration Guide, "Audience support", "Client scopes" and "Managing
 * organizations"; `org.keycloak.representations.AccessToken`.
 *
 * @throws {TypeError} when the issuer is not a realm, or `jwksUri` is no https URL
 */
export function keycloak(options: KeycloakOptions): TrustedIssuer {
  requireOptions('keycloak', options);
  const rolesOf = optionalTexts('keycloak', 'rolesOf', options.rolesOf);
  return {
    issuer: requireIssuer('keycloak', options.issuer, {
      provider: 'Keycloak',
      shape: /\/realms\/[^/]+$/,
      example: 'https://HOST/realms/REALM',
    }),
    verification: signatureVerification('keycloak', options),
    rules: {
      preset: 'keycloak',
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
      types: LOOSE_TOKEN_TYPES,
      recipientProof: 'audience',
      takesBoundTokens: true,
      readClaims(claims, { resource }) {
        const refusal = firstRefusal(
          () => checkConfirmation(claims),
          () => (isAccessToken(claims) ? undefined : { reason: 'wrong_type' }),
          () => checkAudience(claims, resource),
          () => checkTexts(claims, ['sub', 'azp']),
        );
        if (refusal !== undefined) return fail(refusal);
        return succeed({
          subject: claims['sub'] as string,
          clientId: claims['azp'] as string,
          scopes: scopesOf(claims['scope']),
          permissions: [...realmRoles(claims), ...clientRoles(claims, rolesOf)],
          groups: stringsOf(claims['groups']),
          tenantId: organizationOf(claims),
          accessTokenId: textOf(claims['jti']),
          proofKey: proofKeyOf(claims),
        });
      },
    },
  };
}

/** One that says DPoP and not to which key it is bound would pass for a bearer token. */
function isAccessToken(claims: JsonObject): boolean {
  return claims['typ'] === 'Bearer' || (claims['typ'] === 'DPoP' && proofKeyOf(claims) !== undefined);
}

function realmRoles(claims: JsonObject): readonly string[] {
  const roles = stringsOf(objectOf(claims['realm_access'])?.['roles']) ?? [];
  return roles.filter((role) => !role.includes(':'));
}

function clientRoles(claims: JsonObject, rolesOf: readonly string[] | undefined): readonly string[] {
  return Object.entries(objectOf(claims['resource_access']) ?? {})
    .filter(([client]) => (rolesOf === undefined ? !client.includes(':') : rolesOf.includes(client)))
    .flatMap(([client, access]) => (stringsOf(objectOf(access)?.['roles']) ?? []).map((role) => `${client}:${role}`));
}

/** An array of aliases, or an object by alias where the mapper adds more. */
function organizationOf(claims: JsonObject): string | undefined {
  const { organization } = claims;
  const names = stringsOf(organization) ?? Object.keys(objectOf(organization) ?? {});
  return names.length === 1 ? textOf(names[0]) : undefined;
}
