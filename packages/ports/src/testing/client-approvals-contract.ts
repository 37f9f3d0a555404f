import { describe, expect, it } from 'vitest';
import type { ApprovalStatus } from '../stores/client-approvals.js';
import { event, HOSTILE_TEXTS, NOW, TENANT_A, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const CLIENT = 'https://client.test/client.json';

/** The contract of `ClientApprovalStore`. */
export function describeClientApprovalStore(open: OpenStorage): void {
  describe('client approvals', () => {
    const subject = useStorage(open);

    const request = (clientId = CLIENT, limit = 10, now = NOW, tenantId = TENANT_A): Promise<ApprovalStatus | 'full'> =>
      subject().storage.clientApprovals.request(
        { tenantId, clientId, clientName: `Name of ${clientId}` },
        limit,
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
      expect(await request(CLIENT, 10, NOW + 5)).toBe('pending');
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
      expect(await request(CLIENT, 0)).toBe('approved');
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

    it('hold the queue at its limit, which counts the waiting alone', async () => {
      const { storage, countEvents } = subject();
      expect(await request('one', 2)).toBe('pending');
      expect(await request('two', 2)).toBe('pending');
      expect(await request('three', 2)).toBe('full');
      expect(await storage.clientApprovals.find('a', 'three')).toBeUndefined();
      expect(await request('two', 2)).toBe('pending');
      await decide('denied', 'one');
      expect(await request('three', 2)).toBe('pending');
      expect(await countEvents('client.approval_requested')).toBe(3);
    });

    it('let no more in than the limit when thirty clients ask at once', async () => {
      const { storage, countEvents } = subject();
      const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => request(`client-${index}`, 7)));
      expect(answers.filter((answer) => answer === 'pending')).toHaveLength(7);
      expect(answers.filter((answer) => answer === 'full')).toHaveLength(23);
      expect(await storage.clientApprovals.list('a')).toHaveLength(7);
      expect(await countEvents('client.approval_requested')).toBe(7);
    });

    it('are one row and one event for thirty requests of one client at once', async () => {
      const { storage, countEvents } = subject();
      const answers = await Promise.all(Array.from({ length: 30 }, () => request(CLIENT, 1)));
      expect(new Set(answers)).toEqual(new Set(['pending']));
      expect(await storage.clientApprovals.list('a')).toHaveLength(1);
      expect(await countEvents('client.approval_requested')).toBe(1);
    });

    it('are listed by the time of the request, then by client', async () => {
      const { storage } = subject();
      await request('late', 10, NOW + 1);
      await request('b');
      await request('a');
      const listed = await storage.clientApprovals.list('a');
      expect(listed.map(({ clientId }) => clientId)).toEqual(['a', 'b', 'late']);
    });

    it('keep tenants apart: the same client waits in each, and each has its own limit', async () => {
      const { storage } = subject();
      await request(CLIENT, 1);
      await decide('approved');
      expect(await storage.clientApprovals.find('b', CLIENT)).toBeUndefined();
      expect(await request(CLIENT, 1, NOW, TENANT_B)).toBe('pending');
      await decide('denied', CLIENT, NOW, TENANT_B);
      expect(await request()).toBe('approved');
      expect(await request('another', 1)).toBe('pending');
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
