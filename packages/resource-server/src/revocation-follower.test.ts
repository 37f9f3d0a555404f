import type { AuditEvent, RevocationMark } from '@portcullis/ports';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { VerifiedAccessToken } from './access-token.js';
import { createRevocationFollower, type RevocationFollower } from './revocation-follower.js';

const NOW = 1_800_000_000;
const accessToken: VerifiedAccessToken = {
  tenantId: 'a',
  issuer: 'https://as.test/a',
  resource: 'https://gw.test/mcp',
  subject: 'u',
  clientId: 'c',
  scopes: [],
  accessTokenId: 'j',
  grantId: 'g',
  proofKey: undefined,
  keyId: 'k',
  permissions: [],
  groups: undefined,
  recipientProof: 'audience',
  claims: {},
  issuedAtEpochSeconds: NOW,
  expiresAtEpochSeconds: NOW + 600,
};

function mark(
  sequence: number,
  kind: RevocationMark['kind'],
  value: string,
  more: Partial<RevocationMark> = {},
): RevocationMark {
  return {
    sequence,
    tenantId: 'a',
    kind,
    value,
    notBeforeEpochSeconds: NOW,
    expiresAtEpochSeconds: NOW + 630,
    ...more,
  };
}

let follower: RevocationFollower | undefined;
afterEach(() => {
  follower?.stop();
  vi.useRealTimers();
});

interface Marks {
  marks: RevocationMark[];
  down?: boolean;
  /** The sequence of each mark that was asked from. */
  asked?: number[];
  /** What time it is. */
  now?: number;
}

function follow(store: Marks, events: AuditEvent[] = []): RevocationFollower {
  follower = createRevocationFollower({
    tenantId: 'a',
    clock: { nowEpochSeconds: () => store.now ?? NOW },
    audit: { record: (event) => events.push(event) },
    store: {
      async after(_tenantId, last, now) {
        store.asked?.push(last === 0 ? 0 : last.sequence);
        if (store.down) throw new Error('down');
        const index = last === 0 ? -1 : store.marks.indexOf(last);
        return store.marks.slice(index + 1).filter((one) => one.expiresAtEpochSeconds > now);
      },
    },
  });
  return follower;
}

