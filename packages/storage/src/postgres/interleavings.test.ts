import type { Storage } from '@portcullis/ports';
import {
  authorizationCode,
  consentOf,
  event,
  grant,
  grantAccess,
  issueCode,
  MARK_LIFETIME_SECONDS,
  marksOf,
  NOW,
  redeem,
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
