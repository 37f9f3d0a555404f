import type { Issuer, JsonObject } from '@portcullis/protocol';
import type { PresetName } from './preset.js';

type Shape = readonly [PresetName, RegExp];

/** Hosts of the providers themselves, and paths that only one product has. Anchored: a look-alike host is another host. */
const ISSUER_SHAPES: readonly Shape[] = [
  ['entra', /^https:\/\/login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn)\//],
  ['entra', /^https:\/\/sts\.windows\.net\//],
  ['cognito', /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\//],
  ['okta', /^https:\/\/[a-z0-9-]+\.(?:okta|oktapreview|okta-emea)\.com(?:\/oauth2\/[A-Za-z0-9]+)?$/],
  ['auth0', /^https:\/\/[a-z0-9-]+(?:\.[a-z]{2})?\.auth0\.com\/?$/],
  ['google', /^https:\/\/accounts\.google\.com\/?$/],
  ['ping', /^https:\/\/auth\.pingone\.(?:com|eu|ca|asia|com\.au|sg)\/[^/]+\/as$/],
  ['workos', /^https:\/\/[a-z0-9-]+\.authkit\.app\/?$/],
  ['logto', /^https:\/\/[a-z0-9-]+\.logto\.app\/oidc$/],
  ['zitadel', /^https:\/\/[a-z0-9.-]+\.zitadel\.cloud\/?$/],
  ['keycloak', /^https?:\/\/[^/?#]+(?:\/[^?#]+)?\/realms\/[^/?#]+$/],
  ['authentik', /^https?:\/\/[^/?#]+(?:\/[^?#]+)?\/application\/o\/[^/?#]+\/$/],
];

/** Paths of token endpoints, for issuers at a domain of their own. */
const TOKEN_ENDPOINT_SHAPES: readonly Shape[] = [
  ['keycloak', /\/realms\/[^/?#]+\/protocol\/openid-connect\/token$/],
  ['authentik', /\/application\/o\/token\/$/],
  ['okta', /\/oauth2\/[A-Za-z0-9]+\/v1\/token$/],
  // At the root of its host, unlike others that have a path of this name.
  ['logto', /^https?:\/\/[^/?#]+\/oidc\/token$/],
  ['zitadel', /\/oauth\/v2\/token$/],
];

/**
 * Guesses which provider an issuer belongs to, from the shape of its identifier, and, where that tells nothing, from the
 * path of the token endpoint in its metadata (RFC 8414 §2). Undefined where neither is of a known shape.
 *
 * A guess is for advice alone. Which rules hold for an issuer is for its operator to say.
 */
export function presetOfIssuer(issuer: Issuer, metadata?: JsonObject): PresetName | undefined {
  const tokenEndpoint = metadata?.['token_endpoint'];
  return (
    ISSUER_SHAPES.find(([, shape]) => shape.test(issuer))?.[0] ??
    (typeof tokenEndpoint === 'string'
      ? TOKEN_ENDPOINT_SHAPES.find(([, shape]) => shape.test(tokenEndpoint))?.[0]
      : undefined)
  );
}
