import { expect, it } from 'vitest';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import { migratePostgres, openPostgresStorage } from './postgres-storage.js';
import { parseServer } from './server.js';
import { useDatabase } from './testing/database.js';
import { tellUnknownParameter } from './url-parameters.js';

const database = useDatabase();

const BASE = 'postgres://login:s3cret@127.0.0.1:1/database';

it.each([
  'sslmod=verify-full',
  'connect_timeout=3&conect_timeout=3',
  'sslmode=disable&SSLMODE=verify-full',
  'schema=x',
])(
  'F-12 a URL with a parameter that nothing reads is refused by the name of its setting and of the parameter: %s',
  async (query) => {
    const name = query.split('&').at(-1)?.split('=')[0];
    const words = `has the parameter ${name}, which is not known here; these are: sslmode, sslrootcert, `;
    const opened = openPostgresStorage({ connectionString: `${BASE}?${query}` });
    await expect(opened).rejects.toThrow(`DATABASE_URL ${words}`);
    await expect(opened).rejects.toBeInstanceOf(DatabaseOpenError);
    const migrated = migratePostgres({ connectionString: BASE, migrationConnectionString: `${BASE}?${query}` });
    await expect(migrated).rejects.toThrow(`DATABASE_MIGRATION_URL ${words}`);
  },
);

it('F-12 what may be the end of a password is no name to repeat', () => {
  expect(tellUnknownParameter('postgres://login:12/x?s3c&ret@127.0.0.1/database')).toMatch(
    /^has a parameter that is not known here; these are: [\w, ]+$/,
  );
  expect(tellUnknownParameter(`${BASE}?${'s'.repeat(65)}=1`)).not.toContain('sss');
});

it('every parameter that the driver reads is taken', () => {
  const query =
    'sslmode=disable&uselibpqcompat=true&host=/run&port=1&user=a&password=b&application_name=c&fallback_application_name=d&' +
    'client_encoding=UTF8&options=-c%20work_mem%3D8MB&statement_timeout=1&lock_timeout=1&' +
    'idle_in_transaction_session_timeout=1&query_timeout=1';
  expect(parseServer(`${BASE}?${query}`, 'DATABASE_URL').description).toBe('database at /run as a');
  expect(tellUnknownParameter(`${BASE}?sslrootcert=/ca&sslcert=/c&sslkey=/k&sslnegotiation=direct&ssl=true`)).toBe(
    undefined,
  );
  expect(tellUnknownParameter(BASE)).toBeUndefined();
});

it('what hosts of databases put into their URLs is taken, and leads to the same server', () => {
  const handedOut = `${BASE}?sslmode=require&channel_binding=require&connect_timeout=10&target_session_attrs=read-write`;
  expect(parseServer(handedOut, 'DATABASE_URL')).toMatchObject({ isInClear: false, login: 'login' });
});

it.each([
  ['postgres://l:p@db.example/d', true],
  ['postgres://l:p@10.0.0.1/d?sslmode=disable', true],
  ['postgres://l:p@127.example/d', true],
  ['postgres://l:p@db.example/d?sslmode=verify-full', false],
  ['postgres://l:p@db.example/d?sslmode=no-verify', false],
  ['postgres://l:p@db.example/d?ssl=true', false],
  ['postgres://l:p@localhost/d', false],
  ['postgres://l:p@127.0.0.2/d', false],
  ['postgres://l:p@[::1]/d', false],
  ['postgres://l:p@/d?host=/run/postgresql', false],
])('%s crosses a network in clear: %s', (url, isInClear) => {
  expect(parseServer(url, 'DATABASE_URL').isInClear).toBe(isInClear);
});

it('of each URL that crosses a network in clear, the operator is told where it leads, and as whom', async () => {
  // An address that leads here, and is not known to.
  const beyond = database().url.replace('127.0.0.1', '0.0.0.0');
  const storage = await openPostgresStorage({ connectionString: beyond, migrationConnectionString: database().url });
  await storage.close();
  expect(storage.unencrypted).toEqual([
    expect.stringMatching(
      /^The connection to the database portcullis at 0\.0\.0\.0:\d+ as postgres is not encrypted: /,
    ),
  ]);
  const both = await openPostgresStorage({ connectionString: database().url, migrationConnectionString: beyond });
  await both.close();
  expect(both.unencrypted).toHaveLength(1);
});
