import { describe, expect, it } from 'vitest';
import {
  deviceApproval,
  deviceAuthorization,
  finishApproval,
  prepareApproval,
  redeemDevice,
} from './device-scenarios.js';
import {
  authorizationCode,
  consent,
  consentOf,
  event,
  MARK_LIFETIME_SECONDS,
  NOW,
  RESOURCE,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `AuthorizationTransactionStore` where the answer goes to a device. */
export function describeDeviceApproval(open: OpenStorage): void {
  describe('the approval of a device', () => {
    const subject = useStorage(open);
    const device = deviceAuthorization();
    const found = (deviceCodeHash = 'device-1') => subject().storage.deviceCodes.find('a', deviceCodeHash);
    const statusOf = async (transactionHash = 'transaction of device-1') =>
      (await subject().storage.transactions.find('a', transactionHash, NOW))?.status;
    const deny = (transactionHash = 'transaction of device-1', tenantId = 'a') =>
      subject().storage.transactions.deny(tenantId, transactionHash, NOW, event('consent.denied', tenantId));

    it('is kept with the device code, and with it the consent and the event', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      expect(await finishApproval(storage, device)).toBe('approved');
      expect(await found()).toEqual({ ...device, status: 'approved', approval: deviceApproval() });
      expect(await statusOf()).toBe('issued');
      expect(await storage.consents.find('a', 'subject-alice', 'client-1', RESOURCE)).toEqual(consent());
      expect(await countEvents('device.approved')).toBe(1);
    });

    it('is the same for a form that was sent twice, and is kept once for twenty at once', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      const forms = Array.from({ length: 20 }, (_, index) => deviceApproval({ grantId: `grant-${index}` }));
      const answers = await Promise.all(forms.map((approval) => finishApproval(storage, device, approval)));
      expect(new Set(answers)).toEqual(new Set(['approved']));
      const kept = (await found())?.approval?.grantId;
      expect(await finishApproval(storage, device, deviceApproval({ grantId: 'later' }))).toBe('approved');
      expect((await found())?.approval?.grantId).toBe(kept);
      expect(await countEvents('device.approved')).toBe(1);
    });

    it('needs both steps before it, and is of the user who signed in last', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      const answer = { kind: 'device', deviceCodeHash: 'device-1' } as const;
      await storage.transactions.create(transaction({ transactionHash: 'transaction of device-1', answer }));
      expect(await finishApproval(storage, device)).toBe('refused');
      await storage.transactions.approve('a', 'transaction of device-1', ['x'], NOW);
      expect(await finishApproval(storage, device)).toBe('refused');
      await storage.transactions.authenticate('a', 'transaction of device-1', 'subject-bob', NOW, NOW);
      expect(await finishApproval(storage, device)).toBe('refused');
      expect(await found()).toEqual({ ...device, status: 'pending', approval: undefined });
      expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
      expect(await countEvents('device.approved')).toBe(0);
      expect(await finishApproval(storage, device, deviceApproval({ subject: 'subject-bob' }))).toBe('approved');
      expect(await finishApproval(storage, device)).toBe('refused');
    });

    it('changes nothing once the device code has expired, or is gone', async () => {
      const { storage, countEvents } = subject();
      const short = deviceAuthorization({ expiresAtEpochSeconds: NOW + 60 });
      await storage.deviceCodes.create(short);
      await prepareApproval(storage, short);
      await prepareApproval(storage, deviceAuthorization({ deviceCodeHash: 'unknown' }));
      expect(await finishApproval(storage, short, deviceApproval(), NOW + 60)).toBe('refused');
      const gone = deviceAuthorization({ deviceCodeHash: 'unknown' });
      expect(await finishApproval(storage, gone)).toBe('refused');
      for (const name of ['transaction of device-1', 'transaction of unknown'])
        expect(await statusOf(name)).toBe('open');
      expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
      expect(await countEvents('device.approved')).toBe(0);
      expect(await finishApproval(storage, short, deviceApproval(), NOW + 59)).toBe('approved');
    });

    it('ends with the transaction: an expired one takes no step', async () => {
      const { storage } = subject();
      const long = deviceAuthorization({ expiresAtEpochSeconds: NOW + 6000 });
      await storage.deviceCodes.create(long);
      await prepareApproval(storage, long);
      expect(await finishApproval(storage, long, deviceApproval(), NOW + 600)).toBe('refused');
      expect((await found())?.status).toBe('pending');
      expect(await finishApproval(storage, long, deviceApproval(), NOW + 599)).toBe('approved');
    });

    it('DV-01 goes to one of two people who typed the same user code in at once', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      const bob = deviceApproval({ subject: 'subject-bob', grantId: 'grant-2' });
      await prepareApproval(storage, device, deviceApproval(), 'of alice');
      await prepareApproval(storage, device, bob, 'of bob');
      const answers = await Promise.all([
        finishApproval(storage, device, deviceApproval(), NOW, 'of alice'),
        finishApproval(storage, device, bob, NOW, 'of bob'),
      ]);
      expect([...answers].sort()).toEqual(['approved', 'refused']);
      const [winner, loser] = answers[0] === 'approved' ? ['alice', 'bob'] : ['bob', 'alice'];
      expect((await found())?.approval?.subject).toBe(`subject-${winner}`);
      expect([await statusOf(`of ${winner}`), await statusOf(`of ${loser}`)]).toEqual(['issued', 'open']);
      expect(await storage.consents.listOfUser('a', `subject-${loser}`)).toEqual([]);
      expect(await countEvents('device.approved')).toBe(1);
    });

    it('may be a denial, which is once and stays', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      await prepareApproval(storage, device, deviceApproval(), 'another');
      expect(await deny('another', TENANT_B)).toBe(false);
      expect(await deny()).toBe(true);
      expect(await deny()).toBe(false);
      expect(await found()).toEqual({ ...device, status: 'denied', approval: undefined });
      expect(await finishApproval(storage, device)).toBe('refused');
      expect(await finishApproval(storage, device, deviceApproval(), NOW, 'another')).toBe('refused');
      expect(await countEvents('consent.denied')).toBe(1);
      expect(await countEvents('device.approved')).toBe(0);
    });

    it('DV-01 is not taken back by a denial on another page, which changes nothing and is told so', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      await prepareApproval(storage, device, deviceApproval(), 'another');
      await finishApproval(storage, device);
      expect(await deny('another')).toBe(false);
      expect([(await found())?.status, await statusOf('another')]).toEqual(['approved', 'open']);
      expect(await countEvents('consent.denied')).toBe(0);
      await redeemDevice(storage);
      expect(await deny('another')).toBe(false);
    });

    it('DV-01 is approved or denied, never both, by two pages that decide at once', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      await prepareApproval(storage, device, deviceApproval(), 'another');
      const [approved, denied] = await Promise.all([finishApproval(storage, device), deny('another')]);
      const status = (await found())?.status;
      expect([approved === 'approved', denied]).toEqual([status === 'approved', status === 'denied']);
      expect(await countEvents('consent.denied')).toBe(denied ? 1 : 0);
      expect(await countEvents('device.approved')).toBe(denied ? 0 : 1);
    });

    it('has nothing to deny once the device code has expired, or is gone', async () => {
      const { storage, countEvents } = subject();
      const short = deviceAuthorization({ expiresAtEpochSeconds: NOW });
      await storage.deviceCodes.create(short);
      await prepareApproval(storage, short);
      await prepareApproval(storage, deviceAuthorization({ deviceCodeHash: 'unknown' }));
      expect([await deny(), await deny('transaction of unknown')]).toEqual([false, false]);
      expect((await found())?.status).toBe('pending');
      expect(await countEvents('consent.denied')).toBe(0);
    });

    it('is told no longer for a form that comes again after the disconnection', async () => {
      const { storage } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      expect(await finishApproval(storage, device)).toBe('approved');
      const revocation = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };
      await storage.grants.disconnect('a', 'subject-alice', 'client-1', revocation, event('consent.withdrawn'));
      expect(await found()).toBeUndefined();
      expect(await finishApproval(storage, device)).toBe('refused');
    });

    it('adds its scopes to the consent that is there', async () => {
      const { storage } = subject();
      for (const [name, scopes] of [
        ['device-1', ['a', 'b']],
        ['device-2', ['b', 'c']],
      ] as const) {
        const one = deviceAuthorization({ deviceCodeHash: name, userCodeHash: name });
        await storage.deviceCodes.create(one);
        await prepareApproval(storage, one, deviceApproval({ scopes }));
        await finishApproval(storage, one, deviceApproval({ scopes, grantId: name }));
      }
      const kept = await storage.consents.find('a', 'subject-alice', 'client-1', RESOURCE);
      expect(kept?.scopes).toEqual(['a', 'b', 'c']);
    });

    it('is no code, and a code is no approval', async () => {
      const { storage } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      const { transactions } = storage;
      const code = authorizationCode();
      const granted = event('consent.granted');
      const hash = 'transaction of device-1';
      const issuing = transactions.issue('a', hash, code, consentOf(code), 'sealed', NOW, granted);
      await expect(issuing).rejects.toThrow('no code');
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
      await transactions.create(transaction());
      await transactions.authenticate('a', 'transaction-1', 'subject-alice', NOW, NOW);
      await transactions.approve('a', 'transaction-1', [], NOW);
      const approving = finishApproval(storage, device, deviceApproval(), NOW, 'transaction-1');
      await expect(approving).rejects.toThrow('no device');
      expect([await statusOf(), await statusOf('transaction-1')]).toEqual(['open', 'open']);
    });

    it('is never kept with the consent of somebody or something else', async () => {
      const { storage, countEvents } = subject();
      await storage.deviceCodes.create(device);
      await prepareApproval(storage, device);
      for (const other of [{ subject: 'subject-bob' }, { clientId: 'client-2' }, { resource: 'https://x.test' }]) {
        const approving = storage.transactions.approveDevice(
          'a',
          'transaction of device-1',
          deviceApproval(),
          consent(other),
          NOW,
          event('device.approved'),
        );
        await expect(approving).rejects.toThrow('not the one of this approval');
      }
      expect([(await found())?.status, await statusOf()]).toEqual(['pending', 'open']);
      expect(await countEvents('device.approved')).toBe(0);
    });

    it('TN-02 keeps tenants apart', async () => {
      const { storage } = subject();
      await storage.deviceCodes.create(device);
      const ofB = deviceAuthorization({ tenantId: TENANT_B });
      await prepareApproval(storage, ofB);
      expect(await finishApproval(storage, ofB)).toBe('refused');
      await storage.deviceCodes.create(ofB);
      expect(await finishApproval(storage, device)).toBe('refused');
      expect(await finishApproval(storage, ofB)).toBe('approved');
      expect((await found())?.status).toBe('pending');
    });
  });
}