describe('createRevocationFollower', () => {
  it.each([
    ['grant', 'g'],
    ['subject', 'u'],
    ['client', 'c'],
    ['key', 'k'],
    ['tenant', 'a'],
  ] as const)('stops the tokens of a %s', async (kind, value) => {
    const following = follow({ marks: [mark(1, kind, value)] });
    await following.start();
    expect(following.isRevoked(accessToken)).toBe(true);
    expect(following.isRevoked({ ...accessToken, issuedAtEpochSeconds: NOW + 1 })).toBe(false);
    expect(following.isRevoked({ ...accessToken, tenantId: 'b' })).toBe(false);
  });

  it.each<[string, Partial<VerifiedAccessToken>, boolean]>([
    ['in whose name it is', { subject: 'client:gone' }, true],
    ['that acted last', { claims: { act: { sub: 'client:gone' } } }, true],
    ['that acted before', { claims: { act: { sub: 'client:c', act: { sub: 'client:gone' } } } }, true],
    ['of the name of its user', { subject: 'gone' }, false],
    ['of the name of a user who acts', { claims: { act: { sub: 'gone' } } }, false],
    ['of the name of an actor elsewhere', { claims: { act: { sub: 'client:gone', iss: 'https://idp.test' } } }, false],
    ['that a malformed chain leads to', { claims: { act: [{ sub: 'client:gone' }] } }, false],
  ])('answers for the removal of a client %s', async (_title, changes, isStopped) => {
    const following = follow({ marks: [mark(1, 'client', 'gone')] });
    await following.start();
    expect(following.isRevoked({ ...accessToken, ...changes })).toBe(isStopped);
  });

  it('follows by sequence and tells its listeners', async () => {
    vi.useFakeTimers();
    const store = { marks: [mark(1, 'grant', 'x')], asked: [] as number[] };
    const following = follow(store);
    const heard = vi.fn();
    following.onChange(heard);
    await following.start();
    expect(following.isRevoked(accessToken)).toBe(false);
    store.marks.push(mark(7, 'grant', 'g'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(following.isRevoked(accessToken)).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.asked).toEqual([0, 1, 7]);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('F-03 hears of what took the numbers of lost marks, keeps what it knows as dead, tells its listeners of news alone, and of the loss once', async () => {
    vi.useFakeTimers();
    const events: AuditEvent[] = [];
    const store: Marks = { marks: [mark(1, 'grant', 'kept'), mark(2, 'grant', 'lost'), mark(3, 'grant', 'last')] };
    const following = follow(store, events);
    const heard = vi.fn();
    following.onChange(heard);
    await following.start();
    const [kept] = store.marks;
    store.marks = kept === undefined ? [] : [kept];
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toHaveBeenCalledTimes(1);
    store.marks.push(...['g', 'x', 'y', 'z'].map((value, index) => mark(index + 2, 'grant', value)));
    await vi.advanceTimersByTimeAsync(1000);
    const isDead = (grantId: string) => following.isRevoked({ ...accessToken, grantId });
    expect(['kept', 'lost', 'last', 'g', 'x', 'y', 'z'].filter((grantId) => !isDead(grantId))).toEqual([]);
    expect(isDead('another')).toBe(false);
    await vi.advanceTimersByTimeAsync(3000);
    expect(heard).toHaveBeenCalledTimes(2);
    expect(events).toMatchObject([{ type: 'revocation.lost', outcome: 'failed', tenantId: 'a' }]);
  });

  it('takes a mark that was swept after its end for no loss', async () => {
    vi.useFakeTimers();
    const events: AuditEvent[] = [];
    const ended = mark(2, 'grant', 'ended', { expiresAtEpochSeconds: NOW + 1 });
    const store: Marks = { marks: [mark(1, 'grant', 'g'), ended] };
    const following = follow(store, events);
    await following.start();
    store.now = NOW + 1;
    store.marks = store.marks.slice(0, 1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual([]);
  });

  it('F-07 has every revocation still, and all that were made meanwhile, after the time was wrong by hours', async () => {
    vi.useFakeTimers();
    const store: Marks = { marks: [mark(1, 'grant', 'g')], asked: [] };
    const following = follow(store);
    await following.start();
    const isDead = (grantId: string) => following.isRevoked({ ...accessToken, grantId });
    store.now = NOW + 7200;
    await vi.advanceTimersByTimeAsync(1000);
    store.marks.push(mark(2, 'grant', 'meanwhile'), mark(3, 'grant', 'late', { expiresAtEpochSeconds: NOW + 9000 }));
    await vi.advanceTimersByTimeAsync(5000);
    expect(['g', 'meanwhile', 'late'].map(isDead)).toEqual([true, false, true]);
    // The poll that finds the time right again fails, and so the one after it asks for all.
    store.now = NOW + 6;
    store.down = true;
    await vi.advanceTimersByTimeAsync(1000);
    store.down = false;
    store.now = NOW + 7;
    await vi.advanceTimersByTimeAsync(1000);
    expect(['g', 'meanwhile', 'late'].map(isDead)).toEqual([true, true, true]);
    expect(store.asked).toEqual([0, 0, 0, 3, 3, 3, 3, 0, 0]);
  });

  it('F-07 asks for all where the time jumped, once, and not where polls were far apart', async () => {
    vi.useFakeTimers();
    const store: Marks = { marks: [mark(1, 'grant', 'g', { expiresAtEpochSeconds: NOW + 9000 })], asked: [] };
    const following = follow(store);
    await following.start();
    for (const now of [NOW + 1, NOW + 6, NOW + 13, NOW + 14, NOW + 13, NOW + 14]) {
      store.now = now;
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(store.asked).toEqual([0, 1, 1, 0, 1, 0, 1]);
  });

  it('keeps the strictest mark of a value', async () => {
    const following = follow({
      marks: [
        mark(1, 'grant', 'g', { notBeforeEpochSeconds: NOW + 600 }),
        mark(2, 'grant', 'g', { notBeforeEpochSeconds: 0 }),
      ],
    });
    await following.start();
    expect(following.isRevoked(accessToken)).toBe(true);
  });

  it('is blind when it heard nothing for five seconds, says so once, and recovers', async () => {
    vi.useFakeTimers();
    const events: AuditEvent[] = [];
    const store = { marks: [] as RevocationMark[], down: false };
    const following = follow(store, events);
    expect(following.isBlind()).toBe(true);
    await following.start();
    expect(following.isBlind()).toBe(false);
    store.down = true;
    await vi.advanceTimersByTimeAsync(4000);
    expect(following.isBlind()).toBe(false);
    await vi.advanceTimersByTimeAsync(4000);
    expect(following.isBlind()).toBe(true);
    store.down = false;
    await vi.advanceTimersByTimeAsync(2000);
    expect(following.isBlind()).toBe(false);
    expect(events.map((event) => event.type)).toEqual(['revocation.blind', 'revocation.recovered']);
  });
});
