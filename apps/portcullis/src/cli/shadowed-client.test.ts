import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from './testing/run-program.js';

const REDIRECT = ['--redirect-uri', 'https://app.example.com/callback'];

it('marks a client whose id the configuration has, and says how it is removed', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  const clients = (...args: string[]): string[] => ['clients', ...args, '--data-dir', dataDir];
  await run(clients('add', 'Old', ...REDIRECT, '--id', 'reports'));
  await run(clients('add', 'Mine', ...REDIRECT, '--id', 'mine'));
  const config = join(dataDir, 'gate.yaml');
  const client = '{clientId: reports, clientName: Reports, redirectUris: [https://a.test/cb]}';
  writeFileSync(config, `dataDir: .\nclients: [${client}]\n`);
  const configured = (...args: string[]) => run(['clients', ...args, '--config', config]);
  const { out } = await configured('list');
  expect(out).toMatch(/^reports {4}Old {3}you \(does not count\) {2}/m);
  expect(out).toMatch(/^mine {7}Mine {2}you {19}/m);
  expect(out).toContain(`npx portcullis clients remove --config ${config} ID`);
  expect(JSON.parse((await configured('list', '--json')).out)).toMatchObject([
    { clientId: 'mine' },
    { clientId: 'reports', shadowed: true },
  ]);
  expect((await run(clients('list'))).out).not.toContain('does not count');
  expect((await configured('add', 'A', ...REDIRECT, '--id', 'reports')).err).toContain('choose another --id');
  expect((await configured('remove', 'reports')).out).toContain('reports of the configuration goes on');
  expect((await configured('remove', 'reports')).err).toContain('stands in the configuration: change it there');
});
