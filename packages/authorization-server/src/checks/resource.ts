import type { ResourceDefinition } from '@portcullis/ports';
import { fail, foldResourceIdentifier, type ResourceIdentifier, type Result, succeed } from '@portcullis/protocol';

/**
 * Decides which resource an authorization request is about (RFC 8707 §2). None named is the only one there is; more
 * than one, or one that is not ours, is refused: every access token has exactly one audience.
 */
export function checkRequestedResource(
  resources: readonly ResourceDefinition[],
  requested: readonly string[],
): Result<ResourceDefinition, 'resource_missing' | 'resource_ambiguous' | 'resource_unknown'> {
  const [only] = resources;
  if (requested.length === 0) {
    return only !== undefined && resources.length === 1 ? succeed(only) : fail('resource_missing');
  }
  const folded = new Set(requested.map((text) => foldResourceIdentifier(text)));
  if (folded.size > 1) return fail('resource_ambiguous');
  const [wanted] = folded;
  const found = resources.find(
    (resource) => wanted !== undefined && foldResourceIdentifier(resource.identifier) === wanted,
  );
  return found === undefined ? fail('resource_unknown') : succeed(found);
}

/** Whether what a token request names is the granted resource and nothing else. None named is the granted one. */
export function namesOnly(requested: readonly string[], granted: ResourceIdentifier): boolean {
  const expected = foldResourceIdentifier(granted);
  return requested.every((text) => foldResourceIdentifier(text) === expected);
}

/** The resource that was granted; undefined where it is no longer served, so that nothing may be minted for it. */
export function findResource(
  resources: readonly ResourceDefinition[],
  identifier: ResourceIdentifier,
): ResourceDefinition | undefined {
  return resources.find((known) => known.identifier === identifier);
}
