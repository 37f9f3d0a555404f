import { fileURLToPath } from 'node:url';
import type { AuditEvent } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { parseJsonRpc } from '@portcullis/protocol';
import type { Caller, McpCall } from '../../upstream/upstream.js';
import type { StdioUpstreamOptions } from '../settings.js';
import { createStdioUpstream, type StdioUpstream } from '../upstream.js';
import { RecordedReply } from './recorded-reply.js';

/** Two callers of one tenant. */
export const ALICE: Caller = { tenantId: 'default', issuer: 'https://as.test', subject: 'alice', clientId: 'pub' };
export const BOB: Caller = { ...ALICE, subject: 'bob' };

/** The members that every request of revision 2026-07-28 carries. */
export const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** What differs from a modern POST of alice that takes both forms of answer. */
export interface Variation {
  readonly caller?: Caller;
  readonly era?: 'modern' | 'legacy';
  readonly sessionId?: string | undefined;
  readonly accept?: string;
  readonly reply?: RecordedReply;
}

/** A stdio upstream with real processes, and what it recorded. */
export class Bench {
  readonly upstream: StdioUpstream;
  readonly events: AuditEvent[] = [];
  readonly stderr: string[] = [];

  constructor(options: Partial<StdioUpstreamOptions> = {}, mode = 'modern') {
    const script = fileURLToPath(new URL('./scripted-server.mjs', import.meta.url));
    this.upstream = createStdioUpstream(
      {
        platform: nodePlatform,
        audit: { record: (event) => this.events.push(event) },
        onStderrLine: (line) => this.stderr.push(line),
      },
      { name: 'scripted', tenantId: 'default', command: process.execPath, args: [script, mode], ...options },
    );
  }

  /** Any HTTP method; the answer may still be under way. */
  exchange(httpMethod: McpCall['httpMethod'], body: string | undefined, variation: Variation = {}): RecordedReply {
    const parsed = body === undefined ? undefined : parseJsonRpc(body);
    if (parsed?.ok === false) throw new Error(`test sent ${parsed.failure.reason}`);
    const reply = variation.reply ?? new RecordedReply();
    this.upstream.exchange(
      {
        caller: variation.caller ?? ALICE,
        httpMethod,
        payload: parsed?.value,
        body: body === undefined ? undefined : Buffer.from(body),
        era: variation.era ?? 'modern',
        sessionId: variation.sessionId,
        headers: { accept: variation.accept ?? 'application/json, text/event-stream' },
        accessTokenExpiresAtEpochSeconds: 4_000_000_000,
        correlationId: 'c-1',
      },
      reply,
    );
    return reply;
  }

  /** POSTs one message. */
  post(message: Record<string, unknown>, variation: Variation = {}): RecordedReply {
    return this.exchange('POST', JSON.stringify({ jsonrpc: '2.0', ...message }), variation);
  }

  /** Opens a session of the 2025 revisions and gives its id. */
  async initialize(variation: Variation = {}): Promise<string> {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    const message = { id: 0, method: 'initialize', params };
    const reply = await this.post(message, { ...variation, era: 'legacy' }).over;
    const sessionId = reply.headers['mcp-session-id'];
    if (reply.status !== 200 || sessionId === undefined) throw new Error(`initialize: ${reply.status} ${reply.body}`);
    this.post({ method: 'notifications/initialized' }, { ...variation, era: 'legacy', sessionId });
    return sessionId;
  }

  /** The reasons recorded for one kind of event. */
  reasons(type: AuditEvent['type']): (string | undefined)[] {
    return this.events.filter((event) => event.type === type).map((event) => event.reason);
  }
}

/** Waits until `condition` holds; fails after `milliseconds`. */
export async function until(condition: () => boolean, milliseconds = 8000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
