import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkReferences } from '../start/check-references.js';
import { configJsonSchema } from './json-schema.js';
import { parseConfig } from './read-config-file.js';
import { resolveConfig } from './resolve-config.js';

const DOCS = new URL('../../../../docs/', import.meta.url);
const MANUAL = readFileSync(new URL('gateway.md', DOCS), 'utf8');
const blocks = [...MANUAL.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, code = '']) => code);
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

/** A part of the JSON Schema of the configuration. */
interface Part {
  readonly properties?: Readonly<Record<string, Part>>;
  readonly items?: Part;
  readonly anyOf?: readonly Part[];
  readonly oneOf?: readonly Part[];
  readonly type?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Every key below a part, with where it stands; what is in a list stands where the list does. */
function keysOf(part: Part, path: readonly string[] = []): readonly { path: readonly string[]; key: Part }[] {
  const own = Object.entries(part.properties ?? {}).flatMap(([name, key]) => {
    const at = [...path, name];
    return [{ path: at, key }, ...keysOf(key, at)];
  });
  const others = [part.items ?? [], part.anyOf ?? [], part.oneOf ?? []].flat();
  return [...own, ...others.flatMap((other) => keysOf(other, path))];
}

const KEYS = keysOf(JSON.parse(configJsonSchema()) as Part);

it('the manuals name every key of the configuration', () => {
  // `kty` is a member of a JWK.
  const names = new Set(KEYS.map(({ path }) => path.at(-1) ?? '').filter((name) => name !== 'kty'));
  const folder = new URL('authorization-server/', DOCS);
  const others = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const named = new Set([MANUAL, ...others].flatMap((text) => text.match(/\w+/g) ?? []));
  expect(names.size).toBeGreaterThan(80);
  expect([...names].filter((name) => !named.has(name))).toEqual([]);
});

it('the manual has the default and the bounds of every number', () => {
  const numbers = KEYS.filter(({ path, key }) => key.type === 'integer' && path[0] !== 'port');
  expect(numbers.length).toBeGreaterThan(25);
  const rows = new Set(MANUAL.split('\n').map((line) => line.split(' | ').slice(0, 3).join(' | ')));
  const missing = numbers
    .map(({ path, key }) => [path.join('.'), key.default ?? 'half of `maxConnections`', key] as const)
    .map(([name, standard, { minimum, maximum }]) => `| \`${name}\` | ${standard} | ${minimum} – ${maximum}`)
    .filter((row) => !rows.has(row));
  expect(missing).toEqual([]);
});
