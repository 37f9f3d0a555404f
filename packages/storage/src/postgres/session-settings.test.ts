import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { settingsOfUrl } from './session-settings.js';
import { useDatabase } from './testing/database.js';
import { serve } from './testing/serving.js';

const database = useDatabase();

const encoded = encodeURIComponent(
  '-c statement_timeout=7s --lock-timeout=6s -cidle_in_transaction_session_timeout=5s',
);

it.each([
  ['nothing', '', { statement: '30s', lock: '30s', idle: '30s' }],
  ['a parameter', '?statement_timeout=7000', { statement: '7s', lock: '30s', idle: '30s' }],
  ['no limit', '?statement_timeout=0&lock_timeout=6000', { statement: '0', lock: '6s', idle: '30s' }],
  ['options', `?options=${encoded}`, { statement: '7s', lock: '6s', idle: '5s' }],
])('a limit that the URL names is kept, and the others are ours: %s', async (_, query, expected) => {
  const { access, close } = serve(`${database().url}${query}`);
  const { rows } = await access.read('a', (trx) =>
    sql`SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('idle_in_transaction_session_timeout') AS idle`.execute(trx),
  );
  await close();
  expect(rows).toEqual([expected]);
});

it('a password, a host and an option of another name are no settings', () => {
  const url = 'postgres://login:lock_timeout=1@h/db?application_name=lock_timeout%3D1&options=-c%20a.lock_timeout%3D1';
  expect([...settingsOfUrl(url)]).toEqual(['application_name', 'options', 'a.lock_timeout']);
});
