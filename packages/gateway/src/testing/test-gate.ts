import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createUpstreamPolicy, type UpstreamPolicyOptions } from '@portcullis/policy';
import type { AuditEvent, OneTimeIdStore, RateLimitDecision } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { fail, succeed } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import type { McpEndpointOptions } from '../endpoint/options.js';
import { createMcpEndpoint, type McpEndpoint } from '../endpoint.js';
import { createHttpUpstream, type HttpUpstreamOptions } from '../http-upstream/http-upstream.js';
import type { Caller, Upstream } from '../upstream/upstream.js';

/** The resource that the gate under test protects. */
export const RESOURCE = 'https://gate.test/files/mcp';
export const METADATA_URL = 'https://gate.test/.well-known/oauth-protected-resource/files/mcp';
/** Every scope of an unconfigured upstream. */
export const ALL_SCOPES = ['mcp:tools:read', 'mcp:tools:execute', 'mcp:resources:read', 'mcp:prompts:read'];

/** One request as the upstream saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly trailers: IncomingMessage['trailers'];
}

/** How the upstream answers. */
export type UpstreamScript = (seen: SeenRequest, response: ServerResponse, request: IncomingMessage) => void;

/** What a client got. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What {@link openGate} may be told. */
export interface TestGateOptions {
  readonly script?: UpstreamScript;
  readonly endpoint?: Partial<McpEndpointOptions>;
  readonly upstream?: Partial<HttpUpstreamOptions>;
  readonly policy?: UpstreamPolicyOptions;
  /** Shared by the replicas of one gate. @defaultValue one of its own */
  readonly oneTimeIds?: Pick<OneTimeIdStore, 'use'>;
}

/** Answers every request like a small MCP server. */
export const echo: UpstreamScript = (seen, response) => {
  const id = seen.body === '' ? null : ((JSON.parse(seen.body) as { id?: number }).id ?? null);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { seen: true } }));
};

/** A gate between real sockets: an HTTP server with the endpoint in it, and an HTTP server behind it. */
export class TestGate {
  readonly seen: SeenRequest[] = [];
  readonly events: AuditEvent[] = [];
  readonly dropped: Caller[] = [];
  readonly faults: unknown[] = [];
  readonly tokens = new Map<string, VerifiedAccessToken>();
  readonly revoked = new Set<string>();
  script: UpstreamScript = echo;
  isBlind = false;
  limitReached = false;
  /** Messages that the rate limiter still lets through. */
  allowance = Number.POSITIVE_INFINITY;
  /** Added to the real clock. */
  clockOffsetSeconds = 0;
  endpoint!: McpEndpoint;
  upstream!: Upstream;
  gatePort = 0;
  upstreamServer!: Server;
  readonly #listeners = new Set<() => void>();
  #gateServer!: Server;

