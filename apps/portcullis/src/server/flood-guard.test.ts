import type { AuditEvent } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { createFloodGuard } from './flood-guard.js';
import { countingRateLimiter } from './testing/test-host.js';

/** A guard that lets one message of each network through, with a clock to be turned. */
function guardWith(maxNetworks?: number) {
  const events: AuditEvent[] = [];
  let now = 1_800_000_000;
  const guard = createFloodGuard({
    perMinute: 1,
    rateLimiter: countingRateLimiter(),
    audit: { record: (event) => void events.push(event) },
    clock: { nowEpochSeconds: () => now },
    ...(maxNetworks === undefined ? {} : { maxNetworks }),
  });
  const flood = async (network: string, messages: number): Promise<void> => {
    for (let i = 0; i < messages; i += 1) await guard.consume({ network, correlationId: `${network} ${i}` }, 429);
  };
  const pass = (seconds: number): void => {
    now += seconds;
  };
  return { guard, events, flood, pass };
}

describe('the flood guard', () => {
  it('GW-17 GW-18 refuses each message beyond the limit and records one in a window, and then how many it left out', async () => {
    const { guard, events, flood, pass } = guardWith();
    await flood('192.0.2.1', 6);
    expect(await guard.consume({ network: '192.0.2.1', correlationId: 'x' }, 429)).toMatchObject({ allowed: false });
    const told = { type: 'rate_limit.exceeded', rule: 'flood', network: '192.0.2.1', httpStatus: 429 };
    expect(events).toMatchObject([{ ...told, correlationId: '192.0.2.1 1' }]);
    expect(events[0]).not.toHaveProperty('detail');
    pass(59);
    await flood('192.0.2.1', 1);
    expect(events).toHaveLength(1);
    pass(1);
    await flood('192.0.2.1', 3);
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({ ...told, detail: '6 more since the last event of this network' });
  });

  it('tells of each network for itself', async () => {
    const { events, flood } = guardWith();
    await flood('192.0.2.1', 3);
    await flood('192.0.2.2', 3);
    expect(events.map(({ network }) => network)).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  it('GW-18 remembers a bounded number of networks, records none beyond it, and goes on when their windows end', async () => {
    const { events, flood, pass } = guardWith(2);
    for (const network of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.1', '192.0.2.3']) await flood(network, 2);
    expect(events.map(({ network }) => network)).toEqual(['192.0.2.1', '192.0.2.2']);
    pass(60);
    await flood('192.0.2.3', 1);
    expect(events.map(({ network }) => network)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  });
});
