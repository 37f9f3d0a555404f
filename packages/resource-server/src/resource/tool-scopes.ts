import { isScopeToken } from '@portcullis/protocol';
import { canBeNeeded } from './needed-scopes.js';

/**
 * The scopes that each tool needs: a call without all of them is refused before it is dispatched. Tools may be declared
 * at any time, also while requests are served. A tool that is not declared needs nothing beyond what every request
 * needs.
 */
export class ToolScopes {
  readonly #byName = new Map<string, readonly string[]>();

  readonly #knownScopes: ReadonlySet<string> | undefined;

  /** @param knownScopes - all that a tool may need. @defaultValue any */
  constructor(declared: Readonly<Record<string, readonly string[]>> = {}, knownScopes?: ReadonlySet<string>) {
    this.#knownScopes = knownScopes;
    for (const [name, scopes] of Object.entries(declared)) this.declare(name, scopes);
  }

  /** Whether no tool was declared. */
  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /**
   * Says what a tool needs: all of `scopes`. Saying the same again, in any order, changes nothing.
   *
   * @throws {TypeError} when a scope is no scope-token or not among those that there are, or the tool was declared with other scopes
   */
  declare(name: string, scopes: readonly string[]): void {
    const wanted = [...checkScopeNames(scopes, `tool "${name}"`)];
    for (const scope of wanted) checkKnownScope(scope, `tool "${name}"`, this.#knownScopes);
    const known = this.#byName.get(name);
    if (known === undefined) {
      this.#byName.set(name, wanted);
      return;
    }
    if (known.length === wanted.length && known.every((scope) => wanted.includes(scope))) return;
    throw new TypeError(
      `Tool "${name}" needs "${known.join(' ')}" and was declared again with "${wanted.join(' ')}": declare it once`,
    );
  }

  /** What a tool needs, or undefined where it was not declared. */
  scopesOf(name: string): readonly string[] | undefined {
    return this.#byName.get(name);
  }
}

/**
 * The names, each once, without `offline_access`: that asks an authorization server for something, and is nothing that a
 * resource can need (MCP, Scope Selection Strategy).
 *
 * @throws {TypeError} when one is no scope-token (RFC 6749 §3.3): no client could ask for it
 */
export function checkScopeNames(scopes: readonly string[], where: string): ReadonlySet<string> {
  if (!Array.isArray(scopes)) throw new TypeError(`Scopes of ${where} are no list: write ['files:read']`);
  for (const scope of scopes) {
    if (typeof scope !== 'string' || !isScopeToken(scope)) {
      throw new TypeError(`${where} names the scope ${JSON.stringify(scope)}, which is no scope (RFC 6749 §3.3)`);
    }
  }
  return new Set(scopes.filter(canBeNeeded));
}

/**
 * Holds a scope that something needs or implies against the list of all: one that is misspelt would let nobody in, or give
 * nothing.
 *
 * @throws {TypeError} names the scope that is not on the list
 */
export function checkKnownScope(scope: string, where: string, known: ReadonlySet<string> | undefined): void {
  if (known === undefined || known.has(scope)) return;
  throw new TypeError(`${where} names the scope "${scope}", which is not among \`scopes\`: add it there, or mend it`);
}
