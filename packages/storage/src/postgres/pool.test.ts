import { expect, it, onTestFinished } from 'vitest';
import { answerTimeoutOf, createPool } from './pool.js';
import { parseServer } from './server.js';
import { useDatabase } from './testing/database.js';
import { startRelay } from './testing/relay.js';

const database = useDatabase();

it.each([
  ['nothing', '', 10_000, 15_000],
  ['nothing, and we none', '', 0, 0],
  ['a limit', '?statement_timeout=30000', 10_000, 35_000],
  ['a limit where we have none', '?statement_timeout=30000', 0, 35_000],
  ['no limit', '?statement_timeout=0', 10_000, 60_000],
  ['a limit in the words of the server', '?options=-c%20statement_timeout%3D7s', 10_000, 60_000],
])(
  'F-03 a connection that says nothing is given up, also where the URL says of the server: %s',
  (_, query, ours, expected) => {
    const url = `postgres://login:password@/db${query}`;
    expect(answerTimeoutOf(url, { statementTimeoutMilliseconds: ours })).toBe(expected);
  },
);

it.each([
  ['a limit that the URL names is longer', 'statement_timeout=30000'],
  ['the URL names none', 'statement_timeout=0'],
])('F-03 where a connection has a time of its own for an answer, it is given up after that: %s', async (_, query) => {
  const { cluster, url } = database();
  const relay = await startRelay(cluster.port);
  onTestFinished(() => relay.close());
  const limits = { connectTimeoutMilliseconds: 10_000, lockTimeoutMilliseconds: 0, answerTimeoutMilliseconds: 500 };
  const server = parseServer(`${relay.through(url)}?${query}`, 'DATABASE_URL');
  const pool = createPool(server, { size: 1, statementTimeoutMilliseconds: 0, ...limits }, 'SELECT 1');
  const connection = await pool.connect();
  relay.freeze();
  await expect(connection.query('SELECT 1', [])).rejects.toThrow('Query read timeout');
  connection.release();
  // It was not kept.
  const next = await pool.connect();
  expect(await next.query('SELECT 2 AS two', [])).toMatchObject({ rows: [{ two: 2 }] });
  next.release();
  await pool.end();
});
