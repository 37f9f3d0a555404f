import { describe, expect, it } from 'vitest';
import { buildProtectedResourceMetadata, protectedResourceMetadataUrl } from './protected-resource-metadata.js';

describe('protected resource metadata (RFC 9728)', () => {
  it('lies at the path-inserted location', () => {
    expect(protectedResourceMetadataUrl('https://gw.test/files/mcp')).toBe(
      'https://gw.test/.well-known/oauth-protected-resource/files/mcp',
    );
    expect(protectedResourceMetadataUrl('https://gw.test')).toBe(
      'https://gw.test/.well-known/oauth-protected-resource',
    );
  });

  it('names the resource byte for byte and never offline_access', () => {
    expect(
      buildProtectedResourceMetadata({
        resource: 'https://gw.test',
        issuer: 'https://gw.test',
        scopes: ['a', 'offline_access'],
        displayName: 'Files',
      }),
    ).toEqual({
      resource: 'https://gw.test',
      authorization_servers: ['https://gw.test'],
      scopes_supported: ['a'],
      bearer_methods_supported: ['header'],
      resource_name: 'Files',
    });
  });

  it('has no scopes_supported where there are none (§3.2)', () => {
    const document = buildProtectedResourceMetadata({
      resource: 'https://gw.test',
      issuer: 'https://gw.test',
      scopes: ['offline_access'],
    });
    expect(document).not.toHaveProperty('scopes_supported');
  });

  it('PD-04 says how proofs may be signed where bound tokens get in, and whether others do', () => {
    const base = { resource: 'https://gw.test', issuer: 'https://gw.test', scopes: [] };
    const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'];
    const refused = buildProtectedResourceMetadata(base);
    expect(refused).not.toHaveProperty('dpop_signing_alg_values_supported');
    expect(buildProtectedResourceMetadata({ ...base, dpop: 'accepted' })).toEqual({
      ...refused,
      dpop_signing_alg_values_supported: algorithms,
    });
    expect(buildProtectedResourceMetadata({ ...base, dpop: 'required' })).toEqual({
      ...refused,
      dpop_signing_alg_values_supported: algorithms,
      dpop_bound_access_tokens_required: true,
    });
  });
});
