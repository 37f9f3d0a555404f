import { type JsonObject, succeed } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import type { VerifiedAccessToken } from '../access-token.js';
import type { Verification } from '../access-token-verifier.js';
import { portcullis } from '../presets/portcullis.js';
import { verifiedToken } from '../testing/verified-token.js';
import type { AuthorizationServerChoice, ProtectResourceOptions } from './options.js';
import { resolveSettings } from './settings.js';
import { createVerifierOf } from './verifier-of.js';

const resource = 'https://gw.test/mcp';
const issuer = 'https://as.test';
/** One that the host's own stands beside: nothing is ever asked of it. */
const OTHER = 'https://other.test';
const now = Math.floor(Date.now() / 1000);

/** A verifier for a host's own, alone and beside another issuer. */
function hosted(verify: (accessToken: string) => unknown, options: Partial<ProtectResourceOptions> = {}) {
  const asked: string[] = [];
  const faults: unknown[] = [];
  const custom: AuthorizationServerChoice = {
    issuer,
    takesOpaqueTokens: true,
    verifier: {
      verify(accessToken) {
        asked.push(accessToken);
        return verify(accessToken) as Verification;
      },
    },
  };
  const of = (...authorizationServers: AuthorizationServerChoice[]) =>
    createVerifierOf(
      resolveSettings({ resource, authorizationServers, onFault: (error) => void faults.push(error), ...options }),
    );
  return { verifiers: [of(custom), of(custom, portcullis({ issuer: OTHER }))] as const, asked, faults };
}

const good = (over: Partial<VerifiedAccessToken> = {}) => succeed(verifiedToken({ issuer, resource, ...over }));

/** What is found, alone and beside another: the reasons of refusals. */
async function verdicts({ verifiers }: ReturnType<typeof hosted>, accessToken = 'opaque'): Promise<string[]> {
  const found = await Promise.all(verifiers.map(async (verifier) => await verifier.verify(accessToken)));
  return found.map((one) => (one.ok ? 'good' : one.failure.reason));
}

