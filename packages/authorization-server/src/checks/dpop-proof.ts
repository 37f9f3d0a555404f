import { checkDpopNonce, type WholeRequest } from '@portcullis/ports';
import { fail, type ResourceIdentifier, type Result, succeed } from '@portcullis/protocol';
import { type DpopProof, useOfDpopProof, verifyDpopProof } from '@portcullis/protocol/dpop-proof';
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
    url: proofAddress(core, path),
    nowEpochSeconds,
    accessTokenHash: undefined,
  });
  if (!proof.ok) return proof;
  const nonce = await checkDpopNonce(core.dpopNonces, proof.value.nonce);
  return nonce.ok ? proof : fail(nonce.failure.reason);
}

/** Uses a proof up; the reason to refuse its request where it was used before. Of none there is nothing to use. */
export async function useDpopProof(
  core: Pick<Core, 'ports' | 'settings'>,
  proof: DpopProof | undefined,
): Promise<RefusalReason | undefined> {
  return proof === undefined ? undefined : useOnce(core, proof, core.ports.platform.clock.nowEpochSeconds());
}

/**
 * {@link useDpopProof} for an access token: `dpop_proof_missing` where the resource takes bound tokens alone (RFC 9728 §2) and the
 * request proves no key. A token that nobody would take is not issued.
 */
export async function useDpopProofFor(
  core: Pick<Core, 'ports' | 'settings' | 'resources'>,
  resource: ResourceIdentifier,
  proof: DpopProof | undefined,
): Promise<RefusalReason | undefined> {
  if (proof !== undefined) return useDpopProof(core, proof);
  const definition = await core.resources.find(resource);
  return definition?.dpopBoundAccessTokensRequired === true ? 'dpop_proof_missing' : undefined;
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
