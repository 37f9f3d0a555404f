/** Longest resource indicator that is compared. */
const MAX_RESOURCE_LENGTH = 2048;

/**
 * The form of a resource indicator (RFC 8707 §2) under which two that mean the same are equal: scheme and host in
 * lower case, and `/` for an empty path, since URL parsers add that slash. Nothing else is touched, default ports
 * included. Undefined for what is no absolute hierarchical URI, has a fragment, or names a user.
 */
export function foldResourceIdentifier(text: string): string | undefined {
  if (text.length > MAX_RESOURCE_LENGTH || !/^[\x21-\x7e]+$/.test(text)) return undefined;
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#@\\]+)((?:[/?][^#\\]*)?)$/.exec(text);
  if (parts === null) return undefined;
  const [, scheme = '', authority = '', rest = ''] = parts;
  return `${scheme.toLowerCase()}://${authority.toLowerCase()}${rest === '' ? '/' : rest}`;
}
