import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLikeClientIdUrl, parseClientIdUrl } from './client-id-url.js';

describe('parseClientIdUrl', () => {
  it.each([
    ['https://app.example/client.json', 'app.example'],
    ['https://app.example:8443/client', 'app.example'],
    ['https://app.example/oauth/client-metadata.json?v=2', 'app.example'],
    ['https://app.example/@team/%7Eclient;v=1/', 'app.example'],
    ['https://app.example/a..b/.well-known/...', 'app.example'],
    ['https://app.example//', 'app.example'],
    ['https://xn--bcher-kva.example/c', 'xn--bcher-kva.example'],
    ['https://93.184.216.34/c', '93.184.216.34'],
    ['https://[2606:4700::1111]:8443/c', '[2606:4700::1111]'],
  ])('CI-01 accepts %s', (clientId, host) => {
    expect(parseClientIdUrl(clientId)).toEqual({ ok: true, value: { clientId, host } });
  });

  it.each([
    ['http://app.example/c', 'client_id_malformed'],
    ['HTTPS://app.example/c', 'client_id_malformed'],
    ['https:/app.example/c', 'client_id_malformed'],
    ['https:///app.example/c', 'client_id_malformed'],
    ['https:app.example/c', 'client_id_malformed'],
    ['https://', 'client_id_malformed'],
    ['https:///', 'client_id_malformed'],
    ['https://:443/c', 'client_id_malformed'],
    ['https://app.example/c#f', 'client_id_with_fragment'],
    ['https://app.example/c#', 'client_id_with_fragment'],
    ['https://u@app.example/c', 'client_id_with_user'],
    ['https://u:p@app.example/c', 'client_id_with_user'],
    ['https://@app.example/c', 'client_id_with_user'],
    ['https://:@app.example/c', 'client_id_with_user'],
    ['https://app.example/./c', 'client_id_with_dot_segment'],
    ['https://app.example/a/../c', 'client_id_with_dot_segment'],
    ['https://app.example/a/..', 'client_id_with_dot_segment'],
    ['https://app.example/.', 'client_id_with_dot_segment'],
    ['https://app.example/%2e%2e/c', 'client_id_with_dot_segment'],
    ['https://app.example/%2E/c', 'client_id_with_dot_segment'],
    ['https://app.example/.%2E/c', 'client_id_with_dot_segment'],
    ['https://app.example/%2e./c', 'client_id_with_dot_segment'],
    ['https://app.example', 'client_id_without_path'],
    ['https://app.example/', 'client_id_without_path'],
    ['https://app.example?c', 'client_id_without_path'],
    ['https://app.example/?c', 'client_id_without_path'],
    ['https://app.example\\c', 'client_id_malformed'],
    ['https:\\\\app.example/c', 'client_id_malformed'],
    ['https://app.example/c\\d', 'client_id_malformed'],
    ['https://app.example/\tc', 'client_id_malformed'],
    ['https://app.ex\tample/c', 'client_id_malformed'],
    ['https://app.example/c\n', 'client_id_malformed'],
    ['https://app.example/c d', 'client_id_malformed'],
    [' https://app.example/c', 'client_id_malformed'],
    ['https://app.example/c ', 'client_id_malformed'],
    ['https://app.example/c\0', 'client_id_malformed'],
    ['https://app.example/é', 'client_id_malformed'],
    ['https://bücher.example/c', 'client_id_malformed'],
    ['https://app%2eexample/c', 'client_id_malformed'],
    ['https://app.example/%', 'client_id_malformed'],
    ['https://app.example/%zz', 'client_id_malformed'],
    ['https://app.example/<c>', 'client_id_malformed'],
    ['https://app.example:/c', 'client_id_malformed'],
    ['https://app.example:443/c', 'client_id_not_canonical'],
    ['https://app.example:08443/c', 'client_id_not_canonical'],
    ['https://app.example:65536/c', 'client_id_malformed'],
    ['https://APP.example/c', 'client_id_malformed'],
    ['https://app.example./c', 'client_id_not_canonical'],
    ['https://localhost./c', 'client_id_not_canonical'],
    ['https://2130706433/c', 'client_id_not_canonical'],
    ['https://0177.0.0.1/c', 'client_id_not_canonical'],
    ['https://0x7f.1/c', 'client_id_not_canonical'],
    ['https://127.1/c', 'client_id_not_canonical'],
    ['https://[::ffff:127.0.0.1]/c', 'client_id_not_canonical'],
    ['https://[0:0::1]/c', 'client_id_not_canonical'],
    ['https://[::1/c', 'client_id_malformed'],
  ])('CI-01 CI-02 refuses %j as %s', (clientId, failure) => {
    expect(parseClientIdUrl(clientId)).toEqual({ ok: false, failure });
  });

  it('CI-01 accepts 1024 characters and refuses 1025', () => {
    const clientId = 'https://app.example/'.padEnd(1024, 'x');
    expect(parseClientIdUrl(clientId)).toMatchObject({ ok: true, value: { clientId } });
    expect(parseClientIdUrl(`${clientId}x`)).toEqual({ ok: false, failure: 'client_id_too_long' });
  });

  it('CI-01 accepts nothing that a URL parser would change', () => {
    const pieces = fc.constantFrom(
      'https://',
      'a.example',
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      ':',
      '443',
      '@',
      '?',
      '#',
      '\\',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = `https://${parts.join('')}`;
        const parsed = parseClientIdUrl(text);
        if (!parsed.ok) return;
        const url = new URL(text);
        expect(url.href).toBe(text);
        expect([url.hostname, url.username, url.password, url.hash]).toEqual([parsed.value.host, '', '', '']);
        expect(url.pathname.length).toBeGreaterThan(1);
      }),
    );
  });
});

it.each([
  ['https://app.example/c', true],
  ['HTTPS:x', true],
  ['client_abc', false],
  ['http://app.example/c', false],
])('CI-01 says of %s whether it claims to be a document: %s', (clientId, claims) => {
  expect(looksLikeClientIdUrl(clientId)).toBe(claims);
});
