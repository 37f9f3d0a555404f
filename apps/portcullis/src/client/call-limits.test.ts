import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import {
  answerJson,
  type ScriptedServer,
  sendEvent,
  startEvents,
  startScriptedServer,
} from './testing/scripted-server.js';

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.close());

function portcullis(...args: readonly string[]): Promise<RunResult> {
  const home = join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home');
  return run(args, { environment: { PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: '0'.repeat(64) } });
}

describe('what a server may take of a command that asks it', () => {
  it('CX-07 is a time: one that says nothing, or says other things for ever, is given up', async () => {
    const answer = server.script;
    server.script = (request, response) => {
      const { id, method } = request.message;
      if (method === 'tools/list' || response.req.url === '/mcp/silent') return;
      if (method !== 'tools/call') return answer(request, response);
      startEvents(response);
      const timer = setInterval(
        () => sendEvent(response, { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: id } }),
        20,
      );
      response.on('close', () => clearInterval(timer));
    };
    const { href } = server.url;
    const ended = { exitCode: 1, out: '', err: 'portcullis: The server did not answer within 1 s.\n' };
    const asking = [
      portcullis('tools', href, '--timeout', '1'),
      portcullis('call', href, 'add', '--timeout', '1'),
      portcullis('call', `${href}/silent`, 'add', '--timeout', '1'),
    ];
    for (const one of asking) expect(await one).toMatchObject(ended);
  });

  it('CX-07 is a size: a list of tools in many pages has no more than one message', async () => {
    const answer = server.script;
    let pages = 0;
    server.script = (request, response) => {
      const { id, method } = request.message;
      if (method !== 'tools/list') return answer(request, response);
      pages += 1;
      const tools = [{ name: 'add', description: 'x'.repeat(6 * 1024 * 1024) }];
      answerJson(response, { jsonrpc: '2.0', id, result: { tools, nextCursor: String(pages) } });
    };
    const refused = await portcullis('tools', server.url.href);
    expect(refused).toMatchObject({ exitCode: 1, out: '', err: 'portcullis: The list of tools is too large.\n' });
    expect(pages).toBe(3);
  });
});
