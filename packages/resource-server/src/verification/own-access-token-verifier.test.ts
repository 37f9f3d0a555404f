import { nodePlatform } from '@portcullis/ports/node';
import { generateKeyPair, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import type { VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import { createAccessTokenVerifier } from './own-access-token-verifier.js';

const resource = 'https://gw.test/mcp';
const issuer = 'https://gw.test';
let now = 1_800_000_000;
let lookups = 0;
let blind: boolean;
let isKeyThere: boolean;
let revoked: (accessToken: VerifiedAccessToken) => boolean;
let verifier: AccessTokenVerifier;
let token: string;

beforeEach(async () => {
  now = 1_800_000_000;
  lookups = 0;
  blind = false;
  isKeyThere = true;
  revoked = () => false;
  const pair = await generateKeyPair('ES256');
  token = await new SignJWT({ client_id: 'pub', scope: 's', tenant_id: 'default', grant_id: 'g' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(resource)
    .setSubject('u')
    .setJti('j')
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(pair.privateKey);
  verifier = createAccessTokenVerifier({
    tenantId: 'default',
    issuer,
    resource,
    platform: { ...nodePlatform, clock: { nowEpochSeconds: () => now } },
    revocations: { isBlind: () => blind, isRevoked: (accessToken) => revoked(accessToken) },
    keys: {
      find: async (keyId, algorithm) => {
        lookups += 1;
        return [{ keyId, algorithm, publicKey: pair.publicKey }];
      },
      stillHas: () => isKeyThere,
      prepare: async () => true,
    },
  });
});

describe('createAccessTokenVerifier', () => {
  it('verifies once for all who bring the same token, then answers at once', async () => {
    const verifications = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token)));
    expect(verifications.every((verification) => verification.ok)).toBe(true);
    expect(lookups).toBe(1);
    expect(verifier.verify(token)).not.toBeInstanceOf(Promise);
    expect(lookups).toBe(1);
  });

  it('holds a remembered token against the revocation marks each time', async () => {
    expect((await verifier.verify(token)).ok).toBe(true);
    revoked = (accessToken) => accessToken.grantId === 'g';
    expect(await verifier.verify(token)).toEqual({ ok: false, failure: { reason: 'revoked' } });
    revoked = () => false;
    expect((await verifier.verify(token)).ok).toBe(true);
  });

  it('holds a token that was just verified against them too', async () => {
    revoked = () => true;
    expect(await verifier.verify(token)).toEqual({ ok: false, failure: { reason: 'revoked' } });
  });

  it('takes no token for the first time while revocations are not heard of, and keeps those it knows', async () => {
    blind = true;
    expect(await verifier.verify(token)).toEqual({ ok: false, failure: { reason: 'revocation_blind' } });
    expect(await verifier.verify(`${token.slice(0, -4)}AAAA`)).toMatchObject({ failure: { reason: 'bad_signature' } });
    blind = false;
    expect((await verifier.verify(token)).ok).toBe(true);
    blind = true;
    expect((await verifier.verify(token)).ok).toBe(true);
  });

  it('forgets a remembered token when it expires', async () => {
    await verifier.verify(token);
    now += 629;
    expect((await verifier.verify(token)).ok).toBe(true);
    now += 1;
    expect(await verifier.verify(token)).toEqual({ ok: false, failure: { reason: 'expired' } });
  });

  it('RS-09 has a remembered token verified anew when its key is gone', async () => {
    await verifier.verify(token);
    isKeyThere = false;
    expect(verifier.verify(token)).toBeInstanceOf(Promise);
    expect(lookups).toBe(2);
  });

  it('RS-07 does not even hash what is too long', () => {
    expect(verifier.verify('a'.repeat(16 * 1024 + 1))).toEqual({ ok: false, failure: { reason: 'too_long' } });
  });

  it('remembers no token that was refused', async () => {
    const forged = `${token.slice(0, -4)}AAAA`;
    expect(await verifier.verify(forged)).toEqual({ ok: false, failure: { reason: 'bad_signature' } });
    expect(verifier.verify(forged)).toBeInstanceOf(Promise);
  });
});
