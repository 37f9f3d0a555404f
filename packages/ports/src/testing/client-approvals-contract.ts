import { describe, expect, it } from 'vitest';
import type { ApprovalLimits, ApprovalStatus } from '../stores/client-approvals.js';
import { event, HOSTILE_TEXTS, NOW, TENANT_A, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const CLIENT = 'https://client.test/client.json';

const ROOMY: ApprovalLimits = { total: 10, perHost: 10 };
const upTo = (total: number): ApprovalLimits => ({ total, perHost: 10 });

/** The contract of `ClientApprovalStore`. */
export function describeClientApprovalStore(open: OpenStorage): void {
  describe('client approvals', () => {
    const subject = useStorage(open);

    const request = (
      clientId = CLIENT,
      limits = ROOMY,
      now = NOW,
      tenantId = TENANT_A,
    ): Promise<ApprovalStatus | 'full'> =>
      subject().storage.clientApprovals.request(
        { tenantId, clientId, clientName: `Name of ${clientId}` },
        limits,
        now,
        event('client.approval_requested', tenantId),
      );
    const decide = (status: 'approved' | 'denied', clientId = CLIENT, now = NOW, tenantId = TENANT_A): Promise<void> =>
      subject().storage.clientApprovals.decide(
        tenantId,
        clientId,
        status,
        now,
        event(status === 'approved' ? 'client.approved' : 'client.denied', tenantId),
      );

    it('put a client in the queue once, with the name and time it was first asked for with', async () => {
      const { storage, countEvents } = subject();
      expect(await request()).toBe('pending');
      expect(await request(CLIENT, ROOMY, NOW + 5)).toBe('pending');
      expect(await storage.clientApprovals.find('a', CLIENT)).toEqual({
        tenantId: 'a',
        clientId: CLIENT,
        clientName: `Name of ${CLIENT}`,
        status: 'pending',
        requestedAtEpochSeconds: NOW,
        decidedAtEpochSeconds: undefined,
      });
      expect(await countEvents('client.approval_requested')).toBe(1);
    });

    it('answer what was decided, and keep when', async () => {
      const { storage, countEvents } = subject();
      await request();
      await decide('approved', CLIENT, NOW + 10);
      expect(await request()).toBe('approved');
      await decide('denied', CLIENT, NOW + 20);
      expect(await request()).toBe('denied');
      expect(await storage.clientApprovals.find('a', CLIENT)).toMatchObject({
        status: 'denied',
        clientName: `Name of ${CLIENT}`,
        requestedAtEpochSeconds: NOW,
        decidedAtEpochSeconds: NOW + 20,
      });
      expect(await countEvents('client.approved')).toBe(1);
      expect(await countEvents('client.denied')).toBe(1);
      expect(await countEvents('client.approval_requested')).toBe(1);
    });

    it('can be decided on before a client asks, and it then never waits', async () => {
      const { storage, countEvents } = subject();
      await decide('approved');
      expect(await request(CLIENT, upTo(0))).toBe('approved');
      expect(await storage.clientApprovals.find('a', CLIENT)).toEqual({
        tenantId: 'a',
        clientId: CLIENT,
        clientName: '',
        status: 'approved',
        requestedAtEpochSeconds: NOW,
        decidedAtEpochSeconds: NOW,
      });
      expect(await countEvents('client.approval_requested')).toBe(0);
    });

    /** Who waits, oldest first. */
    const waiting = async (tenantId = TENANT_A): Promise<readonly string[]> => {
      const listed = await subject().storage.clientApprovals.list(tenantId);
      return listed.filter(({ status }) => status === 'pending').map(({ clientId }) => clientId);
    };

    it('answer an approval after a denial, and a denial after an approval, also to a client that waited', async () => {
      await request();
      await decide('denied', CLIENT, NOW + 1);
      expect([await request(), await waiting()]).toEqual(['denied', []]);
      await decide('approved', CLIENT, NOW + 2);
      expect([await request(), await waiting()]).toEqual(['approved', []]);
      expect(await subject().countEvents('client.approval_requested')).toBe(1);
    });

    it('refuse one more of a host that has all it may have, whatever its port, and nobody else', async () => {
      const { storage, countEvents } = subject();
      const limits = { total: 10, perHost: 2 };
      expect(await request('https://crowd.test/1', limits)).toBe('pending');
      expect(await request('https://crowd.test:8443/2', limits)).toBe('pending');
      for (const clientId of ['https://crowd.test/3', 'https://crowd.test:8444/3']) {
        expect(await request(clientId, limits)).toBe('full');
        expect(await storage.clientApprovals.find('a', clientId)).toBeUndefined();
      }
      expect(await request('https://crowd.test/1', limits)).toBe('pending');
      expect(await request('https://a.crowd.test/1', limits)).toBe('pending');
      expect(await request('https://crowd.test.example/1', limits)).toBe('pending');
      expect(await countEvents('client.approval_requested')).toBe(4);
    });

    it('count those that wait alone: a decision makes room', async () => {
      const limits = { total: 2, perHost: 1 };
      await request('https://one.test/1', limits);
      await request('https://two.test/1', limits, NOW + 1);
      await decide('approved', 'https://one.test/1');
      expect(await request('https://one.test/2', limits, NOW + 2)).toBe('pending');
      expect(await waiting()).toEqual(['https://two.test/1', 'https://one.test/2']);
      expect(await request('https://one.test/1', limits)).toBe('approved');
    });

    it('refuse nobody when the queue is full: the oldest of the host that most wait for makes room', async () => {
      const { countEvents } = subject();
      await request('https://honest.test/1', upTo(4), NOW);
      await request('https://crowd.test/2', upTo(4), NOW + 2);
      await request('https://crowd.test/1', upTo(4), NOW + 1);
      await request('https://crowd.test:8443/3', upTo(4), NOW + 3);
      expect(await request('https://new.test/1', upTo(4), NOW + 4)).toBe('pending');
      expect(await waiting()).not.toContain('https://crowd.test/1');
      expect(await request('https://new.test/2', upTo(4), NOW + 5)).toBe('pending');
      expect(await waiting()).toEqual([
        'https://honest.test/1',
        'https://crowd.test:8443/3',
        'https://new.test/1',
        'https://new.test/2',
      ]);
      expect(await countEvents('client.approval_requested')).toBe(6);
    });

    it('let the one make room that has waited longest, where no host has more than another', async () => {
      await request('https://b.test/1', upTo(2), NOW);
      await request('https://a.test/1', upTo(2), NOW + 1);
      await request('https://c.test/1', upTo(2), NOW + 2);
      expect(await waiting()).toEqual(['https://a.test/1', 'https://c.test/1']);
      // It is as if it had never asked.
      expect(await request('https://b.test/1', upTo(2), NOW + 3)).toBe('pending');
      expect(await waiting()).toEqual(['https://c.test/1', 'https://b.test/1']);
    });

    it('never let a decision make room', async () => {
      const { storage } = subject();
      await request('https://crowd.test/1', upTo(1));
      await decide('denied', 'https://crowd.test/1');
      await decide('approved', 'https://crowd.test/2');
      await request('https://a.test/1', upTo(1));
      await request('https://b.test/1', upTo(1));
      const listed = await storage.clientApprovals.list('a');
      expect(listed.map(({ clientId, status }) => [clientId, status])).toEqual([
        ['https://b.test/1', 'pending'],
        ['https://crowd.test/1', 'denied'],
        ['https://crowd.test/2', 'approved'],
      ]);
    });

    it('hold no more than the limits when thirty clients ask at once', async () => {
      const { countEvents } = subject();
      const many = Array.from({ length: 30 }, (_, index) => index);
      const answers = await Promise.all(many.map((index) => request(`https://host-${index}.test/1`, upTo(7))));
      expect(new Set(answers)).toEqual(new Set(['pending']));
      expect(await waiting()).toHaveLength(7);
      expect(await countEvents('client.approval_requested')).toBe(30);

      const limits = { total: 100, perHost: 5 };
      const ofOne = await Promise.all(many.map((index) => request(`https://crowd.test/${index}`, limits)));
      expect(ofOne.filter((answer) => answer === 'pending')).toHaveLength(5);
      expect(ofOne.filter((answer) => answer === 'full')).toHaveLength(25);
      expect(await waiting()).toHaveLength(12);
    });

    it('are one row and one event for thirty requests of one client at once', async () => {
      const { storage, countEvents } = subject();
      const answers = await Promise.all(Array.from({ length: 30 }, () => request(CLIENT, upTo(1))));
      expect(new Set(answers)).toEqual(new Set(['pending']));
      expect(await storage.clientApprovals.list('a')).toHaveLength(1);
      expect(await countEvents('client.approval_requested')).toBe(1);
    });

    it('are forgotten, whatever was decided, and may ask again', async () => {
      const { storage, countEvents } = subject();
      const forget = (clientId = CLIENT, tenantId = 'a') =>
        storage.clientApprovals.forget(tenantId, clientId, event('client.decision_forgotten', tenantId));
      expect(await forget()).toBe('unknown');
      for (const status of ['denied', 'approved'] as const) {
        await request();
        await decide(status);
        expect(await forget(CLIENT, TENANT_B)).toBe('unknown');
        expect(await request()).toBe(status);
        expect(await forget()).toBe('forgotten');
        expect(await storage.clientApprovals.list('a')).toEqual([]);
        expect(await request()).toBe('pending');
      }
      expect(await forget()).toBe('forgotten');
      expect(await forget()).toBe('unknown');
      expect(await countEvents('client.decision_forgotten')).toBe(3);
    });

    it('are listed by the time of the request, then by client', async () => {
      const { storage } = subject();
      await request('late', ROOMY, NOW + 1);
      await request('b');
      await request('a');
      const listed = await storage.clientApprovals.list('a');
      expect(listed.map(({ clientId }) => clientId)).toEqual(['a', 'b', 'late']);
    });

    it('keep tenants apart: the same client waits in each, and each has its own limit', async () => {
      const { storage } = subject();
      await request(CLIENT, upTo(1));
      await decide('approved');
      expect(await storage.clientApprovals.find('b', CLIENT)).toBeUndefined();
      expect(await request(CLIENT, upTo(1), NOW, TENANT_B)).toBe('pending');
      await decide('denied', CLIENT, NOW, TENANT_B);
      expect(await request()).toBe('approved');
      expect(await request('another', upTo(1))).toBe('pending');
      expect(await storage.clientApprovals.list('b')).toHaveLength(1);
    });

    it('ST-04 treat ids and names as data', async () => {
      const { storage } = subject();
      for (const text of HOSTILE_TEXTS) expect(await request(text)).toBe('pending');
      for (const text of HOSTILE_TEXTS) {
        expect(await storage.clientApprovals.find('a', text)).toMatchObject({
          clientId: text,
          clientName: `Name of ${text}`,
        });
      }
      expect(await storage.clientApprovals.find('a', '%')).toBeUndefined();
      expect(await storage.clientApprovals.list('a')).toHaveLength(HOSTILE_TEXTS.length);
    });
  });
}
