import { StorageUnavailableError } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { tellStorageFault } from './storage-fault.js';

const url = 'postgres://gate%20keeper:hidden@db.example:6432/portcullis?application_name=hidden';

it('tells host, port, login and reason of a store that does not answer, and no password', () => {
  const error = new StorageUnavailableError('The database cannot answer: it has too many connections', {
    cause: new Error('hidden'),
  });
  expect(tellStorageFault(error, { url }, 'unused.db')).toEqual({
    where: 'PostgreSQL, database portcullis at db.example:6432, login gate keeper',
    why: 'The database cannot answer: it has too many connections',
  });
  expect(tellStorageFault(error, undefined, '/srv/portcullis.db').where).toBe('/srv/portcullis.db');
});

it('tells of an error that no adapter put into words its kind alone', () => {
  const { why } = tellStorageFault(new TypeError('Failing row contains (hidden)'), { url }, 'unused.db');
  expect(why).toBe('The database cannot answer: TypeError');
});

it.each([
  ['postgres://ga%te:hidden@db.example/portcullis', 'ga%te'],
  ['postgres://db.example/portcullis?user=keeper&password=hidden', 'keeper'],
  ['postgres://other:hidden@db.example/portcullis?user=keeper', 'keeper'],
])('names the login that the driver takes from %s', (url, login) => {
  const { where } = tellStorageFault(new Error('gone'), { url }, 'unused.db');
  expect(where).toBe(`PostgreSQL, database portcullis at db.example, login ${login}`);
});
