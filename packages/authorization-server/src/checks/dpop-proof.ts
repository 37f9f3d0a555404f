import type { WholeRequest } from '@portcullis/ports';
import {
  DPOP_PROOF_WINDOW_SECONDS,
  type DpopProof,
  fail,
  type Result,
  succeed,
  verifyDpopProof,
} from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';

/**
 * The key that a request proves to hold (RFC 9449 §4.3), as its thumbprint; undefined where it has no header `DPoP`. One that
 * is empty is a proof that cannot be read, and so are two, which come joined by a comma.
 *
 * In this order: the proof as such, for this method and the address of the endpoint as the issuer has it; the nonce, where one
 * is required (§8); and last of all that it was never used, since only a proof that is right in everything else is used up.
 *
 * @param path - of the endpoint, one of {@link Core.paths}
 */
export async function checkDpopProof(
  core: Pick<Core, 'ports' | 'settings' | 'dpopNonces'>,
  request: WholeRequest,
  path: string,
): Promise<Result<string | undefined, RefusalReason>> {
  const text = request.header('dpop');
  if (text === null) return succeed(undefined);
  const nowEpochSeconds = core.ports.platform.clock.nowEpochSeconds();
  const proof = await verifyDpopProof(text, {
    method: request.method,
    url: core.settings.issuerUrl.origin + path,
    nowEpochSeconds,
    accessTokenHash: undefined,
  });
  if (!proof.ok) return proof;
  const problem = (await checkNonce(core, proof.value)) ?? (await useOnce(core, proof.value, nowEpochSeconds));
  return problem === undefined ? succeed(proof.value.keyThumbprint) : fail(problem);
}

async function checkNonce(
  { dpopNonces }: Pick<Core, 'dpopNonces'>,
  { nonce }: DpopProof,
): Promise<RefusalReason | undefined> {
  if (dpopNonces === undefined) return undefined;
  if (nonce === undefined) return 'dpop_nonce_missing';
  return (await dpopNonces.accepts(nonce)) ? undefined : 'dpop_nonce_stale';
}

/**
 * Whoever would take a proof finds it used, as long as no two clocks are further apart than twice the tolerance: the one that
 * judges may be behind by as much as the one that forgets is ahead. One second more, since the window includes its end.
 */
async function useOnce(
  { ports, settings }: Pick<Core, 'ports' | 'settings'>,
  { keyThumbprint, proofId, issuedAtEpochSeconds }: DpopProof,
  nowEpochSeconds: number,
): Promise<RefusalReason | undefined> {
  const idHash = ports.platform.hash(JSON.stringify([keyThumbprint, proofId]));
  const { clockToleranceSeconds } = settings.lifetimes;
  const deadAt = Math.floor(issuedAtEpochSeconds) + DPOP_PROOF_WINDOW_SECONDS + 2 * clockToleranceSeconds + 1;
  const { oneTimeIds } = ports.storage;
  const isFirst = await oneTimeIds.use(settings.tenantId, 'dpop_proof', idHash, deadAt, nowEpochSeconds);
  return isFirst ? undefined : 'dpop_proof_replayed';
}
