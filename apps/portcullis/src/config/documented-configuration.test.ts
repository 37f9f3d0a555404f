import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkReferences } from '../start/check-references.js';
import { parseConfig } from './read-config-file.js';
import { resolveConfig } from './resolve-config.js';

const DOCUMENT = new URL('../../../../docs/gateway.md', import.meta.url);
const blocks = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, code = '']) => code);
const SECRET = randomBytes(33).toString('base64');
const environment = {
  SEARCH_API_KEY: SECRET,
  REPORTS_CLIENT_SECRET: SECRET,
  ASSISTANT_CLIENT_SECRET: SECRET,
  CRM_CLIENT_SECRET: SECRET,
};

it('every configuration of the manual can be used, and names what there is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] });
  for (const name of ['nightly-public.json', 'builds-public.json']) writeFileSync(join(directory, name), jwks);
  // An absolute path of the manual, put where this test may write.
  const databaseUrl = join(directory, 'database-url');
  writeFileSync(databaseUrl, 'postgres://portcullis:secret@db.example.com/portcullis');
  const crm = {
    identifier: 'https://crm.example.com/mcp',
    displayName: 'CRM',
    scopes: [{ name: 'crm:read', description: 'read' }],
    defaultScopes: ['crm:read'],
  };
  expect(blocks.length).toBeGreaterThan(2);
  for (const block of blocks) {
    const text = block.replaceAll(/\/run\/secrets\/database-(migration-)?url/g, databaseUrl);
    const file = parseConfig(join(directory, 'gate.yaml'), text);
    const config = resolveConfig(file, {}, { workingDirectory: directory, environment });
    const registered = { resources: [crm], grantTypesOf: async () => undefined };
    expect(await checkReferences(config, registered, file)).toEqual([]);
  }
});
