import { describe, expect, it } from 'vitest';
import {
  approveDevice,
  deviceApproval,
  deviceAuthorization,
  finishApproval,
  prepareApproval,
  redeemDevice,
} from './device-scenarios.js';
import {
  client,
  event,
  grant,
  HOSTILE_TEXTS,
  MARK_LIFETIME_SECONDS,
  NOW,
  REVOCATION,
  refreshToken,
  resourceDefinition,
  resourceServer,
  TENANT_A,
  TENANT_B,
  user,
} from './fixtures.js';
import { grantAccess, marksOf } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const EXPIRED = NOW + 600;

/** The contract of `DeviceCodeStore`. */
export function describeDeviceCodeStore(open: OpenStorage): void {
  describe('device codes', () => {
    const subject = useStorage(open);
    const create = (changes: Parameters<typeof deviceAuthorization>[0] = {}) =>
      subject().storage.deviceCodes.create(deviceAuthorization(changes));
    const find = (deviceCodeHash = 'device-1', tenantId = TENANT_A) =>
      subject().storage.deviceCodes.find(tenantId, deviceCodeHash);
    const findByUserCode = (userCodeHash = 'user-code-1', now = NOW, tenantId = TENANT_A) =>
      subject().storage.deviceCodes.findByUserCode(tenantId, userCodeHash, now);
    const poll = (now = NOW, deviceCodeHash = 'device-1', tenantId = TENANT_A) =>
      subject().storage.deviceCodes.poll(tenantId, deviceCodeHash, now);
    const pending = { ...deviceAuthorization(), status: 'pending', approval: undefined };

    it('are found with every field by either code, and looking consumes nothing', async () => {
      expect(await create()).toBe('created');
      for (const _ of [1, 2]) {
        expect(await find()).toEqual(pending);
        expect(await findByUserCode()).toEqual(pending);
      }
      const full = { deviceCodeHash: 'd2', userCodeHash: 'u2', clientAuthMethod: 'private_key_jwt' as const };
      await create({ ...full, requestedScopes: [], intervalSeconds: 30 });
      expect(await find('d2')).toEqual({ ...pending, ...full, requestedScopes: [], intervalSeconds: 30 });
      expect(await find('device-3')).toBeUndefined();
      expect(await findByUserCode('user-code-3')).toBeUndefined();
    });

    it('DV-01 are found by their user code while they are pending and alive', async () => {
      const { storage } = subject();
      await create();
      expect(await findByUserCode('user-code-1', EXPIRED - 1)).toEqual(pending);
      expect(await findByUserCode('user-code-1', EXPIRED)).toBeUndefined();
      expect(await find()).toEqual(pending);
      await prepareApproval(storage, deviceAuthorization());
      await finishApproval(storage, deviceAuthorization());
      expect(await findByUserCode()).toBeUndefined();
      expect((await find())?.status).toBe('approved');
    });

    it('DV-01 give a user code to one of twenty at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => create({ deviceCodeHash: `device-${index}` })),
      );
      expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'taken')).toHaveLength(19);
      expect((await findByUserCode())?.deviceCodeHash).toBe(`device-${answers.indexOf('created')}`);
    });

    it('give a user code again once it has expired or was decided on, and then to one of twenty at once', async () => {
      const { storage } = subject();
      await create();
      const later = (index: number, createdAt: number) =>
        create({
          deviceCodeHash: `later-${index}`,
          createdAtEpochSeconds: createdAt,
          expiresAtEpochSeconds: createdAt + 600,
        });
      expect(await later(0, EXPIRED - 1)).toBe('taken');
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => later(index, EXPIRED)));
      expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
      const winner = deviceAuthorization({ deviceCodeHash: `later-${answers.indexOf('created')}` });
      expect((await findByUserCode('user-code-1', EXPIRED))?.deviceCodeHash).toBe(winner.deviceCodeHash);
      // The device that had it before still learns that its code has expired.
      expect(await find()).toEqual(pending);
      await prepareApproval(storage, winner);
      await storage.transactions.deny('a', `transaction of ${winner.deviceCodeHash}`, NOW, event('consent.denied'));
      expect(await later(30, EXPIRED)).toBe('created');
    });

    it('are never stored twice', async () => {
      await create();
      await expect(create({ userCodeHash: 'another' })).rejects.toThrow();
      expect(await find()).toEqual(pending);
    });

    it('DV-01 may be asked for once an interval; each time too soon makes it five seconds longer', async () => {
      await create();
      for (const [now, answer] of [
        [NOW, 'noted'],
        [NOW + 5, 'noted'],
        // With two seconds of slack.
        [NOW + 7, 'too_fast'],
        // Ten seconds from now on.
        [NOW + 14, 'too_fast'],
        // Fifteen.
        [NOW + 26, 'too_fast'],
        [NOW + 46, 'noted'],
        [NOW + 66, 'noted'],
        [NOW + 83, 'too_fast'],
      ] as const) {
        expect([now, await poll(now)]).toEqual([now, answer]);
      }
      // What the device was told stays what it is.
      expect(await find()).toEqual(pending);
    });

    it('DV-01 may be asked for at the interval through replicas whose clocks are a second or two apart', async () => {
      for (const apart of [1, 2]) {
        await create({ deviceCodeHash: `device-${apart}`, userCodeHash: `user-${apart}` });
        for (let count = 0; count < 40; count += 1) {
          const now = NOW + 5 * count + (count % 2 === 0 ? apart : 0);
          expect([now, await poll(now, `device-${apart}`)]).toEqual([now, 'noted']);
        }
      }
    });

    it('DV-01 that are asked for twenty times at once were asked for too fast nineteen times', async () => {
      await create();
      const answers = await Promise.all(Array.from({ length: 20 }, () => poll()));
      expect(answers.filter((answer) => answer === 'noted')).toHaveLength(1);
      expect(await poll(NOW + 5 + 19 * 5 - 2 - 1)).toBe('too_fast');
    });

    it('that are unknown may be asked for, and are not made by it', async () => {
      expect(await poll()).toBe('noted');
      expect(await poll()).toBe('noted');
      expect(await find()).toBeUndefined();
    });

    it('become their grant, refresh token and event, and the use of the client is noted', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(client(), event('client.registered'));
      await approveDevice(storage);
      expect(await redeemDevice(storage, { grant: { dpopKeyThumbprint: 'thumbprint-1' } })).toBe('redeemed');
      expect(await find()).toEqual({ ...pending, status: 'redeemed', approval: deviceApproval() });
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toEqual({
        grant: grant({ dpopKeyThumbprint: 'thumbprint-1' }),
        revoked: false,
        rotated: undefined,
        userGone: false,
        expiresAtEpochSeconds: refreshToken().expiresAtEpochSeconds,
      });
      expect((await storage.clients.find('a', 'client-1'))?.lastUsedAtEpochSeconds).toBe(NOW);
      expect(await countEvents('device_code.redeemed')).toBe(1);
    });

    it('become a grant without a refresh token', async () => {
      const { storage } = subject();
      await approveDevice(storage);
      const redeemed = event('device_code.redeemed');
      const { deviceCodes } = storage;
      const answer = deviceCodes.redeem('a', 'device-1', grant(), undefined, NOW, MARK_LIFETIME_SECONDS, redeemed);
      expect(await answer).toBe('redeemed');
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(true);
    });

    it('DV-01 are redeemed by one of twenty polls at once, and the others end nothing', async () => {
      const { storage, countEvents } = subject();
      await approveDevice(storage);
      const tokens = Array.from({ length: 20 }, (_, index) => `refresh-${index}`);
      const answers = await Promise.all(
        tokens.map((tokenHash) => redeemDevice(storage, { refreshToken: { tokenHash } })),
      );
      expect(answers.filter((answer) => answer === 'redeemed')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'refused')).toHaveLength(19);
      const found = await Promise.all(tokens.map((tokenHash) => storage.grants.findByRefreshToken('a', tokenHash)));
      expect(found.filter((one) => one !== undefined)).toHaveLength(1);
      expect(found[answers.indexOf('redeemed')]?.revoked).toBe(false);
      expect(await redeemDevice(storage, { refreshToken: { tokenHash: 'late' } })).toBe('refused');
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(true);
      expect(await marksOf(storage, 'grant', 'grant-1')).toEqual([]);
      expect(await countEvents('device_code.redeemed')).toBe(1);
    });

    it('DV-01 are not redeemed before they are approved, nor once denied or expired', async () => {
      const { storage, countEvents } = subject();
      expect(await redeemDevice(storage)).toBe('refused');
      await create();
      expect(await redeemDevice(storage)).toBe('refused');
      await prepareApproval(storage, deviceAuthorization());
      await storage.transactions.deny('a', 'transaction of device-1', NOW, event('consent.denied'));
      expect(await redeemDevice(storage)).toBe('refused');
      await approveDevice(storage, { deviceCodeHash: 'device-2' });
      expect(await redeemDevice(storage, { deviceCodeHash: 'device-2', now: EXPIRED })).toBe('refused');
      expect(await storage.grants.find('a', 'grant-1')).toBeUndefined();
      expect(await countEvents('device_code.redeemed')).toBe(0);
      expect(await redeemDevice(storage, { deviceCodeHash: 'device-2', now: EXPIRED - 1 })).toBe('redeemed');
    });

    it('are not redeemed for a user who has gone, also where the approval came after', async () => {
      const { storage } = subject();
      await create();
      await prepareApproval(storage, deviceAuthorization());
      await storage.users.disable('a', 'subject-alice', REVOCATION, event('user.disabled'));
      await prepareApproval(storage, deviceAuthorization(), deviceApproval(), 'after');
      expect(await finishApproval(storage, deviceAuthorization(), deviceApproval(), NOW, 'after')).toBe('approved');
      expect(await redeemDevice(storage)).toBe('refused');
      expect(await storage.grants.find('a', 'grant-1')).toBeUndefined();
      await storage.users.enable('a', 'subject-alice', event('user.enabled'));
      expect(await redeemDevice(storage)).toBe('redeemed');
    });

    it('are redeemed wholly or not at all, and only into their own grant', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      await approveDevice(storage, {}, deviceApproval({ grantId: 'grant-2' }));
      const own = { grant: { grantId: 'grant-2' } };
      await expect(redeemDevice(storage, own)).rejects.toThrow();
      await expect(redeemDevice(storage)).rejects.toThrow('Not the grant');
      await expect(redeemDevice(storage, { ...own, refreshToken: { grantId: 'grant-1' } })).rejects.toThrow('Not a');
      await expect(redeemDevice(storage, { grant: { ...own.grant, tenantId: TENANT_B } })).rejects.toThrow('Not the');
      expect((await find())?.status).toBe('approved');
      expect(await countEvents('device_code.redeemed')).toBe(0);
      expect(await redeemDevice(storage, { ...own, refreshToken: { tokenHash: 'refresh-2' } })).toBe('redeemed');
    });

    it('end with their user, their client, its disconnection and their resource server, and with nothing else', async () => {
      const { storage } = subject();
      const acts: Record<string, () => Promise<unknown>> = {
        user: () => storage.users.disable('a', 'subject-user', REVOCATION, event('user.disabled')),
        client: () => storage.clients.remove('a', 'c-client', REVOCATION, event('client.removed')),
        disconnection: () =>
          storage.grants.disconnect(
            'a',
            'subject-disconnection',
            'c-disconnection',
            REVOCATION,
            event('grant.revoked'),
          ),
        resource: () =>
          storage.resourceServers.remove('a', 'https://resource.test', REVOCATION, event('resource_server.removed')),
      };
      const resource = resourceDefinition({ identifier: 'https://resource.test' });
      await storage.resourceServers.add(resourceServer({ resource }), event('resource_server.added'));
      await storage.clients.register(client({ clientId: 'c-client' }), event('client.registered'));
      for (const name of Object.keys(acts)) {
        await approveDevice(
          storage,
          { deviceCodeHash: name, userCodeHash: name, clientId: `c-${name}`, resource: `https://${name}.test` },
          deviceApproval({ subject: `subject-${name}`, grantId: name }),
        );
      }
      await create({ clientId: 'c-client' });
      await storage.users.add(user({ tenantId: TENANT_B, subject: 'subject-user' }), event('user.added', TENANT_B));
      await approveDevice(storage, { tenantId: TENANT_B }, deviceApproval({ subject: 'subject-user' }));
      const left = new Set([...Object.keys(acts), 'device-1']);
      for (const [name, end] of Object.entries(acts)) {
        await end();
        left.delete(name);
        if (name === 'client') left.delete('device-1');
        for (const one of [...Object.keys(acts), 'device-1']) {
          expect([name, one, (await find(one)) !== undefined]).toEqual([name, one, left.has(one)]);
        }
      }
      expect(await redeemDevice(storage, { tenantId: TENANT_B, grant: { subject: 'subject-user' } })).toBe('redeemed');
    });

    it('leave no live grant to a user who is disabled while twenty are approved and redeemed', async () => {
      const { storage } = subject();
      const devices = Array.from({ length: 20 }, (_, index) =>
        deviceAuthorization({ deviceCodeHash: `d-${index}`, userCodeHash: `u-${index}` }),
      );
      for (const [index, device] of devices.entries()) {
        await storage.deviceCodes.create(device);
        await prepareApproval(storage, device);
        if (index % 2 === 0) await finishApproval(storage, device, deviceApproval({ grantId: `g-${index}` }));
      }
      await Promise.all([
        ...devices.map((device, index) =>
          index % 2 === 0
            ? redeemDevice(storage, {
                deviceCodeHash: device.deviceCodeHash,
                grant: { grantId: `g-${index}` },
                refreshToken: { tokenHash: `r-${index}` },
              })
            : finishApproval(storage, device, deviceApproval({ grantId: `g-${index}` })),
        ),
        storage.users.disable('a', 'subject-alice', REVOCATION, event('user.disabled')),
      ]);
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
      for (const { deviceCodeHash } of devices) expect((await find(deviceCodeHash))?.approval).toBeUndefined();
    });

    it('TN-02 keep tenants apart: the same codes are another device', async () => {
      const { storage } = subject();
      await approveDevice(storage);
      expect(await find('device-1', TENANT_B)).toBeUndefined();
      expect(await findByUserCode('user-code-1', NOW, TENANT_B)).toBeUndefined();
      expect(await redeemDevice(storage, { tenantId: TENANT_B })).toBe('refused');
      expect(await create({ tenantId: TENANT_B })).toBe('created');
      await poll(NOW, 'device-1', TENANT_B);
      expect(await poll()).toBe('noted');
      expect((await find())?.status).toBe('approved');
      expect(await redeemDevice(storage)).toBe('redeemed');
      expect((await find('device-1', TENANT_B))?.status).toBe('pending');
    });

    it('ST-04 are data', async () => {
      const { storage } = subject();
      for (const text of HOSTILE_TEXTS) {
        const texts = { deviceCodeHash: text, userCodeHash: text, clientId: text, requestedScopes: [text] };
        await create(texts);
        expect(await findByUserCode(text)).toEqual({ ...pending, ...texts });
        expect(await poll(NOW, text)).toBe('noted');
        const approval = deviceApproval({ subject: text, scopes: [text], grantId: text });
        await prepareApproval(storage, deviceAuthorization(texts), approval);
        expect(await finishApproval(storage, deviceAuthorization(texts), approval)).toBe('approved');
        expect(await find(text)).toEqual({ ...pending, ...texts, status: 'approved', approval });
        const redemption = { grant: { grantId: text }, refreshToken: { tokenHash: text } };
        expect(await redeemDevice(storage, { deviceCodeHash: text, ...redemption })).toBe('redeemed');
      }
      expect(await find('%')).toBeUndefined();
      expect(await findByUserCode('%')).toBeUndefined();
    });
  });
}
