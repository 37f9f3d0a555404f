import { CompiledQuery, type LogEvent } from 'kysely';
import { expect, it } from 'vitest';
import { sweep } from '../sql/sweep.js';
import { useDatabase } from './testing/database.js';
import { serve } from './testing/serving.js';

const NOW = 1_800_000_000;

/** Grants with a refresh token each, all alive but one. */
const MANY = `
  INSERT INTO portcullis.grants (tenant_id, grant_id, subject, client_id, resource, scopes, authenticated_at, created_at,
    expires_at, kept_until, client_auth_method, last_used_at)
  SELECT 'a', 'grant-' || i, 'subject', 'client-' || i, 'https://gate.test/mcp', '[]', ${NOW}, ${NOW}, ${NOW + 9000},
    CASE i WHEN 1 THEN ${NOW} ELSE ${NOW + 9000} END, 'none', ${NOW} FROM generate_series(1, 20000) AS i;
  INSERT INTO portcullis.refresh_tokens (tenant_id, token_hash, grant_id, expires_at)
  SELECT 'a', 'token-' || i, 'grant-' || i, ${NOW + 9000} FROM generate_series(1, 20000) AS i;
  ANALYZE portcullis.grants, portcullis.refresh_tokens`;

const database = useDatabase();

it('sweeps by what has ended: no statement walks over all grants or refresh tokens', async () => {
  const { cluster, url } = database();
  await cluster.query('portcullis', MANY);
  const queries: CompiledQuery[] = [];
  const { access, close } = serve(url, ({ query }: LogEvent) => queries.push(query));
  expect(await sweep(access, 'a', NOW)).toBe(2);
  const swept = queries.filter(({ sql }) => /^(select|delete) (?!set_config)/i.test(sql));
  const plans = await access.read('a', async (db) => {
    const lines: string[] = [];
    for (const { sql, parameters } of swept) {
      const { rows } = await db.executeQuery<{ 'QUERY PLAN': string }>(
        CompiledQuery.raw(`EXPLAIN ${sql}`, [...parameters]),
      );
      lines.push(...rows.map((row) => row['QUERY PLAN']));
    }
    return lines;
  });
  await close();
  expect(plans).toContainEqual(expect.stringMatching(/Index.* Scan .*grants_by_end/));
  expect(plans).toContainEqual(expect.stringMatching(/Index.* Scan .*refresh_tokens_by_grant/));
  expect(plans.filter((line) => /Seq Scan on (grants|refresh_tokens)/.test(line))).toEqual([]);
});
