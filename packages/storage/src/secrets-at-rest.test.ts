import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealer, type Random, type Storage } from '@portcullis/ports';
import {
  approveDevice,
  authorizationCode,
  client,
  consentOf,
  event,
  grantAccess,
  identityAssertionUse,
  issueCode,
  MARK_LIFETIME_SECONDS,
  NOW,
  pushedRequest,
  redeemDevice,
  resourceServer,
  rotate,
  signInSession,
  signingKey,
  transaction,
  user,
} from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { openPostgresStorage } from './postgres/postgres-storage.js';
import { useDatabase } from './postgres/testing/database.js';
import { openSqliteStorage } from './sqlite/sqlite-storage.js';

const database = useDatabase();

/** Secrets as clients and browsers hold them, each to be found at once where it is not hidden. */
const CANARIES = {
  code: 'canary-code',
  firstRefreshToken: 'canary-refresh-1',
  secondRefreshToken: 'canary-refresh-2',
  cookie: 'canary-cookie',
  browser: 'canary-browser',
  handle: 'canary-handle',
  clientSecret: 'canary-client-secret',
  resourceServerSecret: 'canary-resource-server-secret',
  assertionId: 'canary-jti',
  identityAssertionId: 'canary-identity-jti',
  proofId: 'canary-proof-jti',
  requestUri: 'urn:ietf:params:oauth:request_uri:canary-request',
  deviceCode: 'canary-device-code',
  deviceRefreshToken: 'canary-device-refresh',
  userCode: 'CANARYUC',
  registrationToken: 'canary-registration-token',
  privateKey: 'canary-private-key',
  response: 'canary-response',
};

const random: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Goes through every act that is about a secret, as the roles do: with its hash, or sealed under a key that is not in
 * the store. */
async function useSecrets(storage: Storage): Promise<void> {
  const sealer = createSealer(random.bytes(32), 'test', random);
  const codeHash = hash(CANARIES.code);
  const hashes = {
    clientSecretHash: hash(CANARIES.clientSecret),
    registrationTokenHash: hash(CANARIES.registrationToken),
  };
  await storage.clients.register(client(hashes), event('client.added'));
  const server = resourceServer({ secretHash: hash(CANARIES.resourceServerSecret) });
  await storage.resourceServers.add(server, event('resource_server.added'));
  await storage.users.add(user(), event('user.added'));
  await storage.signInSessions.begin(signInSession({ sessionHash: hash(CANARIES.cookie) }));
  const key = signingKey({ keyReference: await sealer.seal(CANARIES.privateKey, 'key') });
  await storage.signingKeys.addFirst(key, event('signing_key.created'));
  await storage.oneTimeIds.use('a', 'client_assertion', hash(CANARIES.assertionId), NOW + 60, NOW);

  await storage.oneTimeIds.use('a', 'dpop_proof', hash(CANARIES.proofId), NOW + 60, NOW);
  await storage.pushedRequests.create(pushedRequest({ requestHash: hash(CANARIES.requestUri) }));

  const transactionHash = hash(CANARIES.handle);
  await storage.transactions.create(transaction({ transactionHash, browserHash: hash(CANARIES.browser) }));
  await storage.transactions.authenticate('a', transactionHash, 'subject-alice', NOW, NOW);
  await storage.transactions.approve('a', transactionHash, [], NOW);
  const issued = await storage.transactions.issue(
    'a',
    transactionHash,
    authorizationCode({ codeHash, grantId: 'first' }),
    consentOf(authorizationCode(), { scopes: [] }),
    await sealer.seal(CANARIES.response, 'response'),
    NOW,
    event('consent.granted'),
  );
  expect(issued.outcome).toBe('issued');
  await issueCode(storage, { codeHash: 'another', grantId: 'another' });
  await grantAccess(storage, { codeHash: 'one' }, { tokenHash: hash(CANARIES.firstRefreshToken) });
  const rotation = await rotate(storage, {
    from: hash(CANARIES.firstRefreshToken),
    to: hash(CANARIES.secondRefreshToken),
    successorSalt: hash('salt'),
  });
  expect(rotation.outcome).toBe('rotated');

  const codes = { deviceCodeHash: hash(CANARIES.deviceCode), userCodeHash: hash(CANARIES.userCode) };
  await approveDevice(storage, codes, {
    subject: 'subject-alice',
    scopes: [],
    authenticatedAtEpochSeconds: NOW,
    grantId: 'of-device',
  });
  const ofDevice = { grant: { grantId: 'of-device' }, refreshToken: { tokenHash: hash(CANARIES.deviceRefreshToken) } };
  expect(await redeemDevice(storage, { deviceCodeHash: codes.deviceCodeHash, ...ofDevice })).toBe('redeemed');
  const use = identityAssertionUse({ idHash: hash(CANARIES.identityAssertionId) });
  const events = { issued: event('identity_assertion.issued'), recognised: event('user.recognised') };
  const ofAssertion = { ...use, grant: { ...use.grant, grantId: 'of-assertion' } };
  const used = await storage.identityAssertions.redeem('a', ofAssertion, NOW, MARK_LIFETIME_SECONDS, events);
  expect(used).toBe('issued');
}

/** Looks for the canaries, and for what has to be there instead, so that an empty dump proves nothing. */
function expectNoSecretIn(dump: string): void {
  for (const canary of Object.values(CANARIES)) expect(dump).not.toContain(canary);
  for (const stored of Object.values(CANARIES)) {
    if (stored === CANARIES.privateKey || stored === CANARIES.response) continue;
    expect(dump).toContain(hash(stored));
  }
}

it('ST-01 a dump of the whole PostgreSQL database holds no secret in clear', async () => {
  const { url, cluster } = database();
  const storage = await openPostgresStorage({ connectionString: url });
  await useSecrets(storage);
  await storage.close();
  expectNoSecretIn(await cluster.dump('portcullis'));
});

it('ST-01 the files of a SQLite database hold no secret in clear, open and closed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-secrets-'));
  const storage = await openSqliteStorage({ file: join(directory, 'test.db') });
  // A file beside the database goes when the driver lets go of its last statement, which may be a moment after the close.
  const readIfThere = (file: string) =>
    readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
  const readFiles = async () => {
    const files = await Promise.all((await readdir(directory)).map((name) => readIfThere(join(directory, name))));
    return files.join('\n');
  };
  await useSecrets(storage);
  expectNoSecretIn(await readFiles());
  await storage.close();
  expectNoSecretIn(await readFiles());
  await rm(directory, { recursive: true });
});
