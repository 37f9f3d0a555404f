import { connect } from 'node:net';
import type { AuditEvent, RateLimiter } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { createHost, type Host, type HostOptions } from '../host.js';
import type { Routes } from '../routes.js';

/** A host that listens, and what it recorded. */
export interface TestHost {
  readonly host: Host;
  readonly port: number;
  readonly events: AuditEvent[];
  readonly faults: unknown[];
}

/** Whatever is asked of it is answered: the MCP endpoint with `mcp`, health as ever, everything else with 404. */
export const testRoutes: Routes = {
  mcp: new Map([
    [
      '/mcp',
      {
        handle: (request, response) => void request.resume().on('end', () => response.end('mcp')),
        refuseFlood: (_request, response, seconds) =>
          void response.writeHead(429, { 'Retry-After': seconds, Connection: 'close' }).end('mcp flooded'),
      },
    ],
  ]),
  humanPage: () => undefined,
  assets: new Map(),
  prm: new Map(),
  authorizationServer: {
    handles: () => false,
    fetch: async () => new Response(),
    answerWhole: () => undefined,
    answerUnread: async () => ({ status: 413, headers: {}, body: '' }),
  },
  home: () => '<h1>home</h1>',
  notFound: () => '<h1>nothing here</h1>',
};

/** Opens a host on a free port of the loopback address, as `http://127.0.0.1:8808`. Whoever opens it closes it. */
export async function openTestHost(overrides: Partial<HostOptions> = {}): Promise<TestHost> {
  const events: AuditEvent[] = [];
  const faults: unknown[] = [];
  const host = createHost({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    publicUrl: 'http://127.0.0.1:8808',
    strictTransportSecurity: 31_536_000,
    trustedProxies: [],
    maxConnections: 10_000,
    maxConnectionsPerNetwork: undefined,
    floodPerMinute: 3000,
    routes: testRoutes,
    ready: () => ({ ready: true }),
    platform: nodePlatform,
    rateLimiter: countingRateLimiter(),
    audit: { record: (event) => void events.push(event) },
    onFault: (error) => void faults.push(error),
    ...overrides,
  });
  const { port } = await host.listen();
  return { host, port, events, faults };
}

/** Counts as the port asks, without a window: a test is shorter than any. */
export function countingRateLimiter(): Pick<RateLimiter, 'consume'> {
  const counts = new Map<string, number>();
  return {
    async consume(rule, key) {
      const count = (counts.get(`${rule.name} ${key}`) ?? 0) + 1;
      counts.set(`${rule.name} ${key}`, count);
      return count > rule.points ? { allowed: false, retryAfterSeconds: 42 } : { allowed: true };
    },
  };
}

/** Sends bytes, answers what came until the connection ended or fell silent for `silenceMilliseconds`. */
export async function exchange(
  port: number,
  bytes: string,
  silenceMilliseconds = 250,
): Promise<{ text: string; closed: boolean }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  // A reset is a way for the other side to close.
  socket.on('error', () => {
    closed = true;
  });
  socket.write(bytes, 'latin1');
  socket.setTimeout(silenceMilliseconds, () => socket.destroy());
  socket.once('end', () => {
    closed = true;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return { text, closed };
}

/** The status of the first answer in what came, or `NaN`. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
}
