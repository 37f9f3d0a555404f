import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvedCode, authorizedClient } from '../support/authorized.js';
import { authorize, startBrowser } from '../support/browser.js';
import { listenForCallback } from '../support/callback.js';
import { type Gate, runProgram, startGate } from '../support/gate.js';
import { type ManualClient, manualClient, type TokenResponse } from '../support/oauth.js';
import { freePort, until } from '../support/processes.js';
import { type Answer, DATABASE, type Replicas, startReplicas } from '../support/replicas.js';

let replicas: Replicas;
let browser: Browser;
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const ACCEPT = 'application/json, text/event-stream';

const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));
const inTurn = (index: number): Gate => (index % 2 === 0 ? replicas.one : replicas.two);
const askToken = (gate: Gate, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
  replicas.send(gate, '/token', { form, headers });
const tokensOf = ({ body }: Answer): TokenResponse => JSON.parse(body) as TokenResponse;
const keyOf = (accessToken: string): string | undefined => {
  const [header = ''] = accessToken.split('.');
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: string }).kid;
};

/** The status of a call through each gate. */
const callBoth = (accessToken: string): Promise<number[]> =>
  Promise.all(
    [replicas.one, replicas.two].map(async (gate) => {
      const headers = { authorization: `Bearer ${accessToken}`, accept: ACCEPT };
      return (await replicas.send(gate, '/mcp', { json: LIST, headers })).status;
    }),
  );

/** A machine client, and how it asks for a token. */
async function addMachine(): Promise<{ clientId: string; ask(gate: Gate): Promise<Answer> }> {
  const { clientId = '', clientSecret } = await replicas.manage(
    'clients',
    'add',
    'Job',
    '--grant',
    'client_credentials',
  );
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  return { clientId, ask: (gate) => askToken(gate, { grant_type: 'client_credentials' }, { authorization }) };
}

