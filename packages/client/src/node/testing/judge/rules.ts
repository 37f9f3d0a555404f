import { createHash } from 'node:crypto';
import { isResourceOf } from '../../../discovery/resource-match.js';
import type { Finding } from './findings.js';
import type { SeenRequest, World } from './world.js';
import type { Secret } from './world-state.js';

const MAX_ASSERTION_SECONDS = 60;

/** What is wrong with the requests that the servers of a world have seen, whatever the scenario was. */
export function findBreaches(world: World): readonly Finding[] {
  const { seen, timesInside } = world.state;
  return [
    ...(timesInside > 0 ? (['internal_address_reached'] as const) : []),
    ...seen.flatMap((request) => misplaced(world, request)),
    ...requestsTo(world, '/authorize').flatMap((request) => ofAuthorization(world, request)),
    ...requestsTo(world, '/token').flatMap((request) => ofTokenRequest(world, request)),
    ...repeated(world),
    ...ofAssertions(world),
  ];
}

/** Requests that reached an authorization server at `path`. */
export function requestsTo(world: World, path: string): readonly SeenRequest[] {
  return world.state.seen.filter(({ place, url }) => place !== 'mcp' && url.pathname === path);
}

/** Secrets in a request that is not for them. */
function misplaced(world: World, request: SeenRequest): readonly Finding[] {
  const text = textOf(request);
  return world.state.secrets
    .filter((secret) => text.includes(secret.text))
    .flatMap((secret) => {
      if (!isPlaceOf(world, secret, request)) return [misplacement(world, secret, request)];
      const isOver = secret.kind === 'access_token' && request.atEpochSeconds >= secret.expiresAtEpochSeconds;
      return isOver && request.place === 'mcp' ? (['expired_token_sent'] as const) : [];
    });
}

/** All that a request says, what it says in Basic among it. */
function textOf({ url, headers, body }: SeenRequest): string {
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  return [url.href, JSON.stringify(headers), body, basic === undefined ? '' : atob(basic)].join('\n');
}

function isPlaceOf(world: World, { kind, issuer, resourcePath }: Secret, { place, url }: SeenRequest): boolean {
  const { pathname } = url;
  const isEnding = place === issuer && pathname === '/revoke';
  switch (kind) {
    case 'access_token':
      return isEnding || (place === 'mcp' && isResourceOf(world.origins.mcp + resourcePath, url));
    case 'refresh_token':
      return isEnding || (place === issuer && pathname === '/token');
    case 'code':
      return place === issuer && pathname === '/token';
    case 'client_secret':
      return place === issuer;
  }
}

function misplacement(world: World, { kind }: Secret, { place, url }: SeenRequest): Finding {
  if (kind === 'code') return 'code_to_other_place';
  if (kind === 'client_secret') return 'secret_to_other_issuer';
  if (kind === 'refresh_token') return 'refresh_token_to_other_issuer';
  if (world.state.redirect !== undefined) return 'token_after_redirect';
  if (place === 'elsewhere') return 'token_to_other_origin';
  if (place !== 'mcp') return 'token_to_authorization_server';
  const resources: readonly string[] = [world.serverUrl, world.otherServerUrl];
  return resources.includes(url.origin + url.pathname) ? 'token_to_other_resource' : 'token_to_sibling_path';
}

function isOurResource(world: World, resource: string | null): boolean {
  return resource === world.serverUrl || resource === world.otherServerUrl;
}

function ofAuthorization(world: World, { url: { searchParams } }: SeenRequest): readonly Finding[] {
  const findings: Finding[] = [];
  if (searchParams.get('state') === null) findings.push('state_missing');
  if (searchParams.get('code_challenge') === null) findings.push('pkce_missing');
  else if (searchParams.get('code_challenge_method') !== 'S256') findings.push('pkce_plain');
  if (!isOurResource(world, searchParams.get('resource'))) findings.push('resource_at_authorize');
  return findings;
}

function ofTokenRequest(world: World, { form }: SeenRequest): readonly Finding[] {
  if (form.get('grant_type') === 'refresh_token') {
    return isOurResource(world, form.get('resource')) ? [] : ['resource_at_refresh'];
  }
  const asked = world.state.codes.get(form.get('code') ?? '')?.parameters;
  if (asked === undefined) return [];
  const findings: Finding[] = [];
  const verifier = form.get('code_verifier') ?? '';
  if (form.get('redirect_uri') !== asked.get('redirect_uri')) findings.push('redirect_uri_differs');
  if (!isOurResource(world, form.get('resource'))) findings.push('resource_at_token');
  if (asked.get('code_challenge_method') === 'S256' && asked.get('code_challenge') !== challengeOf(verifier)) {
    findings.push('verifier_wrong');
  }
  const others = [...asked].filter(([name]) => name !== 'code_challenge').map(([, value]) => value);
  if (verifier !== '' && others.some((value) => value.includes(verifier))) findings.push('verifier_in_url');
  return findings;
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function repeated(world: World): readonly Finding[] {
  const requests = requestsTo(world, '/authorize').map(({ url }) => url.searchParams);
  return [
    ...(hasTwice(requests.map((parameters) => parameters.get('state'))) ? (['state_reused'] as const) : []),
    ...(hasTwice(requests.map((parameters) => parameters.get('code_challenge'))) ? (['verifier_reused'] as const) : []),
  ];
}

/** One that is not there is not there twice. */
function hasTwice(texts: readonly (string | null | undefined)[]): boolean {
  const given = texts.filter((text) => text !== null && text !== undefined);
  return new Set(given).size < given.length;
}

/** Assertions of a client (RFC 7523 §2.2). */
function ofAssertions(world: World): readonly Finding[] {
  const findings: Finding[] = [];
  const ids: string[] = [];
  for (const { place, form } of world.state.seen) {
    const assertion = form.get('client_assertion');
    if (assertion === null) continue;
    const { aud, iat, exp, jti } = claimsOf(assertion);
    if (aud !== world.origins[place]) findings.push('assertion_audience');
    if (!(Number(exp) - Number(iat) <= MAX_ASSERTION_SECONDS)) findings.push('assertion_long_lived');
    ids.push(String(jti));
  }
  return hasTwice(ids) ? [...findings, 'assertion_reused'] : findings;
}

/** What a JWT says; its signature is not looked at. */
export function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}
