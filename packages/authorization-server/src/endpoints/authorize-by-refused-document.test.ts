import type { UntrustedFetchFailure } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import {
  BY_DOCUMENT,
  documentAnswer,
  isAccepted,
  useDocumentAuthorization,
} from '../testing/document-authorization.js';
import { DOCUMENT_CLIENT, documentOf } from '../testing/document-host.js';

const by = useDocumentAuthorization();
const { request, answer, eventsOf, expectConstantPage } = by;

describe('CI-02 CI-04 CI-05 F-11 what a host answers is told to nobody', () => {
  const failures: readonly UntrustedFetchFailure[] = [
    'address_refused',
    'name_not_resolved',
    'not_connected',
    'tls_failed',
    'busy',
    'timed_out',
    'too_large',
    'encoding_refused',
    'interrupted',
  ];
  it.each(failures)('answers %s with the constant page, and records it', async (failure) => {
    answer(failure);
    await expectConstantPage(await request());
    expect(eventsOf('client.document_refused')).toMatchObject([
      { reason: failure, clientId: DOCUMENT_CLIENT, outcome: 'refused', network: '192.0.2.1' },
    ]);
  });

  it('records the code of the error behind a certificate that nobody trusts', async () => {
    answer('tls_failed');
    by.host.detail = 'DEPTH_ZERO_SELF_SIGNED_CERT';
    await expectConstantPage(await request());
    expect(eventsOf('client.document_refused')).toMatchObject([
      { reason: 'tls_failed', detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    ]);
  });

  it.each([201, 204, 301, 302, 304, 307, 308, 403, 404, 500, 503])(
    'CI-04 answers a status of %i with the constant page, and follows nothing',
    async (status) => {
      answer({ ...documentAnswer({}, { location: 'http://169.254.169.254/' }), status });
      await expectConstantPage(await request());
      expect(by.host.requests).toHaveLength(1);
      expect(eventsOf('client.document_refused')).toMatchObject([
        { reason: 'document_status_not_200', httpStatus: status },
      ]);
    },
  );

  it.each(['text/html', 'text/plain', 'application/octet-stream', 'application/json; charset=latin1'])(
    'CI-04 answers the content type %s with the constant page',
    async (contentType) => {
      answer(documentAnswer({}, { 'content-type': contentType }));
      await expectConstantPage(await request());
      expect(eventsOf('client.document_refused')).toMatchObject([{ reason: 'document_media_type', httpStatus: 200 }]);
    },
  );

  it.each<[string, unknown]>([
    ['no JSON', '<!doctype html>'],
    ['null', 'null'],
    ['a list', '[]'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['a byte order mark', `\ufeff${JSON.stringify(documentOf(DOCUMENT_CLIENT))}`],
    ['a member twice', `${JSON.stringify(documentOf(DOCUMENT_CLIENT)).slice(0, -1)},"client_name":"x"}`],
    ['__proto__', `${JSON.stringify(documentOf(DOCUMENT_CLIENT)).slice(0, -1)},"__proto__":{}}`],
    ['another client_id', documentOf('https://evil.test/Client.json')],
    ['no client_name', documentOf(DOCUMENT_CLIENT, { client_name: undefined })],
    ['no redirect_uris', documentOf(DOCUMENT_CLIENT, { redirect_uris: undefined })],
    ['a client_secret', documentOf(DOCUMENT_CLIENT, { client_secret: 's' })],
    ['a method with a secret', documentOf(DOCUMENT_CLIENT, { token_endpoint_auth_method: 'client_secret_basic' })],
    ['a private key', documentOf(DOCUMENT_CLIENT, { jwks: { keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', d: 'd' }] } })],
  ])('CI-06 answers a document with %s with the constant page, and does not hold it', async (_title, body) => {
    answer({ body, headers: { 'cache-control': 'max-age=3600' } });
    await expectConstantPage(await request());
    expect(eventsOf('client.document_refused')).toHaveLength(1);
    answer(documentAnswer({}));
    expect(isAccepted(await request())).toBe(true);
    expect(by.host.requests).toHaveLength(2);
  });

  it('CI-04 never holds an error: a host that is mended works with the next request', async () => {
    for (const failing of ['timed_out', { status: 500, headers: { 'cache-control': 'max-age=3600' } }] as const) {
      answer(failing);
      await expectConstantPage(await request());
    }
    answer(documentAnswer({}));
    expect(isAccepted(await request())).toBe(true);
    expect(by.host.requests).toHaveLength(3);
  });

  it('F-11 refuses a new authorization of a client that is known, while its host is down', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60' }));
    await by.test.newBrowser().approve(BY_DOCUMENT);
    by.test.clock.now += 60;
    answer('name_not_resolved');
    await expectConstantPage(await request());
    answer(documentAnswer({}));
    expect(isAccepted(await request())).toBe(true);
  });
});
