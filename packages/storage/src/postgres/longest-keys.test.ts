import { randomBytes } from 'node:crypto';
import {
  authorizationCode,
  consentOf,
  event,
  grantAccess,
  MARK_LIFETIME_SECONDS,
  NOW,
} from '@portcullis/ports/testing';
import { MAX_CLIENT_ID_LENGTH, MAX_RESOURCE_LENGTH } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { openPostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';

const database = useDatabase();

/** Text that no compression shortens: the server would compress a key before it measures it. */
function incompressible(beginning: string, length: number): string {
  return (
    beginning +
    randomBytes(length)
      .toString('base64url')
      .slice(0, length - beginning.length)
  );
}

it('CI-01 the longest client id at the longest resource, of the longest subject in the longest tenant, is consented to and withdrawn', async () => {
  const storage = await openPostgresStorage({ connectionString: database().url });
  const tenantId = incompressible('t', 63);
  const subject = incompressible('s', 255);
  const clientId = incompressible('https://app.example/', MAX_CLIENT_ID_LENGTH);
  const resource = incompressible('https://gate.example/', MAX_RESOURCE_LENGTH);
  const code = authorizationCode({ tenantId, subject, clientId, resource });
  await grantAccess(storage, code);
  expect(await storage.consents.find(tenantId, subject, clientId, resource)).toEqual(consentOf(code));
  const revocation = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };
  const withdrawn = event('consent.withdrawn', tenantId);
  expect(await storage.grants.disconnect(tenantId, subject, clientId, revocation, withdrawn)).toBe(true);
  // No mark has a longer value than that of a client that acts in its own name.
  const marked = event('grant.revoked', tenantId);
  expect(await storage.grants.revokeWithoutRow(tenantId, `client:${clientId}`, revocation, marked)).toBe(true);
  await storage.close();
});
