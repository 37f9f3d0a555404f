import fc from 'fast-check';
import { expect, it } from 'vitest';
import { base64Url, base64UrlOfText, fromBase64Url, isBase64UrlOf32Octets, writeBase64Url } from './base64-url.js';

it('writes base64url as Node does, and reads it back (RFC 4648 §5)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = base64Url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(writeBase64Url(bytes)).toBe(text);
      expect(fromBase64Url(text)).toEqual(bytes);
    }),
  );
});

it('writes the part of a buffer that it is given, and no more', () => {
  const part = new TextEncoder().encode('a secret, a text, a secret').subarray(10, 16);
  expect(base64Url(part)).toBe('YSB0ZXh0');
});

it('writes a text as its UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(base64UrlOfText(text)).toBe(writeBase64Url(new TextEncoder().encode(text)));
    }),
  );
  expect(base64UrlOfText('a\ud800b')).toBe(base64UrlOfText('a\ufffdb'));
});

it('reads nothing else', () => {
  for (const text of ['a+b', 'a/b', 'YQ==', 'a b', 'a\n', 'é', 'a']) expect(fromBase64Url(text)).toBeUndefined();
});

it('tells the one form of 32 octets from the others, and from all else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 31, maxLength: 33 }), fc.integer({ min: 0, max: 63 }), (bytes, last) => {
      const text = base64Url(bytes);
      expect(isBase64UrlOf32Octets(text)).toBe(bytes.length === 32);
      const changed = text.slice(0, 42) + base64Url(Uint8Array.of(last << 2)).charAt(0);
      const isWritten = base64Url(fromBase64Url(changed) ?? new Uint8Array()) === changed;
      expect(isBase64UrlOf32Octets(changed)).toBe(isWritten);
    }),
  );
});
