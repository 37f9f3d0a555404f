import { describe, expect, it } from 'vitest';
import { parseEndpointUrl } from './endpoint-url.js';

describe('parseEndpointUrl (OAuth 2.1 §1.5)', () => {
  it.each(['https://as.test/token?x=1', 'http://localhost:8080/jwks', 'http://127.0.0.1/', 'http://[::1]:1/'])(
    'takes %s',
    (text) => {
      expect(parseEndpointUrl(text)).toMatchObject({ ok: true, value: { href: text } });
    },
  );

  it.each([
    ['plain_http', 'http://as.test/'],
    ['plain_http', 'file:///etc/passwd'],
    ['has_user', 'https://user@as.test/'],
    ['has_fragment', 'https://as.test/#'],
    ['malformed', 'https://as.test/\n'],
    ['malformed', '/jwks'],
    ['malformed', ''],
    ['too_long', `https://as.test/${'a'.repeat(4096)}`],
  ])('says %s of %j', (failure, text) => {
    expect(parseEndpointUrl(text)).toEqual({ ok: false, failure });
  });
});
