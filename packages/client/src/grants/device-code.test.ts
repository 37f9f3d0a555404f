import { describe, expect, it } from 'vitest';
import type { Transport } from '../http/transport.js';
import { createSession } from '../session/session.js';
import { type Answer, createProtectedServer, type SeenRequest } from '../testing/protected-server.js';
import { type DeviceCodeOptions, type DevicePrompt, deviceCode } from './device-code.js';

const DEVICE = 'https://as.example/device';
const ALLOWED: Answer = {
  json: { device_code: 'dc', user_code: 'ABCD-EFGH', verification_uri: DEVICE, expires_in: 600, interval: 1 },
};

/** Signs in twice at a server whose device authorization endpoint answers so. */
async function signInTwice(answer: (request: SeenRequest, requests: number) => Answer) {
  const server = createProtectedServer({ metadata: { device_authorization_endpoint: DEVICE } });
  const prompts: DevicePrompt[] = [];
  let requests = 0;
  server.routes.set(DEVICE, (request) => {
    requests += 1;
    return answer(request, requests);
  });
  const session = createSession({
    serverUrl: server.serverUrl,
    transport: server.transport,
    grant: deviceCode({ show: (prompt) => void prompts.push(prompt), wait: async () => {} }),
  });
  await session.signIn();
  const outcome = await session.signIn().catch((error: unknown) => error);
  const asked = server.seen.filter(({ url }) => url === DEVICE).map(({ form }) => form.get('client_id'));
  return { outcome, asked, prompts };
}

/** A server that shows a code, and a session whose pauses take no time but are written down. */
function oneDevice() {
  const server = createProtectedServer({ metadata: { device_authorization_endpoint: DEVICE } });
  server.routes.set(DEVICE, () => ALLOWED);
  const pauses: number[] = [];
  const wait = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
  const session = (
    { now, ...options }: Partial<DeviceCodeOptions> & { now?: () => number },
    transport = server.transport,
  ) =>
    createSession({
      serverUrl: server.serverUrl,
      transport,
      grant: deviceCode({ show: () => {}, wait, ...options }),
      ...(now === undefined ? {} : { now }),
    });
  return { server, pauses, session };
}

describe('a device without a browser (RFC 8628)', () => {
  it('registers again where the server has forgotten it, and shows no code before', async () => {
    const { asked, prompts, outcome } = await signInTwice((_request, requests) =>
      requests === 2 ? { status: 401, json: { error: 'invalid_client' } } : ALLOWED,
    );
    expect(asked).toHaveLength(3);
    expect(asked[1]).toBe(asked[0]);
    expect(asked[2]).not.toBe(asked[0]);
    expect(prompts).toHaveLength(2);
    expect(outcome).toMatchObject({ tokens: { clientId: asked[2] } });
  });

  it('registers again once, and gives up then', async () => {
    const { asked, prompts, outcome } = await signInTwice((_request, requests) =>
      requests > 1 ? { status: 401, json: { error: 'invalid_client' } } : ALLOWED,
    );
    expect(asked).toHaveLength(3);
    expect(prompts).toHaveLength(1);
    expect(outcome).toMatchObject({ code: 'client_refused' });
  });

  it('does not register again for any other refusal', async () => {
    const { asked, outcome } = await signInTwice((_request, requests) =>
      requests > 1 ? { status: 400, json: { error: 'invalid_scope' } } : ALLOWED,
    );
    expect(asked).toHaveLength(2);
    expect(outcome).toMatchObject({ code: 'token_refused', error: 'invalid_scope' });
  });

  it('goes on, more slowly, where a connection is lost while the person enters the code (RFC 8628 §3.5)', async () => {
    const { server, pauses, session } = oneDevice();
    let polls = 0;
    const answering = server.transport;
    const transport: Transport = async (request) => {
      if (!request.url.endsWith('/token')) return answering(request);
      polls += 1;
      if (polls > 2) return answering(request);
      return { ok: false, failure: polls === 1 ? 'timed_out' : 'not_reached' };
    };
    await expect(session({}, transport).signIn()).resolves.toMatchObject({ tokens: { accessToken: 'at-1' } });
    expect(pauses).toEqual([1000, 6000, 11_000]);
  });

  it('waits no longer than it is told to, nor than the code is good for, and says how long that is', async () => {
    for (const [timeoutSeconds, expected] of [
      [60, 60],
      [900, 600],
    ] as const) {
      const { server, session } = oneDevice();
      server.routes.set(`${server.issuer}/token`, () => ({ status: 400, json: { error: 'authorization_pending' } }));
      let seconds = 0;
      const shown: number[] = [];
      const failed = session({
        timeoutSeconds,
        show: ({ expiresInSeconds }) => void shown.push(expiresInSeconds),
        wait: async (milliseconds) => {
          seconds += milliseconds / 1000;
        },
        now: () => seconds,
      }).signIn();
      await expect(failed).rejects.toMatchObject({ code: 'sign_in_timed_out' });
      expect([shown, seconds]).toEqual([[expected], expected]);
    }
  });

  it('does not go on where an address is refused', async () => {
    const { server, pauses, session } = oneDevice();
    const answering = server.transport;
    const transport: Transport = async (request) =>
      request.url.endsWith('/token') ? { ok: false, failure: 'address_refused' } : answering(request);
    await expect(session({}, transport).signIn()).rejects.toMatchObject({ code: 'url_refused' });
    expect(pauses).toEqual([1000]);
  });
});

describe('a device that is refused (RFC 8628 §3.5)', () => {
  it.each([
    ['access_denied', 'token_refused', 'declined on the other device'],
    ['expired_token', 'token_refused', 'ran out before the sign-in was done'],
    ['unauthorized_client', 'token_refused', 'it has no device grant'],
  ])('is told what %s means', async (error, code, words) => {
    const { server, session } = oneDevice();
    server.routes.set(`${server.issuer}/token`, () => ({ status: 400, json: { error } }));
    const refused = { code, error, message: expect.stringContaining(words) };
    await expect(session({}).signIn()).rejects.toMatchObject(refused);
  });

  it.each<[string, number, string]>([
    ['refuses to register', 400, 'registration_refused'],
    ['registers nobody', 404, 'registration_unavailable'],
  ])('is told that it needs a client id with the device grant, where a server %s', async (_title, status, code) => {
    const { server, session } = oneDevice();
    server.routes.set(`${server.issuer}/register`, () => ({ status, json: { error: 'invalid_redirect_uri' } }));
    const words = 'it needs a client id that has the device grant';
    await expect(session({}).signIn()).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('is not waited for beyond the end of its code', async () => {
    const { server, session } = oneDevice();
    server.routes.set(DEVICE, () => ({ json: { ...(ALLOWED.json as object), expires_in: 7, interval: 5 } }));
    server.routes.set(`${server.issuer}/token`, () => ({ status: 400, json: { error: 'authorization_pending' } }));
    let seconds = 0;
    const wait = async (milliseconds: number): Promise<void> => {
      seconds += milliseconds / 1000;
    };
    const failed = session({ wait, now: () => seconds }).signIn();
    await expect(failed).rejects.toMatchObject({ code: 'sign_in_timed_out' });
    expect(seconds).toBe(7);
  });
});
