import { hostname, userInfo } from 'node:os';
import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  addUser,
  disableUser,
  enableUser,
  listUsers,
  type PasswordManagementPorts,
  removeUser,
  resetPassword,
} from './manage-users.js';

let storage: MemoryStorage;
let ports: PasswordManagementPorts;
beforeEach(async () => {
  storage = createMemoryStorage();
  ports = {
    users: storage.users,
    platform: nodePlatform,
    passwordHasher: { hash: async (password) => `hashed ${password}`, verify: async () => true },
  };
  await addUser(ports, 'Alice', 'correct horse battery');
});

describe('disabling a user', () => {
  it('ends their sessions, keeps the rest, and is told by the list', async () => {
    const { subject = '' } = (await storage.users.findByUsername('default', 'alice')) ?? {};
    const now = nodePlatform.clock.nowEpochSeconds();
    await storage.signInSessions.begin({
      tenantId: 'default',
      sessionHash: 'session',
      subject,
      authenticatedAtEpochSeconds: now,
      lastSeenAtEpochSeconds: now,
      expiresAtEpochSeconds: now + 600,
    });
    expect(await disableUser(ports, ' ALICE')).toMatchObject({ username: 'alice', subject });
    expect(await storage.signInSessions.use('default', 'session', now, 600)).toBeUndefined();
    expect(await listUsers(ports)).toEqual([
      { username: 'alice', subject, origin: 'password', createdAt: expect.stringMatching(/Z$/), disabled: true },
    ]);
    expect(await storage.users.findByUsername('default', 'alice')).toMatchObject({
      passwordHash: 'hashed correct horse battery',
      disabled: true,
    });
    expect(storage.events.at(-1)).toMatchObject({
      type: 'user.disabled',
      outcome: 'allowed',
      tenantId: 'default',
      username: 'alice',
      subject,
      operator: `${userInfo().username} at ${hostname()}`,
    });
  });

  it('is undone by enabling them', async () => {
    await disableUser(ports, 'alice');
    expect(await enableUser(ports, 'alice')).toMatchObject({ username: 'alice' });
    expect(await listUsers(ports)).toMatchObject([{ username: 'alice', disabled: false }]);
    expect(storage.events.at(-1)).toMatchObject({ type: 'user.enabled', username: 'alice' });
  });

  it.each([disableUser, enableUser])('says so where there is no such user, and writes no event', async (act) => {
    await expect(act(ports, 'bob')).rejects.toThrow('there is no user bob');
    // Subjects have large letters.
    await expect(act(ports, 'xOf0J23')).rejects.toThrow('there is no user xOf0J23;');
    await expect(act(ports, 'Jane Dow')).rejects.toThrow('there is no user Jane Dow;');
    expect(storage.events.map(({ type }) => type)).toEqual(['user.added']);
  });

  it('XG-04 reaches users of identity providers, by subject, or by a name that nobody else has', async () => {
    const { subject: local = '' } = (await storage.users.findByUsername('default', 'alice')) ?? {};
    const event = {
      type: 'user.recognised',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: 0,
    } as const;
    const recognise = (subject: string, username: string) =>
      storage.users.recognise({ tenantId: 'default', subject, username, createdAtEpochSeconds: 0 }, event);
    await recognise('Ada-at_IdP', 'Ada Lovelace');
    await recognise('other-alice', 'Alice');
    expect(await disableUser(ports, 'ada lovelace')).toMatchObject({ subject: 'Ada-at_IdP' });
    for (const name of ['alice', 'Alice']) {
      await expect(disableUser(ports, name)).rejects.toThrow(
        /several users are called alice; .*(other-alice \(of an identity provider\)|with a password here)/,
      );
    }
    await disableUser(ports, 'other-alice');
    await expect(disableUser(ports, 'OTHER-ALICE')).rejects.toThrow('there is no user');
    // Nobody passes for another by being called like their subject.
    await recognise('mallory', local);
    expect(await disableUser(ports, local)).toMatchObject({ subject: local, username: 'alice' });
    const disabled = (await listUsers(ports)).filter((user) => user.disabled).map(({ subject }) => subject);
    expect(disabled.sort()).toEqual(['Ada-at_IdP', local, 'other-alice'].sort());
  });
});

