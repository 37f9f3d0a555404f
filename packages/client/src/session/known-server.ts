import { type AuthorizationServerMetadata, discoverAuthorizationServer } from '../discovery/authorization-server.js';
import type { ResourceChallenge } from '../discovery/challenge.js';
import { type Discovered, discover } from '../discovery/discover.js';
import { assumeLegacyEndpoints } from '../discovery/legacy-endpoints.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ServerBinding } from '../stores/records.js';
import type { SessionOptions } from './session-options.js';

/** What is known of who protects a server. */
export interface KnownServer {
  /** What was discovered last, in this process. */
  last(): Discovered | undefined;
  /** Finds out anew, and forgets what was known. @throws {OAuthClientError} */
  discover(challenge: ResourceChallenge | undefined): Promise<Discovered>;
  /** The authorization server that tokens came from, without asking the server that they are for. @throws {OAuthClientError} */
  of(binding: ServerBinding): Promise<AuthorizationServerMetadata>;
}

/** Nothing is known at first, and nothing is kept: metadata are fetched once in the life of a process, or after a 401. */
export function createKnownServer(
  serverUrl: URL,
  options: Pick<SessionOptions, 'transport' | 'legacyFallback' | 'chooseAuthorizationServer'>,
): KnownServer {
  const { transport, legacyFallback = true, chooseAuthorizationServer = ([first]) => first } = options;
  let last: Discovered | undefined;
  return {
    last: () => last,
    async discover(challenge) {
      last = undefined;
      const challengedUrl = challenge?.resourceMetadata;
      last = await discover(transport, serverUrl, challengedUrl, { legacyFallback, chooseAuthorizationServer });
      return last;
    },
    async of({ issuer, isLegacy }) {
      if (last?.authorizationServer.issuer === issuer && last.isLegacy === isLegacy) return last.authorizationServer;
      const found = await discoverAuthorizationServer(transport, [issuer]);
      if (found.kind === 'found') return found.metadata;
      if (isLegacy) return assumeLegacyEndpoints(serverUrl);
      throw new OAuthClientError(
        'discovery_failed',
        'The authorization server that issued the token no longer publishes its metadata. Sign in again.',
      );
    },
  };
}
