import { checkDpopNonce, type WholeRequest } from '@portcullis/ports';
import { type DpopProof, fail, type Result, succeed, useOfDpopProof, verifyDpopProof } from '@portcullis/protocol';
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
    url: proofAddress(core, path),
    nowEpochSeconds,
    accessTokenHash: undefined,
  });
  if (!proof.ok) return proof;
  const nonce = await checkDpopNonce(core.dpopNonces, proof.value.nonce);
  if (!nonce.ok) return fail(nonce.failure.reason);
  const problem = await useOnce(core, proof.value, nowEpochSeconds);
  return problem === undefined ? succeed(proof.value.keyThumbprint) : fail(problem);
}

/** What `htu` of a proof for an endpoint has to name. @param path - one of {@link Core.paths} */
export function proofAddress({ settings }: Pick<Core, 'settings'>, path: string): string {
  return settings.issuerUrl.origin + path;
}

async function useOnce(
  { ports, settings }: Pick<Core, 'ports' | 'settings'>,
  proof: DpopProof,
  nowEpochSeconds: number,
): Promise<RefusalReason | undefined> {
  const { proofHash, expiresAtEpochSeconds } = useOfDpopProof(proof, ports.platform.hash);
  const { oneTimeIds } = ports.storage;
  const isFirst = await oneTimeIds.use(
    settings.tenantId,
    'dpop_proof',
    proofHash,
    expiresAtEpochSeconds,
    nowEpochSeconds,
  );
  return isFirst ? undefined : 'dpop_proof_replayed';
}
