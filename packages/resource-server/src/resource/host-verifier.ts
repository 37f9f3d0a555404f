import { fail, type Sha256, succeed } from '@portcullis/protocol';
import { LRUCache } from 'lru-cache';
import type { AccessTokenVerifier, Verification } from '../access-token-verifier.js';
import { frozenToken, isSameToken, readHostToken } from '../issuers/host-token.js';
import type { CustomIssuer } from '../issuers/trusted-issuer.js';
import { createCheckedVerifier } from './checked-verifier.js';
import type { ResourceSettings } from './settings.js';

/**
 * Holds a host's own verifier to all that holds for every token: its length, that it is of the issuer the verifier stands
 * for, for this resource and in its time, and the revocation marks. The verifier is asked each time, since how long its
 * word lasts is for itself to know.
 *
 * What it answers is copied, once as long as it answers the same: by this, and not by the object that it may change in
 * place or make anew each time, all requests of a token have one caller. While revocations are not heard of, only tokens
 * that were found good before are. Never throws, never rejects.
 */
export function createHostVerifier(
  { issuer, verifier }: CustomIssuer,
  settings: ResourceSettings,
): AccessTokenVerifier {
  const { revocations, cacheSize } = settings;
  const { hash } = settings.platform;
  const known = new LRUCache<Sha256, Verification & { readonly ok: true }>({ max: cacheSize });

  return createCheckedVerifier(verifier, { ...settings, issuers: [issuer] }, (accessToken, found) => {
    const told = readHostToken(found);
    const key = hash(accessToken);
    let kept = known.get(key);
    if (kept === undefined && revocations.isBlind()) return fail({ reason: 'revocation_blind' });
    if (kept === undefined || !isSameToken(kept.value, told)) {
      kept = succeed(frozenToken(told));
      known.set(key, kept);
    }
    return revocations.isRevoked(kept.value) ? fail({ reason: 'revoked' }) : kept;
  });
}