beforeAll(async () => {
  [replicas, browser] = await Promise.all([startReplicas(), startBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await replicas?.stop();
});

describe('two gates on one PostgreSQL', () => {
  it('promise all that the database can guard, and say where they keep things without a password', async () => {
    for (const { running, log } of [replicas.one, replicas.two]) {
      expect(log().filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
      expect(log().map(({ msg }) => msg)).toContain(
        'What the database itself guards: row_level_security holds, append_only_trail holds, separate_migration_login holds, ' +
          'own_logins holds, every_text holds',
      );
      expect(running.stdout()).toContain(`Database  PostgreSQL, database ${DATABASE} at 127.0.0.1:`);
    }
    const { notes } = await listUsers();
    expect(notes).toBe(`On PostgreSQL, database ${DATABASE} at 127.0.0.1:${replicas.cluster.port}\n`);
    const { stdout } = await runProgram(['migrate', '--dry-run'], { env: replicas.environment });
    expect(stdout).toContain('There is nothing to do.');
  });

  it('F-12 take no gate among them that has another master key, or none', async () => {
    const { PORTCULLIS_MASTER_KEY: _key, ...database } = replicas.environment;
    const other = {
      ...database,
      PORTCULLIS_MASTER_KEY: Buffer.from('another key of 32 random bytes!!').toString('base64url'),
    };
    for (const env of [other, database]) {
      const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-')), 'data');
      const args = ['gateway', '--upstream', replicas.upstream.url, '--data-dir', dataDir];
      const { code, stdout, stderr } = await runProgram([...args, '--port', String(await freePort())], { env });
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/master key/);
      expect(stderr).not.toContain(other.PORTCULLIS_MASTER_KEY);
    }
  });

  it('AZ-05 of fifty redemptions over both one succeeds, and the replays end its grant', async () => {
    const { client, code } = await approvedCode(replicas.together);
    const form = {
      grant_type: 'authorization_code',
      code,
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      code_verifier: client.codeVerifier,
    };
    const answers = await times(50, (index) => askToken(inTurn(index), form));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49);
    const [tokens] = won.map(tokensOf);
    expect((await client.refresh(tokens?.refresh_token ?? '')).status).toBe(400);
    const stopped = async () =>
      (await callBoth(tokens?.access_token ?? '')).every((status) => status === 401) ? 1 : undefined;
    await until('the access token to stop at both', stopped, 5000);
    const rows = await replicas.cluster.query<{ count: string }>(
      DATABASE,
      'SELECT count(*) FROM portcullis.grants WHERE client_id = $1',
      [client.clientId],
    );
    expect(rows).toEqual([{ count: '1' }]);
  });

  it('TK-02 fifty refreshes over both all get the one successor', async () => {
    const { client, tokens } = await authorizedClient(replicas.together);
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: client.clientId };
    const answers = await times(50, (index) => askToken(inTurn(index), form));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map((answer) => tokensOf(answer).refresh_token)).size).toBe(1);
    expect((await client.refresh(answers.map(tokensOf)[0]?.refresh_token ?? '')).status).toBe(200);
  });

  it('know a client that the command line added, at once and both, and forget it the same way', async () => {
    const callback = await listenForCallback();
    const { clientId = '' } = await replicas.manage('clients', 'add', 'Added', '--redirect-uri', callback.redirectUri);
    const signedIn: { client: ManualClient; tokens: TokenResponse }[] = [];
    for (const gate of [replicas.one, replicas.two]) {
      replicas.lead(gate);
      const client = manualClient(replicas.together.origin, clientId, callback.redirectUri);
      const context = await browser.newContext();
      const query = await authorize(context, client.authorizationUrl, replicas.together, callback.next());
      await context.close();
      const response = await client.redeem(query.get('code') ?? '');
      expect(response.status).toBe(200);
      signedIn.push({ client, tokens: (await response.json()) as TokenResponse });
    }
    replicas.lead(replicas.one, replicas.two);
    await callback.close();
    for (const { tokens } of signedIn) expect(await callBoth(tokens.access_token)).toEqual([200, 200]);

    await replicas.manage('clients', 'remove', clientId);
    for (const { client, tokens } of signedIn) {
      expect((await client.refresh(tokens.refresh_token)).status).toBe(401);
      const stopped = async () =>
        (await callBoth(tokens.access_token)).every((status) => status === 401) ? 1 : undefined;
      await until('the access token to stop at both', stopped, 5000);
    }
  });

  it('follow a rotation of keys, and take tokens of both keys', async () => {
    const { ask } = await addMachine();
    const old = tokensOf(await ask(replicas.one)).access_token;
    const { made } = (await replicas.manage('keys', 'rotate', '--at-once')) as unknown as { made: { keyId: string } };
    expect(keyOf(old)).not.toBe(made.keyId);
    for (const gate of [replicas.one, replicas.two]) {
      const fresh = await until(
        'the gate to sign with the new key',
        async () => {
          const { access_token } = tokensOf(await ask(gate));
          return keyOf(access_token) === made.keyId ? access_token : undefined;
        },
        45_000,
      );
      expect(await callBoth(fresh)).toEqual([200, 200]);
      expect(await callBoth(old)).toEqual([200, 200]);
    }

    await replicas.manage('keys', 'retire', '--', keyOf(old) ?? '');
    const stopped = async () => ((await callBoth(old)).every((status) => status === 401) ? 1 : undefined);
    await until('tokens of the retired key to stop at both', stopped, 5000);
    expect(await callBoth(tokensOf(await ask(replicas.two)).access_token)).toEqual([200, 200]);
  });

  it('F-07 take one among them whose clock is wrong: it goes by that of the database, and says so', async () => {
    const { client, code } = await approvedCode(replicas.together);
    const config = `
publicUrl: ${replicas.together.origin}
upstreams: [{url: ${JSON.stringify(replicas.upstream.url)}}]`;
    const wrongClock = '--import=data:text/javascript,const{now}=Date;Date.now=()=>now()+100_000';
    const third = await startGate({ config, env: { ...replicas.environment, NODE_OPTIONS: wrongClock } });
    try {
      // It has swept at its start, by which its own clock says that the code is long over.
      const answer = await askToken(third, {
        grant_type: 'authorization_code',
        code,
        client_id: client.clientId,
        redirect_uri: client.redirectUri,
        code_verifier: client.codeVerifier,
      });
      expect(answer.status).toBe(200);
      expect(await callBoth(tokensOf(answer).access_token)).toEqual([200, 200]);
      const told = third.log().filter(({ type }) => type === 'clock.apart');
      expect(told.map(({ level, detail }) => [level, detail])).toEqual([
        ['error', 'This host is 100 seconds ahead of the database: set both clocks by NTP.'],
      ]);
    } finally {
      await third.stop();
    }
  });
});

async function listUsers(): Promise<{ notes: string }> {
  const { stderr } = await runProgram(['users', 'list'], { env: replicas.environment });
  return { notes: stderr };
}
