import { isKeyThumbprint } from '@portcullis/protocol';

/**
 * The RFC 7638 thumbprint of the key that a token is bound to, by its `cnf` (RFC 7800 §3.1, RFC 9449 §6.1). Undefined for a `cnf`
 * that is malformed, or has any member but `jkt`: it would bind to something that nobody here looks at.
 */
export function readBoundKey(cnf: unknown): string | undefined {
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return undefined;
  const { jkt, ...others } = cnf as Readonly<Record<string, unknown>>;
  return isKeyThumbprint(jkt) && Object.keys(others).length === 0 ? jkt : undefined;
}
