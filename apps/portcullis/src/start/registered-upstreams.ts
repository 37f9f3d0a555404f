import type { ResourceServer } from '@portcullis/ports';
import { keyOfResource } from '@portcullis/protocol';

/**
 * The upstreams that are registered as resource servers besides. That is how one gets credentials to introspect with, and
 * nothing else comes of it; whoever expected the registered name and scopes to hold, or removes the registration without
 * the configuration at hand, is in for a surprise. So a start tells.
 */
export function registeredUpstreams<Upstream extends { readonly resource: string }>(
  upstreams: readonly Upstream[],
  registered: readonly ResourceServer[],
): readonly Upstream[] {
  const keys = new Set(registered.map(({ resource }) => keyOfResource(resource.identifier)));
  return upstreams.filter(({ resource }) => keys.has(keyOfResource(resource)));
}

/** What is said of each. */
export const REGISTERED_UPSTREAM_WARNING =
  'This upstream is registered as a resource server as well: its name and scopes are the configured ones, and the ' +
  'registration gives it credentials alone; resources remove takes them away, and without --config it ends every grant and ' +
  'stored consent';
