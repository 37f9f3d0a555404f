import { nodePlatform } from '@portcullis/ports/node';
import { expect, it } from 'vitest';
import { createAuthorizationServer } from './authorization-server.js';
import { ConfigurationError } from './configuration-error.js';
import { configuredClient, resources } from './testing/fixtures.js';
import { startTestServer } from './testing/test-server.js';

const [FILES] = resources;
const ABOUT = `resources: "${FILES?.identifier}"`;
const withScope = (changes: object) => ({
  resources: [{ ...FILES, scopes: [{ name: 'files:read', description: 'read', ...changes }] }],
});

it.each<[object, string]>([
  [{ rememberConsent: 'yes' }, 'rememberConsent: must be true or false'],
  [{ dynamicRegistration: 0 }, 'dynamicRegistration: must be true or false'],
  [{ registrationManagement: null }, 'registrationManagement: must be true or false'],
  [{ resources: {} }, 'resources: must be a list'],
  [{ allowedRedirectSchemes: 'com.example.app' }, 'allowedRedirectSchemes: must be a list'],
  [{ pushedAuthorizationRequests: true }, 'pushedAuthorizationRequests: must be accepted or required'],
  [{ clientIdMetadataDocuments: true }, 'clientIdMetadataDocuments: must be false or an object'],
  [{ dpop: true }, 'dpop: must be an object'],
  [{ dpop: { requireNonce: 'yes' } }, 'dpop.requireNonce: must be true or false'],
  [
    { refreshGraceSeconds: 60 },
    'refreshGraceSeconds: there is no such option here; it is lifetimes.refreshGraceSeconds',
  ],
  [{ requireNonce: true }, 'requireNonce: there is no such option here; it is dpop.requireNonce'],
  [{ lifetimes: { requireNonce: 1 } }, 'lifetimes.requireNonce: there is no such option'],
  [{ clients: [] }, 'clients: there is no such option here; it is configuredClients'],
  ...[
    ['tokenPerMinute', 'tokenPerCredential'],
    ['registrationPerMinute', 'registrationPerNetwork'],
    ['registrationManagementPerMinute', 'registrationManagement'],
    ['userCodeFailuresPerTenMinutes', 'userCodeFailures'],
    ['userCodeFailuresPerNetworkPerTenMinutes', 'userCodeFailuresPerNetwork'],
  ].map(
    ([ofGate = '', ours = '']) =>
      [
        { rateLimits: { [ofGate]: 5 } },
        `rateLimits.${ofGate}: there is no such option here; it is rateLimits.${ours}`,
      ] satisfies [object, string],
  ),
  [{ rateLimits: { floodPerMinute: 5 } }, 'rateLimits.floodPerMinute: there is no such option'],
  [{ issuer: new URL('https://as.test') }, 'issuer: must be a text'],
  [{ configuredClients: [configuredClient('')] }, 'configuredClients: "": clientId: is empty'],
  [{ tenantId: undefined }, 'tenantId: is missing'],
  [{ issuer: undefined }, 'issuer: is missing'],
  [
    { rateLimits: { signInPerNetwork: { name: 'sign_in_per_account', points: 5, windowSeconds: 60 } } },
    'rateLimits.signInPerNetwork: has the name "sign_in_per_account", as rateLimits.signInPerAccount has: each is counted under a name of its own',
  ],
  [
    { resources: [{ ...FILES, defaultScopes: ['files:raed'] }] },
    `${ABOUT}: defaultScopes: there is no scope "files:raed"; there are files:read, files:write`,
  ],
  [
    { resources: [{ ...FILES, defaultScopes: [] }] },
    `${ABOUT}: defaultScopes: must be a list of at least one of its scopes`,
  ],
  [
    { configuredClients: [configuredClient('pub', { grantTypes: ['authorisation_code'], redirectUris: [] })] },
    'configuredClients: "pub": grantTypes[0]: "authorisation_code" is no grant type that there is: authorization_code, ' +
      'refresh_token, client_credentials, urn:ietf:params:oauth:grant-type:token-exchange, ' +
      'urn:ietf:params:oauth:grant-type:jwt-bearer, urn:ietf:params:oauth:grant-type:device_code',
  ],
  [{ lifetimes: 60 }, 'lifetimes: must be an object'],
  [
    { lifetimes: { accessTokenSeconds: '600' } },
    'lifetimes.accessTokenSeconds: must be a whole number of seconds, 1 or more, and is the text "600"',
  ],
  ...[
    5,
    undefined,
    { points: 5 },
    { name: 'x', points: '5', windowSeconds: 60 },
    { name: 'x', points: 5, windowSeconds: 0 },
    { name: 'x', points: 5, windowSeconds: 2_147_484 },
  ].map(
    (registrationPerNetwork) =>
      [
        { rateLimits: { registrationPerNetwork } },
        'rateLimits.registrationPerNetwork: must be {name, points, windowSeconds}: a text, how many, 0 or more, and in how many seconds, 1 to 2147483 (24.8 days, the longest a timer can be)',
      ] satisfies [object, string],
  ),
  [{ resources: [null] }, 'resources[0]: must be {identifier, displayName, scopes, defaultScopes}'],
  [
    { resources: [{ ...FILES, identifier: 'https://MCP.example.com/mcp' }] },
    'resources: "https://MCP.example.com/mcp" is not as clients send it, who compare it as it is written; write "https://mcp.example.com/mcp"',
  ],
  [
    { resources: [{ ...FILES, identifier: 'https://mcp.example.com:443/mcp#top' }] },
    'resources: "https://mcp.example.com:443/mcp#top" is not as clients send it, who compare it as it is written; write "https://mcp.example.com/mcp"',
  ],
  [
    { resources: [{ ...FILES, identifier: 'http://mcp.example.com/mcp' }] },
    'resources: "http://mcp.example.com/mcp" must be https, or http with the host localhost, 127.0.0.1 or [::1]',
  ],
  [
    { resources: [{ ...FILES, identifier: 'files' }] },
    'resources: "files" is no absolute URL of at most 1024 characters',
  ],
  [
    { resources: [{ ...FILES, identifier: new URL('https://mcp.example.com/mcp') }] },
    'resources: "https://mcp.example.com/mcp": identifier: must be a text',
  ],
  [
    {
      resources: [
        { ...FILES, identifier: 'https://a.test' },
        { ...FILES, identifier: 'https://a.test/' },
      ],
    },
    'resources: "https://a.test/" occurs more than once',
  ],
  [{ resources: [{ ...FILES, displayname: 'Files' }] }, `${ABOUT}: displayname: there is no such member`],
  [{ resources: [{ ...FILES, displayName: undefined }] }, `${ABOUT}: displayName: must be a text`],
  [{ resources: [{ ...FILES, scopes: undefined }] }, `${ABOUT}: scopes: must be a list of at least one scope`],
  [{ resources: [{ ...FILES, scopes: [] }] }, `${ABOUT}: scopes: must be a list of at least one scope`],
  [
    { resources: [{ ...FILES, scopes: ['files:read'] }] },
    `${ABOUT}: scopes: each must be {name, description}, two texts, and may have implies`,
  ],
  [withScope({ title: 'Read' }), `${ABOUT}: scope "files:read": title: there is no such member`],
  ...['notes read', 'x'.repeat(129), 'straße'].map(
    (name) =>
      [
        withScope({ name }),
        `${ABOUT}: scope "${name}": a scope has 1 to 128 printable ASCII characters without space, " and \\`,
      ] satisfies [object, string],
  ),
  [
    withScope({ name: 'offline_access' }),
    `${ABOUT}: scope "offline_access": offline_access is not a right at an upstream and cannot be a scope here`,
  ],
  [
    { resources: [{ ...FILES, scopes: [...(FILES?.scopes ?? []), ...(FILES?.scopes ?? [])] }] },
    `${ABOUT}: scope "files:read" is defined twice`,
  ],
  [
    withScope({ implies: ['files:read'] }),
    `${ABOUT}: scopes: these imply each other in a circle: files:read, files:read`,
  ],
  [
    { configuredClients: [configuredClient('pub', { scopes: ['files:read', 'files write'] })] },
    'configuredClients: "pub": scopes[1]: is no scope: a scope has 1 to 128 printable ASCII characters without space, " and \\',
  ],
  [withScope({ implies: ['files:red'] }), `${ABOUT}: scope "files:read": implies: there is no scope "files:red"`],
  [withScope({ implies: 'files:read' }), `${ABOUT}: scope "files:read": implies: must be a list of names of scopes`],
  [{ configuredClients: [null] }, 'configuredClients[0]: must be a client'],
  [
    { configuredClients: [configuredClient('pub', { displayname: 'x' } as never)] },
    'configuredClients: "pub": displayname: a client has no such member',
  ],
  [
    {
      configuredClients: [
        configuredClient('bas', {
          tokenEndpointAuthMethod: 'client_secret_basic',
          clientSecretHash: nodePlatform.hash(''),
        }),
      ],
    },
    'configuredClients: "bas": clientSecretHash: is that of an empty secret',
  ],
])('F-12 refuses what is not of its kind at construction: %j', async (options, message) => {
  await expect(startTestServer(options as never)).rejects.toThrow(new ConfigurationError(message));
});

it('F-12 refuses a port that there is not, and to be called without ports or options', async () => {
  const { ports, options } = await startTestServer();
  const start = (...given: unknown[]) => Reflect.apply(createAuthorizationServer, undefined, given);
  await expect(start({ ...ports, untrustedFech: () => {} }, options)).rejects.toThrow(
    new ConfigurationError('untrustedFech: there is no such port'),
  );
  await expect(start({ ...ports, storage: Promise.resolve(ports.storage) }, options)).rejects.toThrow(
    new ConfigurationError('storage: it is a promise: await it'),
  );
  await expect(start()).rejects.toThrow(new ConfigurationError('ports: must be an object'));
  await expect(start(ports)).rejects.toThrow(new ConfigurationError('options: must be an object'));
});
