import { expect, it } from 'vitest';
import { parseConfig } from '../config/read-config-file.js';
import { DEFAULTS } from '../config/resolve-config.js';
import { gateAddress } from './gate-address.js';

const addressOf = (text: string) => gateAddress({ input: parseConfig('gate.yaml', text).input, isFromFile: true });

it('is what a gate has that nothing was said to, where there is no configuration', () => {
  expect(gateAddress({ input: DEFAULTS, isFromFile: false })).toEqual({
    origin: 'http://127.0.0.1:8808',
    resource: 'http://127.0.0.1:8808/mcp',
    isConfigured: false,
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
])('is what the configuration tells: %j', (text, origin, resource, isConfigured) => {
  expect(addressOf(text)).toEqual({ origin, resource, isConfigured });
});
