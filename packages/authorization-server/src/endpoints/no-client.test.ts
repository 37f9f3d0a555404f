import { beforeAll, expect, it } from 'vitest';
import { clients, type Form } from '../testing/fixtures.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { DEVICE_REQUEST, television } from '../testing/test-device.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// RFC 6749 §5.2 counts "no client authentication included" as invalid_client, and RFC 9126 §2.3, RFC 7009 §2.2.1 and RFC 8628 §3.1
// go by it. That a public client, too, is missing a required parameter then (§3.2.1) is the same fact, and one answer for it is
// what a client can act on: it has to say who it is.

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer({ configuredClients: [...clients, television] });
});

const REQUESTS: readonly (readonly [string, Form])[] = [
  ['/token', redemption('pcc_x', { client_id: undefined })],
  ['/token', { grant_type: 'refresh_token', refresh_token: 'pcr_x' }],
  ['/token', { grant_type: 'client_credentials' }],
  ['/par', { response_type: 'code', redirect_uri: 'https://app.test/cb' }],
  ['/revoke', { token: 'pcr_x' }],
  ['/device_authorization', { ...DEVICE_REQUEST, client_id: undefined }],
];

it.each(REQUESTS)(
  'AZ-15 a request to %s that names no client is refused as one whose proof is wrong, and told so: %j',
  async (path, form) => {
    const nobody = await test.postForm(path, form);
    const empty = await test.postForm(path, { ...form, client_id: '' });
    const unknown = await test.postForm(path, { ...form, client_id: 'nobody' });
    const [ofNobody, ofEmpty, ofUnknown] = await Promise.all(
      [nobody, empty, unknown].map((response) => response.clone().text()),
    );
    expect([ofNobody, ofUnknown?.includes('missing')]).toEqual([ofEmpty, false]);
    expect(ofNobody).toContain('The client_id is missing.');
    for (const response of [nobody, empty, unknown]) {
      expect(response.headers.has('www-authenticate')).toBe(false);
      await expectRefusal(response, 401, 'invalid_client');
    }
    const reasons = test.events.slice(-3).map(({ type, reason }) => `${type} ${reason}`);
    const failed = 'client.authentication_failed';
    expect(reasons).toEqual([`${failed} client_missing`, `${failed} client_missing`, `${failed} client_unknown`]);
  },
);
