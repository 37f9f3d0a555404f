import { isScopeToken } from '@portcullis/protocol';

/** What is wrong with the name of a scope, or undefined. */
export function checkScopeName(name: string): string | undefined {
  if (name.length > 128 || !isScopeToken(name))
    return 'a scope has 1 to 128 printable ASCII characters without space, " and \\';
  if (name === 'offline_access') return 'offline_access is not a right at an upstream and cannot be a scope here';
  return undefined;
}
