import type { PasswordHasher, SignInService } from '@portcullis/ports';
import type { Core } from '../../core.js';
import type { Endpoint } from '../../endpoints/endpoint.js';
import { handleOfInteractionPath } from '../../endpoints/interaction-path.js';
import { pageResponse } from '../../endpoints/page-response.js';
import { toStartAgain } from '../../endpoints/stray-get.js';
import { createSignInEndpoint } from './sign-in-endpoint.js';
import { buildSignInPage } from './sign-in-page-model.js';

/** The sign-in of a server that brings none of its own: the service, and the endpoint its page posts to. */
export interface PasswordSignIn {
  readonly service: SignInService;
  readonly endpoints: readonly Endpoint[];
}

/** Users by name and password, with a session in a cookie. */
export function createPasswordSignIn(core: Omit<Core, 'signIn'>, passwordHasher: PasswordHasher): PasswordSignIn {
  const { platform, storage, pages } = core.ports;
  const { tenantId, lifetimes } = core.settings;

  const service: SignInService = {
    async find(request) {
      const { session } = core.cookies.read(request.headers);
      if (session === undefined) return undefined;
      const now = platform.clock.nowEpochSeconds();
      return storage.signInSessions.use(tenantId, platform.hash(session), now, lifetimes.sessionIdleSeconds);
    },
    async begin(request, { returnPath, purpose, signedInAs, anotherUser }) {
      const { browser, setCookies } = core.cookies.identify(request.headers);
      const page = buildSignInPage(core, handleOfInteractionPath(returnPath), browser, purpose, {
        again: signedInAs !== undefined,
        anotherUser: anotherUser && signedInAs === undefined,
        username: signedInAs?.username ?? '',
      });
      return pageResponse(pages.signIn(page), { setCookies });
    },
    async end(request) {
      const { session } = core.cookies.read(request.headers);
      if (session !== undefined) await storage.signInSessions.end(tenantId, platform.hash(session));
      return [core.cookies.clearSession()];
    },
  };

  return {
    service,
    endpoints: [
      {
        path: core.paths.signIn,
        surface: 'page',
        methods: { GET: toStartAgain, POST: createSignInEndpoint(passwordHasher) },
      },
    ],
  };
}
