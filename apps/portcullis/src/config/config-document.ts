import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { ConfigProblem, LocatedProblem } from './config-problem.js';

/** A YAML text and where things stand in it. */
export interface ConfigDocument {
  /** Plain data; undefined for an empty text. */
  readonly data: unknown;
  /** Gives a problem the line and column of the key or value it is about, or of the nearest thing around it. */
  locate(problem: ConfigProblem & { readonly unknownKey?: string }): LocatedProblem;
}

/** Parses YAML 1.2 without tags of its own. Duplicate keys and broken syntax are problems; aliases are bounded. */
export function parseConfigDocument(text: string): ConfigDocument | { readonly problems: readonly LocatedProblem[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, schema: 'core' });
  if (document.errors.length > 0 || document.warnings.length > 0) {
    const problems = [...document.errors, ...document.warnings].map(({ message, pos: [offset] }) => {
      const { line, col } = lineCounter.linePos(offset);
      return { path: [], message, line, column: col };
    });
    return { problems };
  }
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch {
    return { problems: [{ path: [], message: 'uses too many aliases, or one that stands for nothing' }] };
  }
  return {
    data: data ?? undefined,
    locate: ({ unknownKey, ...problem }) => {
      const offset = offsetOf(document, problem.path, unknownKey);
      if (offset === undefined) return problem;
      const { line, col } = lineCounter.linePos(offset);
      return { ...problem, line, column: col };
    },
  };
}

function offsetOf(document: Document, path: readonly (string | number)[], unknownKey?: string): number | undefined {
  if (unknownKey !== undefined) {
    const offset = keyOffset(document.getIn(path, true), unknownKey);
    if (offset !== undefined) return offset;
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const last = path[length - 1];
    const parent = length > 0 ? document.getIn(path.slice(0, length - 1), true) : undefined;
    const key = typeof last === 'string' ? keyOffset(length === 1 ? document.contents : parent, last) : undefined;
    if (key !== undefined) return key;
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

function keyOffset(node: unknown, name: string): number | undefined {
  if (!isMap(node)) return undefined;
  const key = node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === name)?.key;
  return isScalar(key) ? key.range?.[0] : undefined;
}
