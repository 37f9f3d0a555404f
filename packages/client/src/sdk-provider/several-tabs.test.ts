import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../stores/memory-store.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { createOAuthProvider } from './oauth-provider.js';
import { createSdkFetch } from './testing/sdk-fetch.js';
import { SDKS } from './testing/sdk-kinds.js';

/** A web application, which is another process for each request of a browser. */
function setUp() {
  const server = createProtectedServer();
  const sdk = createSdkFetch(server);
  const store = createMemoryStore();
  const led: URL[] = [];
  const newProvider = () =>
    createOAuthProvider({
      serverUrl: server.serverUrl,
      transport: server.transport,
      fetch: server.fetch,
      signIn: { redirectUri: 'https://app.example/back', redirect: (url) => void led.push(url) },
      store,
    });
  return { server, sdk, led, newProvider };
}

describe.each(SDKS)('$name', ({ connect, newTransport }) => {
  it.each([
    ['the first one first', (tabs: readonly string[]) => tabs],
    ['the last one first', (tabs: readonly string[]) => tabs.toReversed()],
  ])('CL-05 the response of each tab of a browser ends the sign-in of that tab: %s', async (_what, order) => {
    const { server, sdk, led, newProvider } = setUp();
    const comeBack = (query: string): Promise<void> => {
      const provider = newProvider();
      return provider.finishAuth(newTransport(server.serverUrl, provider, sdk.fetch), `/back?${query}`);
    };
    for (let tab = 0; tab < 3; tab += 1) await connect(server.serverUrl, newProvider(), sdk.fetch);
    for (const response of order(led.map((url) => String(server.respond(url))))) {
      await comeBack(response);
      await expect(comeBack(response)).rejects.toMatchObject({ code: 'authorization_response_invalid' });
    }
    const verifiers = server.tokenRequests('authorization_code').map(({ form }) => form.get('code_verifier') ?? '');
    const challenges = led.map(({ searchParams }) => searchParams.get('code_challenge') ?? '');
    expect(verifiers.map((one) => createHash('sha256').update(one).digest('base64url'))).toEqual(order(challenges));
    expect((await connect(server.serverUrl, newProvider(), sdk.fetch)).error).toBeUndefined();
  });
});
