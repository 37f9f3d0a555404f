import { OAuthClientError } from '../../../oauth-client-error.js';
import type { ClientIdentity } from '../../../registration/client-identity.js';
import type { SignIn } from '../../../sign-in/sign-in.js';
import { createMemoryStore } from '../../../stores/memory-store.js';
import type { Finding } from './findings.js';
import type { ClientFactory, ClientSeams, JudgedClient } from './judged-client.js';
import type { World } from './world.js';

/** One scenario as it is played: a world that is new, and a client to start in it. */
export interface Scene {
  readonly world: World;
  /** Where the client may keep records, and the key it was given. */
  readonly directory: string;
  readonly key: Uint8Array<ArrayBuffer>;
  /** Starts the client; once more is after its program has ended, with the same store. */
  start(as?: { readonly serverUrl?: string; readonly identity?: ClientIdentity }): JudgedClient;
  find(finding: Finding): void;
  /** Calls the MCP server, and finds it where that does not succeed. Whether it did. */
  serves(client: JudgedClient): Promise<boolean>;
  /** Calls the MCP server, whatever comes of it. The message of what is thrown; empty where nothing is. */
  call(client: JudgedClient): Promise<string>;
  /** Ends when the browser is at rest. */
  settle(): Promise<void>;
}

/** Where a sign-in in this process comes back to. Nobody listens there. */
const CALLBACK = 'http://127.0.0.1:1/callback';

const CALL: RequestInit = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'tool' } }),
};

/** Begins one. */
export function createScene(
  world: World,
  factory: ClientFactory,
  directory: string,
  find: (finding: Finding) => void,
): Scene {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const memory = createMemoryStore();
  const journeys: Promise<void>[] = [];
  const callback: SignIn = {
    begin: async () => ({
      redirectUri: CALLBACK,
      async run(url, receive) {
        world.state.waiting = receive;
        await browse(world, url.href);
        if (world.state.waiting === undefined) return;
        throw new OAuthClientError('sign_in_timed_out', 'Nothing came back that belongs to this sign-in.');
      },
      end: async () => {},
    }),
  };
  const startProgram = async (_command: string, args: readonly string[]): Promise<boolean> => {
    journeys.push(browse(world, args.at(-1) ?? ''));
    return true;
  };

  async function attempt(client: JudgedClient): Promise<{ isServed: boolean; message: string }> {
    try {
      const response = await client.fetch(world.serverUrl, CALL);
      await response.text();
      return { isServed: response.ok, message: '' };
    } catch (error) {
      return { isServed: false, message: String(error) };
    }
  }

  return {
    world,
    directory,
    key,
    find,
    start(as = {}) {
      const { serverUrl = world.serverUrl, identity = {} } = as;
      const seams: ClientSeams = {
        serverUrl,
        identity,
        startProgram,
        callback,
        connect: world.dial,
        directory,
        key,
        memory,
        unguardedFetch: world.unguardedFetch,
        now: () => world.state.nowEpochSeconds,
      };
      return factory(seams);
    },
    async serves(client) {
      const { isServed } = await attempt(client);
      if (!isServed) find('not_served');
      return isServed;
    },
    call: async (client) => (await attempt(client)).message,
    settle: async () => void (await Promise.allSettled(journeys)),
  };
}

/** Opens an address, and goes where the authorization server sends the browser to. */
async function browse(world: World, address: string): Promise<void> {
  const location = (await fetch(address, { redirect: 'manual' })).headers.get('location');
  if (location !== null) await (world.state.comeBack ?? ((url) => visit(world, url)))(new URL(location));
}

/** Goes to where a program waits for the browser, or no longer does. */
export async function visit({ state }: World, address: URL): Promise<void> {
  if (address.origin + address.pathname !== CALLBACK) {
    await fetch(address).then(
      (response) => response.text(),
      () => undefined,
    );
  } else if ((await state.waiting?.(address.searchParams)) !== 'ignored') state.waiting = undefined;
}
