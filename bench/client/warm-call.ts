import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientCredentials, createFetchTransport, createOAuthFetch, type FetchLike } from '@portcullis/client';
import { median } from '../lib/statistics.js';

// `npm run bench:client`: what `createOAuthFetch` adds to a call while its token is good. The platform's `fetch` with the
// same header is the control: both call one server in this process, in alternating rounds, and medians of the differences
// are told. Time of day, so on an idle machine only.

const ROUNDS = 11;
const CALLS = 1000;
const WARM_UP = 3000;

const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'add', arguments: { a: 1 } },
});
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

const server = createServer((request, response) => {
  const { origin } = new URL(serverUrl);
  const json = (value: unknown, status = 200, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
  const path = request.url ?? '';
  request.resume().on('end', () => {
    if (path.startsWith('/.well-known/oauth-protected-resource')) {
      json({ resource: serverUrl, authorization_servers: [origin] });
    } else if (path.startsWith('/.well-known/')) {
      json({ issuer: origin, token_endpoint: `${origin}/token`, code_challenge_methods_supported: ['S256'] });
    } else if (path === '/token') {
      json({ access_token: 'a-token', token_type: 'Bearer', expires_in: 3600 });
    } else if (request.headers.authorization === 'Bearer a-token') {
      json({ jsonrpc: '2.0', id: 1, result: {} });
    } else {
      json({}, 401, { 'www-authenticate': 'Bearer' });
    }
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;

const withSignIn = createOAuthFetch({
  serverUrl,
  transport: createFetchTransport(fetch),
  client: { preRegistered: { clientId: 'bench', clientSecret: 'a-secret' } },
  grant: clientCredentials(),
});
const withHeader: FetchLike = (input, init) =>
  fetch(input, { ...init, headers: { ...HEADERS, authorization: 'Bearer a-token' } });

/** Microseconds a call. */
async function measure(call: FetchLike, calls: number): Promise<number> {
  const from = performance.now();
  for (let index = 0; index < calls; index += 1) {
    const response = await call(serverUrl, { method: 'POST', headers: HEADERS, body: BODY });
    if (response.status !== 200) throw new Error(`The server answered ${response.status}`);
    await response.arrayBuffer();
  }
  return ((performance.now() - from) / calls) * 1000;
}

for (const call of [withSignIn, withHeader]) await measure(call, WARM_UP);
const rounds: { readonly ours: number; readonly control: number }[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  // Each round begins with the other one.
  const ours = round % 2 === 0 ? await measure(withSignIn, CALLS) : undefined;
  const control = await measure(withHeader, CALLS);
  rounds.push({ ours: ours ?? (await measure(withSignIn, CALLS)), control });
}
const added = median(rounds.map(({ ours, control }) => ours - control));
console.log(`a warm call, ${ROUNDS} alternating rounds of ${CALLS}, one at a time, microseconds`);
console.log(`  fetch with the header   ${median(rounds.map(({ control }) => control)).toFixed(0)}`);
console.log(`  createOAuthFetch        ${median(rounds.map(({ ours }) => ours)).toFixed(0)}`);
console.log(`  added                   ${added.toFixed(1)}   (goal: at most 50)`);
server.close();
server.closeAllConnections();
