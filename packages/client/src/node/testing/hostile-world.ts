import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket, connect as tcpConnect } from 'node:net';
import type { FetchLike } from '../../http/fetch-transport.js';
import {
  type Asked,
  answerOf,
  type DrawnAnswers,
  type HostileReply,
  type Location,
  RIGHT_ANSWERS,
} from './hostile-answers.js';

type Place = Asked['own'];

/** Servers that answer whatever they are told to. */
export interface HostileWorld {
  readonly serverUrl: string;
  /** The authorization server that credentials are for. */
  readonly issuer: string;
  nowEpochSeconds: number;
  /** How often something inside the network was connected to. */
  readonly timesInside: number;
  /** Requests since the last reset. */
  readonly requests: number;
  /** Locations that were ever asked. */
  readonly reached: ReadonlySet<Location>;
  /** Begins anew, with nothing sent and nothing answered. */
  reset(): void;
  /** What is answered from now on. */
  answer(answers: DrawnAnswers): void;
  /** Requests that held `secret`, a token, a code or a secret of the first authorization server where it must not be. */
  misplaced(secret: string): readonly string[];
  /** Connects to this computer; other addresses lead inside. */
  dial(host: string, port: number): Socket;
  /** The platform's `fetch`, for which other addresses lead inside too. */
  readonly fetch: FetchLike;
  /** Plays the browser. */
  browse(address: string): Promise<void>;
  close(): Promise<void>;
}

interface Seen {
  readonly place: Place;
  readonly path: string;
  readonly text: string;
}

const PATHS: Readonly<Record<string, Location>> = {
  '/.well-known/oauth-protected-resource/mcp': 'resource_metadata',
  '/.well-known/oauth-protected-resource': 'resource_metadata',
  '/.well-known/oauth-authorization-server': 'metadata',
  '/.well-known/openid-configuration': 'metadata',
  '/register': 'register',
  '/authorize': 'authorize',
  '/token': 'token',
  '/revoke': 'revoke',
};
const DRIP_MILLISECONDS = 20;

/** Starts them on free ports of the loopback interface. */
export async function startHostileWorld(): Promise<HostileWorld> {
  const servers = { mcp: createServer(), as1: createServer(), evil: createServer(), inside: createServer() };
  for (const server of Object.values(servers)) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const origins = { mcp: originOf(servers.mcp), as1: originOf(servers.as1), evil: originOf(servers.evil) };
  const reached = new Set<Location>();
  const timers = new Set<NodeJS.Timeout>();
  let answers = RIGHT_ANSWERS;
  let counts = new Map<Location, number>();
  let seen: Seen[] = [];
  let timesInside = 0;

  function replyTo(place: Place, location: Location, parameters: URLSearchParams): HostileReply {
    reached.add(location);
    const count = counts.get(location) ?? 0;
    counts.set(location, count + 1);
    const names = answers[location];
    const secret = (kind: string): string => `${kind}-of-${place}-${randomUUID()}`;
    return answerOf(location, names[count % names.length] ?? '', { origins, own: place, parameters, secret });
  }

  function send(response: ServerResponse, { status = 200, headers = {}, body = '', pace }: HostileReply): void {
    if (pace === 'hang') return;
    response.writeHead(status, headers);
    if (pace === undefined) return void response.end(body);
    const timer = setInterval(() => response.write(' '), DRIP_MILLISECONDS);
    timers.add(timer);
    response.on('close', () => clearInterval(timer));
  }

  for (const place of ['mcp', 'as1', 'evil'] as const) {
    servers[place].on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const url = new URL(request.url ?? '/', origins[place]);
        const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
        const text = [url.href, JSON.stringify(request.headers), body, basic === undefined ? '' : atob(basic)].join(
          '\n',
        );
        seen.push({ place, path: url.pathname, text });
        const isCall = place === 'mcp' && url.pathname.startsWith('/mcp');
        const location = isCall ? 'mcp' : PATHS[url.pathname];
        send(response, location === undefined ? { status: 404 } : replyTo(place, location, url.searchParams));
      });
    });
  }
  servers.inside.on('connection', (socket: Socket) => {
    timesInside += 1;
    socket.destroy();
  });

  /** Where it must not be, of the requests with a credential in them. */
  function isMisplaced({ place, path, text }: Seen, secret: string): boolean {
    if (place === 'evil') return text.includes(secret) || /(at|rt|code|secret)-of-as1-/.test(text);
    if (place === 'mcp')
      return text.includes(secret) || /(rt|code|secret)-of-/.test(text) || (isOther(path) && /at-of-/.test(text));
    return path !== '/revoke' && /at-of-/.test(text);
  }

  const world: HostileWorld = {
    serverUrl: `${origins.mcp}/mcp`,
    issuer: origins.as1,
    nowEpochSeconds: 1_800_000_000,
    get timesInside() {
      return timesInside;
    },
    get requests() {
      return seen.length;
    },
    reached,
    reset() {
      seen = [];
      timesInside = 0;
      world.nowEpochSeconds = 1_800_000_000;
    },
    answer(next) {
      answers = next;
      counts = new Map();
    },
    misplaced: (secret) => seen.filter((one) => isMisplaced(one, secret)).map(({ place, text }) => `${place} ${text}`),
    dial: (host, port) => tcpConnect({ host: '127.0.0.1', port: host === '127.0.0.1' ? port : portOf(servers.inside) }),
    async fetch(input, init) {
      const { hostname, href } = new URL(input instanceof Request ? input.url : input);
      return fetch(hostname === '127.0.0.1' ? input : `${originOf(servers.inside)}/?${href}`, init);
    },
    async browse(address) {
      if (new URL(address).hostname !== '127.0.0.1') return;
      const signal = AbortSignal.timeout(1000);
      const answer = await fetch(address, { redirect: 'manual', signal }).catch(() => undefined);
      const location = answer?.headers.get('location') ?? undefined;
      void answer?.body?.cancel().catch(() => undefined);
      if (location === undefined || !URL.canParse(location) || new URL(location).hostname !== '127.0.0.1') return;
      await fetch(location, { redirect: 'manual', signal }).then(
        (response) => response.body?.cancel(),
        () => undefined,
      );
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      for (const server of Object.values(servers)) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return world;
}

function isOther(path: string): boolean {
  return path !== '/mcp' && !path.startsWith('/mcp/');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${portOf(server)}`;
}
