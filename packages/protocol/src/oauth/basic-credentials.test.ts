import { describe, expect, it } from 'vitest';
import { isBasicAuthorization, parseBasicCredentials } from './basic-credentials.js';

const basic = (text: string) => `Basic ${btoa(text)}`;

describe('parseBasicCredentials', () => {
  it.each([
    [basic('id:secret'), 'id', 'secret', 'secret'],
    [basic('a%3Ab:c%7Ed+e'), 'a:b', 'c~d e', 'c%7Ed+e'],
    [`basic ${btoa('id:se:cret')}`, 'id', 'se:cret', 'se:cret'],
    [basic('id:50%+off'), 'id', undefined, '50%+off'],
    [basic('team+ci:x'), 'team+ci', 'x', 'x'],
    [basic('team%2Bci:x'), 'team+ci', 'x', 'x'],
    [basic('50%off:x'), '50%off', 'x', 'x'],
    [basic('b%c:x'), 'b%c', 'x', 'x'],
    [basic('a%3Ab%25c:x'), 'a:b%c', 'x', 'x'],
    [basic('a%20b:x'), 'a%20b', 'x', 'x'],
    [basic('%ff:x'), '%ff', 'x', 'x'],
    [basic('%00:x'), '%00', 'x', 'x'],
    [basic('%:x'), '%', 'x', 'x'],
  ])('reads %s', (header, clientId, clientSecret, clientSecretAsSent) => {
    expect(parseBasicCredentials(header)).toEqual({ ok: true, value: { clientId, clientSecret, clientSecretAsSent } });
  });

  it.each([
    'Basic',
    'Basic ',
    'Basic !!!!',
    'Basic a',
    basic('no-colon'),
    basic(':secret'),
    basic('id:'),
    `Basic ${btoa('\xff:x')}`,
    'Bearer abc',
  ])('AZ-15 refuses %s', (header) => {
    expect(parseBasicCredentials(header)).toEqual({ ok: false, failure: 'basic_malformed' });
  });

  it('tells the scheme apart', () => {
    expect(isBasicAuthorization('BASIC x')).toBe(true);
    expect(isBasicAuthorization('Basic')).toBe(true);
    expect(isBasicAuthorization('Basically x')).toBe(false);
  });
});
