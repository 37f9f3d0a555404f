import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expressHandler } from '../express/express-handler.js';
import { CHALLENGE, encodeForm, ISSUER } from '../testing/fixtures.js';
import { startNodeHost } from '../testing/node-host.js';
import { startTestServer } from '../testing/test-server.js';
import { answerNodeRequest } from './answer-request.js';
import { nodeListener } from './node-listener.js';
import { splitTarget } from './request-target.js';

it.each([
  ['/a?b=c?d', '/a', '?b=c?d', undefined, undefined],
  ['/a', '/a', '', undefined, undefined],
  ['http://gate.test/a?b', '/a', '?b', 'gate.test', 'http'],
  ['HTTPS://gate.test:8443/a', '/a', '', 'gate.test:8443', 'https'],
  ['http://gate.test', '/', '', 'gate.test', 'http'],
  ['http://gate.test?x=1', '/', '?x=1', 'gate.test', 'http'],
  ['http://user@gate.test/a', '/a', '', 'user@gate.test', 'http'],
  ['/http://gate.test/a', '/http://gate.test/a', '', undefined, undefined],
  ['*', '*', '', undefined, undefined],
  ['gate.test:443', 'gate.test:443', '', undefined, undefined],
])('takes %s apart', (target, pathname, search, authority, scheme) => {
  expect(splitTarget(target)).toEqual({ pathname, search, authority, scheme });
});

/** What `pub` asks for, but for the redirect URI. */
const asked = encodeForm({
  response_type: 'code',
  client_id: 'pub',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
});

describe.each(['nodeListener', 'expressHandler'])('%s', (host) => {
  let port: number;
  let close: () => void;

  beforeAll(async () => {
    const { server } = await startTestServer();
    const listener = host === 'nodeListener' ? nodeListener(server) : express().use(expressHandler(server));
    const listening = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    ({ port } = listening.address() as AddressInfo);
    close = () => listening.close();
  });
  afterAll(() => close());

  async function ask(target: string, hostHeader: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${hostHeader}\r\nConnection: close\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    return text;
  }

  it('answers a target in absolute form, with documents and pages of the issuer', async () => {
    const metadata = await ask('http://as.test:1/.well-known/oauth-authorization-server?x=1', 'as.test:1');
    expect(metadata).toMatch(/^HTTP\/1\.1 200 /);
    expect(metadata).toContain(`"issuer":"${ISSUER}"`);
    expect(await ask('http://as.test:1/device', 'as.test:1')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask('http://as.test:1/nothing', 'as.test:1')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('takes an authority that is only written otherwise than the Host header', async () => {
    for (const [target, hostHeader] of [
      ['http://AS.test:1/jwks', 'as.test:1'],
      ['http://as.test:80/jwks', 'As.test'],
      ['HTTPS://as.test/jwks', 'as.test:443'],
    ] as const) {
      expect(await ask(target, hostHeader)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('GW-05 refuses one of another host than the Host header names, and ends the connection', async () => {
    for (const target of ['http://evil.test/jwks', 'http://as.test/jwks', 'http://u@as.test:1/jwks']) {
      const answer = await ask(target, 'as.test:1');
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('Connection: close\r\n');
    }
  });

  it('AZ-07 refuses a fragment, which would be cut off before the redirect URI is compared', async () => {
    const target = `/authorize?${asked}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb`;
    expect(await ask(target, 'as.test:1')).toMatch(/^HTTP\/1\.1 303 /);
    for (const refused of [`${target}#f`, `${target}#`, `http://as.test:1${target}#f`]) {
      const answer = await ask(refused, 'as.test:1');
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('Connection: close\r\n');
    }
  });
});

it('AZ-07 refuses a fragment after a path, for a host that takes targets apart in its own way', async () => {
  const { server } = await startTestServer();
  const context = { network: '192.0.2.1', correlationId: 'c' };
  const host = await startNodeHost(
    (request, response) =>
      void answerNodeRequest(server, request, response, {
        pathname: request.url ?? '',
        search: '',
        origin: ISSUER,
        context,
      }),
  );
  // A page: 400 as well, but with something to read.
  expect((await host.send('/authorize')).text).toContain('<');
  expect(await host.send('/authorize#a')).toMatchObject({ status: 400, text: '' });
  await host.close();
});
