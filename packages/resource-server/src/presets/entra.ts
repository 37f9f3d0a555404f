import { fail, type Issuer, type JsonObject, type Result, succeed } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { TokenFacts, TrustedIssuer } from '../issuers/trusted-issuer.js';
import {
  checkAudience,
  checkNoIdToken,
  checkTexts,
  firstRefusal,
  scopesOf,
  scopesOfList,
  stringsOf,
  textOf,
} from './claim-rules.js';
import { requireOptions, requireText, requireTexts } from './preset-options.js';

/** What {@link entra} is made from. */
export interface EntraOptions {
  /** The directory (tenant) ID: a GUID. Never `common`, `organizations` or `consumers`: those are everybody. */
  readonly tenant: string;
  /**
   * What `aud` may be: the Application (client) ID of the API, which it is in every v2 token, or an Application ID URI
   * (`api://…`, or the URL of the resource), which it may be in v1 tokens. One, or several of the same API.
   */
  readonly api: string | readonly string[];
  /** The cloud that the tenant lives in. @defaultValue 'https://login.microsoftonline.com' */
  readonly authority?: (typeof AUTHORITIES)[number];
  /**
   * Take v1.0 tokens instead (`https://sts.windows.net/TENANT/`), as an API gets them whose manifest does not ask for
   * version 2. Public cloud only. @defaultValue '2.0'
   */
  readonly tokenVersion?: '1.0' | '2.0';
}

/** What {@link entraTenants} is made from. */
export interface EntraTenantsOptions extends Omit<EntraOptions, 'tenant'> {
  /** The directory (tenant) IDs that may come in. */
  readonly tenants: readonly string[];
}

const AUTHORITIES = [
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.partner.microsoftonline.cn',
] as const;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * One tenant of Microsoft Entra ID.
 *
 * The audience is the application that the API is registered as, not the URL of the resource. `tid` is the configured
 * tenant, as is the one in `iss`. A header with `nonce` is of a token for Microsoft Graph. ID tokens have no `scp`; a
 * program has `idtyp` app (an optional claim that has to be switched on) and at least one role. The tenant and `oid` are
 * the subject, since `sub` is another for each application. Roles are permissions, and the scopes of a program. Groups
 * are unknown where they are too many to be in the token (`hasgroups`, `_claim_names`).
 *
 * Source: learn.microsoft.com/entra/identity-platform, "Access token claims reference", "Secure applications and APIs by
 * validating claims" and "Optional claims reference".
 *
 * @throws {TypeError} when the tenant is no GUID, or there is no API
 */
export function entra(options: EntraOptions): TrustedIssuer {
  requireOptions('entra', options);
  const tenant = requireText(
    'entra',
    'tenant',
    options.tenant,
    GUID,
    'the directory (tenant) ID, a GUID in lower case: `common`, `organizations` and `consumers` let in everybody, and a domain name is in no token',
  );
  const apis = requireTexts('entra', 'api', typeof options.api === 'string' ? [options.api] : options.api);
  const { authority = AUTHORITIES[0], tokenVersion = '2.0' } = options;
  if (!AUTHORITIES.includes(authority))
    throw new TypeError(`entra: \`authority\` must be one of ${AUTHORITIES.join(', ')}`);
  if (tokenVersion !== '1.0' && tokenVersion !== '2.0') throw new TypeError('entra: `tokenVersion` must be 1.0 or 2.0');
  const isV1 = tokenVersion === '1.0';
  if (isV1 && authority !== AUTHORITIES[0]) {
    throw new TypeError(
      'entra: v1.0 tokens are taken from the public cloud only; set requestedAccessTokenVersion to 2',
    );
  }
  return {
    issuer: isV1 ? `https://sts.windows.net/${tenant}/` : `${authority}/${tenant}/v2.0`,
    // The issuer of v1.0 is at another host than its keys.
    verification: isV1
      ? { method: 'signature', jwksUri: `${authority}/${tenant}/discovery/keys` }
      : { method: 'signature' },
    rules: {
      preset: 'entra',
      algorithms: ['RS256'],
      types: ['jwt', 'at+jwt'],
      recipientProof: 'audience',
      checkHeader: ({ members }) => ('nonce' in members ? { reason: 'wrong_type' } : undefined),
      acceptsKey: (jwk, issuer) => isKeyOf(jwk, issuer, tenant, `${authority}/${tenant}/v2.0`),
      readClaims: (claims) => readEntraClaims(claims, tenant, apis, tokenVersion),
    },
  };
}

/**
 * Several tenants of Microsoft Entra ID that use the same API: an issuer for each, since each has its own.
 *
 * @throws {TypeError} as {@link entra}, and when there is no tenant, or one twice
 */
export function entraTenants(options: EntraTenantsOptions): readonly TrustedIssuer[] {
  requireOptions('entraTenants', options);
  const tenants = requireTexts('entraTenants', 'tenants', options.tenants);
  if (new Set(tenants).size !== tenants.length) throw new TypeError('entraTenants: a tenant is named twice');
  const { tenants: _, ...shared } = options;
  return tenants.map((tenant) => entra({ ...shared, tenant }));
}

/** Entra's key sets say of which issuer a key is, with `{tenantid}` where it is one of every tenant's. */
function isKeyOf(jwk: JsonObject, issuer: Issuer, tenant: string, v2Issuer: Issuer): boolean {
  const { issuer: named } = jwk;
  if (named === undefined) return true;
  if (typeof named !== 'string') return false;
  const resolved = named.replace('{tenantid}', tenant);
  return resolved === issuer || resolved === v2Issuer;
}

function readEntraClaims(
  claims: JsonObject,
  tenant: string,
  apis: readonly string[],
  version: '1.0' | '2.0',
): Result<TokenFacts, AccessTokenFailure> {
  const clientClaim = version === '1.0' ? 'appid' : 'azp';
  const roles = stringsOf(claims['roles']) ?? [];
  const isProgram = claims['idtyp'] === 'app' && claims['scp'] === undefined;
  const refusal = firstRefusal(
    () => checkNoIdToken(claims),
    () => (claims['ver'] === version ? undefined : { reason: 'claim_malformed', claim: 'ver' }),
    () => (claims['tid'] === tenant ? undefined : { reason: 'wrong_tenant' }),
    () => checkAudience(claims, ...apis),
    () => checkTexts(claims, ['oid', clientClaim]),
    // Without either it is an ID token, or of a program that was given nothing.
    () => (isProgram && roles.length > 0 ? undefined : checkTexts(claims, ['scp'])),
  );
  if (refusal !== undefined) return fail(refusal);
  return succeed({
    subject: `${tenant}|${claims['oid']}`,
    clientId: claims[clientClaim] as string,
    scopes: isProgram ? scopesOfList(claims['roles']) : scopesOf(claims['scp']),
    permissions: roles,
    groups: hasTooManyGroups(claims) ? undefined : stringsOf(claims['groups']),
    tenantId: tenant,
    accessTokenId: textOf(claims['uti']),
  });
}

function hasTooManyGroups(claims: JsonObject): boolean {
  const elsewhere = claims['_claim_names'];
  const isElsewhere = typeof elsewhere === 'object' && elsewhere !== null && 'groups' in elsewhere;
  return isElsewhere || claims['hasgroups'] !== undefined;
}
