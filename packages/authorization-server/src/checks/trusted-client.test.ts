import type { Client } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { configuredClient } from '../testing/fixtures.js';
import { checkTrustedClient } from './trusted-client.js';

it.each<[string, Partial<Client>, string | undefined]>([
  ['one that the operator configured, with a secret', { tokenEndpointAuthMethod: 'client_secret_basic' }, undefined],
  [
    'one that the operator added, with a key',
    { source: 'registered', tokenEndpointAuthMethod: 'private_key_jwt' },
    undefined,
  ],
  ['a public one', { tokenEndpointAuthMethod: 'none' }, 'client_not_confidential'],
  [
    'one that registered itself',
    { source: 'dynamic', tokenEndpointAuthMethod: 'private_key_jwt' },
    'client_not_vouched_for',
  ],
  [
    'one that a document describes',
    { source: 'metadata_document', tokenEndpointAuthMethod: 'private_key_jwt' },
    'client_not_vouched_for',
  ],
])('XG-07 judges %s', (_title, changes, reason) => {
  expect(checkTrustedClient(configuredClient('one', changes))).toBe(reason);
});
