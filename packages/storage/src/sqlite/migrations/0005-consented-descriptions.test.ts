import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorizationCode, consentOf, issueCode, NOW } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { openSqliteStorage } from '../sqlite-storage.js';
import { makeOlderFile } from '../testing/older-file.js';

const VERSION_4_ROWS = `
  INSERT INTO consents VALUES ('a', 'subject-alice', 'client-1', 'https://gate.test/mcp', '["mcp:tools:read"]',
    'fingerprint-1', ${NOW})`;

it('CI-08 consents of the fourth version keep all they had, and no description; their next approval brings one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-version-4-'));
  const file = join(directory, 'test.db');
  await makeOlderFile(file, 4, VERSION_4_ROWS);
  const storage = await openSqliteStorage({ file });
  const consents = () => storage.consents.listOfUser('a', 'subject-alice');
  const before = consentOf(authorizationCode(), { documentFingerprint: 'fingerprint-1' });
  expect(await consents()).toStrictEqual([before]);

  const clientDescription = {
    clientName: 'Described',
    redirectUris: ['https://app.test/cb'],
    tokenEndpointAuthMethod: 'none',
    jwks: undefined,
    jwksUri: undefined,
    clientUri: undefined,
  } as const;
  await issueCode(storage, {}, { documentFingerprint: 'fingerprint-1', clientDescription });
  expect(await consents()).toStrictEqual([{ ...before, clientDescription }]);
  await storage.close();
  await rm(directory, { recursive: true });
});
