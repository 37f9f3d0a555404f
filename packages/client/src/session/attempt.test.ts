import { fail } from '@portcullis/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { clientCredentials } from '../grants/client-credentials.js';
import { deviceCode } from '../grants/device-code.js';
import type { TransportFailure } from '../http/transport.js';
import { createOAuthFetch, type OAuthFetchOptions } from '../oauth-fetch.js';
import { CALL, optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';

const PRM = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';
const METADATA = 'https://as.example/.well-known/oauth-authorization-server';
const REGISTER = 'https://as.example/register';
const TOKEN = 'https://as.example/token';
const DEVICE = 'https://as.example/device';

let server: ProtectedServer;
/** What is wrong, by address: a status, or why there is no answer. */
let troubles: Map<string, number | TransportFailure>;
beforeEach(() => {
  server = createProtectedServer({ metadata: { device_authorization_endpoint: DEVICE } });
  troubles = new Map();
});

function client(options: Partial<OAuthFetchOptions> = {}) {
  return createOAuthFetch(
    optionsFor(server, {
      async transport(request) {
        const trouble = troubles.get(request.url);
        if (typeof trouble === 'string') return fail(trouble);
        const answer = await server.transport(request);
        return answer.ok && trouble !== undefined
          ? { ok: true, value: { ...answer.value, status: trouble, body: new Uint8Array() } }
          : answer;
      },
      ...options,
    }),
  );
}

/** More often than there are tries. */
async function refuseFiveTimes(fetch: ReturnType<typeof client>, code: string): Promise<void> {
  for (let calls = 0; calls < 5; calls += 1) {
    await expect(fetch(server.serverUrl, CALL)).rejects.toMatchObject({ code });
  }
}

const OUTAGES = [503, 500, 429, 'not_reached', 'timed_out'] as const;
const machine = {
  grant: clientCredentials(),
  client: { preRegistered: { clientId: 'nightly', clientSecret: 's3cret' } },
};

describe('an outage is told as one, and uses up none of the tries', () => {
  it.each([PRM, METADATA, REGISTER].flatMap((url) => OUTAGES.map((trouble) => [url, trouble] as const)))(
    'CL-07 of %s: %s',
    async (url, trouble) => {
      const fetch = client();
      troubles.set(url, trouble);
      await refuseFiveTimes(fetch, 'server_unavailable');
      expect(server.authorizations).toEqual([]);
      troubles.clear();
      expect((await fetch(server.serverUrl, CALL)).ok).toBe(true);
    },
  );

  it.each(OUTAGES)('CL-07 of the token endpoint of a machine: %s', async (trouble) => {
    const fetch = client(machine);
    troubles.set(TOKEN, trouble);
    await refuseFiveTimes(fetch, 'server_unavailable');
    troubles.clear();
    expect((await fetch(server.serverUrl, CALL)).ok).toBe(true);
  });

  it('CL-07 of the place where a code for another device is had', async () => {
    const fetch = client({ grant: deviceCode({ show: () => {}, wait: async () => {} }) });
    server.routes.set(DEVICE, () => ({
      json: { device_code: 'd', user_code: 'u', verification_uri: DEVICE, expires_in: 9 },
    }));
    troubles.set(DEVICE, 503);
    await refuseFiveTimes(fetch, 'server_unavailable');
    troubles.clear();
    expect((await fetch(server.serverUrl, CALL)).ok).toBe(true);
  });
});

it('where the document stands at the second address it is read, whatever the first one says', async () => {
  const document = server.routes.get(METADATA) ?? (() => ({}));
  server.routes.set('https://as.example/.well-known/openid-configuration', document);
  troubles.set(METADATA, 503);
  expect((await client()(server.serverUrl, CALL)).ok).toBe(true);
});

it.each([
  ['says no', 'authorization_refused'],
  ['signs in, and the token endpoint is down', 'server_unavailable'],
])('CL-07 a person who was asked three times is asked no more: who %s', async (_what, code) => {
  if (code === 'server_unavailable') troubles.set(TOKEN, 503);
  else
    server.respond = (url) =>
      new URLSearchParams({ error: 'access_denied', state: url.searchParams.get('state') ?? '', iss: server.issuer });
  const fetch = client();
  for (let calls = 0; calls < 3; calls += 1) {
    await expect(fetch(server.serverUrl, CALL)).rejects.toMatchObject({ code });
  }
  await expect(fetch(server.serverUrl, CALL)).rejects.toMatchObject({ code: 'authorization_exhausted' });
  expect(server.authorizations).toHaveLength(3);
});
