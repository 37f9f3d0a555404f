#!/usr/bin/env node
// A simple OAuth client on the official SDK v1, with the whole of OAuth behind the transport's fetch.
//
//   node by-fetch.mjs SERVER_URL [TOOL [ARGUMENTS_AS_JSON]]
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { authorizationCode, createOAuthFetch } from '@portcullis/client';
import { endWith, readSettings, say, WAIT } from './settings.mjs';
import { useServer } from './use-server.mjs';

const { serverUrl, tool, toolArguments, parts, signIn } = await readSettings(process.argv.slice(2), process.env);
const fetch = createOAuthFetch({ ...parts, grant: authorizationCode(signIn) });
const client = new Client({ name: 'example-client', version: '0.1.0' });

try {
  say(`Connecting to ${serverUrl} …`);
  await client.connect(new StreamableHTTPClientTransport(serverUrl, { fetch }), WAIT);
  await useServer(client, tool, toolArguments);
  await client.close();
} catch (error) {
  endWith(error);
}
