import type { ConfigProblem } from './config-problem.js';

/**
 * Holds the names of upstreams, the ids of clients and the issuers of assertions against each other: each is there once, and of several upstreams each
 * has a name. Looks at the text as it is, whatever else is wrong with it, so that everything is said at once.
 */
export function checkNames(data: unknown): readonly ConfigProblem[] {
  const upstreams = listOf(data, 'upstreams');
  const nameless = upstreams.flatMap((upstream, index): readonly ConfigProblem[] => {
    if (upstreams.length < 2 || !isMapping(upstream) || upstream['name'] !== undefined) return [];
    return [{ path: ['upstreams', index], message: 'needs a name, since there are several' }];
  });
  return [
    ...nameless,
    ...repeated(upstreams, 'upstreams', 'name'),
    ...repeated(listOf(data, 'clients'), 'clients', 'clientId'),
    ...repeated(listOf(data, 'assertionIssuers'), 'assertionIssuers', 'issuer'),
    ...repeated(listOf(data, 'assertionIssuers'), 'assertionIssuers', 'name'),
  ];
}

function repeated(entries: readonly unknown[], list: string, member: string): readonly ConfigProblem[] {
  const taken = new Set<string>();
  return entries.flatMap((entry, index): readonly ConfigProblem[] => {
    const name = isMapping(entry) ? entry[member] : undefined;
    if (typeof name !== 'string') return [];
    if (taken.has(name)) return [{ path: [list, index, member], message: `"${name}" is taken already` }];
    taken.add(name);
    return [];
  });
}

function listOf(data: unknown, key: string): readonly unknown[] {
  const list: unknown = isMapping(data) ? data[key] : undefined;
  return Array.isArray(list) ? list : [];
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
