import { randomUUID } from 'node:crypto';
import type { IssuerPlace, Reply, SeenRequest, World } from './world.js';
import type { Secret } from './world-state.js';

const TOKEN_SECONDS = 600;

/**
 * An authorization server that takes almost everything: what is wrong with a request is for the judge to say, and a refusal
 * would hide what comes after it.
 */
export function answerAsAuthorizationServer(world: World, issuer: IssuerPlace, request: SeenRequest): Reply {
  switch (request.url.pathname) {
    case '/.well-known/oauth-authorization-server':
      return world.state.metadataReply ?? { json: metadataOf(world, issuer) };
    case '/authorize':
      return authorize(world, issuer, request.url.searchParams);
    case '/register':
      return register(world, issuer, request.body);
    case '/token':
      return world.state.tokenReply ?? issueTokens(world, issuer, request.form);
    case '/revoke':
      return { status: world.state.revocationStatus };
    default:
      return { status: 404 };
  }
}

function metadataOf(world: World, issuer: IssuerPlace): unknown {
  const origin = world.origins[issuer];
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    revocation_endpoint: `${origin}/revoke`,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: world.state.isConfidential
      ? ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
      : ['none', 'client_secret_basic', 'private_key_jwt'],
    ...world.state.metadata,
  };
}

/** The person decides at once. */
function authorize(world: World, issuer: IssuerPlace, parameters: URLSearchParams): Reply {
  const redirectUri = parameters.get('redirect_uri') ?? '';
  if (!URL.canParse(redirectUri)) return { status: 400 };
  const location = new URL(redirectUri);
  if (world.state.isDeclined) location.searchParams.set('error', 'access_denied');
  else location.searchParams.set('code', issueCode(world, issuer, parameters));
  const state = parameters.get('state');
  if (state !== null) location.searchParams.set('state', state);
  location.searchParams.set('iss', world.origins[issuer]);
  return { status: 302, headers: { location: location.href } };
}

/** A code that can be redeemed for what `parameters` ask for. */
export function issueCode(world: World, issuer: IssuerPlace, parameters: URLSearchParams): string {
  const code = randomUUID();
  world.state.codes.set(code, { issuer, parameters });
  addSecret(world, { text: code, kind: 'code', issuer });
  return code;
}

function register(world: World, issuer: IssuerPlace, body: string): Reply {
  const asked = JSON.parse(body) as Record<string, unknown>;
  const json = { ...asked, client_id: randomUUID() };
  if (!world.state.isConfidential) return { status: 201, json };
  const secret = randomUUID();
  addSecret(world, { text: secret, kind: 'client_secret', issuer });
  return { status: 201, json: { ...json, client_secret: secret } };
}

function issueTokens(world: World, issuer: IssuerPlace, form: URLSearchParams): Reply {
  const { state } = world;
  if (form.get('grant_type') === 'authorization_code') {
    const asked = state.codes.get(form.get('code') ?? '');
    if (asked?.issuer !== issuer) return invalidGrant();
    const resourcePath = resourcePathOf(world, form.get('resource'), asked.parameters.get('resource'));
    return issue(world, issuer, resourcePath, asked.parameters.get('scope'));
  }
  const refreshToken = state.secrets.find(
    ({ kind, text }) => kind === 'refresh_token' && text === form.get('refresh_token'),
  );
  if (refreshToken?.issuer !== issuer || state.areGrantsOver) return invalidGrant();
  refreshToken.isReplaced = true;
  return issue(world, issuer, refreshToken.resourcePath, null);
}

function issue(world: World, issuer: IssuerPlace, resourcePath: string, scope: string | null): Reply {
  const [accessToken, refreshToken] = [randomUUID(), randomUUID()];
  const expiresAtEpochSeconds = world.state.nowEpochSeconds + TOKEN_SECONDS;
  addSecret(world, { text: accessToken, kind: 'access_token', issuer, resourcePath, expiresAtEpochSeconds });
  addSecret(world, { text: refreshToken, kind: 'refresh_token', issuer, resourcePath });
  const json = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: TOKEN_SECONDS,
    refresh_token: refreshToken,
  };
  return { json: scope === null ? json : { ...json, scope } };
}

/** Of the first that names one of ours, else of the one that clients are for. */
function resourcePathOf(world: World, ...resources: readonly (string | null)[]): string {
  const named = resources.find((resource) => resource === world.serverUrl || resource === world.otherServerUrl);
  return new URL(named ?? world.serverUrl).pathname;
}

/** Notes something that only `secret.issuer` may see, and for an access token its resource. */
export function addSecret(
  world: World,
  secret: Pick<Secret, 'text' | 'kind' | 'issuer'> & Partial<Pick<Secret, 'resourcePath' | 'expiresAtEpochSeconds'>>,
): void {
  world.state.secrets.push({ resourcePath: '', expiresAtEpochSeconds: 0, isReplaced: false, ...secret });
}

function invalidGrant(): Reply {
  return { status: 400, json: { error: 'invalid_grant' } };
}
