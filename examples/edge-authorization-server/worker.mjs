import { networkOf } from '@portcullis/ports';
import { STYLESHEET_PATH, stylesheet } from '@portcullis/web';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { startServer } from './authorization-server.mjs';
import { checkEnvironment } from './environment.mjs';
import { platform } from './platform.mjs';
import { createRateLimiter } from './rate-limiter.mjs';
import { createSignIn } from './sign-in.mjs';

const MAX_LOGIN_BYTES = 4096;

/** Once an isolate, and at its first request: a worker may not ask for randomness before there is one. */
let started;

async function start(environment) {
  checkEnvironment(environment);
  const { ISSUER: issuer, PERSON_NAME: username, PERSON_PASSWORD: password } = environment;
  const rateLimiter = createRateLimiter(platform.clock);
  const signIn = createSignIn({ issuer, person: { subject: 'person-1', username, password }, rateLimiter });
  return { signIn, ...(await startServer(environment, { signIn: signIn.service, rateLimiter })) };
}

function ready(environment) {
  started ??= start(environment).catch((error) => {
    started = undefined;
    throw error;
  });
  return started;
}

/** Cloudflare sets this header itself; behind anything else it is a stranger's word, and another one has to be taken. */
function networkOfClient(request) {
  return networkOf(request.header('cf-connecting-ip'));
}

const app = new Hono();

app.get(STYLESHEET_PATH, () => new Response(stylesheet, { headers: { 'content-type': 'text/css; charset=utf-8' } }));

app.get('/login', async ({ req, env }) => (await ready(env)).signIn.page(req.raw));

app.post('/login', bodyLimit({ maxSize: MAX_LOGIN_BYTES }), async ({ req, env }) => {
  const { username, password } = await req.parseBody();
  if (typeof username !== 'string' || typeof password !== 'string') return new Response(null, { status: 400 });
  return (await ready(env)).signIn.accept(req.raw, { username, password }, networkOfClient(req));
});

// Everything else is the server's: its paths are compared as they are, and it bounds the bodies that it reads.
app.all('*', async ({ req, env }) => {
  const { server } = await ready(env);
  return server.fetch(req.raw, { network: networkOfClient(req), correlationId: crypto.randomUUID() });
});

app.onError((error) => {
  // A worker that cannot start says why in one line, of a fault it shows the stack.
  console.error(started === undefined ? String(error) : error);
  return new Response(null, { status: 500, headers: { 'cache-control': 'no-store' } });
});

export default {
  fetch: app.fetch,
  /** By a cron trigger, every hour: the server has no timers. */
  async scheduled(_controller, environment) {
    await (await ready(environment)).tidy();
  },
};
