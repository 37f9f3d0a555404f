import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestIssuer, type TestIssuer } from '../interop/resource-server/issuer.js';
import { codeBlocks } from '../support/code-blocks.js';
import { jsonRpcOf, postMcp } from '../support/oauth.js';
import { ROOT } from '../support/paths.js';
import { freePort, type Running, start, until } from '../support/processes.js';
import { findTypeErrors, NEW_PROJECT } from '../support/typed-blocks.js';

// The code of docs/resource-server.md and of README.md, as it stands there: all of it is type-checked against the built packages,
// as an author would write it, and servers of the manual are run.

const codeOf = (document: string): readonly string[] =>
  codeBlocks(readFileSync(join(ROOT, document), 'utf8'))
    .filter(({ language }) => language === 'ts')
    .map(({ code }) => code);

const blocks = codeOf('docs/resource-server.md');

it('every block of TypeScript is a module without an error', () => {
  const ofReadme = codeOf('README.md');
  expect(ofReadme).toHaveLength(1);
  const modules = [...blocks, ...ofReadme];
  expect(findTypeErrors(modules)).toEqual([]);
  expect(modules.length).toBeGreaterThan(7);
});

describe('the servers, run', () => {
  let issuer: TestIssuer;
  let running: Running;
  let directory: string;
  const urls: string[] = [];

  /** A block as a program's module, at this issuer and this address. */
  const moduleOf = (words: string, url: string): string => {
    const code = blocks.find((block) => block.includes(words)) ?? '';
    const settled = code
      .replace("'https://mcp.example.com/mcp'", JSON.stringify(url))
      .replace("'https://as.example.com'", JSON.stringify(issuer.issuer));
    return ts.transpile(settled, { ...NEW_PROJECT, module: ts.ModuleKind.ESNext, noEmit: false });
  };

  beforeAll(async () => {
    issuer = await startTestIssuer();
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    urls.push(...ports.map((port) => `http://127.0.0.1:${port}/mcp`));
    directory = mkdtempSync(join(tmpdir(), 'portcullis-docs-'));
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const [first = '', web = ''] = urls;
    const express = `app.post('/mcp', (request, response) => response.json(request.caller.scopes));\nexport { app };\n`;
    writeFileSync(join(directory, 'first.mjs'), `${moduleOf('expressGuard(resource)', first)}${express}`);
    writeFileSync(join(directory, 'web.mjs'), moduleOf('export default {', web));
    writeFileSync(join(directory, 'mounted.mjs'), moduleOf('expressMetadata(resource)', first));
    writeFileSync(join(directory, 'own.mjs'), moduleOf('takesOpaqueTokens: true', first));
    writeFileSync(join(directory, 'hono.mjs'), moduleOf('new Hono()', urls[3] ?? ''));
    writeFileSync(
      join(directory, 'main.mjs'),
      `import { serve } from '@hono/node-server';
import { app } from './first.mjs';
import { app as hono } from './hono.mjs';
import { onExpress } from './mounted.mjs';
import { guarded } from './own.mjs';
import web from './web.mjs';
onExpress.get('/own', async (_, response) => response.json((await guarded.verifier.verify('a-long-random-key')).value));
onExpress.listen(${ports[2]}, '127.0.0.1');
serve({ fetch: hono.fetch, port: ${ports[3]}, hostname: '127.0.0.1' });
app.listen(${ports[0]}, '127.0.0.1', () => {
  serve({ fetch: web.fetch, port: ${ports[1]}, hostname: '127.0.0.1' }, () => console.log('open'));
});
`,
    );
    running = start(process.execPath, [join(directory, 'main.mjs')]);
    await until('the servers of the docs', () => {
      if (running.child.exitCode !== null) throw new Error(running.stderr());
      return running.stdout().includes('open') || undefined;
    });
  });

  afterAll(async () => {
    await running?.stop();
    await issuer?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const tokenFor = (url: string, scope: string): Promise<string> => issuer.sign(url, { scope });
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'delete_file', arguments: {} } };

  it('RS-05 lets in who has a token for the resource, behind the first five lines, and nobody else', async () => {
    const [url = '', other = ''] = urls;
    expect((await postMcp(url, undefined, call)).status).toBe(401);
    expect((await postMcp(url, await tokenFor(other, 'any'), call)).status).toBe(401);
    const answer = await postMcp(url, await tokenFor(url, 'any'), call);
    expect([answer.status, await answer.json()]).toEqual([200, ['any']]);
  });

  it('a guard before its route alone leaves no method open, answers preflights, and the metadata are found', async () => {
    const [, , mounted = ''] = urls;
    const asked = { origin: 'https://example.com', 'access-control-request-method': 'POST' };
    const metadata = await fetch(new URL('/.well-known/oauth-protected-resource/files/mcp', mounted));
    expect(await metadata.json()).toMatchObject({ resource: 'https://example.com/files/mcp' });
    const statuses = ['POST', 'GET', 'DELETE', 'OPTIONS'].map(async (method) => {
      const { status } = await fetch(mounted, { method, headers: asked });
      return status;
    });
    expect(await Promise.all(statuses)).toEqual([401, 401, 401, 204]);
  });

  it('in Hono the guard takes what is for the resource, and leaves other routes alone', async () => {
    const [, , , url = ''] = urls;
    expect((await postMcp(url, undefined, call)).status).toBe(401);
    const answer = await postMcp(url, await tokenFor(url, 'any'), call);
    expect(await answer.json()).toEqual({ subject: expect.any(String) });
    expect(await (await fetch(new URL('/about', url))).text()).toBe('For everybody');
  });

  it('a verifier of its own says whose an opaque token is', async () => {
    const [, , mounted = ''] = urls;
    expect(await (await fetch(new URL('/own', mounted))).json()).toMatchObject({ subject: 'alice' });
  });

  it('RS-11 answers a call without the scope of its tool before it is dispatched, on web standards', async () => {
    const [, url = ''] = urls;
    const refused = await postMcp(url, await tokenFor(url, 'files:read'), call);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="files:write');
    const answer = await postMcp(url, await tokenFor(url, 'files:write'), call);
    expect(await jsonRpcOf(answer)).toMatchObject({ result: { content: [{ text: 'Deleted' }] } });
  });
});
