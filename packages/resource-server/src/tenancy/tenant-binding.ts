import {
  fail,
  type Issuer,
  type JsonObject,
  type ResourceIdentifier,
  succeed,
  type TenantId,
} from '@portcullis/protocol';
import type { AccessTokenVerifier, Verification } from '../access-token-verifier.js';
import type { CustomIssuer, TokenRules, TrustedIssuer } from '../issuers/trusted-issuer.js';
import { rfc9068 } from '../presets/rfc9068.js';

/** An issuer of a tenant's tokens: by its name alone (tokens as RFC 9068 has them), by a preset, or with a verifier. */
export type TenantIssuer = Issuer | TrustedIssuer | CustomIssuer;

/** What a tenant's tokens are held to. */
export interface TenantBinding {
  readonly tenantId: TenantId;
  /** The issuer serves other tenants as well: a token that tells no tenant is nobody's here. */
  readonly isShared: boolean;
  /** Whether an audience is the resource of another tenant. */
  readonly isOfAnotherTenant: (resource: ResourceIdentifier) => boolean;
}

/** @throws {TypeError} for an issuer that is only named: what its tokens tell of their tenant is for its rules to say */
export function checkSharedIssuer(choice: TenantIssuer): void {
  if (typeof choice === 'object' && choice !== null) return;
  throw new TypeError(
    `The issuer ${JSON.stringify(choice)} of all tenants is only named: write the preset of its provider, which knows how tokens tell their tenant, such as portcullis(…) or auth0(…)`,
  );
}

/**
 * The same issuer, tokens of which are good for one tenant alone: what they tell of their tenant has to be that one.
 * Where they tell none and the issuer is the tenant's own, they are of that tenant. A token that is good in itself and
 * made for another tenant's resource fails as `wrong_tenant`, so that the trail tells a crossing from a mistake.
 */
export function bindToTenant(choice: TenantIssuer, binding: TenantBinding): TrustedIssuer | CustomIssuer {
  const issuer = typeof choice === 'string' ? rfc9068(choice) : choice;
  return 'verifier' in issuer
    ? { ...issuer, verifier: bindVerifier(issuer.verifier, binding) }
    : { ...issuer, rules: bindRules(issuer.rules, binding) };
}

function bindRules(rules: TokenRules, binding: TenantBinding): TokenRules {
  return {
    ...rules,
    readClaims(claims, context) {
      const facts = rules.readClaims(claims, context);
      if (!facts.ok) {
        const isCrossing = facts.failure.reason === 'wrong_audience' && namesAnotherTenant(claims, binding);
        return isCrossing ? fail({ reason: 'wrong_tenant' }) : facts;
      }
      return isOfTenant(facts.value.tenantId, binding)
        ? succeed({ ...facts.value, tenantId: binding.tenantId })
        : fail({ reason: 'wrong_tenant' });
    },
  };
}

function bindVerifier(verifier: AccessTokenVerifier, binding: TenantBinding): AccessTokenVerifier {
  function bind(verification: Verification): Verification {
    if (!verification.ok) return verification;
    return isOfTenant(verification.value.tenantId, binding)
      ? succeed({ ...verification.value, tenantId: binding.tenantId })
      : fail({ reason: 'wrong_tenant' });
  }

  return {
    verify(accessToken) {
      const verification = verifier.verify(accessToken);
      return 'ok' in verification ? bind(verification) : verification.then(bind);
    },
  };
}

function isOfTenant(told: TenantId | undefined, binding: TenantBinding): boolean {
  return told === undefined ? !binding.isShared : told === binding.tenantId;
}

function namesAnotherTenant({ aud }: JsonObject, binding: TenantBinding): boolean {
  const audiences = Array.isArray(aud) ? aud : [aud];
  return audiences.some((one) => typeof one === 'string' && binding.isOfAnotherTenant(one));
}
