import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { expect, it } from 'vitest';
import { loadTlsMaterial } from './tls-material.js';

const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));

it('names the TLS file that is missing or no PEM', () => {
  const certFile = join(directory, 'cert.pem');
  const keyFile = join(directory, 'key.pem');
  expect(() => loadTlsMaterial({ certFile, keyFile })).toThrow(
    expect.objectContaining({
      message: `cannot read the TLS certificate ${certFile}: it does not exist`,
      exitCode: 2,
    }),
  );
  writeFileSync(certFile, 'no certificate');
  writeFileSync(keyFile, 'canary');
  const load = () => loadTlsMaterial({ certFile, keyFile });
  expect(load).toThrow(`TLS certificate ${certFile} and key ${keyFile}: not usable PEM`);
  expect(load).not.toThrow('canary');
});

it('refuses a key of another kind than the certificate', async () => {
  const { cert, private: own } = await generate([{ name: 'commonName', value: 'gate' }], { keyType: 'rsa' });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [certFile, keyFile] = [join(directory, 'rsa.pem'), join(directory, 'ec.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, own);
  expect(() => loadTlsMaterial({ certFile, keyFile })).not.toThrow();
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  expect(() => loadTlsMaterial({ certFile, keyFile })).toThrow('they do not belong together');
});

it('tells a certificate and a key that are swapped', async () => {
  const { cert, private: own } = await generate([{ name: 'commonName', value: 'gate' }], { keyType: 'rsa' });
  const [certFile, keyFile] = [join(directory, 'swapped-cert.pem'), join(directory, 'swapped-key.pem')];
  writeFileSync(certFile, own);
  writeFileSync(keyFile, cert);
  expect(() => loadTlsMaterial({ certFile, keyFile })).toThrow(
    expect.objectContaining({ message: expect.stringContaining('seem to be swapped'), exitCode: 2 }),
  );
  writeFileSync(certFile, own + cert);
  writeFileSync(keyFile, own);
  expect(() => loadTlsMaterial({ certFile, keyFile })).not.toThrow();
});
