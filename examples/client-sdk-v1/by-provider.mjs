#!/usr/bin/env node
// A simple OAuth client on the official SDK v1, which keeps the SDK's own flow: an OAuthClientProvider and finishAuth.
//
//   node by-provider.mjs SERVER_URL [TOOL [ARGUMENTS_AS_JSON]]
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createOAuthProvider, readResourceChallenge } from '@portcullis/client';
import { endWith, readSettings, say } from './settings.mjs';
import { useServer } from './use-server.mjs';

const { serverUrl, tool, toolArguments, parts, signIn } = await readSettings(process.argv.slice(2), process.env);
const authProvider = createOAuthProvider({ ...parts, signIn });
let transport;
/** The scopes that the server has missed last, which the error of the SDK does not name. */
let missedScope;

async function fetch(url, init) {
  const response = await authProvider.fetch(url, init);
  if (response.status === 403) missedScope = readResourceChallenge(response.headers).scope;
  return response;
}

async function connect() {
  say(`Connecting to ${serverUrl} …`);
  transport = new StreamableHTTPClientTransport(serverUrl, { authProvider, fetch });
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
  // This SDK answers with a refresh, which brings no scope: a person has to be asked. The store is that of the program.
  if (error.code === 403 && missedScope !== undefined) {
    const flags = missedScope.split(' ').map((scope) => `--scope '${scope}'`);
    say(`This needs ${missedScope}. Sign in for it: npx portcullis login '${serverUrl}' ${flags.join(' ')}`);
    process.exit(1);
  }
  endWith(error);
}
