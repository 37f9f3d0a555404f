import { type AnyHandler, nameHandler, requiredScopesOf } from './guarded-handler.js';
import { challengeForScopes, type ScopeChallengeHandler } from './scope-challenge.js';

/** What a guard is told of tools: which scopes each needs. A protected resource is one. */
export interface ToolDeclarations {
  readonly tools: {
    /** @throws {TypeError} where the tool was declared with other scopes */
    declare(name: string, scopes: readonly string[]): void;
  };
}

/** What is used of `McpServer`, which SDK v1 and v2 have in common. */
export interface ToolRegistrar {
  registerTool(...parameters: never[]): unknown;
}

/** How a method of `McpServer` registers: the handler comes last in all of them. */
interface Registration {
  /** Which argument is the configuration; undefined for those of v1 that have none. */
  readonly configuration?: number;
  readonly isTool: boolean;
}

const REGISTRATIONS: Readonly<Record<string, Registration>> = {
  registerTool: { configuration: 1, isTool: true },
  registerPrompt: { configuration: 1, isTool: false },
  registerResource: { configuration: 2, isTool: false },
  // Deprecated, and still what most servers on v1 are written with.
  tool: { isTool: true },
  prompt: { isTool: false },
  resource: { isTool: false },
};

/**
 * Makes servers whose tools the guard knows before the first request comes: a call that lacks the scopes of
 * `requireScopes` is then answered with HTTP 403 and a challenge, and never dispatched.
 *
 * ```ts
 * const files = guardTools(
 *   resource,
 *   () => new McpServer({ name: 'files', version: '1.0.0' }),
 *   (server) => server.registerTool('delete_file', { inputSchema }, requireScopes('files:write')(deleteFile)),
 * );
 * createMcpHandler(files);          // SDK v2: a server for each request
 * await files().connect(transport); // SDK v1
 * ```
 *
 * One server is made and described at once, and thrown away: there, `context` is undefined, and every tool has to be
 * registered that any caller may ever see. A tool with scopes that comes up only later is refused at its registration,
 * since the guard let its first calls through. For SDK v2 tools, resources and prompts get a `scopeChallenge` as well;
 * with v1, scopes of resources and prompts are held by their handlers alone. Does not follow a tool that is renamed or
 * given another handler (`RegisteredTool.update`): such a handler has to be wrapped itself.
 *
 * @param create - makes a server: an `McpServer` of either SDK
 * @param register - registers what it offers, at once: it may not be async
 * @returns a factory, as `createMcpHandler` of SDK v2 takes it
 * @throws {TypeError} where a tool is declared with other scopes elsewhere, or `register` is async
 */
export function guardTools<Server extends ToolRegistrar, Context = unknown>(
  resource: ToolDeclarations,
  create: (context: Context | undefined) => Server,
  register: (server: Server, context: Context | undefined) => void,
): (context?: Context) => Server {
  const described = new Set<string>();
  let isDescribing = true;

  function declare(name: string, scopes: readonly string[]): void {
    if (isDescribing) described.add(name);
    else if (!described.has(name)) {
      if (scopes.length === 0) return;
      throw new TypeError(
        `The tool "${name}" needs scopes, and was not registered when guardTools ran: register it there too, whatever the context, so that the guard knows its scopes before the first call`,
      );
    }
    resource.tools.declare(name, scopes);
  }

  function build(context?: Context): Server {
    const server = create(context);
    for (const [method, registration] of Object.entries(REGISTRATIONS)) watch(server, method, registration, declare);
    const registered: unknown = register(server, context);
    if (registered instanceof Promise) {
      registered.catch(() => undefined);
      throw new TypeError('guardTools needs the tools registered at once: await what they need before it');
    }
    return server;
  }

  build();
  isDescribing = false;
  return build;
}

/** Puts itself before a method of one server, whose other servers stay as they are. */
function watch(
  server: ToolRegistrar,
  method: string,
  registration: Registration,
  declare: (name: string, scopes: readonly string[]) => void,
): void {
  const original: unknown = Reflect.get(server, method);
  if (typeof original !== 'function') return;
  const takesChallenges = 'resolveScopeChallenge' in server;

  function registerWatched(...parameters: unknown[]): unknown {
    const name = String(parameters[0]);
    const handler = parameters.at(-1);
    const scopes = typeof handler === 'function' ? requiredScopesOf(handler as AnyHandler) : [];
    if (registration.isTool) declare(name, scopes);
    const given = [...parameters];
    if (typeof handler === 'function') given[given.length - 1] = nameHandler(handler as AnyHandler, name);
    const at = registration.configuration;
    if (takesChallenges && at !== undefined && scopes.length > 0) given[at] = withChallenge(parameters[at], scopes);
    return Reflect.apply(original as AnyHandler, server, given as never[]);
  }

  Object.defineProperty(server, method, { value: registerWatched, configurable: true, writable: true });
}

function withChallenge(configuration: unknown, scopes: readonly string[]): object {
  const own = configuration as { readonly scopeChallenge?: ScopeChallengeHandler };
  return { ...own, scopeChallenge: challengeForScopes(scopes, own.scopeChallenge) };
}
