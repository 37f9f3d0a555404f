import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStorage, type SqliteStorage } from '@portcullis/storage/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './testing/run-program.js';

const ADD = ['clients', 'add', 'A', '--redirect-uri', 'https://app.example.com/callback'];
let dataDir: string;
let storage: SqliteStorage;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
});
afterEach(() => storage.close());

describe('portcullis clients add --jwks-file', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const rsaJwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const addWith = (text: string) => {
    const file = join(dataDir, 'key');
    writeFileSync(file, text);
    return run([...ADD, '--data-dir', dataDir, '--jwks-file', file, '--json']);
  };

  it('takes one public key as well, in PEM or as a JWK, and makes a set of it', async () => {
    for (const text of [publicKey.export({ type: 'spki', format: 'pem' }).toString(), JSON.stringify(jwk)]) {
      const { out, err } = await addWith(text);
      expect(err).toBe('');
      const { jwks, tokenEndpointAuthMethod: method } = JSON.parse(out) as Record<string, unknown>;
      expect({ jwks, method }).toEqual({
        jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) }] },
        method: 'private_key_jwt',
      });
    }
  });

  it.each([1n, 2n, 65_536n])('refuses an RSA key with an exponent of %s, in PEM, as a JWK and in a set', async (e) => {
    const octets = Buffer.from(
      e
        .toString(16)
        .padStart(6, '0')
        .replace(/^(00)+/, ''),
      'hex',
    );
    const rsa = { ...rsaJwk, e: octets.toString('base64url') };
    const texts = [JSON.stringify(rsa), JSON.stringify({ keys: [rsa] })];
    const pem = createPublicKey({ key: rsa, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    for (const text of [...texts, pem.toString()]) {
      const { err, exitCode } = await addWith(text);
      expect({ err, exitCode }).toMatchObject({
        err: expect.stringMatching(/2048 to 4096 bits|no JWK Set with a key/),
        exitCode: 2,
      });
      expect(await storage.clients.list('default', 10)).toEqual([]);
    }
  });

  it.each([
    [privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'is a private key, which stays with the client'],
    [JSON.stringify(privateKey.export({ format: 'jwk' })), 'has private or symmetric keys: take the public ones'],
    [JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }), 'has private or symmetric keys'],
    ['{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}', 'holds something that is no key in PEM or JWK'],
    ['nothing of the kind', 'is no JWK Set with a key that private_key_jwt can use'],
  ])('F-12 refuses %j, and adds nothing', async (text, words) => {
    const { err, exitCode } = await addWith(text);
    expect(exitCode).toBe(2);
    expect(err).toContain(words);
    expect(err).not.toContain(String(privateKey.export({ format: 'jwk' }).d));
    expect(await storage.clients.list('default', 10)).toEqual([]);
  });
});
