import { event, grantAccess, MARK_LIFETIME_SECONDS, NOW } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { writeMarks } from '../sql/revocation-marks.js';
import { useDatabase } from './testing/database.js';
import { hold, serve, storageOver, untilOneWaits } from './testing/serving.js';

const database = useDatabase();

it('numbers marks in the order of the commits: a later transaction waits for an earlier one that has a number', async () => {
  const { url, cluster } = database();
  const { access, close } = serve(url);
  const storage = storageOver(access);
  const held = hold(access);
  await grantAccess(storage);
  await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' }, { tokenHash: 'refresh-b' });

  const revoke = (stores: typeof storage, grantId: string) =>
    stores.grants.revoke('a', grantId, NOW, MARK_LIFETIME_SECONDS, event('grant.revoked'));
  const finished: string[] = [];
  const first = revoke(storageOver(held.access), 'grant-1').then(() => finished.push('first'));
  await held.done;
  const second = revoke(storage, 'grant-2').then(() => finished.push('second'));
  await untilOneWaits(cluster);
  // Another tenant's marks are numbered by themselves, and wait for nobody.
  const revocation = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };
  await access.write('b', (trx) => writeMarks(trx, 'b', [{ kind: 'subject', value: 's' }], revocation));

  // The second one, had it not waited, would be seen with the higher number now, and the first one never.
  expect(finished).toEqual([]);
  expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
  held.commit();
  await Promise.all([first, second]);
  const marks = await storage.revocationMarks.after('a', 0, NOW);
  expect(marks.map(({ sequence, value }) => [sequence, value])).toEqual([
    [1, 'grant-1'],
    [2, 'grant-2'],
  ]);
  await close();
});
