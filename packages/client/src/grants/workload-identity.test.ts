import { beforeEach, describe, expect, it } from 'vitest';
import { createSession } from '../session/session.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { unsignedJwt } from '../testing/unsigned-jwt.js';
import { JWT_BEARER, type WorkloadIdentityOptions, workloadIdentity } from './workload-identity.js';

const REAL = 'https://as.example';
const EVIL = 'https://evil.example';

/** Of an MCP server that names `issuer` as its authorization server. */
let server: ProtectedServer;
let askedFor: string[];
beforeEach(() => {
  server = createProtectedServer();
  askedFor = [];
});

const signIn = (jwt: string, options: Partial<WorkloadIdentityOptions> = {}) => {
  const grant = workloadIdentity({
    async assertion(audience) {
      askedFor.push(audience);
      return jwt;
    },
    ...options,
  });
  return createSession({ serverUrl: server.serverUrl, transport: server.transport, grant }).signIn();
};

describe('an assertion', () => {
  it.each([
    ['as a text', REAL],
    ['as a list of one', [REAL]],
  ])('CL-09 goes to the issuer that it is for, named %s', async (_what, aud) => {
    const jwt = unsignedJwt({ aud, sub: 'wörkload' });
    expect((await signIn(jwt)).tokens.accessToken).toBe('at-1');
    expect(askedFor).toEqual([REAL]);
    expect(server.tokenRequests(JWT_BEARER)[0]?.form.get('assertion')).toBe(jwt);
  });

  it('CL-06 for one authorization server does not go to another that the server names', async () => {
    server = createProtectedServer({ issuer: EVIL });
    await expect(signIn(unsignedJwt({ aud: REAL }))).rejects.toMatchObject({ code: 'issuer_changed' });
    expect(server.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it.each([
    ['the token endpoint', `${REAL}/token`],
    ['an issuer that differs by a slash', `${REAL}/`],
    ['an issuer that differs by case', 'https://AS.example'],
    ['another one beside the issuer', [REAL, EVIL]],
    ['the issuer twice', [REAL, REAL]],
    ['nobody', []],
    ['nobody at all', undefined],
    ['a list in a list', [[REAL]]],
  ])('CL-09 for %s goes nowhere', async (_what, aud) => {
    await expect(signIn(unsignedJwt({ aud }))).rejects.toMatchObject({ code: 'issuer_changed' });
    expect(server.tokenRequests(JWT_BEARER)).toEqual([]);
  });

  it.each([
    '',
    'opaque',
    'a.b',
    'a.!.c',
    'a.eyJhd.c',
    'a.e30',
    `${unsignedJwt({ aud: REAL })}.d.e`,
    'a.W10.c',
    'a.MQ.c',
  ])('CL-09 that is no JWT goes nowhere: %s', async (jwt) => {
    await expect(signIn(jwt)).rejects.toMatchObject({ code: 'configuration_invalid' });
    expect(server.tokenRequests(JWT_BEARER)).toEqual([]);
  });
});

describe('a workload of one issuer', () => {
  it('CL-06 asks for no assertion where the server names another one', async () => {
    server = createProtectedServer({ issuer: EVIL });
    await expect(signIn(unsignedJwt({ aud: EVIL }), { issuer: REAL })).rejects.toMatchObject({
      code: 'issuer_changed',
    });
    expect(askedFor).toEqual([]);
  });

  it('is served by that one', async () => {
    expect((await signIn(unsignedJwt({ aud: REAL }), { issuer: REAL })).tokens.issuer).toBe(REAL);
  });
});
