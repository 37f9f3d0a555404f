import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadTlsMaterial } from './tls-material.js';

const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));

it('names the TLS file that is missing or no PEM', () => {
  const certFile = join(directory, 'cert.pem');
  const keyFile = join(directory, 'key.pem');
  expect(() => loadTlsMaterial({ certFile, keyFile })).toThrow(
    `cannot read the TLS certificate ${certFile}: it does not exist`,
  );
  writeFileSync(certFile, 'no certificate');
  writeFileSync(keyFile, 'canary');
  const load = () => loadTlsMaterial({ certFile, keyFile });
  expect(load).toThrow(`TLS certificate ${certFile} and key ${keyFile}: not usable PEM`);
  expect(load).not.toThrow('canary');
});
