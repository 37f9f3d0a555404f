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
 * The proof of a request that it holds a key (RFC 9449 §4.3); undefined where it has no header `DPoP`. One that is empty is a
 * proof that cannot be read, and so are two, which come joined by a comma.
 *
 * In this order: the proof as such, for this method and the address of the endpoint as the issuer has it; and the nonce, where
 * one is required (§8). Nothing is used up by it, and whether it was used before is not looked at: {@link useDpopProof} does
 * both, once all else is right.
 *
 * @param path - of the endpoint, one of {@link Core.paths}
 */
export async function readDpopProof(
  core: Pick<Core, 'ports' | 'settings' | 'dpopNonces'>,
  request: WholeRequest,
  path: string,
): Promise<Result<DpopProof | undefined, RefusalReason>> {
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
  const problem = await checkNonce(core, proof.value);
  return problem === undefined ? proof : fail(problem);
}

/** Uses a proof up; the reason to refuse its request where it was used before. Of none there is nothing to use. */
export async function useDpopProof(
  core: Pick<Core, 'ports' | 'settings'>,
  proof: DpopProof | undefined,
): Promise<RefusalReason | undefined> {
  return proof === undefined ? undefined : useOnce(core, proof, core.ports.platform.clock.nowEpochSeconds());
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
