import type { IdentityAssertionUse, Storage } from '@portcullis/ports';
import {
  approveDevice,
  authorizationCode,
  client,
  consentOf,
  deviceApproval,
  deviceAuthorization,
  event,
  finishApproval,
  grant,
  grantAccess,
  identityAssertionUse,
  issueCode,
  MARK_LIFETIME_SECONDS,
  marksOf,
  NOW,
  prepareApproval,
  pushedRequest,
  redeem,
  redeemDevice,
  redirectAnswer,
  rotate,
  transaction,
  user,
} from '@portcullis/ports/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useDatabase } from './testing/database.js';
import { type Held, hold, type Serving, serve, storageOver, untilOneWaits } from './testing/serving.js';

const REVOCATION = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };

const database = useDatabase();

/** At READ COMMITTED a statement sees what was committed before it, so each pair of acts is brought to the moment where
 * the one has done all but commit and the other meets it. */
describe('an act that meets another one just before its commit', () => {
  let serving: Serving;
  let storage: Storage;
  let held: Held;
  let heldStorage: Storage;

  beforeEach(async () => {
    await database().clear();
    serving = serve(database().url);
    storage = storageOver(serving.access);
    held = hold(serving.access);
    heldStorage = storageOver(held.access);
  });
  afterEach(() => serving.close());

  /** Lets `first` do all but commit, `second` run into it, and then both end. */
  async function meet<First, Second>(
    first: (stores: Storage) => Promise<First>,
    second: (stores: Storage) => Promise<Second>,
  ): Promise<[First, Second]> {
    const earlier = first(heldStorage);
    await held.done;
    const later = second(storage);
    await untilOneWaits(database().cluster);
    held.commit();
    return Promise.all([earlier, later]);
  }

  const revoke = ({ grants }: Storage) =>
    grants.revoke('a', 'grant-1', NOW, MARK_LIFETIME_SECONDS, event('grant.revoked'));
  const disable = ({ users }: Storage) => users.disable('a', 'subject-alice', REVOCATION, event('user.disabled'));
  const disconnect = ({ grants }: Storage) =>
    grants.disconnect('a', 'subject-alice', 'client-1', REVOCATION, event('consent.withdrawn'));
  const find = (tokenHash: string) => storage.grants.findByRefreshToken('a', tokenHash);

  it('redeeming finds the code redeemed: the grant is revoked, which the first one has just made', async () => {
    await issueCode(storage);
    const answers = await meet(
      (stores) => redeem(stores),
      (stores) => redeem(stores, { refreshToken: { tokenHash: 'refresh-2' } }),
    );
    expect(answers).toEqual([{ outcome: 'redeemed' }, { outcome: 'replayed' }]);
    expect((await find('refresh-1'))?.revoked).toBe(true);
    expect(await find('refresh-2')).toBeUndefined();
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  });

  it('rotating finds the grant revoked: there is no successor', async () => {
    await grantAccess(storage);
    expect(await meet(revoke, rotate)).toEqual([true, { outcome: 'refused' }]);
    expect(await find('refresh-2')).toBeUndefined();
  });

  it('revoking finds a successor, which is then of no use', async () => {
    await grantAccess(storage);
    expect(await meet((stores) => rotate(stores), revoke)).toEqual([{ outcome: 'rotated' }, true]);
    expect(await rotate(storage, { from: 'refresh-2', to: 'x' })).toEqual({ outcome: 'refused' });
  });

  it('rotating finds the token rotated: it gets the successor that the first one has just made', async () => {
    await grantAccess(storage);
    const answers = await meet(
      (stores) => rotate(stores),
      (stores) => rotate(stores, { to: 'x' }),
    );
    expect(answers).toEqual([{ outcome: 'rotated' }, { outcome: 'repeated', successorSalt: 'salt of refresh-2' }]);
  });

  it('revoking finds the grant revoked: there is one mark', async () => {
    await grantAccess(storage);
    expect(await meet(revoke, revoke)).toEqual([true, false]);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  });

  it('redeeming finds its user disabled: nothing is granted', async () => {
    await issueCode(storage);
    expect(await meet(disable, (stores) => redeem(stores))).toEqual(['disabled', { outcome: 'refused' }]);
    expect(await storage.grants.find('a', 'grant-1')).toBeUndefined();
  });

  it('disabling a user finds a grant that has just come about: it ends', async () => {
    await issueCode(storage);
    expect(await meet((stores) => redeem(stores), disable)).toEqual([{ outcome: 'redeemed' }, 'disabled']);
    expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(true);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  });

  const issue = ({ transactions }: Storage) => {
    const code = authorizationCode();
    return transactions.issue('a', 'transaction-1', code, consentOf(code), 'sealed', NOW, event('consent.granted'));
  };
  async function prepareIssue(): Promise<void> {
    await storage.users.add(user(), event('user.added'));
    await storage.transactions.create(transaction());
    await storage.transactions.authenticate('a', 'transaction-1', 'subject-alice', NOW, NOW);
    await storage.transactions.approve('a', 'transaction-1', [], NOW);
  }

  it('disconnecting finds a code and a consent that have just come about: they go', async () => {
    await prepareIssue();
    expect(await meet(issue, disconnect)).toEqual([{ outcome: 'issued' }, true]);
    expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
    expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
  });

  it('issuing finds its transaction gone with the disconnection: there is neither code nor consent', async () => {
    await prepareIssue();
    expect(await meet(disconnect, issue)).toEqual([true, { outcome: 'refused' }]);
    expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
    expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
  });

  it('redeeming finds the device code redeemed: it is refused, and the grant of the first one lives', async () => {
    await approveDevice(storage);
    const answers = await meet(
      (stores) => redeemDevice(stores),
      (stores) => redeemDevice(stores, { refreshToken: { tokenHash: 'refresh-2' } }),
    );
    expect(answers).toEqual(['redeemed', 'refused']);
    expect((await find('refresh-1'))?.revoked).toBe(false);
    expect(await find('refresh-2')).toBeUndefined();
  });

  it('disabling a user finds a grant that a device has just come by: it ends', async () => {
    await approveDevice(storage);
    expect(await meet((stores) => redeemDevice(stores), disable)).toEqual(['redeemed', 'disabled']);
    expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(true);
  });

  it('disconnecting finds a device that has just been approved: its code goes', async () => {
    await storage.deviceCodes.create(deviceAuthorization());
    await prepareApproval(storage, deviceAuthorization());
    const answers = await meet((stores) => finishApproval(stores, deviceAuthorization()), disconnect);
    expect(answers).toEqual(['approved', true]);
    expect(await storage.deviceCodes.find('a', 'device-1')).toBeUndefined();
    expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
  });

  it('approving a device finds its transaction gone with the disconnection: the code stays pending', async () => {
    await storage.deviceCodes.create(deviceAuthorization());
    await prepareApproval(storage, deviceAuthorization());
    const answers = await meet(disconnect, (stores) => finishApproval(stores, deviceAuthorization()));
    expect(answers).toEqual([true, 'refused']);
    expect((await storage.deviceCodes.find('a', 'device-1'))?.status).toBe('pending');
    expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
  });

  it('DV-01 denying a device finds it approved on another page: nothing is denied, or told to be', async () => {
    const device = deviceAuthorization();
    await storage.deviceCodes.create(device);
    await prepareApproval(storage, device);
    await prepareApproval(storage, device, deviceApproval(), 'another');
    const deny = ({ transactions }: Storage) => transactions.deny('a', 'another', NOW, event('consent.denied'));
    expect(await meet((stores) => finishApproval(stores, device), deny)).toEqual(['approved', false]);
    expect((await storage.deviceCodes.find('a', 'device-1'))?.status).toBe('approved');
    expect((await storage.transactions.find('a', 'another', NOW))?.status).toBe('open');
  });

  it('issuing finds the pushed request used: its transaction is as it was', async () => {
    await storage.pushedRequests.create(pushedRequest());
    const end = (name: string) => (stores: Storage) => {
      const code = authorizationCode({ codeHash: name });
      return stores.transactions.issue('a', name, code, consentOf(code), 'sealed', NOW, event('consent.granted'));
    };
    for (const transactionHash of ['first', 'second']) {
      const answer = redirectAnswer({ pushedRequestHash: 'pushed-1' });
      await storage.transactions.create(transaction({ transactionHash, answer }));
      await storage.transactions.authenticate('a', transactionHash, 'subject-alice', NOW, NOW);
      await storage.transactions.approve('a', transactionHash, [], NOW);
    }
    expect(await meet(end('first'), end('second'))).toEqual([{ outcome: 'issued' }, { outcome: 'refused' }]);
    expect((await storage.transactions.find('a', 'second', NOW))?.status).toBe('open');
  });

  const useAssertion = ({ identityAssertions }: Storage, changes: Partial<IdentityAssertionUse> = {}) =>
    identityAssertions.redeem('a', identityAssertionUse(changes), NOW, MARK_LIFETIME_SECONDS, {
      issued: event('identity_assertion.issued'),
      recognised: event('user.recognised'),
    });
  const useConsented = (stores: Storage) =>
    useAssertion(stores, {
      consent: { scopes: ['mcp:tools:read'], documentFingerprint: undefined },
      grant: grant({ grantId: 'grant-2', expiresAtEpochSeconds: NOW + 3600 }),
    });

  it('using an assertion finds its user disabled: it is not used, and good once they are enabled', async () => {
    await storage.users.recognise(identityAssertionUse().user, event('user.recognised'));
    expect(await meet(disable, (stores) => useAssertion(stores))).toEqual(['disabled', 'user_gone']);
    expect(await storage.grants.find('a', 'grant-1')).toBeUndefined();
    await storage.users.enable('a', 'subject-alice', event('user.enabled'));
    expect(await useAssertion(storage)).toBe('issued');
  });

  it('disabling a user finds a grant that an assertion has just become: it ends', async () => {
    await storage.users.recognise(identityAssertionUse().user, event('user.recognised'));
    expect(await meet((stores) => useAssertion(stores), disable)).toEqual(['issued', 'disabled']);
    expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(true);
  });

  it('XG-04 using an assertion finds the consent withdrawn that it rests on: it is not used', async () => {
    await issueCode(storage);
    expect(await meet(disconnect, useConsented)).toEqual([true, 'without_consent']);
    expect(await storage.grants.find('a', 'grant-2')).toBeUndefined();
    expect(await useAssertion(storage)).toBe('issued');
  });

  it('XG-04 disconnecting finds a grant that an assertion has just become by its consent: it ends', async () => {
    await issueCode(storage);
    expect(await meet(useConsented, disconnect)).toEqual(['issued', true]);
    expect((await storage.grants.find('a', 'grant-2'))?.revoked).toBe(true);
    expect(await marksOf(storage, 'grant', 'grant-2')).toHaveLength(1);
  });

  it('replacing a registration finds its token taken back: what it had ended lives', async () => {
    const held = client({ registrationTokenHash: 'token' });
    await storage.clients.register(held, event('client.registered'));
    await grantAccess(storage);
    const takeBack = ({ clients }: Storage) =>
      clients.revokeRegistrationToken('a', 'token', event('client.registration_token_revoked'));
    const replace = ({ clients }: Storage) =>
      clients.replaceRegistration(held, client(), REVOCATION, event('client.registration_changed'));
    expect(await meet(takeBack, replace)).toEqual(['revoked', 'changed']);
    expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
    expect(await marksOf(storage, 'grant', 'grant-1')).toEqual([]);
  });

  it('DC-06 replacing a registration finds it replaced, or its secret: it changes and ends nothing', async () => {
    const held = client({ registrationTokenHash: 'token', clientSecretHash: 'secret-1' });
    await storage.clients.register(held, event('client.registered'));
    await grantAccess(storage);
    const replaceBy = (clientName: string) => (stores: Storage) => {
      const described = { ...held, clientName };
      const changed = event('client.registration_changed');
      return stores.clients.replaceRegistration(held, described, REVOCATION, changed);
    };
    const rotateSecret = ({ clients }: Storage) =>
      clients.replaceSecret('a', held.clientId, 'secret-2', event('client.secret_replaced'));
    expect(await meet(rotateSecret, replaceBy('Second'))).toEqual(['replaced', 'changed']);
    expect(await storage.clients.find('a', held.clientId)).toMatchObject({ clientSecretHash: 'secret-2' });
    expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
    expect(await replaceBy('Second')(storage)).toBe('changed');
  });

  it('DC-06 removing a registration finds its token taken back: it goes on', async () => {
    await storage.clients.register(client({ registrationTokenHash: 'token' }), event('client.registered'));
    const takeBack = ({ clients }: Storage) =>
      clients.revokeRegistrationToken('a', 'token', event('client.registration_token_revoked'));
    const remove = ({ clients }: Storage) =>
      clients.remove('a', 'client-1', REVOCATION, event('client.registration_deleted'), 'token');
    expect(await meet(takeBack, remove)).toEqual(['revoked', 'unknown']);
    expect(await storage.clients.find('a', 'client-1')).toBeDefined();
  });

  it('DC-06 replacing a registration sees nothing of what is granted beside it: that says what description it is good for', async () => {
    const registered = client({ registrationTokenHash: 'token' });
    await storage.clients.register(registered, event('client.registered'));
    await storage.clients.noteUse('a', 'client-1', NOW);
    await storage.users.add(user(), event('user.added'));
    const changed = event('client.registration_changed');
    const replacing = heldStorage.clients.replaceRegistration(registered, client(), REVOCATION, changed);
    await held.done;
    await storage.transactions.create(transaction());
    await storage.transactions.authenticate('a', 'transaction-1', 'subject-alice', NOW, NOW);
    await storage.transactions.approve('a', 'transaction-1', [], NOW);
    const described = { registrationFingerprint: 'before' };
    const code = authorizationCode(described);
    const consented = { ...consentOf(code), documentFingerprint: 'before' };
    const granted = event('consent.granted');
    await storage.transactions.issue('a', 'transaction-1', code, consented, 'sealed', NOW, granted);
    expect(await redeem(storage, { grant: described })).toEqual({ outcome: 'redeemed' });
    held.commit();
    expect(await replacing).toBe('replaced');
    expect(await storage.grants.find('a', 'grant-1')).toMatchObject({ revoked: false, grant: described });
    expect(await storage.consents.listOfUser('a', 'subject-alice')).toMatchObject([{ documentFingerprint: 'before' }]);
  });

  it('two redemptions of one user do not wait for each other', async () => {
    await issueCode(storage);
    await issueCode(storage, { codeHash: 'code-2', grantId: 'grant-2' });
    const first = redeem(heldStorage);
    await held.done;
    const second = redeem(storage, {
      codeHash: 'code-2',
      grant: { grantId: 'grant-2' },
      refreshToken: { tokenHash: 'refresh-2' },
    });
    expect(await second).toEqual({ outcome: 'redeemed' });
    held.commit();
    expect(await first).toEqual({ outcome: 'redeemed' });
  });

  it('sweeping passes by what another act holds, and waits for nobody', async () => {
    await grantAccess(storage);
    const end = grant().expiresAtEpochSeconds + MARK_LIFETIME_SECONDS;
    const first = revoke(heldStorage);
    await held.done;
    await storage.sweep('a', end);
    expect(await storage.grants.find('a', 'grant-1')).toBeDefined();
    held.commit();
    await first;
    expect(await storage.sweep('a', end)).toBeGreaterThan(0);
    expect(await storage.grants.find('a', 'grant-1')).toBeUndefined();
  });
});
