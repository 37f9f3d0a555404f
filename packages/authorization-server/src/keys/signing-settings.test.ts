import type { StoredSigningKey } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { DOCUMENT_MAX_AGE_SECONDS } from '../endpoints/document-max-age.js';
import type { SigningOptions } from '../options.js';
import { startTestServer } from '../testing/test-server.js';
import { isOutOfReach, KEY_RELOAD_SECONDS } from './key-timeline.js';
import { LEAST_PUBLISH_AHEAD_SECONDS, MOST_PUBLISH_AHEAD_SECONDS, resolveSigning } from './signing-settings.js';

describe('the signing options', () => {
  it('have defaults', () => {
    expect(resolveSigning()).toEqual({ algorithm: 'ES256', rotateAfterSeconds: 7_776_000, publishAheadSeconds: 900 });
  });

  it.each<[string, Partial<SigningOptions>]>([
    ['algorithm', { algorithm: 'HS256' as never }],
    ['algorithm', { algorithm: 'none' as never }],
    ['publishAheadSeconds', { publishAheadSeconds: LEAST_PUBLISH_AHEAD_SECONDS - 1 }],
    ['publishAheadSeconds', { publishAheadSeconds: 0 }],
    ['publishAheadSeconds', { publishAheadSeconds: 900.5 }],
    ['publishAheadSeconds', { publishAheadSeconds: Number.NaN }],
    ['publishAheadSeconds', { publishAheadSeconds: 7 * 86_400 }],
    ['publishAheadSeconds', { publishAheadSeconds: MOST_PUBLISH_AHEAD_SECONDS + 1 }],
    ['rotateAfterSeconds', { rotateAfterSeconds: 900 }],
    ['rotateAfterSeconds', { rotateAfterSeconds: -1 }],
    ['rotateAfterSeconds', { rotateAfterSeconds: Number.POSITIVE_INFINITY }],
  ])('F-12 refuse what cannot work, and name it: %s %j', (name, options) => {
    expect(() => resolveSigning(options)).toThrow(ConfigurationError);
    expect(() => resolveSigning(options)).toThrow(`signing.${name}: `);
  });

  it.each<Partial<SigningOptions>>([
    { rotateAfterSeconds: 0 },
    { rotateAfterSeconds: 901 },
    { publishAheadSeconds: LEAST_PUBLISH_AHEAD_SECONDS },
    { publishAheadSeconds: MOST_PUBLISH_AHEAD_SECONDS },
  ])('take %j', (options) => {
    expect(resolveSigning(options)).toMatchObject(options);
  });
});

it('F-12 no server takes a key that another was told to publish longest for one of a wrong clock', () => {
  const now = 1_800_000_000;
  const key: StoredSigningKey = {
    ...{ tenantId: 'a', keyId: 'k', algorithm: 'ES256', publicJwk: '{}', keyReference: '' },
    ...{ createdAtEpochSeconds: now, signsFromEpochSeconds: now + MOST_PUBLISH_AHEAD_SECONDS },
    verifiesUntilEpochSeconds: undefined,
  };
  expect(isOutOfReach(key, now, LEAST_PUBLISH_AHEAD_SECONDS)).toBe(false);
});

it('lets nobody keep a JWK Set until a key signs that was not in it', async () => {
  const { send } = await startTestServer();
  const maxAge = Number(/max-age=(\d+)/.exec((await send('/jwks')).headers.get('cache-control') ?? '')?.[1]);
  expect(maxAge).toBe(DOCUMENT_MAX_AGE_SECONDS);
  expect(maxAge + KEY_RELOAD_SECONDS).toBeLessThanOrEqual(LEAST_PUBLISH_AHEAD_SECONDS);
});

it('says in the OpenID document which algorithm signs', async () => {
  const { send } = await startTestServer({ signing: { algorithm: 'RS256' } });
  const document = await (await send('/.well-known/openid-configuration')).json();
  expect(document).toMatchObject({ id_token_signing_alg_values_supported: ['RS256'] });
});
