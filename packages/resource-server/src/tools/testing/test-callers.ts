import { createScopeHierarchy } from '@portcullis/protocol';
import { type AuthInfo, toAuthInfo } from '../../adapters/auth-info.js';
import type { Caller } from '../../caller.js';

export const RESOURCE = {
  resource: 'https://mcp.example/files/mcp',
  metadataUrl: 'https://mcp.example/.well-known/oauth-protected-resource/files/mcp',
};

const hold = createScopeHierarchy([
  { name: 'files', implies: ['files:read', 'files:write'] },
  { name: 'files:write', implies: ['files:read'] },
]);

/** A caller as a guard would have made one: `files` implies `files:write`, and that `files:read`. */
export function callerWith(parts: Partial<Caller> = {}): Caller {
  const scopes = parts.scopes ?? [];
  return {
    tenantId: undefined,
    issuer: 'https://as.example',
    resource: RESOURCE.resource,
    subject: 'alice',
    clientId: 'client',
    scopes,
    permissions: [],
    groups: undefined,
    accessTokenId: 'token-1',
    grantId: undefined,
    proofKey: undefined,
    keyId: 'key',
    issuedAtEpochSeconds: 1_000,
    expiresAtEpochSeconds: 4_000_000_000,
    recipientProof: 'audience',
    claims: {},
    heldScopes: hold(scopes),
    resourceMetadataUrl: RESOURCE.metadataUrl,
    ...parts,
  };
}

/** What an SDK is given for such a caller. */
export function authInfoOf(caller: Caller): AuthInfo {
  return toAuthInfo(caller, 'the-access-token');
}