describe('naming a user', () => {
  const recognise = (subject: string, username: string) =>
    storage.users.recognise(
      { tenantId: 'default', subject, username, createdAtEpochSeconds: 0 },
      { type: 'user.recognised', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: 0 },
    );
  const subjects = async () => (await listUsers(ports)).map(({ subject }) => subject);

  it('removes by subject, or by a name that nobody else has, and tells the trail of both', async () => {
    const { subject: local = '' } = (await storage.users.findByUsername('default', 'alice')) ?? {};
    await recognise('other-alice', 'Alice');
    await expect(removeUser(ports, 'alice')).rejects.toThrow(
      new RegExp(`several users are called alice; .*(other-alice .*${local} |${local} .*other-alice )\\(`),
    );
    expect((await subjects()).sort()).toEqual([local, 'other-alice'].sort());
    expect(await removeUser(ports, 'other-alice')).toMatchObject({ username: 'Alice', subject: 'other-alice' });
    expect(storage.events.at(-1)).toMatchObject({ type: 'user.removed', username: 'Alice', subject: 'other-alice' });
    expect(await removeUser(ports, 'ALICE')).toMatchObject({ subject: local });
    expect(await subjects()).toEqual([]);
    await expect(removeUser(ports, local)).rejects.toThrow('there is no user');
  });

  it('XG-04 removes nobody who is disabled and comes from elsewhere: that would let them in again', async () => {
    await recognise('Ada-at_IdP', 'Ada Lovelace');
    await disableUser(ports, 'ada lovelace');
    const told = storage.events.length;
    await expect(removeUser(ports, 'ada lovelace')).rejects.toThrow(
      /^Ada Lovelace is disabled, .* Nothing was changed\. Leave them disabled; or .*: npx portcullis users enable 'ada lovelace'$/,
    );
    expect(storage.events).toHaveLength(told);
    await recognise('Ada-at_IdP', 'Ada Lovelace');
    expect(await listUsers(ports)).toContainEqual(expect.objectContaining({ subject: 'Ada-at_IdP', disabled: true }));
    await enableUser(ports, 'ada lovelace');
    expect(await removeUser(ports, 'ada lovelace')).toMatchObject({ subject: 'Ada-at_IdP' });
    // Nobody sends those who have a password here, and no ban is lifted with them.
    await disableUser(ports, 'alice');
    expect(await removeUser(ports, 'alice')).toMatchObject({ username: 'alice' });
  });

  it('removes who had a name before, and not who has it now', async () => {
    const { subject: before = '' } = (await storage.users.findByUsername('default', 'alice')) ?? {};
    await removeUser(ports, before);
    const { subject: now } = await addUser(ports, 'alice', 'correct horse battery');
    await expect(removeUser(ports, before)).rejects.toThrow('there is no user');
    expect(await subjects()).toEqual([now]);
  });

  it('sets the password of the one who has one, whoever else is called so, and says who has none', async () => {
    const { subject: local = '' } = (await storage.users.findByUsername('default', 'alice')) ?? {};
    await recognise('other-alice', 'Alice');
    for (const who of ['alice', local]) {
      expect(await resetPassword(ports, who, `of ${who}`)).toMatchObject({ subject: local });
      expect((await storage.users.findBySubject('default', local))?.passwordHash).toBe(`hashed of ${who}`);
    }
    expect(storage.events.at(-1)).toMatchObject({ type: 'user.password_reset', username: 'alice', subject: local });
    await expect(resetPassword(ports, 'other-alice', 'x')).rejects.toThrow(
      'Alice is of an identity provider, and has no',
    );
  });
});
