import type { ConsentedDescription } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { findDescriptionChanges } from './description-changes.js';

const APP = 'https://app.test/cb';
const before: ConsentedDescription = {
  clientName: 'Weather Desk',
  redirectUris: [APP, 'https://app.test/old', 'http://127.0.0.1/cb'],
  tokenEndpointAuthMethod: 'private_key_jwt',
  jwks: undefined,
  jwksUri: 'https://app.test/keys',
  clientUri: 'https://weather.test/',
};

const changesOf = (now: Partial<ConsentedDescription>, answersAt: string | undefined = APP) =>
  findDescriptionChanges(before, { client: { ...before, ...now }, answersAt });

describe('CI-08 what a client says otherwise of itself', () => {
  it('CI-08 is nothing where it says the same, in whatever order', () => {
    expect(changesOf({ redirectUris: [...before.redirectUris].reverse() })).toEqual([]);
  });

  it.each<[string, Partial<ConsentedDescription>, object]>([
    ['its name', { clientName: 'Your bank' }, { member: 'name', was: 'Weather Desk', is: 'Your bank' }],
    [
      'redirect URIs',
      { redirectUris: [APP, 'http://127.0.0.1/cb', 'https://evil.test/cb'] },
      { member: 'redirects', gone: ['https://app.test/old'], added: ['https://evil.test/cb'] },
    ],
    ['its website', { clientUri: undefined }, { member: 'website', was: 'https://weather.test/', is: undefined }],
    [
      'how it proves itself',
      { tokenEndpointAuthMethod: 'none' },
      { member: 'authentication', was: 'private_key_jwt', is: 'none' },
    ],
    ['where its keys are, of which it tells no more', { jwksUri: 'https://evil.test/keys' }, { member: 'keys' }],
    ['its keys, of which it tells no more', { jwksUri: undefined, jwks: '{"keys":[]}' }, { member: 'keys' }],
  ])('CI-08 tells %s', (_title, now, change) => {
    expect(changesOf(now)).toEqual([change]);
  });

  it('CI-08 tells all of it at once, each member once', () => {
    const all = changesOf({
      clientName: 'Your bank',
      redirectUris: [],
      clientUri: undefined,
      tokenEndpointAuthMethod: 'none',
      jwksUri: undefined,
    });
    expect(all.map(({ member }) => member)).toEqual(['name', 'redirects', 'website', 'authentication', 'keys']);
  });

  it('CI-08 lets a client with many redirect URIs not choose which are told first', () => {
    const padding = Array.from({ length: 9 }, (_, index) => `https://app.test/${index}`);
    const redirectUris = [...padding, 'https://evil.test/cb', 'http://127.0.0.1/other', 'https://new.test/cb'];
    const [change] = changesOf({ redirectUris }, 'https://new.test/cb');
    expect(change).toMatchObject({
      added: ['https://new.test/cb', 'https://evil.test/cb', ...padding, 'http://127.0.0.1/other'],
    });
    expect(changesOf({ redirectUris: ['vscode:/b', 'cursor:/a', 'vscode:/a'] }, undefined)[0]).toMatchObject({
      gone: before.redirectUris,
    });
  });

  it('CB-04 leaves out what cannot be seen, and still tells that it differs', () => {
    const was = 'Weather Desk';
    expect(changesOf({ clientName: `Weather\u200B Desk\u202E` })).toEqual([{ member: 'name', was, is: was }]);
    const name = `Weather Desk ${'x'.repeat(400)}`;
    expect(changesOf({ clientName: name })).toEqual([{ member: 'name', was, is: name }]);
  });

  it.each([
    ['a user in front of its host', 'https://google.com:443@evil.test/'],
    ['a backslash behind its host', 'https://evil.test\\@google.com'],
    ['a host in capitals', 'https://EVIL.test'],
  ])('CB-04 tells of a website with %s where it is', (_title, clientUri) => {
    const [change] = changesOf({ clientUri });
    expect(change).toMatchObject({ is: expect.stringMatching(/^https:\/\/evil\.test\/(@google\.com)?$/) });
  });
});
