import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { storeFlags } from './store-flags.js';

it('leads a printed command to the store of the gate that prints it', () => {
  const [config, dataDir] = ['gate.yaml', 'elsewhere'];
  expect(storeFlags({ config: undefined, dataDir: undefined })).toBe('');
  expect(storeFlags({ config: undefined, dataDir: '.portcullis' })).toBe('');
  expect(storeFlags({ config: undefined, dataDir })).toBe(` --data-dir ${resolve(dataDir)}`);
  expect(storeFlags({ config, dataDir: undefined })).toBe(` --config ${resolve(config)}`);
  expect(storeFlags({ config, dataDir })).toBe(` --config ${resolve(config)} --data-dir ${resolve(dataDir)}`);
  // The file may say otherwise.
  expect(storeFlags({ config, dataDir: '.portcullis' })).toContain(` --data-dir ${resolve('.portcullis')}`);
});

it('quotes a path for a shell, never cuts it, and prints nothing that commands a terminal', () => {
  expect(storeFlags({ config: "/srv/my gate/it's.yaml", dataDir: '/srv/my data' })).toBe(
    ` --config '/srv/my gate/it'\\''s.yaml' --data-dir '/srv/my data'`,
  );
  const long = `/${'deep/'.repeat(200)}gate.yaml`;
  expect(storeFlags({ config: long, dataDir: undefined })).toBe(` --config ${long}`);
  expect(storeFlags({ config: '/srv/\u001b[2Jgate.yaml', dataDir: undefined })).toBe(" --config '/srv/[2Jgate.yaml'");
});
