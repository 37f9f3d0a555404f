import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from './testing/run-program.js';

it('tells of each file of a secret that every user may read, of the configuration and of the command line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-'));
  const write = (name: string, text: string, mode: number): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  const header = write('header', 'Bearer canary-of-the-upstream', 0o644);
  write('kept', 'Bearer canary-of-the-upstream', 0o600);
  const headers = '{authorization: {file: header}, x-kept: {file: kept}}';
  const config = write('gate.yaml', `upstreams: [{url: 'http://127.0.0.1:9/mcp', headers: ${headers}}]\n`, 0o644);
  const key = write('key.pem', 'canary-of-the-key', 0o644);
  const cert = write('cert.pem', 'no certificate', 0o644);
  // The certificate is none, so the start ends there.
  const args = [
    'gateway',
    '--config',
    config,
    '--tls-cert',
    cert,
    '--tls-key',
    key,
    '--data-dir',
    join(folder, 'data'),
  ];
  const { notes, err, exitCode } = await run(args);
  expect(exitCode).not.toBe(0);
  expect(notes.split('\n')).toEqual([
    `upstreams[0].headers.authorization: every user of this machine may read ${header}; chmod 600 makes it its owner’s alone`,
    `--tls-key: every user of this machine may read ${key}; chmod 600 makes it its owner’s alone`,
    '',
  ]);
  expect(notes + err).not.toContain('canary');
});
