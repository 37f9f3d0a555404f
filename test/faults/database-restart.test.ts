import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthorizedClient, approvedCode, authorizedClient } from '../support/authorized.js';
import type { Gate } from '../support/gate.js';
import type { TokenResponse } from '../support/oauth.js';
import { until } from '../support/processes.js';
import { type Answer, DATABASE, type Replicas, startReplicas } from '../support/replicas.js';

const OUTAGE_MILLISECONDS = 15_000;
const RECOVERY_MILLISECONDS = 5_000;
/** Of each worker. Ten of them make about a hundred requests a second where the machine can. */
const PAUSE_MILLISECONDS = 100;
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

let replicas: Replicas;
let turn = 0;
const nextGate = (): Gate => (turn++ % 2 === 0 ? replicas.one : replicas.two);
const askToken = (form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
  replicas.send(nextGate(), '/token', { form, headers });
const tokensOf = ({ body }: Answer): TokenResponse => JSON.parse(body) as TokenResponse;
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

beforeAll(async () => {
  replicas = await startReplicas();
});

afterAll(async () => {
  await replicas?.stop();
});

/** Everything the workers saw. */
interface Load {
  readonly tokenAnswers: Answer[];
  readonly callAnswers: Answer[];
  /** Ends the workers, and throws what one of them threw. */
  stop(): Promise<void>;
}

/** A client that refreshes again and again, and tries the same refresh token anew when it is turned away. */
interface Chain extends AuthorizedClient {
  readonly successors: Set<string>;
  current: string;
}

function startLoad(chains: readonly Chain[], machine: Record<string, string>, accessToken: string): Load {
  const tokenAnswers: Answer[] = [];
  const callAnswers: Answer[] = [];
  let isOver = false;
  const worker = async (act: () => Promise<void>): Promise<void> => {
    while (!isOver) {
      await act();
      await pause(PAUSE_MILLISECONDS);
    }
  };
  const call = {
    json: LIST,
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json, text/event-stream' },
  };
  const workers = [
    ...chains.map((chain) =>
      worker(async () => {
        const answer = await askToken({
          grant_type: 'refresh_token',
          refresh_token: chain.current,
          client_id: chain.client.clientId,
        });
        tokenAnswers.push(answer);
        if (answer.status !== 200) return;
        chain.current = tokensOf(answer).refresh_token;
        chain.successors.add(chain.current);
      }),
    ),
    ...Array.from({ length: 4 }, () =>
      worker(async () => void tokenAnswers.push(await askToken({ grant_type: 'client_credentials' }, machine))),
    ),
    ...Array.from({ length: 4 }, () =>
      worker(async () => void callAnswers.push(await replicas.send(nextGate(), '/mcp', call))),
    ),
  ];
  return {
    tokenAnswers,
    callAnswers,
    async stop() {
      isOver = true;
      await Promise.all(workers);
    },
  };
}

async function countEvents(type: string): Promise<number> {
  const [row] = await replicas.cluster.query<{ count: string }>(
    DATABASE,
    'SELECT count(*) FROM portcullis.audit_events WHERE type = $1',
    [type],
  );
  return Number(row?.count);
}

describe('F-03 a PostgreSQL that restarts under load', () => {
  it('is a 503 with Retry-After meanwhile, spends nothing twice, and is forgotten within seconds', async () => {
    const chains: Chain[] = [];
    for (const _ of [1, 2]) {
      const authorized = await authorizedClient(replicas.together);
      chains.push({ ...authorized, successors: new Set(), current: authorized.tokens.refresh_token });
    }
    const accessToken = chains[0]?.tokens.access_token ?? '';
    const added = await replicas.manage('clients', 'add', 'Job', '--grant', 'client_credentials');
    const credentials = Buffer.from(`${added['clientId']}:${added['clientSecret']}`).toString('base64');
    const approved = [await approvedCode(replicas.together), await approvedCode(replicas.together)];

    const load = startLoad(chains, { authorization: `Basic ${credentials}` }, accessToken);
    await pause(1000);
    expect(new Set(load.tokenAnswers.map(({ status }) => status))).toEqual(new Set([200]));

    await replicas.cluster.stop();
    const stoppedAt = Date.now();
    const redeemed = approved.map(({ client, code }) =>
      until(
        'a code that came while the database was away to be redeemed',
        async () => {
          const response = await client.redeem(code);
          const body = await response.text();
          expect([200, 503], body).toContain(response.status);
          return response.status === 200 ? (JSON.parse(body) as TokenResponse) : undefined;
        },
        OUTAGE_MILLISECONDS + 4 * RECOVERY_MILLISECONDS,
      ),
    );
    await until('the gates to say that they are not ready', notReady, OUTAGE_MILLISECONDS);
    const refused = await askToken({ grant_type: 'client_credentials' }, { authorization: `Basic ${credentials}` });
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body)).toMatchObject({ error: 'temporarily_unavailable' });
    expect(refused.body).not.toMatch(/postgres|sql|127\.0\.0\.1/i);
    await pause(Math.max(0, OUTAGE_MILLISECONDS - (Date.now() - stoppedAt)));
    await replicas.cluster.start();
    const ask = async () =>
      (await askToken({ grant_type: 'client_credentials' }, { authorization: `Basic ${credentials}` })).status === 200
        ? true
        : undefined;
    await until('tokens to be issued again', ask, RECOVERY_MILLISECONDS);
    const tokens = await Promise.all(redeemed);
    await pause(1000);
    await load.stop();

    const statuses = new Set(load.tokenAnswers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 503]));
    for (const { status, headers } of load.tokenAnswers) {
      if (status === 503) expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
    expect(load.callAnswers.length).toBeGreaterThan(0);
    expect(load.callAnswers.filter(({ status }) => status !== 200)).toEqual([]);

    // Each refresh token has one successor, and each code one grant; the trail knows of every one of them.
    const rotations = chains.reduce((sum, { successors }) => sum + successors.size, 0);
    expect(await countEvents('refresh_token.rotated')).toBe(rotations);
    expect(await countEvents('refresh_token.reuse_detected')).toBe(0);
    expect(await countEvents('authorization_code.replayed')).toBe(0);
    expect(await countEvents('authorization_code.redeemed')).toBe(chains.length + approved.length);
    for (const [index, { client }] of approved.entries()) {
      expect((await client.refresh(tokens[index]?.refresh_token ?? '')).status).toBe(200);
    }
    await until('the gates to be ready again', async () => ((await notReady()) ? undefined : true), 15_000);
  }, 180_000);
});

/** True while neither gate is ready. */
async function notReady(): Promise<true | undefined> {
  const ready = await Promise.all([replicas.one, replicas.two].map((gate) => fetch(`${gate.origin}/readyz`)));
  return ready.every(({ status }) => status === 503) ? true : undefined;
}
