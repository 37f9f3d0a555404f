import { describe, expect, it } from 'vitest';
import { deviceAuthorization } from './device-scenarios.js';
import {
  client,
  documentedClient,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  pushedRequest,
  refreshToken,
  signInSession,
  signingKey,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { countOutcomes, grantAccess, issueCode, redeem, rotate } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const DAY = 86_400;

/** The contract of `Storage.sweep`. */
export function describeSweep(open: OpenStorage): void {
  describe('sweep', () => {
    const subject = useStorage(open);

    it('deletes nothing that is alive', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), event('client.registered'));
      await storage.signInSessions.begin(signInSession());
      await issueCode(storage);
      await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' });
      await rotate(storage, { successor: { grantId: 'grant-2' } });
      expect(await storage.sweep('a', NOW)).toBe(0);
    });

    it('deletes expired sessions, transactions, codes and one-time ids of the tenant, and counts them', async () => {
      const { storage } = subject();
      await storage.signInSessions.begin(signInSession());
      await storage.signInSessions.begin(signInSession({ tenantId: 'b' }));
      await storage.transactions.create(transaction());
      await storage.transactions.create(transaction({ tenantId: 'b' }));
      await storage.oneTimeIds.use('a', 'client_assertion', 'id', NOW + 600, NOW);
      await issueCode(storage);
      expect(await storage.sweep('a', NOW + 60)).toBe(1);
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
      // The transaction, and the one that the code was issued by.
      expect(await storage.sweep('a', NOW + 600)).toBe(2);
      expect(await storage.sweep('a', NOW + 1499)).toBe(0);
      expect(await storage.sweep('a', NOW + 1500)).toBe(1);
      expect(await storage.transactions.find('b', 'transaction-1', NOW)).toBeDefined();
      expect(await storage.sweep('a', NOW + 43_200)).toBe(1);
      expect(await storage.sweep('a', NOW + 43_200)).toBe(0);
      expect(await storage.signInSessions.use('b', 'session-1', NOW, 1800)).toBeDefined();
      expect(await storage.sweep('b', NOW + 43_200)).toBe(2);
    });

    it('F-07, PD-03 forgets no id that is in its time again when the clock is set back by ten minutes', async () => {
      const { storage } = subject();
      for (const kind of ['client_assertion', 'identity_assertion', 'dpop_proof'] as const) {
        expect(await storage.oneTimeIds.use('a', kind, 'id', NOW + 121, NOW)).toBe(true);
      }
      expect(await storage.sweep('a', NOW + 660)).toBe(0);
      for (const kind of ['client_assertion', 'identity_assertion', 'dpop_proof'] as const) {
        expect(await storage.oneTimeIds.use('a', kind, 'id', NOW + 121, NOW + 60)).toBe(false);
      }
    });

    it('AZ-04 keeps a redeemed code for a day after its end, and until then a replay ends the grant', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const end = NOW + 60 + DAY;
      // The transaction.
      expect(await storage.sweep('a', NOW + 600)).toBe(1);
      expect(await storage.sweep('a', end - 1)).toBe(0);
      expect(await redeem(storage, { now: end - 1 })).toEqual({ outcome: 'replayed' });
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.revoked).toBe(true);
      expect(await storage.sweep('a', end)).toBe(1);
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
    });

    it('deletes a refresh token at its idle end and its grant when the last access token is dead', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await storage.sweep('a', NOW + 2 * DAY);
      expect(await storage.sweep('a', refreshToken().expiresAtEpochSeconds)).toBe(1);
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toBeUndefined();
      const end = grant().expiresAtEpochSeconds;
      expect(await storage.sweep('a', end + MARK_LIFETIME_SECONDS - 1)).toBe(0);
      expect(await storage.sweep('a', end + MARK_LIFETIME_SECONDS)).toBe(1);
    });

    it('TK-01 keeps a rotated refresh token until the end of its grant, and its successor until its own', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await rotate(storage);
      await storage.sweep('a', NOW + 2 * DAY);
      // The successor.
      expect(await storage.sweep('a', refreshToken().expiresAtEpochSeconds)).toBe(1);
      const end = grant().expiresAtEpochSeconds;
      expect(await storage.sweep('a', end - 1)).toBe(0);
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toMatchObject({
        rotated: { successorUsed: false },
      });
      expect(await storage.sweep('a', end)).toBe(1);
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toBeUndefined();
    });

    it('F-07 keeps a revoked grant until its last access token is dead, and its mark for a day more, for a clock that is set right', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await rotate(storage);
      await storage.sweep('a', NOW + 600);
      await storage.grants.revoke('a', 'grant-1', NOW + 600, MARK_LIFETIME_SECONDS, event('grant.revoked'));
      const dead = NOW + 600 + MARK_LIFETIME_SECONDS;
      expect(await storage.sweep('a', dead - 1)).toBe(0);
      expect((await storage.grants.findByRefreshToken('a', 'refresh-2'))?.revoked).toBe(true);
      // Two refresh tokens and the grant.
      expect(await storage.sweep('a', dead)).toBe(3);
      expect(await storage.grants.findByRefreshToken('a', 'refresh-2')).toBeUndefined();
      // The code that it came of goes meanwhile.
      expect(await storage.sweep('a', dead + DAY - 1)).toBe(1);
      expect(await storage.revocationMarks.after('a', 0, dead)).toEqual([]);
      expect(await storage.revocationMarks.after('a', 0, dead - 1)).toHaveLength(1);
      const issuedAt = NOW + 600;
      const covers = () =>
        storage.revocationMarks.covers('a', [{ kind: 'grant', value: 'grant-1' }], issuedAt, dead - 1);
      expect(await covers()).toBe(true);
      expect(await storage.sweep('a', dead + DAY)).toBe(1);
      expect(await covers()).toBe(false);
    });

    it('deletes clients nobody vouched for that were never used after a day, and no others', async () => {
      const { storage } = subject();
      const register = (clientId: string, changes = {}) =>
        storage.clients.register(client({ clientId, ...changes }), event('client.registered'));
      await register('unused');
      await storage.clients.keepDocument(documentedClient(), event('client.document_changed'));
      await register('used');
      await register('configured', { source: 'configured' });
      await register('registered', { source: 'registered' });
      await register('late', { createdAtEpochSeconds: NOW + 1 });
      await register('at-work');
      const ofB = client({ tenantId: TENANT_B, clientId: 'unused' });
      await storage.clients.register(ofB, event('client.registered', TENANT_B));
      await grantAccess(storage, { clientId: 'used' });
      const inADay = NOW + DAY;
      await storage.transactions.create(
        transaction({ clientId: 'at-work', createdAtEpochSeconds: inADay, expiresAtEpochSeconds: inADay + 600 }),
      );
      await storage.sweep('a', NOW + 600);

      expect(await storage.sweep('a', inADay - 1)).toBe(0);
      expect(await storage.sweep('a', inADay)).toBe(2);
      expect(await storage.clients.find('a', 'unused')).toBeUndefined();
      expect(await storage.clients.find('a', documentedClient().clientId)).toBeUndefined();
      expect(await storage.clients.find('b', 'unused')).toBeDefined();
      const kept = await storage.clients.list('a', 10);
      expect(kept.map(({ clientId }) => clientId)).toEqual(['at-work', 'configured', 'late', 'registered', 'used']);
      // The late one, the one at work and its transaction, and the code that was redeemed.
      expect(await storage.sweep('a', inADay + 600)).toBe(4);
    });

    it('keeps a used client while it has a live grant, and 30 days from its last use, then it goes with its consents', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), event('client.registered'));
      await grantAccess(storage);
      const lastUse = NOW + 20 * DAY;
      await rotate(storage, { now: lastUse, successor: { expiresAtEpochSeconds: lastUse + 30 * DAY } });
      await storage.sweep('a', lastUse + 100 * DAY);
      expect(await storage.clients.find('a', 'client-1')).toBeDefined();
      await storage.grants.revoke('a', 'grant-1', lastUse + 1, MARK_LIFETIME_SECONDS, event('grant.revoked'));
      await storage.sweep('a', lastUse + 30 * DAY - 1);
      expect(await storage.clients.find('a', 'client-1')).toBeDefined();
      expect(await storage.consents.listOfUser('a', 'subject-alice')).toHaveLength(1);
      expect(await storage.sweep('a', lastUse + 30 * DAY)).toBe(1);
      expect(await storage.clients.find('a', 'client-1')).toBeUndefined();
      expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
    });

    it('keeps a device code for an hour after its end, for the device that still asks', async () => {
      const { storage } = subject();
      await storage.deviceCodes.create(deviceAuthorization());
      await storage.deviceCodes.create(deviceAuthorization({ tenantId: TENANT_B }));
      const end = NOW + 600 + 3600;
      expect(await storage.sweep('a', end - 1)).toBe(0);
      expect(await storage.sweep('a', end)).toBe(1);
      expect(await storage.deviceCodes.find('a', 'device-1')).toBeUndefined();
      expect(await storage.deviceCodes.find('b', 'device-1')).toBeDefined();
    });

    it('keeps a pushed request for as long as a transaction that began with it may live', async () => {
      const { storage } = subject();
      await storage.pushedRequests.create(pushedRequest());
      await storage.pushedRequests.create(pushedRequest({ tenantId: TENANT_B }));
      expect(await storage.sweep('a', NOW + 659)).toBe(0);
      expect(await storage.sweep('a', NOW + 660)).toBe(1);
      expect(await storage.pushedRequests.find('a', 'pushed-1')).toBeUndefined();
      expect(await storage.pushedRequests.find('b', 'pushed-1')).toBeDefined();
    });

    it('keeps a client that nobody vouched for while a device or a pushed request of it is under way', async () => {
      const { storage } = subject();
      const inADay = NOW + DAY;
      for (const clientId of ['device', 'pushing', 'idle']) {
        await storage.clients.register(client({ clientId }), event('client.registered'));
      }
      await storage.deviceCodes.create(deviceAuthorization({ clientId: 'device', expiresAtEpochSeconds: inADay }));
      await storage.pushedRequests.create(pushedRequest({ clientId: 'pushing', keptUntilEpochSeconds: inADay + 1 }));
      const left = async () => (await storage.clients.list('a', 10)).map(({ clientId }) => clientId);
      expect(await storage.sweep('a', inADay)).toBe(1);
      expect(await left()).toEqual(['device', 'pushing']);
      // The request and its client, then the device code and its.
      expect(await storage.sweep('a', inADay + 1)).toBe(2);
      expect(await left()).toEqual(['device']);
      expect(await storage.sweep('a', inADay + 3600)).toBe(2);
      expect(await left()).toEqual([]);
    });

    it('deletes keys that have left the JWK Set', async () => {
      const { storage } = subject();
      await storage.signingKeys.addFirst(signingKey(), event('signing_key.created'));
      const next = signingKey({ keyId: 'key-2', signsFromEpochSeconds: NOW + 60 });
      await storage.signingKeys.rotate(next, 'key-1', NOW + 600, event('signing_key.rotated'));
      expect(await storage.sweep('a', NOW + 599)).toBe(0);
      expect(await storage.sweep('a', NOW + 600)).toBe(1);
      expect(await storage.signingKeys.list('a')).toEqual([next]);
      expect(await storage.sweep('a', NOW + 1000 * DAY)).toBe(0);
    });

    it('deletes clients that waited for the operator for 30 days, and keeps every decision', async () => {
      const { storage } = subject();
      const ask = (clientId: string) =>
        storage.clientApprovals.request(
          { tenantId: 'a', clientId, clientName: 'A client' },
          { total: 10, perHost: 10 },
          NOW,
          event('client.approval_requested'),
        );
      for (const clientId of ['pending', 'approved', 'denied']) await ask(clientId);
      await storage.clientApprovals.decide('a', 'approved', 'approved', NOW, event('client.approved'));
      await storage.clientApprovals.decide('a', 'denied', 'denied', NOW, event('client.denied'));
      expect(await storage.sweep('a', NOW + 30 * DAY - 1)).toBe(0);
      expect(await storage.sweep('a', NOW + 30 * DAY)).toBe(1);
      const left = await storage.clientApprovals.list('a');
      expect(left.map(({ clientId }) => clientId)).toEqual(['approved', 'denied']);
    });

    it('disturbs nothing that goes on at the same time, nor another sweep', async () => {
      const { storage } = subject();
      const indexes = Array.from({ length: 20 }, (_, index) => index);
      for (const index of indexes) {
        await grantAccess(storage, { codeHash: `c-${index}`, grantId: `g-${index}` }, { tokenHash: `r-${index}` });
        await storage.signInSessions.begin(
          signInSession({ sessionHash: `s-${index}`, expiresAtEpochSeconds: NOW + 1 }),
        );
      }
      const [rotations, swept] = await Promise.all([
        Promise.all(
          indexes.map((index) =>
            rotate(storage, { from: `r-${index}`, to: `next-${index}`, successor: { grantId: `g-${index}` } }),
          ),
        ),
        Promise.all(indexes.map(() => storage.sweep('a', NOW + 1))),
      ]);
      expect(countOutcomes(rotations)).toEqual({ rotated: 20 });
      expect(swept.reduce((sum, deleted) => sum + deleted, 0)).toBe(20);
    });
  });
}
