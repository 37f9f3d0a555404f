import { describe, expect, it } from 'vitest';
import { checkRequestedResource, namesOnly } from './resource.js';

const resource = (identifier: string) => ({ identifier, displayName: 'x', scopes: [], defaultScopes: [] });
const files = resource('https://gate.test/files/mcp');
const mail = resource('https://gate.test/mail/mcp');
const root = resource('https://gate.test');

describe('checkRequestedResource', () => {
  it('takes the only one when none is named, and asks when there are two', () => {
    expect(checkRequestedResource([files], [])).toEqual({ ok: true, value: files });
    expect(checkRequestedResource([files, mail], [])).toEqual({ ok: false, failure: 'resource_missing' });
  });

  it.each([
    [['https://gate.test/files/mcp']],
    [['HTTPS://GATE.test/files/mcp']],
    [['https://gate.test/files/mcp', 'https://Gate.test/files/mcp']],
  ])('finds one by %j', (requested) => {
    expect(checkRequestedResource([files, mail], requested)).toEqual({ ok: true, value: files });
  });

  it.each(['https://gate.test', 'https://gate.test/'])('takes %s for the origin', (requested) => {
    expect(checkRequestedResource([root], [requested])).toEqual({ ok: true, value: root });
  });

  it.each([
    [['https://gate.test/files/mcp', 'https://gate.test/mail/mcp'], 'resource_ambiguous'],
    [['https://gate.test/files/mcp', 'nonsense'], 'resource_ambiguous'],
    [['https://gate.test/files/mcp/'], 'resource_unknown'],
    [['https://gate.test/FILES/mcp'], 'resource_unknown'],
    [['https://gate.test:443/files/mcp'], 'resource_unknown'],
    [['https://gate.test/files/mcp#x'], 'resource_unknown'],
    [['nonsense'], 'resource_unknown'],
  ])('refuses %j as %s', (requested, failure) => {
    expect(checkRequestedResource([files, mail], requested)).toEqual({ ok: false, failure });
  });
});

it('TK-03 lets a token request name the granted resource only', () => {
  expect(namesOnly([], files.identifier)).toBe(true);
  expect(namesOnly(['https://GATE.test/files/mcp'], files.identifier)).toBe(true);
  expect(namesOnly([mail.identifier], files.identifier)).toBe(false);
  expect(namesOnly([files.identifier, mail.identifier], files.identifier)).toBe(false);
});
