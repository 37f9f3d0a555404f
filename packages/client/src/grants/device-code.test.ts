import { describe, expect, it } from 'vitest';
import { createSession } from '../session/session.js';
import { type Answer, createProtectedServer, type SeenRequest } from '../testing/protected-server.js';
import { type DevicePrompt, deviceCode } from './device-code.js';

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
});
