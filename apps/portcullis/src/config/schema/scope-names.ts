// scope-token of RFC 6749 §3.3
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

/** What is wrong with the name of a scope, or undefined. */
export function checkScopeName(name: string): string | undefined {
  if (!SCOPE_TOKEN.test(name)) return 'a scope has 1 to 128 printable ASCII characters without space, " and \\';
  if (name === 'offline_access') return 'offline_access is not a right at an upstream and cannot be a scope here';
  return undefined;
}
