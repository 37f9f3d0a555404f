import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createAuthorizationServer, createSealedKeyService } from '@portcullis/authorization-server';
import { createSealer, type FetchHandler, type SignInService } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { createPages, STYLESHEET_PATH, stylesheet } from '@portcullis/web';

/** An application that embeds the authorization server, with a login of its own on another site. */
export interface Embedder {
  readonly origin: string;
  readonly loginOrigin: string;
  stop(): Promise<void>;
}

const COOKIE = 'app-session';
const resource = 'https://gate.test/mcp';

/** Starts both sites on loopback. The login asks for a name, and remembers it unless it is asked for another one. */
export async function startEmbedder(): Promise<Embedder> {
  const users = new Map<string, { subject: string; username: string; authenticatedAtEpochSeconds: number }>();
  const codes = new Map<string, string>();
  const pending = new Map<string, string>();
  let handler: FetchHandler | undefined;

  const login = await listen((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const remembered = cookie(request.headers.cookie, 'login-name');
    const name = url.searchParams.get('name') ?? (url.searchParams.get('ask') === null ? remembered : undefined);
    const state = url.searchParams.get('state') ?? '';
    if (name === undefined || name === '') {
      const form = `<form><input name="state" type="hidden" value="${state}"><input name="name" aria-label="Name"><button>Log in</button></form>`;
      response.writeHead(200, { 'content-type': 'text/html' }).end(form);
      return;
    }
    const code = randomBytes(16).toString('hex');
    codes.set(code, name);
    response
      .writeHead(302, {
        'set-cookie': `login-name=${name}; Path=/; HttpOnly`,
        location: `${application.origin}/login/callback?${new URLSearchParams({ code, state })}`,
      })
      .end();
  });

  const signIn: SignInService = {
    find: async (request) => users.get(cookie(request.headers.get('cookie') ?? undefined, COOKIE) ?? ''),
    begin: async (_request, { returnPath, anotherUser }) => {
      const state = randomBytes(16).toString('hex');
      pending.set(state, returnPath);
      const query = new URLSearchParams({ state, ...(anotherUser ? { ask: 'yes' } : {}) });
      return new Response(null, { status: 303, headers: { location: `${login.origin}/?${query}` } });
    },
    end: async (request) => {
      users.delete(cookie(request.headers.get('cookie') ?? undefined, COOKIE) ?? '');
      return [`${COOKIE}=; Path=/; Max-Age=0`];
    },
  };

  const application = await listen((request, response) => {
    const url = new URL(request.url ?? '/', application.origin);
    if (url.pathname === STYLESHEET_PATH) {
      response.writeHead(200, { 'content-type': 'text/css' }).end(stylesheet);
    } else if (url.pathname === '/login/callback') {
      const name = codes.get(url.searchParams.get('code') ?? '') ?? '';
      const back = pending.get(url.searchParams.get('state') ?? '') ?? '/account';
      const session = randomBytes(16).toString('hex');
      const authenticatedAtEpochSeconds = nodePlatform.clock.nowEpochSeconds();
      users.set(session, { subject: `login|${name}`, username: name, authenticatedAtEpochSeconds });
      const headers = { 'set-cookie': `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax`, location: back };
      response.writeHead(302, headers).end();
    } else if (handler !== undefined) {
      void serve(handler, url, request, response);
    }
  });

  const server = await createAuthorizationServer(
    {
      platform: nodePlatform,
      storage: createMemoryStorage(),
      signIn,
      rateLimiter: {
        consume: async () => ({ allowed: true }),
        peek: async () => ({ allowed: true }),
        giveBack: async () => {},
      },
      audit: { record: () => {} },
      pages: createPages({ stylesheetPath: STYLESHEET_PATH }),
      keyService: createSealedKeyService(createSealer(new Uint8Array(32), 'signing keys', nodePlatform.random)),
    },
    {
      tenantId: 'default',
      issuer: application.origin,
      resources: [
        {
          identifier: resource,
          displayName: 'Notes',
          scopes: [{ name: 'notes:read', description: 'read your notes' }],
          defaultScopes: ['notes:read'],
        },
      ],
    },
  );
  handler = server.fetch;
  return {
    origin: application.origin,
    loginOrigin: login.origin,
    stop: async () => {
      for (const { site } of [application, login]) {
        site.close();
        site.closeAllConnections();
      }
    },
  };
}

async function serve(
  handler: FetchHandler,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, [value ?? ''].flat().join(', '));
  const body = request.method === 'POST' ? await text(request) : undefined;
  const sent = new Request(url, { method: request.method ?? 'GET', headers, ...(body === undefined ? {} : { body }) });
  const answer = await handler(sent, { network: '127.0.0.1', correlationId: randomBytes(6).toString('hex') });
  response.writeHead(answer.status, [
    ...[...answer.headers].filter(([name]) => name !== 'set-cookie').flat(),
    ...answer.headers.getSetCookie().flatMap((value) => ['set-cookie', value]),
  ]);
  response.end(await answer.text());
}

async function listen(
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ site: Server; origin: string }> {
  const site = createServer(onRequest);
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  return { site, origin: `http://127.0.0.1:${(site.address() as AddressInfo).port}` };
}

function cookie(header: string | undefined, name: string): string | undefined {
  return new RegExp(`(?:^|; )${name}=([^;]*)`).exec(header ?? '')?.[1];
}
