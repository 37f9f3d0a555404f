import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '@portcullis/ports';
import { event, MARK_LIFETIME_SECONDS, NOW } from '@portcullis/ports/testing';
import { createRevocationFollower } from '@portcullis/resource-server';
import { openPostgresStorage } from '@portcullis/storage/postgres';
import { expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../../packages/storage/src/postgres/testing/cluster.js';
import { startRelay } from '../../packages/storage/src/postgres/testing/relay.js';

const NAME = 'portcullis';

it('F-03 a gate that runs hears of every revocation after a standby took over that had not got the last ones', async () => {
  const primary = await startCluster();
  onTestFinished(() => primary.dispose());
  await primary.createDatabase(NAME);
  const relay = await startRelay(primary.port);
  onTestFinished(() => relay.close());
  const storage = await openPostgresStorage({ connectionString: relay.through(primary.url(NAME)) });
  onTestFinished(() => storage.close());
  const standby = await primary.startStandby();
  onTestFinished(() => standby.dispose());

  const events: AuditEvent[] = [];
  const clock = { nowEpochSeconds: () => NOW };
  const audit = { record: (one: AuditEvent) => void events.push(one) };
  const store = storage.revocationMarks;
  const following = { tenantId: 'a', store, clock, audit, pollMilliseconds: 20, blindAfterMilliseconds: 60_000 };
  const follower = createRevocationFollower(following);
  onTestFinished(() => follower.stop());
  const isKnown = (grantId: string) => {
    const rest = { issuer: 'i', resource: 'r', subject: 's', clientId: 'c', accessTokenId: 'j', keyId: 'k' };
    const proof = { proofKey: undefined, recipientProof: 'audience' as const, groups: undefined, permissions: [] };
    const times = { issuedAtEpochSeconds: NOW, expiresAtEpochSeconds: NOW + 60 };
    return follower.isRevoked({ tenantId: 'a', grantId, scopes: [], claims: {}, ...rest, ...proof, ...times });
  };
  const revocation = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };
  const revoke = (grantId: string) => storage.grants.revokeWithoutRow('a', grantId, revocation, event('grant.revoked'));
  const revokeAndHear = async (...grantIds: string[]) => {
    for (const grantId of grantIds) await revoke(grantId);
    while (!grantIds.every(isKnown)) await sleep(10);
  };

  await follower.start();
  await revokeAndHear('1');
  await primary.caughtUp(standby);
  await standby.stop();
  await revokeAndHear('2 lost', '3 lost', '4 lost');
  await primary.stop('immediate');
  await standby.start();
  await standby.promote();
  relay.leadTo(standby.port);

  // Fewer than were lost, then as many, then more than that before the gate asks again.
  await revokeAndHear('2');
  await revokeAndHear('3', '4');
  await revokeAndHear('5', '6', '7', '8', '9');
  expect(['1', '2 lost', '3 lost', '4 lost'].filter((grantId) => !isKnown(grantId))).toEqual([]);
  expect(isKnown('10')).toBe(false);
  expect((await store.after('a', 0, NOW)).map(({ sequence, value }) => `${sequence}`.concat('=', value))).toEqual(
    ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((value) => `${value}=${value}`),
  );
  expect(events).toMatchObject([{ type: 'revocation.lost', outcome: 'failed', tenantId: 'a' }]);
});
