import type { AuditEvent, SharedClock } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { describe, expect, it } from 'vitest';
import { onOneClock, tellClockApart } from './ports-on-one-clock.js';

const at = (now: number) => ({ nowEpochSeconds: () => now });

/** A host whose platform says 100, and the store that it shares, if it does, another time. */
function startHost(shared?: number) {
  const host = { aheadSeconds: 0 };
  const events: AuditEvent[] = [];
  const clock: SharedClock | undefined =
    shared === undefined ? undefined : { ...at(shared), hostAheadSeconds: () => host.aheadSeconds };
  const ports = {
    platform: { ...nodePlatform, clock: at(100) },
    storage: { ...createMemoryStorage(), ...(clock === undefined ? {} : { clock }) },
    audit: { record: (event: AuditEvent) => void events.push(event) },
  };
  return { host, events, ports };
}

describe('F-07 the one clock', () => {
  it('is that of the storage, unless the host gives one; without both it is that of the platform', () => {
    const now = (ports: Parameters<typeof onOneClock>[0]) => onOneClock(ports).platform.clock.nowEpochSeconds();
    expect(now(startHost().ports)).toBe(100);
    expect(now(startHost(200).ports)).toBe(200);
    expect(now({ ...startHost(200).ports, clock: at(300) })).toBe(300);
    expect(now({ ...startHost().ports, clock: at(300) })).toBe(300);
  });

  it('takes nothing else from the platform', () => {
    const { platform } = onOneClock(startHost(200).ports);
    expect(platform.hash('text')).toBe(nodePlatform.hash('text'));
    expect(platform.random.bytes(8)).toHaveLength(8);
  });

  it('tells once that the host is further off than is allowed for, and once that it no longer is', () => {
    const { host, events, ports } = startHost(200);
    const { clock } = tellClockApart(onOneClock(ports), 'default', 30).platform;
    for (const aheadSeconds of [0, 30, -30, 31, 45, -31, 10, 0]) {
      host.aheadSeconds = aheadSeconds;
      expect(clock.nowEpochSeconds()).toBe(200);
    }
    expect(events).toEqual([
      {
        type: 'clock.apart',
        outcome: 'failed',
        tenantId: 'default',
        occurredAtEpochSeconds: 200,
        detail: 'This host is 31 seconds ahead of the database: set both clocks by NTP.',
      },
      { type: 'clock.together', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: 200 },
    ]);
  });

  it('tells nothing where the host gave a clock of its own, and vouches for it', () => {
    const { host, events, ports } = startHost(200);
    host.aheadSeconds = 1000;
    tellClockApart(onOneClock({ ...ports, clock: at(300) }), 'default', 30).platform.clock.nowEpochSeconds();
    expect(events).toEqual([]);
  });
});
