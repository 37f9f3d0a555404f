import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ADAPTERS, type Adapter, type GuardedServer } from './adapters.js';
import { type Answered, exchange, type Sent } from './exchange.js';
import { startTestIssuer, type TestIssuer } from './issuer.js';
import { SDK_DIFFERS, type SdkDifference } from './sdk-differences.js';

/** How a request is refused: on the wire, and in the trail. */
export interface Refused {
  readonly status: number;
  /** The challenge without its scheme and its `resource_metadata`; undefined where there is none. */
  readonly challenge?: string;
  /** @defaultValue Bearer */
  readonly scheme?: 'Bearer' | 'DPoP';
  /** In the trail. */
  readonly reason: string;
}

/** One adapter's server, as the cases of the table see it. */
export class Target {
  readonly adapter: Adapter;
  #issuer: TestIssuer | undefined;
  #server: GuardedServer | undefined;

  constructor(adapter: Adapter) {
    this.adapter = adapter;
  }

  get server(): GuardedServer {
    if (this.#server === undefined) throw new Error('The server has not started');
    return this.#server;
  }

  /** A token of tenant a, good but for `claims`. */
  sign(claims: Readonly<Record<string, unknown>> = {}, header: object = {}): Promise<string> {
    return this.issuer.sign(this.server.a.resource, claims, header);
  }

  get issuer(): TestIssuer {
    if (this.#issuer === undefined) throw new Error('The issuer has not started');
    return this.#issuer;
  }

  async start(): Promise<void> {
    this.#issuer = await startTestIssuer();
    this.#server = await this.adapter.start(this.#issuer.issuer);
  }

  /** No token that was ever sent is in the trail: asked once, after all cases. */
  async close(): Promise<void> {
    const trail = JSON.stringify(this.server.events);
    await this.server.close();
    await this.issuer.close();
    expect(this.issuer.signed.filter((token) => trail.includes(token))).toEqual([]);
  }

  send(sent: Sent): Promise<Answered> {
    return exchange(this.server.origin, sent);
  }

  /** The request is refused just so, on record once, and no tool runs. */
  async refuses(sent: Sent, refused: Refused): Promise<Answered> {
    const { events, mcp } = this.server;
    const before = { events: events.length, ran: mcp.ran.length };
    const answer = await this.send(sent);
    const { a, all } = this.server;
    const { metadataUrl } = all.find(({ resource }) => sent.target.startsWith(new URL(resource).pathname)) ?? a;
    const metadata = `resource_metadata="${metadataUrl}"`;
    const challenge =
      refused.challenge === undefined
        ? undefined
        : `${refused.scheme ?? 'Bearer'} ${refused.challenge === '' ? '' : `${refused.challenge}, `}${metadata}`;
    const reasons = events.slice(before.events).map(({ reason }) => reason);
    expect({ status: answer.status, reasons, ran: mcp.ran.length }).toEqual({
      status: refused.status,
      reasons: [refused.reason],
      ran: before.ran,
    });
    // The SDKs' guards add words for people.
    expect(answer.challenge?.replace(/ error_description="[^"]*",/, '')).toBe(challenge);
    expect(this.issuer.signed.filter((token) => answer.text.includes(token))).toEqual([]);
    return answer;
  }

  /** The tool runs, and nothing is on record. */
  async lets(sent: Sent, tool: string): Promise<Answered> {
    const { events, mcp } = this.server;
    const before = { events: events.length, ran: mcp.ran.length };
    const answer = await this.send(sent);
    expect([answer.status, mcp.ran.slice(before.ran), events.slice(before.events)]).toEqual([200, [tool], []]);
    return answer;
  }

  /** Runs a case; behind a guard of the SDKs' that decides it otherwise, it has to fail. */
  async holds(run: () => Promise<unknown>, difference?: SdkDifference): Promise<void> {
    if (difference === undefined || this.adapter.isOfSdk !== true) {
      await run();
      return;
    }
    await expect(run(), `no longer true: ${SDK_DIFFERS[difference]}`).rejects.toThrow();
  }
}

/** The table: the same cases behind every adapter. */
export function behindEveryAdapter(define: (target: Target) => void): void {
  describe.each(ADAPTERS)('behind $name', (adapter) => {
    const target = new Target(adapter);
    beforeAll(() => target.start());
    afterAll(() => target.close());
    define(target);
  });
}
