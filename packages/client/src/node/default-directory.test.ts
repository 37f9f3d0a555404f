import { expect, it } from 'vitest';
import { defaultStoreDirectory } from './default-directory.js';

const home = '/home/u';

it.each([
  ['linux', {}, '/home/u/.local/share/portcullis'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/portcullis'],
  ['linux', { XDG_DATA_HOME: 'data' }, '/home/u/.local/share/portcullis'],
  ['linux', { XDG_DATA_HOME: '' }, '/home/u/.local/share/portcullis'],
  ['linux', { XDG_DATA_HOME: '/data', PORTCULLIS_HOME: '/mine' }, '/mine'],
  ['freebsd', {}, '/home/u/.local/share/portcullis'],
  ['darwin', { XDG_DATA_HOME: '/data' }, '/home/u/Library/Application Support/portcullis'],
  ['darwin', { PORTCULLIS_HOME: '/mine' }, '/mine'],
] as const)('is, on %s with %j, %s', (platform, environment, expected) => {
  expect(defaultStoreDirectory({ platform, environment, home })).toBe(expected);
});

it.each([
  [{ LOCALAPPDATA: 'C:\\Users\\u\\Local' }, 'C:\\Users\\u\\Local\\portcullis'],
  [{}, 'C:\\Users\\u\\AppData\\Local\\portcullis'],
  [{ PORTCULLIS_HOME: 'D:\\mine' }, 'D:\\mine'],
])('is, on Windows with %j, %s', (environment, expected) => {
  expect(defaultStoreDirectory({ platform: 'win32', environment, home: 'C:\\Users\\u' })).toBe(expected);
});

it('takes no relative PORTCULLIS_HOME: it would be another place in every folder', () => {
  const environment = { PORTCULLIS_HOME: '../store' };
  expect(() => defaultStoreDirectory({ platform: 'linux', environment, home })).toThrow(
    expect.objectContaining({ code: 'configuration_invalid' }),
  );
});
