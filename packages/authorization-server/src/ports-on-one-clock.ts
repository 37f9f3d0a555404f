import type { AuditSink, Clock, Platform, SharedClock } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { createAuditTrail } from './audit-trail.js';

/** The ports that say what time it is. */
export interface TimePorts {
  readonly platform: Platform;
  /** What the host gave. */
  readonly clock?: Clock;
  readonly storage: { readonly clock?: SharedClock };
}

/**
 * The same ports with the one clock that everything goes by as that of the platform: what the host gave, or else what the
 * storage has, or else the platform's own. Two servers on one database then agree on what has expired, however far apart
 * their hosts' clocks are.
 */
export function onOneClock<Ports extends TimePorts>(ports: Ports): Ports {
  const clock = ports.clock ?? ports.storage.clock;
  if (clock === undefined) return ports;
  const { platform } = ports;
  return { ...ports, platform: { clock, random: platform.random, hash: (data) => platform.hash(data) } };
}

/**
 * Tells, once each time, when the clock of this host is further from that of the storage than `toleranceSeconds`, and when it
 * no longer is. Looks whenever the time is asked for: there is no timer in this room.
 */
export function tellClockApart<Ports extends TimePorts & { readonly audit: AuditSink }>(
  ports: Ports,
  tenantId: TenantId,
  toleranceSeconds: number,
): Ports {
  const { clock: shared } = ports.storage;
  if (shared === undefined || ports.platform.clock !== shared) return ports;
  const trail = createAuditTrail(ports.audit, shared, tenantId);
  let isApart = false;
  const clock: Clock = {
    nowEpochSeconds() {
      const ahead = shared.hostAheadSeconds();
      if (Math.abs(ahead) > toleranceSeconds !== isApart) {
        isApart = !isApart;
        if (isApart) trail.record(trail.event(undefined, 'clock.apart', 'failed', { detail: describeApart(ahead) }));
        else trail.record(trail.event(undefined, 'clock.together', 'allowed', {}));
      }
      return shared.nowEpochSeconds();
    },
  };
  return { ...ports, platform: { ...ports.platform, clock } };
}

function describeApart(ahead: number): string {
  const direction = ahead > 0 ? 'ahead of' : 'behind';
  return `This host is ${Math.round(Math.abs(ahead))} seconds ${direction} the database: set both clocks by NTP.`;
}
