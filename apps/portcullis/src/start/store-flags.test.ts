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
