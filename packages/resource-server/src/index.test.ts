import { expect, it } from 'vitest';
import * as room from './index.js';

it('offers what a host uses, and none of what it is made from', () => {
  expect(Object.keys(room).sort()).toEqual(
    [
      // Guards, and what stands around handlers.
      ...['protectResource', 'protectTenants', 'fetchGuard', 'toAuthInfo', 'callerOfAuthInfo', 'currentCaller'],
      ...['guardTools', 'requirePermission', 'requireScopes', 'requireTenant', 'withCaller', 'createTenantScopes'],
      ...['InsufficientScopeError', 'NotAuthenticatedError', 'PermissionDeniedError', 'TenantMismatchError'],
      'ToolRefusal',
      // Presets.
      ...['PRESETS', 'auth0', 'authentik', 'cognito', 'entra', 'entraTenants', 'google', 'keycloak', 'logto', 'okta'],
      ...['ping', 'portcullis', 'presetOfIssuer', 'rfc9068', 'workos', 'zitadel'],
      // What the gateway is made from.
      ...[
        'PROTECTED_RESOURCE_WELL_KNOWN',
        'buildChallenge',
        'buildProtectedResourceMetadata',
        'readPresentedCredential',
      ],
      ...['createAccessTokenVerifier', 'createRevocationFollower', 'createVerificationKeys', 'recordUnknownKeyStorm'],
      ...['preflightHeaders', 'protectedResourceMetadataUrl', 'searchOf', 'createProofOfPossession', 'resolveDpop'],
      ...['createReplayMemory', 'checkScheme'],
      // What the doctor judges a sample token by.
      ...['MAX_JWK_SET_BYTES', 'MAX_TOKEN_LENGTH', 'DEFAULT_CLOCK_TOLERANCE_SECONDS', 'examineToken'],
    ].sort(),
  );
});
