import type { ResourceDefinition } from '@portcullis/ports';
import { keyOfResource } from '@portcullis/protocol';
import { policyOf, resourceOf } from '../upstream-resource.js';
import { formatPath } from './config-problem.js';
import type { ManagementConfig } from './management-config.js';
import { resolvePublicUrl } from './resolve-config.js';
import { placeUpstream } from './resolve-upstream.js';

/** An upstream of the configuration, as the resource it is. */
export interface ConfiguredResource {
  readonly resource: ResourceDefinition;
  /** Where in the configuration it stands: `upstreams[0]`. */
  readonly place: string;
}

/**
 * The upstreams that the configuration lists, as resources. None where it is not at hand, or does not say where clients
 * reach the gate. What the gate's command line says besides, an upstream or another public URL, is not known here.
 */
export function configuredResources({
  input,
  isFromFile,
}: Pick<ManagementConfig, 'input' | 'isFromFile'>): readonly ConfiguredResource[] {
  const { host, port, tls, upstreams } = input;
  const publicUrl = resolvePublicUrl({}, input, { host, port, tls: tls !== undefined });
  if (!isFromFile || !publicUrl.ok) return [];
  return upstreams.map((upstream, index) => {
    const placed = placeUpstream(upstream, publicUrl.value);
    return { resource: resourceOf(placed, policyOf(placed)), place: formatPath(['upstreams', index]) };
  });
}

/** Whether the configuration tells which upstreams there are. One without any leaves them to the gate's command line. */
export function knowsUpstreams({ input, isFromFile }: Pick<ManagementConfig, 'input' | 'isFromFile'>): boolean {
  return isFromFile && input.upstreams.length > 0;
}

/** The one of this identifier, in whichever spelling. */
export function findConfigured(
  configured: readonly ConfiguredResource[],
  identifier: string,
): ConfiguredResource | undefined {
  const key = keyOfResource(identifier);
  return configured.find(({ resource }) => keyOfResource(resource.identifier) === key);
}
