import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, type Socket, connect as tcpConnect } from 'node:net';
import type { FetchLike } from '../../../http/fetch-transport.js';
import { answerAsAuthorizationServer } from './authorization-server.js';
import { answerAsResourceServer } from './resource-server.js';
import { createState, type WorldState } from './world-state.js';

/** A server of the world. */
export type Place = 'mcp' | 'as1' | 'as2' | 'elsewhere';
/** The two that issue tokens. */
export type IssuerPlace = 'as1' | 'as2';

/** A request that reached a server. */
export interface SeenRequest {
  readonly place: Place;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as a form. */
  readonly form: URLSearchParams;
  /** When it came, by the clock of the world. */
  readonly atEpochSeconds: number;
}

/** An answer; JSON where there is some. */
export interface Reply {
  /** @defaultValue 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/**
 * Everything that a client meets, as real servers on this computer: an MCP server with two protected resources, two
 * authorization servers, a server that is none of these, and one that stands for whatever is inside the network.
 */
export interface World {
  readonly origins: Readonly<Record<Place, string>>;
  /** The protected resource that clients are for, and another one beside it. */
  readonly serverUrl: string;
  readonly otherServerUrl: string;
  /** How the servers behave, and what they have seen. Replaced by {@link World.reset}. */
  readonly state: WorldState;
  /** Makes all servers new. */
  reset(): void;
  /** Connects to this computer; any other address leads inside, and is noted. */
  dial(host: string, port: number): Socket;
  /** A `fetch` that any address can be reached with; addresses other than of this computer lead inside. */
  readonly unguardedFetch: FetchLike;
  close(): Promise<void>;
}

const PLACES = ['mcp', 'as1', 'as2', 'elsewhere'] as const;

/** Starts the servers on free ports of the loopback interface. */
export async function startWorld(): Promise<World> {
  let state = createState();
  const answer = async (seen: SeenRequest): Promise<Reply> => {
    state.seen.push(seen);
    if (seen.place === 'mcp') return answerAsResourceServer(world, seen);
    return seen.place === 'elsewhere' ? { json: {} } : answerAsAuthorizationServer(world, seen.place, seen);
  };
  const servers = await Promise.all(PLACES.map((place) => startServer(place, answer, () => state.nowEpochSeconds)));
  const [mcp = '', as1 = '', as2 = '', elsewhere = ''] = servers.map(originOf);
  const noteInside = (): void => {
    state.timesInside += 1;
  };
  const inside = createServer((_request, response) => {
    noteInside();
    response.writeHead(404).end();
  });
  inside.on('connection', noteInside);
  await listen(inside);
  const world: World = {
    origins: { mcp, as1, as2, elsewhere },
    serverUrl: `${mcp}/mcp`,
    otherServerUrl: `${mcp}/two/mcp`,
    get state() {
      return state;
    },
    reset() {
      state = createState();
    },
    dial: (host, port) =>
      tcpConnect(host === '127.0.0.1' ? { host, port } : { host: '127.0.0.1', port: portOf(inside) }),
    unguardedFetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input);
      const isHere = url.hostname === '127.0.0.1';
      return fetch(isHere ? url : `${originOf(inside)}${url.pathname}`, init);
    },
    async close() {
      for (const server of [...servers, inside]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return world;
}

async function startServer(
  place: Place,
  answer: (seen: SeenRequest) => Promise<Reply>,
  now: () => number,
): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', async () => {
      const url = new URL(request.url ?? '/', originOf(server));
      const { method = 'GET', headers } = request;
      const form = new URLSearchParams(body);
      const reply = await answer({ place, method, url, headers, body, form, atEpochSeconds: now() });
      const text = reply.json === undefined ? '' : JSON.stringify(reply.json);
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers }).end(text);
    });
  });
  await listen(server);
  return server;
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${portOf(server)}`;
}
