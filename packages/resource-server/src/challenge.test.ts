import { describe, expect, it } from 'vitest';
import { buildChallenge } from './challenge.js';

const resourceMetadataUrl = 'https://gw.test/.well-known/oauth-protected-resource/mcp';

describe('buildChallenge (RFC 6750 §3)', () => {
  it('RS-11 carries no error where no credential came', () => {
    expect(buildChallenge({ resourceMetadataUrl, scopes: ['a', 'b'] })).toBe(
      `Bearer scope="a b", resource_metadata="${resourceMetadataUrl}"`,
    );
  });

  it('RS-11 cannot be split and never asks for offline_access', () => {
    expect(
      buildChallenge({
        resourceMetadataUrl,
        error: 'insufficient_scope',
        errorDescription: 'tool "x"\r\nSet-Cookie: a=b\\ é',
        scopes: ['a"b', 'c\r\nd', 'offline_access', 'files:read'],
      }),
    ).toBe(
      `Bearer error="insufficient_scope", error_description="tool xSet-Cookie: a=b ", scope="files:read", resource_metadata="${resourceMetadataUrl}"`,
    );
  });

  it('PD-04 names the algorithms of proofs in a challenge of DPoP (RFC 9449 §7.1)', () => {
    expect(buildChallenge({ scheme: 'DPoP', resourceMetadataUrl, scopes: ['a'], error: 'invalid_dpop_proof' })).toBe(
      `DPoP error="invalid_dpop_proof", scope="a", algs="ES256 RS256 PS256 EdDSA Ed25519", resource_metadata="${resourceMetadataUrl}"`,
    );
  });
});
