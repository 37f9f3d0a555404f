import { expect, it } from 'vitest';
import { checkAssertedScope } from './asserted-scope.js';

const scopes = [
  { name: 'files', description: '', implies: ['files:read', 'files:write'] },
  { name: 'files:read', description: '' },
  { name: 'files:write', description: '' },
];
const resource = { identifier: 'https://r.test', displayName: 'R', scopes, defaultScopes: ['files:read'] };

type Case = [string, string[] | undefined, string[] | undefined, string[] | undefined, string];
it.each<Case>([
  ['what both name', ['files:read', 'files:write'], ['files:write'], undefined, 'files:write'],
  [
    'all that is asserted, where nothing is asked for',
    undefined,
    ['files:write', 'files:read'],
    undefined,
    'files:write files:read',
  ],
  ['the default, where nothing is asserted', ['files'], undefined, undefined, 'files:read'],
  ['what an asserted one contains', ['files:read'], ['files'], undefined, 'files:read'],
  ['what a wider request contains', ['files'], ['files:read'], undefined, 'files:read'],
  ['the wide one, where both name it', ['files'], ['files'], undefined, 'files'],
  ['no offline_access', ['offline_access'], ['files:read', 'offline_access'], undefined, 'files:read'],
  ['nothing that the resource has not', ['admin', 'files:read'], ['admin', 'files:read'], undefined, 'files:read'],
  ['what the client may have', undefined, ['files:read', 'files:write'], ['files:read'], 'files:read'],
  ['nothing in common', ['files:write'], ['files:read'], undefined, 'scope_unknown'],
  ['nothing asserted at all', ['files:read'], [], undefined, 'scope_unknown'],
  ['nothing for the client', undefined, ['files:write'], ['files:read'], 'scope_unknown'],
])('XG-05 %s', (_title, requested, asserted, ofClient, expected) => {
  const checked = checkAssertedScope(requested, asserted, resource, { scopes: ofClient });
  expect(checked.ok ? checked.value.join(' ') : checked.failure).toBe(expected);
});
