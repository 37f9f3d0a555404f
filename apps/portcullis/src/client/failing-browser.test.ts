import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Terminal } from '../terminal.js';
import { login } from './login.js';
import { protectServer } from './testing/protect-server.js';
import { answerJson, startScriptedServer } from './testing/scripted-server.js';

it('a browser that ends with a failure is told of, and the person is waited for all the same', async () => {
  const server = await startScriptedServer();
  const { origin, href } = server.url;
  protectServer(server, { metadata: { registration_endpoint: `${origin}/register` } });
  const rest = server.script;
  server.script = (request, response) =>
    response.req.url === '/register' ? answerJson(response, { client_id: 'registered' }, 201) : rest(request, response);
  let said = '';
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      said += String(chunk);
      done();
      // The person does what they are told.
      if (!said.includes('failed to start')) return;
      const address = new URL(/http\S+\/authorize\?\S+/.exec(said)?.[0] ?? '');
      const back = new URL(address.searchParams.get('redirect_uri') ?? '');
      back.search = String(new URLSearchParams({ code: 'c', state: address.searchParams.get('state') ?? '' }));
      said = said.replace('failed to start', 'failed');
      void fetch(back);
    },
  });
  let out = '';
  const stdout = {
    write(text: string): boolean {
      out += text;
      return true;
    },
  };
  const environment = {
    PORTCULLIS_HOME: join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home'),
    PORTCULLIS_STORE_KEY: '0'.repeat(64),
  };
  const failing = `'${process.execPath}' -e 'process.exit(1)'`;
  const terminal = { stdin: process.stdin, stdout, stderr, environment } as unknown as Terminal;
  await login(href, { openCommand: failing, timeout: 15 }, terminal);
  await server.close();
  expect(out).toContain('Signed in.');
  expect(said).toContain('The browser failed. Open the address above');
  expect(said).toContain('--paste and --device');
});
