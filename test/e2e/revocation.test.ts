import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvedCode, authorizedClient } from '../support/authorized.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate, TEST_PASSWORD } from '../support/gate.js';
import { initializeRequest, jsonRpcOf, postMcp, type TokenResponse } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';
import { until } from '../support/processes.js';
import { connectClient, sdkV1 } from '../support/sdk-clients.js';

/** Of the tokens that end by themselves: long enough for a call on a busy machine, short enough to wait for. */
const SHORT_SECONDS = 8;

let gate: Gate;
let hasty: Gate;
const mcp = (of: Gate = gate): string => `${of.origin}/mcp`;

beforeAll(async () => {
  const config = `
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
${RELAXED_LIMITS}`;
  const lifetimes = `
lifetimes:
  accessTokenSeconds: ${SHORT_SECONDS}
  clockToleranceSeconds: 0`;
  [gate, hasty] = await Promise.all([startGate({ config }), startGate({ config: config + lifetimes })]);
});

afterAll(async () => {
  await Promise.all([gate?.stop(), hasty?.stop()]);
});

const shortLifeEnds = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SHORT_SECONDS * 1000 + 100));

async function addUser(username: string): Promise<void> {
  const args = ['users', 'add', username, '--password-stdin', '--data-dir', gate.dataDir];
  expect(await runProgram(args, { input: `${TEST_PASSWORD}\n` })).toMatchObject({ code: 0 });
}

async function statusWith(accessToken: string, of: Gate = gate): Promise<number> {
  const response = await postMcp(mcp(of), accessToken, initializeRequest());
  await response.body?.cancel();
  return response.status;
}

// Each waits for a token of its own to end, so they wait together.
describe.concurrent('an access token that ended by itself', () => {
  it('is refused, and its refresh token brings the next', async () => {
    const { client, tokens } = await authorizedClient(hasty);
    expect(await statusWith(tokens.access_token, hasty)).toBe(200);
    await shortLifeEnds();
    const refused = await postMcp(mcp(hasty), tokens.access_token, initializeRequest());
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const next = (await (await client.refresh(tokens.refresh_token)).json()) as TokenResponse;
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    expect(await statusWith(next.access_token, hasty)).toBe(200);
  });

  it('is renewed by the official SDK of its own accord', async () => {
    const client = await connectClient(sdkV1, mcp(hasty), hasty);
    const first = client.provider.savedTokens?.access_token;
    await shortLifeEnds();
    expect(await client.callTool('echo', { message: 'still here' })).toContain('still here');
    expect(client.provider.savedTokens?.access_token).not.toBe(first);
    await client.close();
  });
});

describe('tokens end when they should', () => {
  it('AZ-04 a replayed code ends the tokens it brought', async () => {
    const { client, code } = await approvedCode(gate);
    const tokens = (await (await client.redeem(code)).json()) as TokenResponse;
    expect(await statusWith(tokens.access_token)).toBe(200);
    expect((await client.redeem(code, { code_verifier: 'x'.repeat(43) })).status).toBe(400);
    expect(await statusWith(tokens.access_token)).toBe(200);
    const replay = await client.redeem(code);
    expect([replay.status, ((await replay.json()) as { error: string }).error]).toEqual([400, 'invalid_grant']);
    await until('the marks to arrive', async () => (await statusWith(tokens.access_token)) === 401 || undefined);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
  });

  it('`users remove` stops that user everywhere within seconds, open streams included, and nobody else', async () => {
    await addUser('leaver');
    const stayer = await authorizedClient(gate);
    const leaver = await authorizedClient(gate, { person: { username: 'leaver', password: TEST_PASSWORD } });
    const session = await postMcp(mcp(), leaver.tokens.access_token, initializeRequest());
    await jsonRpcOf(session);
    const stream = await fetch(mcp(), {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${leaver.tokens.access_token}`,
        'mcp-session-id': session.headers.get('mcp-session-id') ?? '',
      },
    });
    expect(stream.status).toBe(200);

    const removed = await runProgram(['users', 'remove', 'leaver', '--data-dir', gate.dataDir]);
    expect(removed.code).toBe(0);
    const ended = stream.text().catch(() => 'cut');
    // Its token would be good for minutes: nothing else ends it.
    const cut = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve('still open'), 10_000))]);
    expect(cut).not.toBe('still open');
    const renewed = await leaver.client.refresh(leaver.tokens.refresh_token);
    expect(((await renewed.json()) as { error: string }).error).toBe('invalid_grant');
    expect((await stayer.client.refresh(stayer.tokens.refresh_token)).status).toBe(200);
  });

  it('`users reset-password` ends what the old password opened', async () => {
    await addUser('forgetful');
    const { client, tokens } = await authorizedClient(gate, {
      person: { username: 'forgetful', password: TEST_PASSWORD },
    });
    const args = ['users', 'reset-password', 'forgetful', '--password-stdin', '--data-dir', gate.dataDir];
    expect((await runProgram(args, { input: 'another long password\n' })).code).toBe(0);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
    const again = await authorizedClient(gate, {
      person: { username: 'forgetful', password: 'another long password' },
    });
    expect(await statusWith(again.tokens.access_token)).toBe(200);
  });
});
