import type { Client } from '@portcullis/ports';
import type { RedirectUri } from '@portcullis/protocol';

/** What kind of application a client is: what it says, or what its redirect URIs look like. */
export function applicationTypeOf(
  stated: Client['applicationType'] | undefined,
  redirectUris: readonly RedirectUri[],
): Client['applicationType'] {
  return stated ?? (redirectUris.some(({ kind }) => kind === 'https') ? 'web' : 'native');
}
