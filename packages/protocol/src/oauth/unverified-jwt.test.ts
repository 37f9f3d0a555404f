import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Url } from '../text/base64-url.js';
import { parseUnverifiedJwt } from './unverified-jwt.js';

const bytes = (text: string): string => base64Url(new TextEncoder().encode(text));
const jwt = (header: string, claims: string, signature = 'AAAA'): string =>
  [bytes(header), bytes(claims), signature].join('.');
const parse = (text: string, maxLength = 1000) => parseUnverifiedJwt(text, maxLength);

describe('parseUnverifiedJwt', () => {
  it('reads what a JWT says', () => {
    expect(parse(jwt('{"alg":"ES256"}', '{"sub":"a"}'))).toEqual({
      header: { alg: 'ES256' },
      claims: { sub: 'a' },
      isSigned: true,
    });
  });

  it('tells that there is no signature', () => {
    expect(parse(jwt('{"alg":"none"}', '{}', ''))?.isSigned).toBe(false);
  });

  it('reads no more than it is told to', () => {
    const text = jwt('{}', '{}');
    expect(parse(text, text.length)).toBeDefined();
    expect(parse(text, text.length - 1)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['one part', bytes('{}')],
    ['two parts', `${bytes('{}')}.${bytes('{}')}`],
    ['four parts', `${jwt('{}', '{}')}.AAAA`],
    ['five parts, as an encrypted one has', `${jwt('{}', '{}')}.AAAA.AAAA`],
    ['two, joined by a comma', `${jwt('{}', '{}')}, ${jwt('{}', '{}')}`],
    ['a space at its end', `${jwt('{}', '{}')} `],
    ['a line break at its end', `${jwt('{}', '{}')}\n`],
    ['padding', `${bytes('{"a":1}')}==.${bytes('{}')}.AAAA`],
    ['the other alphabet', jwt('{}', '{}', 'AA+/')],
    ['a length that no bytes have', jwt('{}', '{}', 'AAAAA')],
    ['an empty header', `.${bytes('{}')}.AAAA`],
    ['a header that is a list', jwt('[]', '{}')],
    ['claims that are null', jwt('{}', 'null')],
    ['claims that are a text', jwt('{}', '"{}"')],
    ['a member twice', jwt('{"alg":"ES256","alg":"none"}', '{}')],
    ['claims with a member twice', jwt('{}', '{"sub":"a","sub":"b"}')],
    ['a __proto__', jwt('{}', '{"__proto__":{"sub":"a"}}')],
    ['a byte order mark', jwt('\ufeff{}', '{}')],
    ['nine levels', jwt('{}', `{"a":${'['.repeat(8)}${']'.repeat(8)}}`)],
    ['bytes that are no UTF-8', `${bytes('{}')}.${base64Url(Uint8Array.of(0x22, 0xff, 0x22))}.AAAA`],
  ])('takes none for one: %s', (_title, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('reads whatever was written by the rules, and no text makes it throw', () => {
    const object = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,12}$/),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
    );
    fc.assert(
      fc.property(object, object, fc.uint8Array(), (header, claims, signature) => {
        const text = jwt(JSON.stringify(header), JSON.stringify(claims), base64Url(signature));
        expect(parse(text, text.length)).toEqual({
          header: { ...header },
          claims: { ...claims },
          isSigned: signature.length > 0,
        });
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (...parts) => {
        expect(parse(parts.join('.'))).toBeUndefined();
      }),
    );
  });
});
