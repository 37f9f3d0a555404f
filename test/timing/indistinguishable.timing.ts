import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizedClient } from '../support/authorized.js';
import { type Gate, startGate } from '../support/gate.js';
import { SERVER_EVERYTHING } from '../support/paths.js';

// Run by `npm run test:timing`, apart from the other suites: a busy machine says nothing about time. Samples of the two
// cases alternate, and medians are compared, so that drift of the machine meets both alike.

const SAMPLES = 2000;
const LARGEST_DIFFERENCE_MILLISECONDS = 2;

let gate: Gate;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
clients:
  - clientId: reports
    clientName: Reports
    redirectUris: [http://127.0.0.1/callback]
    tokenEndpointAuthMethod: client_secret_basic
    clientSecret: { env: REPORTS_SECRET }
rateLimits:
  tokenPerMinute: 1000000
  clientAuthenticationFailuresPerMinute: 1000000
  floodPerMinute: 10000000
`,
    env: { REPORTS_SECRET: randomBytes(32).toString('base64url') },
  });
});

afterAll(async () => {
  await gate?.stop();
});

interface Answer {
  readonly milliseconds: number;
  readonly seen: string;
}

async function post(form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const body = new URLSearchParams(form);
  const began = performance.now();
  const response = await fetch(`${gate.origin}/token`, { method: 'POST', headers, body });
  const text = await response.text();
  const milliseconds = performance.now() - began;
  const kept = [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
  return { milliseconds, seen: JSON.stringify([response.status, kept, text]) };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Asserts that two requests are answered byte for byte alike and, at the median, as fast. */
async function expectAlike(one: () => Promise<Answer>, other: () => Promise<Answer>): Promise<void> {
  const times: [number[], number[]] = [[], []];
  const seen = new Set<string>();
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    for (const [index, ask] of [one, other].entries()) {
      const answer = await ask();
      times[index as 0 | 1].push(answer.milliseconds);
      seen.add(answer.seen);
    }
  }
  expect([...seen]).toHaveLength(1);
  expect(Math.abs(median(times[0]) - median(times[1]))).toBeLessThan(LARGEST_DIFFERENCE_MILLISECONDS);
}

const basic = (clientId: string): Record<string, string> => ({
  authorization: `Basic ${btoa(`${clientId}:${randomBytes(24).toString('base64url')}`)}`,
});

describe('AZ-17 answers that tell nothing apart', () => {
  it('an unknown client and a wrong secret', async () => {
    const form = { grant_type: 'authorization_code', code: 'pcc_none', code_verifier: 'v'.repeat(43) };
    await expectAlike(
      () => post(form, basic('nobody')),
      () => post(form, basic('reports')),
    );
  });

  it('an unknown refresh token and a revoked one', async () => {
    const { client, code, tokens } = await authorizedClient(gate);
    expect((await client.redeem(code)).status).toBe(400);
    const form = { grant_type: 'refresh_token', client_id: client.clientId };
    await expectAlike(
      () => post({ ...form, refresh_token: `pcr_${randomBytes(32).toString('base64url')}` }),
      () => post({ ...form, refresh_token: tokens.refresh_token }),
    );
  });
});
