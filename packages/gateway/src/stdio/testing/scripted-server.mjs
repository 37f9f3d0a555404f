// An MCP-like stdio server for tests: what a method does is its name. Reads with `readline`, as many real servers do.
import { readdirSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [mode = 'modern'] = process.argv.slice(2);
const seen = [];
const held = new Map();
const subscriptions = new Set();

const write = (text) => process.stdout.write(`${text}\n`);
const send = (message) => write(JSON.stringify({ jsonrpc: '2.0', ...message }));
const answer = (id, result) => send({ id, result });
const notify = (method, params) => send({ method, params });
const progress = (progressToken, value) => notify('notifications/progress', { progressToken, progress: value });

const actions = {
  initialize: ({ id, params }) =>
    params?.refuse
      ? send({ id, error: { code: -32602, message: 'no' } })
      : answer(id, { protocolVersion: '2025-11-25' }),
  'server/discover': ({ id }) => {
    if (mode === 'modern') answer(id, { supportedVersions: ['2026-07-28'] });
    if (mode === 'legacy') send({ id, error: { code: -32601, message: 'Method not found' } });
    if (mode === 'odd') send({ id, error: { code: -32602, message: 'Received request before initialization' } });
    if (mode === 'leaves') process.exit(1);
  },
  pid: ({ id }) => answer(id, { pid: process.pid }),
  env: ({ id }) => answer(id, { env: process.env }),
  descriptors: ({ id }) => {
    const targets = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return 'closed';
      }
    });
    answer(id, { targets });
  },
  seen: ({ id }) => answer(id, { seen }),
  big: ({ id }) => write(`{"jsonrpc":"2.0","id":${id},"result":{"n":9007199254740993,"m":1.10}}`),
  hold: ({ id, params }) => held.set(params.name, id),
  release: ({ id, params }) => {
    for (const name of params.names) answer(held.get(name), { name });
    answer(id, {});
  },
  progress: ({ id, params }) => {
    const token = params._meta?.progressToken;
    for (const foreign of [token + 1, token - 1, token - 2, 9999, String(token), 'client-token'])
      progress(foreign, 666);
    progress(token, 1);
    progress(token, 2);
    answer(id, { done: true });
  },
  foreign: ({ id }) => {
    for (const other of [id + 1, String(id), 9999, null])
      send({ id: other, error: { code: -1, message: 'for nobody' } });
    answer(id, { mine: true });
  },
  log: ({ id }) => {
    notify('notifications/message', { level: 'info', data: 'hello' });
    answer(id, {});
  },
  later: ({ id, params }) => setTimeout(() => answer(id, {}), params.milliseconds),
  silent: () => undefined,
  crash: () => process.exit(3),
  logThenCrash: () => {
    notify('notifications/message', { level: 'info', data: 'last words' });
    process.stdout.write('', () => process.exit(3));
  },
  garbage: ({ id }) => {
    write('Listening on stdio!');
    write('{"half":');
    write('');
    answer(id, { after: 'garbage' });
  },
  malformed: ({ id }) => write(`{"jsonrpc":"2.0","id":${id},"result":{"a":1,"a":2}}`),
  longLine: ({ id, params }) => answer(id, { text: 'x'.repeat(params.length) }),
  flood: ({ id, params }) => {
    const data = 'x'.repeat(1024);
    for (let count = 0; count < params.count; count += 1) progress(params._meta.progressToken, data);
    answer(id, { flooded: params.count });
  },
  sample: ({ id }) => {
    held.set('srv-1', id);
    send({ id: 'srv-1', method: 'sampling/createMessage', params: { maxTokens: 1 } });
  },
  ask: ({ id }) => {
    send({ id: 77, method: 'roots/list' });
    answer(id, {});
  },
  stderr: ({ id }) => {
    process.stderr.write(`red \u001b[31mtext\u0007\n${'y'.repeat(5000)}\nend\n`, () => answer(id, {}));
  },
  task: ({ id, params }) => {
    answer(id, { task: { taskId: 't' } });
    setTimeout(() => progress(params._meta.progressToken, 5), 30);
  },
  'subscriptions/listen': ({ id }) => {
    subscriptions.add(id);
    notify('notifications/subscriptions/acknowledged', { _meta: { 'io.modelcontextprotocol/subscriptionId': id } });
  },
  emit: ({ id }) => {
    for (const subscription of [...subscriptions, 9999]) {
      const _meta = { 'io.modelcontextprotocol/subscriptionId': subscription };
      notify('notifications/tools/list_changed', { _meta });
    }
    answer(id, {});
  },
  finish: ({ id, params }) => {
    for (const subscription of subscriptions) {
      if (params.by === 'cancel') notify('notifications/cancelled', { requestId: subscription });
      else answer(subscription, { _meta: { 'io.modelcontextprotocol/subscriptionId': subscription } });
    }
    answer(id, {});
  },
};

if (mode === 'stubborn') {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1000);
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  seen.push(line);
  let message;
  try {
    message = JSON.parse(line);
  } catch {
    return;
  }
  if (message.method === undefined) answer(held.get(message.id), { answered: message.result });
  else actions[message.method]?.(message);
});
