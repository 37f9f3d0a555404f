import { expect, it } from 'vitest';
import type { ManagementConfig } from '../config/management-config.js';
import { parseConfig } from '../config/read-config-file.js';
import { DEFAULTS } from '../config/resolve-config.js';
import { gateAddress } from './gate-address.js';

const STORE = { dataDir: '/srv/.portcullis', database: undefined };
const withoutFile = (differing: Partial<ManagementConfig> = {}) =>
  gateAddress({ input: DEFAULTS, isFromFile: false, ...STORE, ...differing }, '/srv');
const addressOf = (text: string) =>
  gateAddress({ input: parseConfig('gate.yaml', text).input, isFromFile: true, ...STORE }, '/elsewhere');

it('is what a gate has that nothing was said to, where the store is where such a gate has it', () => {
  expect(withoutFile()).toEqual({
    origin: 'http://127.0.0.1:8808',
    resource: 'http://127.0.0.1:8808/mcp',
    remark: expect.stringContaining('if that is not it'),
  });
});

it.each<[string, Partial<ManagementConfig>]>([
  ['in another directory', { dataDir: '/srv/other' }],
  ['in a database', { database: { url: 'postgres://db.example.com/gate', migrationUrl: undefined } }],
])('is a placeholder for the gate of a store %s, which may have any address', (_where, differing) => {
  expect(withoutFile(differing)).toEqual({
    origin: 'https://gate.example.com',
    resource: 'https://gate.example.com/mcp',
    remark: expect.stringContaining('stands for the address of your gate'),
  });
});

it.each([
  ['port: 9000', 'http://127.0.0.1:9000', 'http://127.0.0.1:9000/mcp', true],
  ['tls: {cert: a, key: b}', 'https://127.0.0.1:8808', 'https://127.0.0.1:8808/mcp', true],
  [
    'publicUrl: https://gate.example.com\nupstreams: [{name: a, command: a}]',
    'https://gate.example.com',
    'https://gate.example.com/a/mcp',
    true,
  ],
  ['host: 0.0.0.0', 'http://127.0.0.1:8808', 'http://127.0.0.1:8808/mcp', false],
])('is what the configuration tells: %j', (text, origin, resource, isTold) => {
  const { remark, ...address } = addressOf(text);
  expect(address).toEqual({ origin, resource });
  expect(remark === undefined).toBe(isTold);
});