  #decide(hasRoom: boolean): RateLimitDecision {
    return hasRoom && !this.limitReached ? { allowed: true } : { allowed: false, retryAfterSeconds: 7 };
  }

  static async open(options: TestGateOptions = {}): Promise<TestGate> {
    const gate = new TestGate();
    if (options.script !== undefined) gate.script = options.script;
    gate.upstreamServer = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        const { method = '', url = '', rawHeaders, headers, trailers } = request;
        const seen = { method, url, rawHeaders, headers, body, trailers };
        gate.seen.push(seen);
        gate.script(seen, response, request);
      });
    });
    const upstreamPort = await listen(gate.upstreamServer);
    const http = createHttpUpstream({
      url: `http://127.0.0.1:${upstreamPort}/inner/mcp?key=1`,
      name: 'files',
      ...options.upstream,
    });
    gate.upstream = {
      exchange: (call, reply) => http.exchange(call, reply),
      dropCaller: (caller) => gate.dropped.push(caller),
      close: (grace) => http.close(grace),
    };
    gate.endpoint = createMcpEndpoint(
      {
        platform: { ...nodePlatform, clock: { nowEpochSeconds: () => gate.now() } },
        verifier: {
          verify: (accessToken) => {
            const known = gate.tokens.get(accessToken);
            if (known === undefined) return fail({ reason: 'bad_signature' });
            if (known.expiresAtEpochSeconds <= gate.now()) return fail({ reason: 'expired' });
            return succeed(known);
          },
        },
        revocations: {
          isBlind: () => gate.isBlind,
          isRevoked: ({ accessTokenId }) => accessTokenId !== undefined && gate.revoked.has(accessTokenId),
          onChange: (listener) => {
            gate.#listeners.add(listener);
            return () => gate.#listeners.delete(listener);
          },
        },
        rateLimiter: {
          consume: async () => {
            gate.allowance -= 1;
            return gate.#decide(gate.allowance >= 0);
          },
          peek: async () => gate.#decide(gate.allowance > 0),
          giveBack: async () => {
            gate.allowance += 1;
          },
        },
        oneTimeIds: options.oneTimeIds ?? createMemoryStorage().oneTimeIds,
        audit: { record: (event) => gate.events.push(event) },
        onFault: (error) => gate.faults.push(error),
      },
      {
        tenantId: 'default',
        issuer: 'https://gate.test',
        resource: RESOURCE,
        resourceMetadataUrl: METADATA_URL,
        publicOrigin: 'https://gate.test',
        allowedOrigins: (origin) => origin === 'https://app.test',
        upstreamName: 'files',
        upstream: gate.upstream,
        policy: createUpstreamPolicy(options.policy ?? {}),
        sessionSecret: new Uint8Array(32).fill(7),
        ...options.endpoint,
      },
    );
    gate.#gateServer = createServer((request, response) =>
      gate.endpoint.handle(request, response, { correlationId: 'c-1', network: '127.0.0.1' }),
    );
    gate.gatePort = await listen(gate.#gateServer);
    gate.issue('alice');
    return gate;
  }

  now(): number {
    return Math.floor(Date.now() / 1000) + this.clockOffsetSeconds;
  }

  /** Makes an access token that the gate takes; its text names its subject. */
  issue(subject: string, changes: Partial<VerifiedAccessToken> = {}, text: string = subject): string {
    const token = `at-${text}`;
    this.tokens.set(token, {
      tenantId: 'default',
      issuer: 'https://gate.test',
      resource: RESOURCE,
      subject,
      clientId: 'client-1',
      scopes: ALL_SCOPES,
      accessTokenId: `jti-${text}`,
      proofKey: undefined,
      grantId: `grant-${subject}`,
      keyId: 'k1',
      permissions: [],
      groups: undefined,
      recipientProof: 'audience',
      claims: {},
      issuedAtEpochSeconds: this.now(),
      expiresAtEpochSeconds: this.now() + 600,
      ...changes,
    });
    return token;
  }

  revoke(accessTokenId: string): void {
    this.revoked.add(accessTokenId);
    for (const listener of this.#listeners) listener();
  }

  eventTypes(): string[] {
    return this.events.map(({ type, reason }) => (reason === undefined ? type : `${type}:${reason}`));
  }

  /** POSTs one JSON-RPC message (or any text) as alice, unless told otherwise. */
  post(message: unknown, headers: Record<string, string | string[]> = {}): Promise<Answer> {
    return this.send('POST', { 'content-type': 'application/json', ...headers }, toBody(message));
  }

  /** Sends a request and reads the whole answer. An empty `authorization` leaves the header out. */
  async send(
    method: string,
    headers: Record<string, string | string[]> = {},
    body?: string | Buffer,
    path = '/files/mcp',
  ): Promise<Answer> {
    const response = await this.open(method, headers, body, path);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return { status: response.statusCode ?? 0, headers: response.headers, body: text };
  }

  /** Sends a request and hands over the answer as soon as its head is there. */
  open(
    method: string,
    headers: Record<string, string | string[]> = {},
    body?: string | Buffer,
    path = '/files/mcp',
  ): Promise<IncomingMessage> {
    const all: Record<string, string | string[]> = {
      authorization: 'Bearer at-alice',
      accept: 'application/json, text/event-stream',
      ...headers,
    };
    if (all['authorization'] === '') delete all['authorization'];
    if (body !== undefined && all['transfer-encoding'] === undefined) {
      all['content-length'] = String(Buffer.byteLength(body));
    }
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.gatePort, method, path, headers: all, agent: false };
      httpRequest(options, resolve).on('error', reject).end(body);
    });
  }

  /** Opens a plain socket to the gate, for requests that no client library would send. */
  socket(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.gatePort, '127.0.0.1', () => resolve(socket)).on('error', reject);
    });
  }

  /** Writes raw bytes and reads until the gate closes or has answered once. */
  async raw(text: string): Promise<string> {
    const socket = await this.socket();
    socket.write(text);
    let answer = '';
    for await (const chunk of socket.setEncoding('latin1')) {
      answer += chunk;
      if (/\r\n\r\n/.test(answer)) break;
    }
    socket.destroy();
    return answer;
  }

  async close(): Promise<void> {
    await this.endpoint.drain(0);
    await this.upstream.close(0);
    for (const server of [this.#gateServer, this.upstreamServer]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}

/** A JSON-RPC request of the 2025 revisions. */
export function call(method: string, params?: Record<string, unknown>, id: number | string = 1): object {
  return { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) };
}

/** The JSON-RPC error of an answer. */
export function errorOf(answer: Answer): { id: unknown; code: number; data: unknown } {
  const { id, error } = JSON.parse(answer.body) as { id: unknown; error: { code: number; data?: unknown } };
  return { id, code: error.code, data: error.data };
}

/** Resolves when `condition` holds; rejects after five seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error('The condition never held');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function toBody(message: unknown): string | Buffer {
  return typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
