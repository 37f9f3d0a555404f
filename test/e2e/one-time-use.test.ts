import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvedCode, authorizedClient } from '../support/authorized.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import type { TokenResponse } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';

let one: Gate;
let two: Gate;

const config = (port: number | undefined, graceSeconds: number): string => `
${port === undefined ? '' : `publicUrl: http://127.0.0.1:${port}`}
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
refreshGraceSeconds: ${graceSeconds}
${RELAXED_LIMITS}`;

const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

describe('one-time use, with the real program', () => {
  beforeAll(async () => {
    one = await startGate({ config: config(undefined, 60) });
  });

  afterAll(async () => {
    await one?.stop();
  });

  it('AZ-05 of fifty redemptions at once one succeeds, and the replays end its grant', async () => {
    const { client, code } = await approvedCode(one);
    const responses = await times(50, () => client.redeem(code));
    const won = responses.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 400)).toHaveLength(49);
    const tokens = (await won[0]?.json()) as TokenResponse;
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
  });

  it('TK-02 fifty refreshes at once all get the one successor', async () => {
    const { client, tokens } = await authorizedClient(one);
    const responses = await times(50, () => client.refresh(tokens.refresh_token));
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(200));
    const answers = (await Promise.all(responses.map((response) => response.json()))) as TokenResponse[];
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    const successor = answers[0]?.refresh_token ?? '';
    expect((await client.refresh(successor)).status).toBe(200);
    // The grace ended at the successor's first use: the first token is now a stolen one, and the family dies.
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
    expect((await client.refresh(successor)).status).toBe(400);
  });
});

describe('one-time use, two processes on one data directory', () => {
  beforeAll(async () => {
    one = await startGate({ config: config(undefined, 0) });
    two = await startGate({ config: config(one.port, 0), dataDir: one.dataDir });
  });

  afterAll(async () => {
    await two?.stop();
    await one?.stop();
  });

  /** The same form, sent to either process under the one public address. */
  const sendTo = (gate: Gate, form: Record<string, string>): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const headers = { host: new URL(one.origin).host, 'content-type': 'application/x-www-form-urlencoded' };
      const sent = request(`${gate.origin}/token`, { method: 'POST', headers, agent: false }, async (response) => {
        let body = '';
        for await (const chunk of response.setEncoding('utf8')) body += chunk;
        resolve({ status: response.statusCode ?? 0, body });
      });
      sent.once('error', reject);
      sent.end(new URLSearchParams(form).toString());
    });

  it('AZ-05, TK-02 one redemption and, without grace, one rotation win over both', async () => {
    const { client, code } = await approvedCode(one);
    const form = {
      grant_type: 'authorization_code',
      code,
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      code_verifier: client.codeVerifier,
    };
    const responses = await times(50, (index) => sendTo(index % 2 === 0 ? one : two, form));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 400)).toHaveLength(49);

    const { client: other, tokens } = await authorizedClient(one);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: other.clientId };
    const rotations = await times(50, (index) => sendTo(index % 2 === 0 ? one : two, refresh));
    expect(rotations.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(rotations.every(({ status }) => status === 200 || status === 400)).toBe(true);
    const winner = JSON.parse(rotations.find(({ status }) => status === 200)?.body ?? '{}') as Partial<TokenResponse>;
    expect((await other.refresh(winner.refresh_token ?? '')).status).toBe(400);
  });
});
