import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AUDIT_EVENTS } from './audit.js';

it('the documentation says of events that there are where they are recorded, and of each once', () => {
  const text = readFileSync(new URL('../../../docs/storage.md', import.meta.url), 'utf8');
  const rows = /^## What is recorded where$.*?^## SQLite$/ms.exec(text)?.[0].match(/^\| .*\|$/gm) ?? [];
  const named = rows.flatMap((row) => [...row.matchAll(/`(\w+\.\w+)`/g)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(35);
  expect(named.filter((name) => !(name in AUDIT_EVENTS))).toEqual([]);
  expect(named).toHaveLength(new Set(named).size);
  const byOperators = Object.entries(AUDIT_EVENTS).filter(([, told]) => told.startsWith('An operator '));
  expect(byOperators.map(([name]) => name).filter((name) => !named.includes(name))).toEqual([]);
});
