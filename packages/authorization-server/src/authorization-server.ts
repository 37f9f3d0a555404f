import type { FetchHandler, RequestContext, WholeRequest, WholeResponse } from '@portcullis/ports';
import type { Issuer } from '@portcullis/protocol';
import { createIssuerKeys } from './assertion-issuers/issuer-keys.js';
import { createAuditTrail } from './audit-trail.js';
import { checkClientScopes } from './check-client-scopes.js';
import { checkPorts } from './check-ports.js';
import { createClientDirectory } from './clients/client-directory.js';
import { createClientKeys } from './clients/client-keys.js';
import { createBrowserCookies } from './consent/browser-cookies.js';
import type { Core } from './core.js';
import { openDpopNonces } from './dpop-nonces.js';
import { buildEndpointPaths } from './endpoint-urls.js';
import type { UnreadBody } from './endpoints/request-body.js';
import { createRouter } from './endpoints/router.js';
import { buildEndpoints } from './endpoints/table.js';
import { createAccessTokenIssuer } from './grants/access-token.js';
import { createOwnAccessTokens } from './grants/own-access-token.js';
import { createKeyManagement, type KeyManagement } from './keys/key-management.js';
import { loadSigningKeys, type VerificationKey } from './keys/signing-keys.js';
import { SigningUnavailableError } from './keys/signing-unavailable-error.js';
import type { AuthorizationServerOptions, AuthorizationServerPorts } from './options.js';
import { onOneClock, tellClockApart } from './ports-on-one-clock.js';
import { createResourceDirectory } from './resources/resource-directory.js';
import { resolveSettings } from './settings.js';
import { resolveSignIn } from './sign-in/resolve-sign-in.js';

/** One issuer, ready to answer. */
export interface AuthorizationServer {
  /** Its identifier, as configured. */
  readonly issuer: Issuer;
  /**
   * Answers requests to the issuer's endpoints; 404 for any other path. Rejects for what the host does wrong, and nothing else: with
   * a `ConfigurationError` without a context, or with a request whose body has been read.
   */
  readonly fetch: FetchHandler;
  /**
   * Answers a request that the host has read whole, for an endpoint of clients: the same answers as those of `fetch` for
   * less work. Undefined where the path is that of a page, or none of the issuer's: `fetch` answers those. Rejects as that does.
   */
  answerWhole(request: WholeRequest, context: RequestContext): Promise<WholeResponse> | undefined;
  /**
   * Answers a request whose body the host does not hand on, as its endpoint answers what it refuses itself: with its headers, its
   * error and one event. The rest of the body may be on its way, so the host ends the connection. Rejects as `fetch` does.
   */
  answerUnread(
    request: Pick<WholeRequest, 'method' | 'pathname'>,
    unread: UnreadBody,
    context: RequestContext,
  ): Promise<WholeResponse>;
  /** Every key whose access tokens are to be accepted, as it stands in the store now. @throws what the store throws */
  verificationKeys(): Promise<readonly VerificationKey[]>;
  /**
   * Whether a key signs now: for the host's answer to whether new work is welcome. Every endpoint that issues answers 503 while none
   * does. @throws what the store throws, where it has not answered yet
   */
  canSign(): Promise<boolean>;
  /** Makes the signing keys come and go. The host calls its `rotateIfDue` at start and every hour: there is no timer here. */
  readonly keys: KeyManagement;
  /** Where a user sees what is connected to their account. */
  readonly accountPath: string;
  /**
   * Whether `pathname` is one of the issuer's endpoints, character for character. The pathname of a `Request` or a `URL` has
   * its dot segments resolved (`/x/../token` is `/token` there); nothing more is resolved here.
   */
  handles(pathname: string): boolean;
}

/**
 * Builds the authorization server of one tenant (OAuth 2.1; RFC 7009, 7591, 7636, 7662, 8414, 8707, 9068, 9207). Loads the signing
 * key or makes the first, once ports and options were found good.
 *
 * Does not know who is behind a proxy, and does not bound headers: the host does both.
 *
 * @throws {ConfigurationError} for options that cannot work or do not exist, a port that is missing, no way to
 * sign in, and for a signing key that the master key does not open
 */
export async function createAuthorizationServer(
  given: AuthorizationServerPorts,
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  checkPorts(given);
  const settings = resolveSettings(options, given);
  const ports = tellClockApart(onOneClock(given), settings.tenantId, settings.lifetimes.clockToleranceSeconds);
  await checkClientScopes(settings, ports.storage.resourceServers);
  const paths = buildEndpointPaths(settings.issuerUrl);
  const trail = createAuditTrail(ports.audit, ports.platform.clock, settings.tenantId);
  const signingKeys = await loadSigningKeys(ports, trail, settings);
  const parts: Omit<Core, 'signIn'> = {
    ports,
    settings,
    paths,
    trail,
    clients: createClientDirectory(ports, settings, trail),
    clientKeys: createClientKeys(ports, settings),
    issuerKeys: createIssuerKeys(ports, settings),
    resources: createResourceDirectory(ports.storage.resourceServers, settings, ports.platform.clock),
    cookies: createBrowserCookies(settings, ports.platform),
    signingKeys,
    accessTokens: createAccessTokenIssuer(ports.platform, signingKeys, settings),
    ownAccessTokens: createOwnAccessTokens(signingKeys, ports.platform.clock, settings),
    dpopNonces: openDpopNonces(settings, ports.platform.clock),
  };
  const signIn = resolveSignIn(parts);
  const core: Core = { ...parts, signIn: signIn.service };
  const endpoints = [...buildEndpoints(paths, settings), ...signIn.endpoints];
  const router = createRouter(core, endpoints);
  const handled = new Set(endpoints.map((endpoint) => endpoint.path));
  return {
    issuer: settings.issuer,
    fetch: router.fetch,
    answerWhole: router.answerWhole,
    answerUnread: router.answerUnread,
    verificationKeys: signingKeys.verificationKeys,
    canSign: () =>
      signingKeys.current().then(
        () => true,
        (error: unknown) => {
          if (error instanceof SigningUnavailableError) return false;
          throw error;
        },
      ),
    keys: createKeyManagement(
      ports,
      { tenantId: settings.tenantId, signing: settings.signing, ...settings.lifetimes },
      signingKeys.reload,
    ),
    accountPath: paths.account,
    handles: (pathname) => handled.has(pathname),
  };
}
