import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from './read-config-file.js';
import { resolveConfig } from './resolve-config.js';

const DOCUMENT = new URL('../../../../docs/authorization-server/assertions.md', import.meta.url);
const blocks = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, code = '']) => code);

const ASSISTANT_SECRET = randomBytes(33).toString('base64');

it('every configuration of the documentation of assertions can be used', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', use: 'sig' }] });
  for (const name of ['assistant-public.json', 'cluster-jwks.json', 'idp-public.json'])
    writeFileSync(join(directory, name), jwks);
  const issuers = blocks.flatMap((text) => {
    const file = parseConfig(join(directory, 'gate.yaml'), text);
    return resolveConfig(file, {}, { workingDirectory: directory, environment: { ASSISTANT_SECRET } }).assertionIssuers;
  });
  expect(issuers.map(({ kind, issuer }) => [kind, issuer])).toEqual([
    ['identity_provider', 'https://corp.okta.com'],
    ['workload', 'https://token.actions.githubusercontent.com'],
    ['workload', 'https://kubernetes.default.svc.cluster.local'],
    ['identity_provider', 'http://127.0.0.1:9000'],
  ]);
});
