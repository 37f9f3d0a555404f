import type { Preset, PresetName, PresetTarget } from './preset.js';
import { formatPresetCode, quote } from './preset-code.js';

/** All presets by their names. Advice for people: what holds for a token stands in the preset's own file. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  rfc9068: {
    name: 'rfc9068',
    title: 'Any authorization server with RFC 9068 access tokens',
    direct: {
      possible: 'if',
      condition: 'It must let MCP clients in, honour `resource`, and sign at+jwt access tokens.',
    },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Register the resource, so that its URL becomes the `aud` of access tokens.',
      'Choose the token format of RFC 9068: `typ` at+jwt, with `client_id`, `jti` and `iat`.',
    ],
    codeOf: (target) => formatPresetCode('rfc9068', quote(target.issuer), target),
  },
  portcullis: {
    name: 'portcullis',
    title: 'Portcullis',
    direct: { possible: 'yes', condition: 'It is made for MCP clients.' },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Register the resource where the gate runs, with the scopes that its tools need: `npx portcullis resources add URL --scope NAME="What it lets a client do"`. Tokens for it then name it in `aud`, and people are asked for these scopes.',
    ],
    codeOf: (target) => formatPresetCode('portcullis', options({ issuer: target.issuer }), target),
  },
  okta: {
    name: 'okta',
    title: 'Okta, custom authorization server',
    direct: {
      possible: 'if',
      condition: 'API Access Management must be licensed, and every MCP client registered by an administrator.',
    },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Add a custom authorization server for this resource alone (Security, API): Okta gives every token of a server the same audience. Tokens of the org authorization server are for Okta itself.',
      'Set its Audience to the URL of the resource, exactly, without a slash added at the end.',
      'Add the scopes of the resource, and an access policy with a rule for each client that may ask for them.',
      'Register each MCP client as a native application with PKCE. Dynamic registration at Okta needs an API token, which MCP clients do not have.',
      'For groups in tokens: add a claim `groups` to the access token, with a filter.',
    ],
    codeOf: (target) => formatPresetCode('okta', options(keyed(target, { issuer: target.issuer })), target),
  },
  entra: {
    name: 'entra',
    title: 'Microsoft Entra ID',
    direct: {
      possible: 'if',
      condition:
        'Only clients that an administrator has added can come, and they must do without PKCE being advertised (VS Code and Copilot do).',
    },
    recommended: 'bridge',
    recipientProof: 'audience',
    steps: [
      'Register an application for the API and set `requestedAccessTokenVersion` to 2 in its manifest.',
      'Add the URL of the resource as an Application ID URI. Entra takes it as `resource` only over https, with a path, and without a slash at the end.',
      'Expose the scopes of the API, and add app roles for callers that are programs.',
      'Add the optional claim `idtyp` to access tokens: without it a program cannot be told from an ID token.',
      'For groups: choose "groups assigned to the application", or people in many groups come without any.',
      'Authorize the client applications for the scopes.',
      'Give the Application (client) ID of the API as `api`: that, and not the URL, is the `aud` of v2 tokens.',
    ],
    codeOf: (target) =>
      formatPresetCode('entra', options({ tenant: entraTenantOf(target.issuer), api: 'API_APPLICATION_ID' }), target),
  },
  cognito: {
    name: 'cognito',
    title: 'Amazon Cognito user pool',
    direct: {
      possible: 'if',
      condition:
        'The plan must be Essentials or Plus, sign-in by managed login, and every MCP client an app client of the pool; PKCE is not advertised.',
    },
    recommended: 'bridge',
    recipientProof: 'resource_scopes',
    steps: [
      'Add a resource server whose identifier is the URL of the resource, with the scopes of the resource.',
      'Use managed login on the Essentials or Plus plan, and let clients send `resource`: then the token has the resource as its `aud`.',
      'Only where that cannot be had: set `recipientProof` to resource_scopes. It takes a scope of the resource server from a known client as proof, which is weak, since the token never says for whom it is.',
      'List the app clients that may call as `clients`.',
      'For tenants or more groups: add them in a pre token generation trigger of version 2 or 3.',
    ],
    codeOf: (target) => formatPresetCode('cognito', cognitoOptions(target.issuer), target),
  },
  auth0: {
    name: 'auth0',
    title: 'Auth0',
    direct: { possible: 'if', condition: 'The tenant must accept `resource`, and have no Rules.' },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Create an API whose identifier is the URL of the resource.',
      'Choose the RFC 9068 token profile with permissions (rfc9068_profile_authz) for the API, and turn RBAC on.',
      'Turn on the Resource Parameter Compatibility Profile in the tenant settings, and the `iss` parameter of authorization responses.',
      'Promote the connections that people sign in with to domain level, so that third-party clients can use them.',
      'Let clients register by Client ID Metadata Documents; leave open dynamic registration off.',
      'Migrate Rules to Actions: third-party clients do not work in tenants with Rules.',
    ],
    codeOf: (target) => formatPresetCode('auth0', options(keyed(target, { issuer: withSlash(target.issuer) })), target),
  },
  keycloak: {
    name: 'keycloak',
    title: 'Keycloak',
    direct: {
      possible: 'if',
      condition:
        'Tokens must get the resource as their audience, by `resource` (26.6 and later, experimental) or by a mapper.',
    },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Add a client scope with an audience mapper whose included custom audience is the URL of the resource, and give it to the clients. Without one, `aud` is `account` or missing.',
      'From 26.6 on, the feature resource-indicators lets clients ask for the resource; it narrows the audience to what mappers gave.',
      'Keep the scope `roles`, and add a group membership mapper named `groups`, without full path or with it as you compare them.',
      'Require PKCE with S256 by a client policy, and restrict who may register clients by the trusted hosts policy.',
    ],
    codeOf: (target) => formatPresetCode('keycloak', options(keyed(target, { issuer: target.issuer })), target),
  },
  google: {
    name: 'google',
    title: 'Google',
    direct: {
      possible: 'no',
      condition:
        'Access tokens of people are opaque and meant for the APIs of Google; only service accounts can get a token whose audience is this resource.',
    },
    recommended: 'bridge',
    recipientProof: 'audience',
    steps: [
      'For people: put an authorization server in front that signs them in at Google (an OAuth client of type web application), and verify `hd` there where only your organization may come in.',
      'For programs on Google Cloud: let the service account ask for an ID token with the URL of the resource as its audience.',
      'List each service account by its unique ID (a number, not its e-mail address, which can be given to another account later) with the scopes it holds.',
    ],
    codeOf: (target) => formatPresetCode('google', "{ serviceAccounts: { UNIQUE_ID: ['SCOPE'] } }", target),
  },
  ping: {
    name: 'ping',
    title: 'PingOne',
    direct: { possible: 'if', condition: 'Every MCP client must be registered by an administrator.' },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Add a custom resource whose audience is the URL of the resource, with its scopes.',
      'Grant each client application the scopes of this one resource: a token is for one custom resource.',
      'Choose PKCE with S256 for each client application.',
    ],
    codeOf: (target) => formatPresetCode('ping', options(keyed(target, { issuer: target.issuer })), target),
  },
  workos: {
    name: 'workos',
    title: 'WorkOS AuthKit',
    direct: {
      possible: 'if',
      condition: 'The resource must be registered: else tokens are for the whole environment.',
    },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Register the URL of the resource as a resource indicator (Connect, Configuration). Otherwise `aud` is the client ID of the environment, which every server of it shares.',
      'Turn on Client ID Metadata Documents, and dynamic registration only for clients that cannot do without.',
    ],
    codeOf: (target) => formatPresetCode('workos', options(keyed(target, { issuer: target.issuer })), target),
  },
  logto: {
    name: 'logto',
    title: 'Logto',
    direct: { possible: 'if', condition: 'Every MCP client must be registered by an administrator.' },
    recommended: 'direct',
    recipientProof: 'audience',
    steps: [
      'Register an API resource whose identifier is the URL of the resource, with its permissions as scopes.',
      'Let clients send `resource`: without it Logto issues opaque tokens.',
      'For organizations: clients send `organization_id` together with `resource`. A token for an organization alone names no resource and is refused.',
    ],
    codeOf: (target) => formatPresetCode('logto', options(keyed(target, { issuer: target.issuer })), target),
  },
  zitadel: {
    name: 'zitadel',
    title: 'Zitadel',
    direct: {
      possible: 'if',
      condition:
        'Clients must ask for the audience of the project by a scope that only Zitadel has, which few MCP clients do.',
    },
    recommended: 'bridge',
    recipientProof: 'audience',
    steps: [
      'Add a project for the resource, and in it an API application with Basic authentication: its ID and secret ask Zitadel about tokens.',
      'Let clients ask for the scope urn:zitadel:iam:org:project:id:PROJECT_ID:aud, so that the project is in the audience.',
      'Turn on "Assert Roles on Authentication" for roles.',
    ],
    codeOf: (target) =>
      formatPresetCode(
        'zitadel',
        `{ issuer: ${quote(target.issuer)}, projectId: 'PROJECT_ID', verification: { method: 'introspection', clientId: 'API_CLIENT_ID', clientSecret: process.env['API_CLIENT_SECRET'] ?? '' } }`,
        target,
      ),
  },
  authentik: {
    name: 'authentik',
    title: 'authentik',
    direct: {
      possible: 'if',
      condition: 'All MCP clients must share one provider, whose client ID then stands for the resource.',
    },
    recommended: 'bridge',
    recipientProof: 'audience',
    steps: [
      'Add an OAuth2/OpenID provider and an application for this resource alone; leave the issuer mode at "each provider has a different issuer".',
      'Choose a signing key: without one, tokens are signed with the client secret and are refused.',
      'Choose a subject mode that is stable: not the e-mail address, and not the user name where people can change it.',
      'Give the client ID of the provider as `clientId`. Whoever gets a token of this provider can call the resource.',
    ],
    codeOf: (target) =>
      formatPresetCode(
        'authentik',
        options(keyed(target, { issuer: withSlash(target.issuer), clientId: 'PROVIDER_CLIENT_ID' })),
        target,
      ),
  },
};

function options(members: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(members)
    .map(([name, value]) => `${name}: ${quote(value)}`)
    .join(', ')} }`;
}

/** With where the keys are, for presets that take that. */
function keyed({ jwksUri }: PresetTarget, members: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return jwksUri === undefined ? members : { ...members, jwksUri };
}

function withSlash(issuer: PresetTarget['issuer']): string {
  return issuer.endsWith('/') ? issuer : `${issuer}/`;
}

function entraTenantOf(issuer: PresetTarget['issuer']): string {
  const [tenant] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(issuer) ?? ['TENANT_ID'];
  return tenant === 'TENANT_ID' ? tenant : tenant.toLowerCase();
}

function cognitoOptions(issuer: PresetTarget['issuer']): string {
  const [, region = 'REGION', userPoolId = 'USER_POOL_ID'] =
    /^https:\/\/cognito-idp\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([A-Za-z0-9_-]+)$/.exec(issuer) ?? [];
  return `{ region: ${quote(region)}, userPoolId: ${quote(userPoolId)}, clients: ['CLIENT_ID'] }`;
}
