import type { z } from 'zod';
import { type ConfigInput, configSchema } from './schema/config-schema.js';

/** Keys of which an entry goes where something is wrong with it alone. */
const LISTS = ['upstreams', 'clients', 'assertionIssuers'] as const;

/** What of a broken configuration can be used: to find what else is wrong with it, and for nothing more. */
export interface SalvagedConfig {
  /** Without the keys, upstreams, clients and issuers that something is wrong with. */
  readonly input: ConfigInput;
  /** A path inside {@link SalvagedConfig.input} as it is in the file. */
  inFile(path: readonly (string | number)[]): readonly (string | number)[];
  /** Whether this top-level key had to go; its default stands in its place. */
  lacks(key: keyof ConfigInput): boolean;
}

/** Leaves out of a configuration what the schema found wrong with it. Undefined where nothing is left. */
export function salvageConfig(data: unknown, issues: readonly z.core.$ZodIssue[]): SalvagedConfig | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const dropped = new Set(issues.flatMap(topLevelKeys));
  const kept: Record<string, unknown> = Object.fromEntries(Object.entries(data).filter(([key]) => !dropped.has(key)));
  const indexes = new Map<string, readonly number[]>();
  for (const key of LISTS) {
    const list = kept[key];
    if (!Array.isArray(list)) continue;
    const wrong = new Set(issues.filter(({ path }) => path[0] === key).map(({ path }) => path[1]));
    const right = [...list.keys()].filter((index) => !wrong.has(index));
    indexes.set(key, right);
    kept[key] = right.map((index): unknown => list[index]);
  }
  const parsed = configSchema.safeParse(kept);
  if (!parsed.success) return undefined;
  return {
    input: parsed.data,
    inFile: ([key, index, ...rest]) => {
      const place = typeof index === 'number' ? indexes.get(String(key))?.[index] : index;
      return [key, place, ...rest].filter((part) => part !== undefined);
    },
    lacks: (key) => dropped.has(key),
  };
}

/** The top-level keys that go for an issue: none where an entry of a list is enough. */
function topLevelKeys(issue: z.core.$ZodIssue): readonly string[] {
  const [key, index] = issue.path;
  if (key === undefined) return issue.code === 'unrecognized_keys' ? issue.keys : [];
  const isEntry = LISTS.some((list) => list === key) && typeof index === 'number';
  return isEntry ? [] : [String(key)];
}