describe('createVerifierOf', () => {
  it.each<[string, Partial<VerifiedAccessToken>, string]>([
    ['RS-06 of the issuer beside it', { issuer: OTHER }, 'wrong_issuer'],
    ['RS-05 for another resource', { resource: 'https://gw.test/other' }, 'wrong_audience'],
    ['of another tenant', { tenantId: 'b' }, 'wrong_tenant'],
    ['that has expired', { expiresAtEpochSeconds: now - 30 }, 'expired'],
    ['whose expiry is no number', { expiresAtEpochSeconds: Number.NaN }, 'expired'],
    ['whose expiry is a text', { expiresAtEpochSeconds: '9999999999' as never }, 'expired'],
  ])('takes no token by the word of a host’s verifier: %s', async (_, over, reason) => {
    const found = hosted(() => good({ tenantId: 'a', ...over }), { tenantId: 'a' });
    expect(await verdicts(found)).toEqual([reason, reason]);
  });

  it('RS-07 asks a host’s verifier about nothing that is too long', async () => {
    const found = hosted(() => good());
    expect(await verdicts(found, 'x'.repeat(16 * 1024 + 1))).toEqual(['too_long', 'too_long']);
    expect(found.asked).toEqual([]);
  });

  it('holds what a host’s verifier finds good against the revocation marks, each time', async () => {
    const revoked = new Set<string | undefined>();
    const found = hosted(() => good({ grantId: 'grn_1' }), {
      revocations: { isBlind: () => false, isRevoked: ({ grantId }) => revoked.has(grantId) },
    });
    expect(await verdicts(found)).toEqual(['good', 'good']);
    revoked.add('grn_1');
    expect(await verdicts(found)).toEqual(['revoked', 'revoked']);
  });

  it('F-05 takes only tokens that were good before while revocations are not heard of', async () => {
    let isBlind = false;
    const found = hosted(() => good(), { revocations: { isBlind: () => isBlind, isRevoked: () => false } });
    expect(await verdicts(found, 'before')).toEqual(['good', 'good']);
    isBlind = true;
    expect(await verdicts(found, 'before')).toEqual(['good', 'good']);
    expect(await verdicts(found, 'since')).toEqual(['revocation_blind', 'revocation_blind']);
  });

  it('asks a host’s verifier each time, and answers with one token as long as it says the same', async () => {
    const found = hosted(() => good({ scopes: ['files'], claims: { roles: ['a', { b: 1 }] } }));
    for (const verifier of found.verifiers) {
      const tokens = await Promise.all([1, 2].map(async () => tokenOf(await verifier.verify('opaque'))));
      expect(tokens[1]).toBe(tokens[0]);
    }
    expect(found.asked.length).toBeGreaterThanOrEqual(3);
  });

  it('believes what a host’s verifier says now, where it changes in place what it answered before', async () => {
    const kept = verifiedToken({ issuer, resource, scopes: ['files'], claims: { roles: ['admin'] } }) as {
      -readonly [Member in keyof VerifiedAccessToken]: VerifiedAccessToken[Member];
    };
    for (const verifier of hosted(() => succeed(kept)).verifiers) {
      kept.scopes = ['files'];
      (kept.claims as { roles: string[] }).roles[0] = 'admin';
      const before = tokenOf(await verifier.verify('opaque'));
      kept.scopes = [];
      const narrowed = tokenOf(await verifier.verify('opaque'));
      (kept.claims as { roles: string[] }).roles[0] = 'user';
      const after = tokenOf(await verifier.verify('opaque'));
      expect([before.scopes, narrowed.scopes]).toEqual([['files'], []]);
      expect([before, narrowed, after].map(({ claims }) => claims)).toEqual<JsonObject[]>([
        { roles: ['admin'] },
        { roles: ['admin'] },
        { roles: ['user'] },
      ]);
    }
    expect(Object.isFrozen(kept.claims)).toBe(false);
  });

  it('fills in what a verifier without types leaves out', async () => {
    const told = {
      issuer,
      resource,
      subject: 's',
      clientId: 'c',
      scopes: [],
      recipientProof: 'audience',
      tenantId: null,
    };
    const found = hosted(() => ({ ok: true, value: { ...told, expiresAtEpochSeconds: now + 600 } }));
    for (const verifier of found.verifiers) {
      expect(tokenOf(await verifier.verify('opaque'))).toMatchObject({
        tenantId: undefined,
        permissions: [],
        groups: undefined,
        issuedAtEpochSeconds: 0,
        claims: {},
      });
    }
  });

  it.each<[keyof VerifiedAccessToken, unknown]>([
    ['scopes', 'files'],
    ['scopes', ['files', undefined]],
    ['scopes', [5]],
    ['subject', undefined],
    ['clientId', 7],
    ['permissions', 'admin'],
    ['permissions', [{}]],
    ['groups', { length: 0 }],
    ['accessTokenId', 1],
    ['issuedAtEpochSeconds', '0'],
    ['recipientProof', undefined],
    ['claims', 'none'],
  ])('lets nobody in by a token whose %s is %j, and says to the host which member it was', async (member, value) => {
    const found = hosted(() => good({ [member]: value }));
    expect(await verdicts(found)).toEqual(['verifier_failed', 'verifier_failed']);
    expect(found.faults.map(String)).toEqual(Array.from({ length: 2 }, () => expect.stringContaining(`\`${member}\``)));
  });

  it('has one reason for a verifier that fails, alone or not', async () => {
    const found = hosted(() => Promise.reject(new Error('down')));
    expect(await verdicts(found)).toEqual(['verifier_failed', 'verifier_failed']);
    expect(found.faults).toHaveLength(2);
  });
});

function tokenOf(verification: Verification): VerifiedAccessToken {
  if (!verification.ok) throw new Error(verification.failure.reason);
  return verification.value;
}
