#!/usr/bin/env node
// A small MCP server on the official SDK v2. It knows nothing of OAuth: put the gate in front of it.
//
//   node server.mjs stdio         over stdin and stdout
//   node server.mjs http [PORT]   over Streamable HTTP on 127.0.0.1 (3001 unless told otherwise)
//
// It speaks every protocol revision the SDK knows, 2026-07-28 included. Notes live in memory.
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const notes = new Map([['welcome', 'Notes are kept in memory until this server stops.']]);

const text = (content) => ({ content: [{ type: 'text', text: content }] });

function buildServer(context) {
  const server = new McpServer(
    { name: 'notes', title: 'Notes', version: '0.1.0' },
    { capabilities: { tools: { listChanged: true } }, instructions: 'Keeps short notes by name.' },
  );

  server.registerTool('list_notes', { title: 'List notes', description: 'The names of all notes' }, async () =>
    text([...notes.keys()].join('\n')),
  );

  server.registerTool(
    'add_note',
    {
      title: 'Add a note',
      description: 'Keeps a note under a name',
      // From 2026-07-28 on a call over HTTP says the name in `Mcp-Param-Note` too, so that those on the way can read it.
      inputSchema: z.object({
        name: z.string().min(1).max(64).meta({ 'x-mcp-header': 'Note' }),
        note: z.string().max(10_000),
      }),
    },
    async ({ name, note }) => {
      notes.set(name, note);
      return text(`Kept "${name}".`);
    },
  );

  server.registerTool(
    'count_slowly',
    {
      title: 'Count slowly',
      description: 'Counts the notes, telling its progress as it goes',
      inputSchema: z.object({
        steps: z.number().int().min(1).max(100).default(3),
        pauseMilliseconds: z.number().int().min(0).max(10_000).default(300),
      }),
    },
    async ({ steps, pauseMilliseconds }, call) => {
      const progressToken = call.mcpReq._meta?.progressToken;
      for (let progress = 1; progress <= steps; progress += 1) {
        await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
        if (progressToken === undefined) continue;
        await call.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: steps, message: `Step ${progress}` },
        });
      }
      return text(`${notes.size} notes, counted in ${steps} steps.`);
    },
  );

  server.registerTool('era', { title: 'Era', description: 'Which protocol era this call came in' }, async () =>
    text(context.era),
  );

  server.registerResource(
    'welcome',
    'notes://welcome',
    { title: 'Welcome', description: 'The first note', mimeType: 'text/plain' },
    async (uri) => ({ contents: [{ uri: uri.href, text: notes.get('welcome') ?? '' }] }),
  );

  server.registerPrompt('summarise', { title: 'Summarise', description: 'Summarise all notes' }, async () => ({
    messages: [
      { role: 'user', content: { type: 'text', text: `Summarise these notes: ${[...notes.values()].join('; ')}` } },
    ],
  }));

  return server;
}

const [mode = 'stdio', port = '3001'] = process.argv.slice(2);

if (mode === 'http') {
  const handle = toNodeHandler(createMcpHandler(buildServer));
  const server = createServer((request, response) => handle(request, response));
  server.listen(Number(port), '127.0.0.1', () => {
    const address = server.address();
    process.stderr.write(`Notes server on http://127.0.0.1:${address.port}/mcp\n`);
  });
} else if (mode === 'stdio') {
  serveStdio(buildServer);
} else {
  process.stderr.write('Usage: server.mjs stdio | http [PORT]\n');
  process.exitCode = 2;
}
