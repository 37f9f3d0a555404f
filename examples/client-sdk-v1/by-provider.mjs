#!/usr/bin/env node
// A simple OAuth client on the official SDK v1, which keeps the SDK's own flow: an OAuthClientProvider and finishAuth.
//
//   node by-provider.mjs SERVER_URL [TOOL [ARGUMENTS_AS_JSON]]
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createOAuthProvider } from '@portcullis/client';
import { endWith, readSettings, say } from './settings.mjs';
import { useServer } from './use-server.mjs';

const { serverUrl, tool, toolArguments, parts, signIn } = await readSettings(process.argv.slice(2), process.env);
const authProvider = createOAuthProvider({ ...parts, signIn });
let transport;

async function connect() {
  say(`Connecting to ${serverUrl} …`);
  transport = new StreamableHTTPClientTransport(serverUrl, { authProvider, fetch: authProvider.fetch });
  const client = new Client({ name: 'example-client', version: '0.1.0' });
  await client.connect(transport);
  return client;
}

/** Once more, when a person has signed in. */
async function signingIn(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    say('Waiting for you to sign in …');
    await authProvider.finishAuth(transport);
    return work();
  }
}

try {
  const client = await signingIn(connect);
  // A tool may want more scopes than were given.
  await signingIn(() => useServer(client, tool, toolArguments));
  await client.close();
} catch (error) {
  endWith(error);
}
