/**
 * The command that the official conformance suite runs: signs in to the MCP server whose URL comes last, lists its tools
 * and calls the first. All of OAuth is done by `@portcullis/client`, all of MCP by the official SDK.
 */
import process from 'node:process';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  authorizationCode,
  clientCredentials,
  createOAuthFetch,
  enterpriseManaged,
  workloadIdentity,
} from '@portcullis/client';
import { browserSignIn, createGuardedTransport } from '@portcullis/client/node';

const serverUrl = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? '';
const protocolVersion = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION ?? '';
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

/** Where the suite says that its client metadata document stands. */
const METADATA_DOCUMENT_URL = 'https://conformance-test.local/client-metadata.json';

async function importPrivateKey(pem) {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
}

/** The person of the suite: a program that goes where the authorization server sends it. */
const follow = 'await fetch(process.argv[1])';
const person = browserSignIn({
  browser: { command: [process.execPath, '--input-type=module', '--eval', follow] },
  timeoutSeconds: 10,
});

async function setUp() {
  const { client_id: clientId, client_secret: clientSecret, issuer } = context;
  if (scenario.endsWith('client-credentials-jwt')) {
    const privateKey = await importPrivateKey(context.private_key_pem);
    return { grant: clientCredentials(), client: { preRegistered: { clientId, privateKey } } };
  }
  if (scenario.endsWith('client-credentials-basic')) {
    return { grant: clientCredentials(), client: { preRegistered: { clientId, clientSecret } } };
  }
  if (scenario.endsWith('wif-jwt-bearer')) {
    return { grant: workloadIdentity({ assertion: async () => context.valid_jwt }) };
  }
  if (scenario.endsWith('enterprise-managed-authorization')) {
    const grant = enterpriseManaged({
      identityProviderTokenEndpoint: context.idp_token_endpoint,
      clientId: context.idp_client_id,
      idToken: async () => context.idp_id_token,
    });
    return { grant, client: { preRegistered: { clientId, clientSecret } } };
  }
  const grant = authorizationCode(person);
  if (scenario.endsWith('pre-registration')) {
    const preRegistered = { clientId, clientSecret, ...(issuer === undefined ? {} : { issuer }) };
    return { grant, client: { preRegistered } };
  }
  return { grant, client: { metadataDocumentUrl: METADATA_DOCUMENT_URL } };
}

const oauthFetch = createOAuthFetch({
  serverUrl,
  transport: createGuardedTransport({ serverUrl }),
  ...(await setUp()),
});
const negotiation =
  protocolVersion === '2026-07-28'
    ? { versionNegotiation: { mode: { pin: protocolVersion } } }
    : protocolVersion !== '' && protocolVersion !== '2025-11-25'
      ? { supportedProtocolVersions: [protocolVersion] }
      : {};
const client = new Client({ name: 'portcullis-conformance', version: '0.1.0' }, negotiation);
try {
  await client.connect(new StreamableHTTPClientTransport(new URL(serverUrl), { fetch: oauthFetch }));
  const { tools } = await client.listTools();
  const [tool] = tools;
  if (tool !== undefined) await client.callTool({ name: tool.name, arguments: {} });
  await client.close();
} catch (error) {
  process.stderr.write(`${error?.code ?? ''} ${error?.message ?? error}\n`);
  process.exitCode = 1;
}
