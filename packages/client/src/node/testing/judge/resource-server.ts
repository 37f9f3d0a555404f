import type { Reply, SeenRequest, World } from './world.js';

const METADATA = '/.well-known/oauth-protected-resource';

/** The two protected resources, their metadata, and whatever else is at their origin, which takes every call. */
export function answerAsResourceServer(world: World, request: SeenRequest): Reply {
  const { pathname } = request.url;
  const { mcp } = world.origins;
  const resources = [world.serverUrl, world.otherServerUrl];
  const described = resources.find((resource) => pathname === METADATA + new URL(resource).pathname);
  if (described !== undefined) return { json: protectedResource(world, described) };
  if (pathname.startsWith('/.well-known/')) return { status: 404 };
  return resources.includes(mcp + pathname) ? call(world, request) : { json: {} };
}

function protectedResource(world: World, resource: string): unknown {
  const { state, origins } = world;
  return {
    resource: state.resource ?? resource,
    authorization_servers: state.authorizationServers ?? [origins[state.issuer]],
    scopes_supported: ['read'],
  };
}

function call(world: World, request: SeenRequest): Reply {
  const { state } = world;
  const metadata = `resource_metadata="${state.resourceMetadata ?? world.origins.mcp + METADATA + request.url.pathname}"`;
  const accessToken = request.headers.authorization?.replace('Bearer ', '');
  const index = state.secrets.findIndex(({ kind, text }) => kind === 'access_token' && text === accessToken);
  const token = state.secrets[index];
  const isGood =
    token?.resourcePath === request.url.pathname &&
    token.issuer === state.issuer &&
    token.expiresAtEpochSeconds > state.nowEpochSeconds &&
    index >= state.refusedUpTo;
  if (!isGood || state.refusals > 0) {
    if (isGood) state.refusals -= 1;
    return { status: 401, headers: { 'www-authenticate': `Bearer ${metadata}` } };
  }
  if (state.redirect !== undefined) return { status: 307, headers: { location: state.redirect } };
  if (state.wants === 0) return { json: { served: true } };
  state.wants -= 1;
  const challenge = `Bearer error="insufficient_scope", scope="more-${state.wants}", ${metadata}`;
  return { status: 403, headers: { 'www-authenticate': challenge } };
}
