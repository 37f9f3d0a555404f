import { fail, type Result, succeed } from '../result.js';
import { trimAsciiWhitespace } from '../text/trim-ascii-whitespace.js';
import type { OauthParameters } from './parameters.js';
import { parseScope } from './scope.js';

/** The `grant_type` of a JWT as an authorization grant (RFC 7523 §2.1). */
export const JWT_BEARER_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** The `typ` of an ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant, ID-JAG). */
export const ID_JAG_TYPE = 'oauth-id-jag+jwt';

/** What `authorization_grant_profiles_supported` names where ID-JAGs are accepted (the same draft, metadata). */
export const ID_JAG_GRANT_PROFILE = 'urn:ietf:params:oauth:grant-profile:id-jag';

/** A token request with an assertion (RFC 7523 §2.1, RFC 8707 §2). */
export interface JwtBearerTokenRequest {
  /** Without ASCII whitespace around it, as a shell adds it. Nothing of it is proven. */
  readonly assertion: string;
  /** Absent is whatever the assertion stands for. */
  readonly scopes: readonly string[] | undefined;
  readonly resources: readonly string[];
}

/** Reads and checks the syntax of a grant by assertion. Does not look into the assertion. */
export function parseJwtBearerTokenRequest(
  parameters: OauthParameters,
): Result<JwtBearerTokenRequest, 'assertion_missing' | 'scope_malformed'> {
  const assertion = trimAsciiWhitespace(parameters.value('assertion') ?? '');
  if (assertion === '') return fail('assertion_missing');
  const resources = parameters.values('resource');
  const scope = parameters.value('scope');
  if (scope === undefined) return succeed({ assertion, scopes: undefined, resources });
  const scopes = parseScope(scope);
  return scopes.ok ? succeed({ assertion, scopes: scopes.value, resources }) : scopes;
}
