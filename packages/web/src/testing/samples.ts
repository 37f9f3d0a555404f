import type {
  ClientView,
  ConsentPage,
  ErrorPage,
  LeavingPage,
  SignInPage,
  TransactionForm,
  UntrustedRedirectPage,
} from '@portcullis/ports';
import { buildClientSnippets } from '../client-snippets.js';
import type { HomePage } from '../home-page.js';
import type { McpEndpointPage } from '../mcp-endpoint-page.js';

/** Models for tests of the pages: the common case of each, to be varied with a spread. */

const form: TransactionForm = {
  action: '/interaction',
  transaction: 'sample-transaction',
  csrfToken: 'sample-csrf-token',
};

/** A client on this computer that registered itself, as most MCP clients in the field are. */
export const loopbackClient: ClientView = {
  name: 'Claude Code',
  clientId: 'c-2f6d1c0e9b',
  redirectHost: '127.0.0.1:53682',
  redirectScheme: undefined,
  loopbackOnly: true,
  selfRegistered: true,
};

/** A client on the web that its own metadata document describes. */
export const webClient: ClientView = {
  name: 'Weather Desk',
  clientId: 'https://weather.example/oauth/client.json',
  redirectHost: 'app.weather.example',
  redirectScheme: undefined,
  loopbackOnly: false,
  selfRegistered: false,
};

/** A client that is reached by a private-use scheme. */
export const schemeClient: ClientView = {
  name: 'Cursor',
  clientId: 'c-77aa01',
  redirectHost: '',
  redirectScheme: 'cursor',
  loopbackOnly: false,
  selfRegistered: true,
};

export const signIn: SignInPage = {
  form,
  client: loopbackClient,
  resourceName: 'Everything server',
  problem: undefined,
  username: '',
};

export const consent: ConsentPage = {
  form,
  client: loopbackClient,
  resourceName: 'Everything server',
  resource: 'http://127.0.0.1:8808/mcp',
  username: 'alice',
  scopes: [
    { name: 'mcp:tools:read', description: 'see which tools the server offers' },
    { name: 'mcp:tools:execute', description: 'run the server’s tools' },
    { name: 'mcp:resources:read', description: 'read the server’s resources' },
    { name: 'mcp:prompts:read', description: 'read the server’s prompts' },
  ],
  switchUserAction: '/interaction/switch-user',
};

export const leaving: LeavingPage = {
  location: 'cursor://anysphere.cursor-mcp/oauth/callback?code=sample&state=xyz',
  clientName: 'Cursor',
  outcome: 'approved',
};

export const untrustedRedirect: UntrustedRedirectPage = {
  location: 'https://app.weather.example/cb?error=invalid_scope&state=xyz',
  redirectHost: 'app.weather.example',
  clientName: 'Weather Desk',
  summary: 'The application asked for a permission that does not exist.',
};

export const error: ErrorPage = {
  status: 400,
  title: 'This sign-in has expired',
  summary: 'Go back to the application and start again. Nothing was shared.',
  code: 'invalid_request',
  correlationId: '01JD9Z6T3C8W4Q5R7X',
  retryPath: undefined,
};

export const mcpEndpoint: McpEndpointPage = {
  mcpUrl: 'http://127.0.0.1:8808/mcp',
  displayName: 'Everything server',
  description: 'Sample tools, resources and prompts for trying out an MCP client.',
  signInHint: 'The first user and its password were shown where the gate was started.',
  snippets: buildClientSnippets('http://127.0.0.1:8808/mcp', 'everything'),
  documentationUrl: 'https://docs.example/everything',
};

export const home: HomePage = {
  resources: [
    { displayName: 'Files', mcpUrl: 'http://127.0.0.1:8808/files/mcp' },
    { displayName: 'Mail', mcpUrl: 'http://127.0.0.1:8808/mail/mcp' },
  ],
};
