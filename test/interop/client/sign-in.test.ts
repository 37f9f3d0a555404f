import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectSdkV1, connectSdkV2, type FetchClient } from '../../support/fetch-clients.js';
import { type FormsOpener, startFormsOpener } from '../../support/forms-opener.js';
import { ALICE } from '../../support/own-server.js';
import { CHANGE, READ } from '../../support/token-guards.js';
import { type JudgingServer, startOidcProvider, startOurs, startSdkRouter } from './judging-server.js';
import { type ClientProgram, startClientProgram } from './program.js';

// The client against authorization servers that others wrote, and ours beside them: all of them have to be satisfied by
// the very same client, whose user signs in at each by the forms that it shows.

const JUDGES = [
  ['oidc-provider', () => startOidcProvider(), 'not_renewable'],
  ["the SDK's mcpAuthRouter", () => startSdkRouter(), 'revoked'],
  ['our own server', () => startOurs(), 'revoked'],
] as const;

describe.each(JUDGES)('the client at %s', (_name, startJudge, signedOut) => {
  let judge: JudgingServer;
  let opener: FormsOpener;
  let program: ClientProgram;
  let mcp: FetchClient | undefined;
  let openedBefore: number;

  beforeAll(async () => {
    judge = await startJudge();
    opener = await startFormsOpener(judge.origin, ALICE);
  });

  afterAll(async () => {
    await opener?.close();
    await judge?.close();
  });

  beforeEach(() => {
    program = startClientProgram(judge.url, opener);
    openedBefore = opener.opened.length;
  });

  afterEach(async () => {
    await mcp?.close();
    mcp = undefined;
    expect(opener.failures).toEqual([]);
    expect(judge.faults()).toEqual([]);
  });

  /** How often the person was asked in this test. */
  const asked = (): number => opener.opened.length - openedBefore;

  async function signIn(connect = connectSdkV1): Promise<FetchClient> {
    mcp = await connect(judge.url, program.fetch);
    return mcp;
  }

  const whoIs = async (client: FetchClient): Promise<unknown> => JSON.parse(await client.callTool('who'));

  /** Asks the authorization server to renew, as nobody but this client can. */
  async function redeem(refreshToken: string | undefined, clientId: string): Promise<unknown> {
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken ?? '', client_id: clientId };
    const body = new URLSearchParams({ ...form, resource: judge.url });
    return (await fetch(judge.metadata.token_endpoint, { method: 'POST', body })).json();
  }

  it.each([
    ['SDK v1', connectSdkV1],
    ['SDK v2', connectSdkV2],
  ])('is let in through %s after one sign-in, with PKCE and for this resource', async (_sdk, connect) => {
    const client = await signIn(connect);
    const { clientId, ...tokens } = await program.tokens();
    expect(await whoIs(client)).toEqual({ clientId, scopes: [READ] });
    expect(asked()).toBe(1);
    const request = opener.opened.at(-1)?.searchParams;
    expect(Object.fromEntries(request ?? [])).toMatchObject({
      client_id: clientId,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      resource: judge.url,
    });
    expect(request?.get('scope')?.split(' ')).toContain(READ);
    expect(tokens).toMatchObject({ issuer: judge.metadata.issuer, resource: judge.url, isLegacy: false });
    expect(tokens.refreshToken).toBeDefined();
  });

  it('CL-11 renews ahead of the end, each time with the newest refresh token', async () => {
    const client = await signIn();
    const seen = [await program.tokens()];
    for (let round = 0; round < 2; round += 1) {
      program.goAhead(590);
      expect(await whoIs(client)).toEqual({ clientId: seen[0]?.clientId, scopes: [READ] });
      seen.push(await program.tokens());
    }
    expect(new Set(seen.map(({ accessToken }) => accessToken)).size).toBe(3);
    expect(new Set(seen.map(({ refreshToken }) => refreshToken)).size).toBe(3);
    expect(asked()).toBe(1);
  });

  it('CL-11 renews once for all calls that were refused together', async () => {
    const client = await signIn();
    judge.endAccessTokens();
    await Promise.all(Array.from({ length: 5 }, () => whoIs(client)));
    expect(program.events.filter((type) => type === 'refreshed')).toHaveLength(1);
    expect(asked()).toBe(1);
  });

  it('CL-11 asks the person again where the refresh token was ended, as the client that it was', async () => {
    const client = await signIn();
    const { clientId, refreshToken } = await program.tokens();
    const body = new URLSearchParams({ token: refreshToken ?? '', client_id: clientId });
    const ended = await fetch(judge.metadata.revocation_endpoint ?? '', { method: 'POST', body });
    expect(ended.status).toBe(200);
    judge.endAccessTokens();
    expect(await whoIs(client)).toEqual({ clientId, scopes: [READ] });
    expect(asked()).toBe(2);
  });

  it('registers again where the server has forgotten the client that it renews for', async () => {
    const client = await signIn();
    const { clientId } = await program.tokens();
    await judge.forgetClient(clientId);
    judge.endAccessTokens();
    const { clientId: newClientId } = (await whoIs(client)) as { clientId: string };
    expect(newClientId).not.toBe(clientId);
    expect((await program.tokens()).clientId).toBe(newClientId);
    expect(asked()).toBe(2);
  });

  it('registers again before it leads a person to a server that has forgotten it', async () => {
    await signIn();
    const { clientId } = await program.tokens();
    await program.otherProcess.signOut();
    await judge.forgetClient(clientId);
    judge.endAccessTokens();
    await program.otherProcess.signIn();
    expect((await program.tokens()).clientId).not.toBe(clientId);
    expect(asked()).toBe(2);
  });

  it('steps up once for a tool that wants more, and keeps what it had', async () => {
    const client = await signIn();
    expect(await client.callTool('change')).toBe('changed');
    expect(await whoIs(client)).toMatchObject({ scopes: expect.arrayContaining([READ, CHANGE]) });
    expect(program.events.filter((type) => type === 'signed_in')).toHaveLength(2);
  });

  it('ends the sign-in at the server when it signs out', async () => {
    await signIn();
    const { clientId, refreshToken } = await program.tokens();
    expect(await program.otherProcess.signOut()).toBe(signedOut);
    expect(await redeem(refreshToken, clientId)).toMatchObject({ error: 'invalid_grant' });
    await expect(program.tokens()).rejects.toThrow('Nobody is signed in');
  });
});
