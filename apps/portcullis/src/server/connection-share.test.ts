import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect as connectTls } from 'node:tls';
import type { AuditEvent } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { shareConnections } from './connection-share.js';
import { openTestHost } from './testing/test-host.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A connection that asks something and stays; undefined where it was closed without an answer. */
function ask(port: number, address = '127.0.0.1'): Promise<Socket | undefined> {
  const socket = connect(port, address);
  closers.push(() => socket.destroy());
  socket.on('error', () => {});
  socket.write('GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:8808\r\n\r\n');
  return new Promise((resolve) => {
    socket.once('data', () => resolve(socket));
    socket.once('close', () => resolve(undefined));
  });
}

async function leave(socket: Socket | undefined): Promise<void> {
  await new Promise((resolve) => socket?.once('close', resolve).destroy());
}

describe('the share of a network', () => {
  /** Counts the next connection for `network`, whoever it comes from. */
  async function listen(perNetwork: number) {
    const state = { network: undefined as string | undefined, now: 1_800_000_000 };
    const events: AuditEvent[] = [];
    const server = createServer((_request, response) => response.end('ok'));
    shareConnections(server, {
      perNetwork,
      countedNetwork: () => state.network,
      platform: { random: nodePlatform.random, clock: { nowEpochSeconds: () => state.now } },
      audit: { record: (event) => void events.push(event) },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const askAs = (network: string | undefined) => {
      state.network = network;
      return ask(port);
    };
    return { state, events, askAs };
  }

  it('GW-17 leaves the places of others to them, and is free again when a connection ends', async () => {
    const { askAs } = await listen(2);
    const [first] = [await askAs('192.0.2.1'), await askAs('192.0.2.1')];
    expect(first).toBeDefined();
    expect(await askAs('192.0.2.1')).toBeUndefined();
    expect(await askAs('192.0.2.2')).toBeDefined();
    await leave(first);
    await expect.poll(() => askAs('192.0.2.1')).toBeDefined();
    expect(await askAs('192.0.2.1')).toBeUndefined();
  });

  it('GW-18 tells of a network once in a window, and then of how many', async () => {
    const { state, events, askAs } = await listen(1);
    for (let i = 0; i < 4; i += 1) await askAs('192.0.2.1');
    const told = { type: 'rate_limit.exceeded', outcome: 'refused', rule: 'connections', network: '192.0.2.1' };
    expect(events).toMatchObject([{ ...told, correlationId: expect.stringMatching(/^[\w-]{16}$/) }]);
    state.now += 60;
    await askAs('192.0.2.1');
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({ ...told, detail: '2 more since the last event of this network' });
  });

  it('counts nobody who is not of a network of their own', async () => {
    const { events, askAs } = await listen(1);
    for (let i = 0; i < 4; i += 1) expect(await askAs(undefined)).toBeDefined();
    expect(events).toEqual([]);
  });
});

function ownAddress(): string {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  if (address === undefined) throw new Error('This test needs an IPv4 address of this machine besides loopback');
  return address;
}

/** A connection with TLS that stays; undefined where it was closed before the handshake was complete. */
function shakeHands(port: number, address: string): Promise<Socket | undefined> {
  const socket = connectTls({ port, host: address, rejectUnauthorized: false });
  closers.push(() => socket.destroy());
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.once('close', () => resolve(undefined));
  });
}

describe('a host', () => {
  async function openHost(options: Parameters<typeof openTestHost>[0]) {
    const gate = await openTestHost({ host: '0.0.0.0', ...options });
    closers.push(() => gate.host.close(0));
    return gate;
  }

  it('GW-18 tells once in a window that it holds as many as it may', async () => {
    const { port, events } = await openHost({ maxConnections: 1 });
    expect(await ask(port)).toBeDefined();
    for (let i = 0; i < 3; i += 1) expect(await ask(port)).toBeUndefined();
    const told = { type: 'rate_limit.exceeded', outcome: 'refused', rule: 'all_connections', network: '127.0.0.1' };
    expect(events).toMatchObject([{ ...told, correlationId: expect.stringMatching(/^[\w-]{16}$/) }]);
  });

  it('lets this machine have them all', async () => {
    const { port } = await openHost({ maxConnectionsPerNetwork: 1 });
    for (let i = 0; i < 3; i += 1) expect(await ask(port)).toBeDefined();
  });

  it('GW-17 gives half of all to one network, and all to a trusted proxy', async () => {
    const address = ownAddress();
    const { port, events } = await openHost({ maxConnections: 4 });
    for (let i = 0; i < 2; i += 1) expect(await ask(port, address)).toBeDefined();
    expect(await ask(port, address)).toBeUndefined();
    expect(await ask(port)).toBeDefined();
    expect(events).toMatchObject([{ rule: 'connections', network: address }]);

    const behindProxy = await openHost({ maxConnections: 4, trustedProxies: [address] });
    for (let i = 0; i < 3; i += 1) expect(await ask(behindProxy.port, address)).toBeDefined();
  });

  it('GW-17 with TLS cuts those beyond the share before the handshake, as one event and no fault', async () => {
    const address = ownAddress();
    const { cert, private: key } = await generate([{ name: 'commonName', value: address }], { keyType: 'ec' });
    const tls = { cert: Buffer.from(cert), key: Buffer.from(key) };
    const { port, events, faults } = await openHost({
      tls,
      publicUrl: `https://${address}:8808`,
      maxConnectionsPerNetwork: 2,
    });
    const [first] = [await shakeHands(port, address), await shakeHands(port, address)];
    expect(first).toBeDefined();
    for (let i = 0; i < 2; i += 1) expect(await shakeHands(port, address)).toBeUndefined();
    await leave(first);
    await expect.poll(() => shakeHands(port, address)).toBeDefined();
    expect(await shakeHands(port, address)).toBeUndefined();
    expect(events).toMatchObject([{ type: 'rate_limit.exceeded', rule: 'connections', network: address }]);
    expect(faults).toEqual([]);
  });
});
