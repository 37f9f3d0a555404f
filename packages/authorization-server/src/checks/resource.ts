import { foldResourceIdentifier, type ResourceIdentifier } from '@portcullis/protocol';

/** Whether what a token request names is the granted resource and nothing else. None named is the granted one. */
export function namesOnly(requested: readonly string[], granted: ResourceIdentifier): boolean {
  const expected = foldResourceIdentifier(granted);
  return requested.every((text) => foldResourceIdentifier(text) === expected);
}
