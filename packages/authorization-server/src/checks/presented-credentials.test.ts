import { nodePlatform } from '@portcullis/ports/node';
import { type OauthParameters, parseOauthParameters } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import { provesSecret, readPresentedCredentials } from './presented-credentials.js';

const JWT = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const basic = (text: string) => `Basic ${btoa(text)}`;

function form(members: Record<string, string>): OauthParameters {
  return parseOauthParameters(new URLSearchParams(members).toString());
}

describe('readPresentedCredentials', () => {
  it.each<[string, string | null, Record<string, string>, object]>([
    ['a name alone', null, { client_id: 'c' }, { method: 'none', id: 'c' }],
    [
      'a secret in the body',
      null,
      { client_id: 'c', client_secret: 's' },
      { method: 'client_secret_post', id: 'c', secrets: ['s'] },
    ],
    ['Basic', basic('c:s'), {}, { method: 'client_secret_basic', id: 'c', secrets: ['s', 's'] }],
    ['Basic that is encoded', basic('c:a%2Bb'), {}, { method: 'client_secret_basic', secrets: ['a+b', 'a%2Bb'] }],
    ['Basic that is not', basic('c:50%'), {}, { method: 'client_secret_basic', secrets: ['50%', '50%'] }],
    ['an id that is not encoded', basic('team+ci:s'), { client_id: 'team+ci' }, { id: 'team+ci' }],
    ['an id that is encoded', basic('team%2Bci:s'), { client_id: 'team+ci' }, { id: 'team+ci' }],
    ['the same name twice', basic('c:s'), { client_id: 'c' }, { method: 'client_secret_basic', id: 'c' }],
    [
      'an assertion',
      null,
      { client_assertion: 'a.b.c', client_assertion_type: JWT },
      { method: 'private_key_jwt', id: undefined, assertion: 'a.b.c' },
    ],
    [
      'an assertion of another type',
      null,
      { client_id: 'c', client_assertion: 'a.b.c', client_assertion_type: 'urn:x' },
      { method: 'private_key_jwt', id: 'c', assertion: undefined },
    ],
  ])('reads %s', (_, authorization, members, expected) => {
    expect(readPresentedCredentials(authorization, form(members))).toMatchObject({ ok: true, value: expected });
  });

  it.each<[string, string | null, Record<string, string>, string]>([
    ['nothing', null, {}, 'client_missing'],
    ['a secret of nobody', null, { client_secret: 's' }, 'client_missing'],
    ['Basic and a secret', basic('c:s'), { client_secret: 's' }, 'client_methods_combined'],
    ['Basic and an assertion', basic('c:s'), { client_assertion: 'a.b.c' }, 'client_methods_combined'],
    ['a secret and an assertion', null, { client_secret: 's', client_assertion: 'a' }, 'client_methods_combined'],
    ['another scheme', 'Bearer x', {}, 'client_method_unsupported'],
    ['broken Basic', 'Basic !', {}, 'basic_malformed'],
    ['two names', basic('c:s'), { client_id: 'd' }, 'client_id_mismatch'],
  ])('refuses %s', (_, authorization, members, failure) => {
    expect(readPresentedCredentials(authorization, form(members))).toEqual({ ok: false, failure });
  });
});

describe('provesSecret', () => {
  /** The answer, and how many texts were hashed for it. */
  function prove(secrets: readonly string[], stored: string | undefined): readonly [boolean, number] {
    let hashed = 0;
    const hash = (data: string | Uint8Array) => {
      hashed += 1;
      return nodePlatform.hash(data);
    };
    const answer = provesSecret(hash, secrets, stored === undefined ? undefined : nodePlatform.hash(stored));
    return [answer, hashed];
  }

  it('AZ-15 takes either spelling of the stored secret, and no other', () => {
    expect(prove(['right', 'as sent'], 'right')[0]).toBe(true);
    expect(prove(['as decoded', 'right'], 'right')[0]).toBe(true);
    expect(prove(['as decoded', 'as sent'], 'right')[0]).toBe(false);
    expect(prove([], 'right')[0]).toBe(false);
  });

  it('is proven to nobody by any secret, the empty one included', () => {
    expect(prove(['right'], undefined)[0]).toBe(false);
    expect(prove([''], undefined)[0]).toBe(false);
    expect(prove([], undefined)[0]).toBe(false);
  });

  it('hashes as much for an id that nobody has, and whichever spelling is right', () => {
    const [, known] = prove(['right', 'as sent'], 'right');
    expect(prove(['as decoded', 'right'], 'right')[1]).toBe(known);
    expect(prove(['as decoded', 'as sent'], 'right')[1]).toBe(known);
    expect(prove(['as decoded', 'as sent'], undefined)[1]).toBe(known);
  });
});
