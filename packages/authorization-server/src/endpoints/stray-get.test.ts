import { expect, it } from 'vitest';
import { readPage } from '../testing/test-pages.js';
import { startTestServer } from '../testing/test-server.js';

it.each(['/account/sign-out', '/account/disconnect'])(
  'a browser that comes to %s by its address goes to the account',
  async (path) => {
    const { send, storage } = await startTestServer();
    const response = await send(path);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/account');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await storage.users.list('default')).toHaveLength(2);
  },
);

it.each(['/interaction/consent', '/interaction/switch-user', '/interaction/sign-in'])(
  'a browser that comes to %s by its address is told to start again',
  async (path) => {
    const { send } = await startTestServer();
    const response = await send(`${path}?transaction=x&decision=approve`);
    expect(response.status).toBe(400);
    const { page, model } = await readPage(response);
    expect(page).toBe('error');
    expect(model.title).toBe('This page is no longer valid');
    expect(response.headers.getSetCookie()).toEqual([]);
  },
);

it.each(['PUT', 'DELETE'])('the targets of forms answer %s with 405, and say what they take', async (method) => {
  const { send } = await startTestServer();
  for (const path of ['/account/sign-out', '/account/disconnect', '/interaction/consent']) {
    const response = await send(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST, HEAD');
  }
});
