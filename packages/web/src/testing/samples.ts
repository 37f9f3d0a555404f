import type {
  AccountPage,
  ClientView,
  ConsentPage,
  DescriptionChange,
  DeviceDonePage,
  DevicePage,
  DisabledUserPage,
  ErrorPage,
  LeavingPage,
  PageForm,
  SignedOutPage,
  SignInPage,
  UntrustedRedirectPage,
} from '@portcullis/ports';
import { buildClientSnippets } from '../client-snippets.js';
import type { HomePage } from '../home-page.js';
import type { McpEndpointPage } from '../mcp-endpoint-page.js';

/** Models for tests of the pages: the common case of each, to be varied with a spread. */

const form: PageForm = {
  action: '/interaction',
  transaction: 'sample-transaction',
  csrfToken: 'sample-csrf-token',
};

/** A client on this computer that registered itself, as most MCP clients in the field are. */
export const loopbackClient: ClientView = {
  name: 'Claude Code',
  fullName: 'Claude Code',
  redirectUri: 'http://127.0.0.1:53682/callback',
  clientId: 'c-2f6d1c0e9b',
  goesTo: { kind: 'loopback', host: '127.0.0.1:53682' },
  selfRegistered: true,
};

/** A client on the web that its own metadata document describes. */
export const webClient: ClientView = {
  name: 'Weather Desk',
  fullName: 'Weather Desk',
  redirectUri: 'https://app.weather.example/cb',
  clientId: 'https://weather.example/oauth/client.json',
  goesTo: { kind: 'https', host: 'app.weather.example' },
  selfRegistered: false,
};

/** A client that is reached by a private-use scheme. */
export const schemeClient: ClientView = {
  name: 'Cursor',
  fullName: 'Cursor',
  redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
  clientId: 'c-77aa01',
  goesTo: { kind: 'private-use', scheme: 'cursor' },
  selfRegistered: true,
};

/** A device, which shows a code and polls for the answer. */
export const deviceClient: ClientView = {
  name: 'Living room display',
  fullName: 'Living room display',
  redirectUri: undefined,
  clientId: 'display',
  goesTo: { kind: 'device', userCode: 'WDJB-MJHT' },
  selfRegistered: false,
};

export const device: DevicePage = {
  form: { action: '/device', transaction: undefined, csrfToken: 'sample-csrf-token' },
  userCode: '',
  problem: undefined,
};

export const deviceDone: DeviceDonePage = {
  clientName: 'Living room display',
  outcome: 'approved',
  accountPath: '/account',
};

export const signIn: SignInPage = {
  form,
  purpose: { kind: 'authorization', client: loopbackClient, resourceName: 'Everything server' },
  again: false,
  anotherUser: false,
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
  allowedScopes: [],
  descriptionChanged: false,
  descriptionChanges: [],
  switchUserForm: { ...form, action: '/interaction/switch-user', csrfToken: 'sample-switch-token' },
};

/** A client that comes back for one scope more. */
export const stepUp: ConsentPage = {
  ...consent,
  client: webClient,
  scopes: consent.scopes.slice(1, 2),
  allowedScopes: [...consent.scopes.slice(0, 1), ...consent.scopes.slice(2, 3)],
};

/** Every member of a description, as another one. */
export const descriptionChanges: readonly DescriptionChange[] = [
  { member: 'name', was: 'Weather Desk', is: 'Weather Desk Pro' },
  {
    member: 'redirects',
    gone: ['https://app.weather.example/old'],
    added: [
      'https://login.elsewhere.example/cb',
      'https://app.weather.example/cb',
      'cursor://app/cb',
      'http://127.0.0.1/cb',
    ],
  },
  { member: 'website', was: 'https://weather.example/', is: undefined },
  { member: 'authentication', was: 'private_key_jwt', is: 'none' },
  { member: 'keys' },
];

/** A client whose document changed since this person approved it. */
export const changedClient: ConsentPage = {
  ...consent,
  client: webClient,
  descriptionChanged: true,
  descriptionChanges,
};

export const leaving: LeavingPage = {
  location: 'cursor://anysphere.cursor-mcp/oauth/callback?code=sample&state=xyz',
  clientName: 'Cursor',
  outcome: 'approved',
  accountPath: '/account',
};

export const signedOut: SignedOutPage = { reason: 'asked', continuePath: '/account?user=another', goesOn: false };

export const disabledUser: DisabledUserPage = {
  username: 'alice',
  another: { form: { ...form, action: '/account/sign-out', transaction: undefined } },
};

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;

/** An account with a client of every kind. */
export const account: AccountPage = {
  username: 'alice',
  nowEpochSeconds: NOW,
  clients: [
    {
      clientId: loopbackClient.clientId,
      name: loopbackClient.name,
      vouching: 'self_registered',
      resources: [
        {
          resourceName: 'Everything server',
          resource: 'http://127.0.0.1:8808/mcp',
          scopes: consent.scopes,
          connectedAtEpochSeconds: NOW - 40 * 86_400,
          lastUsedAtEpochSeconds: NOW - 300,
          descriptionChanges: [],
        },
        {
          resourceName: 'Mail',
          resource: 'http://127.0.0.1:8808/mail/mcp',
          scopes: [{ name: 'mail:read', description: 'read your mail' }],
          connectedAtEpochSeconds: NOW - 2 * 86_400,
          lastUsedAtEpochSeconds: NOW - 2 * 86_400,
          descriptionChanges: [],
        },
      ],
    },
    {
      clientId: webClient.clientId,
      name: webClient.name,
      vouching: 'document',
      resources: [
        {
          resourceName: 'Everything server',
          resource: 'http://127.0.0.1:8808/mcp',
          scopes: consent.scopes.slice(0, 1),
          connectedAtEpochSeconds: NOW - 90 * 86_400,
          lastUsedAtEpochSeconds: undefined,
          descriptionChanges: [{ member: 'name', was: 'Weather Watch', is: webClient.name }],
        },
      ],
    },
    {
      clientId: 'c-gone',
      name: 'c-gone',
      vouching: 'gone',
      resources: [
        {
          resourceName: 'http://127.0.0.1:8808/old/mcp',
          resource: 'http://127.0.0.1:8808/old/mcp',
          scopes: [{ name: 'old:read', description: '' }],
          connectedAtEpochSeconds: NOW - 100 * 86_400,
          lastUsedAtEpochSeconds: NOW - 50 * 86_400,
          descriptionChanges: [],
        },
      ],
    },
  ],
  disconnectForm: { action: '/account/disconnect', transaction: undefined, csrfToken: 'sample-account-token' },
  signOutForm: { action: '/account/sign-out', transaction: undefined, csrfToken: 'sample-account-token' },
  notice: undefined,
  noticeClientName: undefined,
};

export const untrustedRedirect: UntrustedRedirectPage = {
  location: 'https://app.weather.example/cb?error=invalid_scope&state=xyz',
  goesTo: { kind: 'https', host: 'app.weather.example' },
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
  signInPath: undefined,
  waitingHost: undefined,
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
  accountPath: '/account',
};
