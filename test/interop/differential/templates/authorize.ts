import { CLIENTS, type ClientKind, FILES, MAIL } from '../../clients.js';
import { parameter, type Template, type Variants } from '../case.js';
import { CHALLENGE, type Contestant } from '../contestant.js';
import { type Draft, withField } from '../draft.js';

/** The authorization endpoint, in a fresh browser and in one where the user is signed in. */
export const AUTHORIZE_TEMPLATES: readonly Template[] = [
  ...[CLIENTS.public, CLIENTS.native, CLIENTS.basic, CLIENTS.codeOnly, CLIENTS.dynamic].map((client) =>
    template(client, 'a code', { pairs: 20 }, async (contestant) => request(client, contestant)),
  ),
  ...(['none', 'login', 'consent', 'select_account', 'none login', 'create'] as const).map((prompt) =>
    template(CLIENTS.public, `a code, signed in, with prompt ${prompt}`, { pairs: 0 }, async (contestant) => {
      const headers = { cookie: await contestant.signedInCookies() };
      return withField({ ...request(CLIENTS.public, contestant), headers }, 'prompt', [prompt]);
    }),
  ),
  template(CLIENTS.machine, 'a code it may not have', { pairs: 0 }, async (contestant) =>
    request(CLIENTS.machine, contestant),
  ),
];

function template(
  client: ClientKind,
  asks: string,
  { pairs }: { readonly pairs: number },
  prepare: Template['prepare'],
): Template {
  return {
    surface: 'authorize',
    asks,
    client,
    prepare,
    parameters: pairs === 0 ? {} : parametersOf(client),
    staysUsable: false,
    pairs,
  };
}

function request(client: ClientKind, contestant: Contestant): Draft {
  return {
    method: 'GET',
    path: '/authorize',
    headers: {},
    form: [],
    query: [
      ['client_id', contestant.clientId(client)],
      ['redirect_uri', client.redirectUri],
      ['response_type', 'code'],
      ['code_challenge', CHALLENGE],
      ['code_challenge_method', 'S256'],
      ['resource', FILES],
      ['scope', 'files:read files:write'],
      ['state', 'a state & its "marks"'],
    ],
  };
}

function parametersOf(client: ClientKind): Readonly<Record<string, Variants>> {
  return {
    client_id: parameter('client_id', { wrong: 'nobody', others: { 'a URL': ['https://app.test/client.json'] } }),
    redirect_uri: parameter('redirect_uri', {
      wrong: 'https://evil.test/cb',
      others: client.applicationType === 'native' ? loopbackVariants() : spellingsOf(client.redirectUri),
    }),
    response_type: parameter('response_type', {
      wrong: 'token',
      others: { hybrid: ['code id_token'], none: ['none'], 'in upper case': ['CODE'] },
    }),
    response_mode: parameter('response_mode', {
      right: 'query',
      wrong: 'holograph',
      others: { fragment: ['fragment'], form_post: ['form_post'] },
    }),
    code_challenge: parameter('code_challenge', {
      others: { 'too short': ['c'.repeat(42)], 'too long': ['c'.repeat(129)], 'with a plus': [`${'c'.repeat(42)}+`] },
    }),
    code_challenge_method: parameter('code_challenge_method', {
      wrong: 'S512',
      others: { plain: ['plain'], 'in lower case': ['s256'] },
    }),
    resource: parameter('resource', {
      wrong: 'https://gate.test/nothing',
      others: {
        'another of ours': [MAIL],
        'two of ours': [FILES, MAIL],
        'ours and a stranger': [FILES, 'https://gate.test/nothing'],
        relative: ['/files/mcp'],
        'with a fragment': [`${FILES}#part`],
        'with a slash more': [`${FILES}/`],
        'with its host in upper case': [FILES.replace('gate.test', 'GATE.TEST')],
      },
    }),
    scope: parameter('scope', {
      wrong: 'files:delete',
      others: {
        'one of two': ['files:write'],
        'known and unknown': ['files:read files:delete'],
        'offline_access beside one': ['files:read offline_access'],
        'offline_access alone': ['offline_access'],
        openid: ['openid'],
        'with a quote': ['files:read "'],
        'with two spaces': ['files:read  files:write'],
        'in upper case': ['FILES:READ'],
      },
    }),
    state: parameter('state', { wrong: 'another' }),
    prompt: parameter('prompt', {
      right: 'consent',
      wrong: 'perhaps',
      others: { none: ['none'], login: ['login'], 'none and login': ['none login'] },
    }),
    request: parameter('request', { right: 'eyJhbGciOiJub25lIn0.e30.' }),
    request_uri: parameter('request_uri', { right: 'https://app.test/request.jwt' }),
    nonce: parameter('nonce', { right: 'n-0S6_WzA2Mj' }),
    'an unknown parameter': parameter('colour', { right: 'blue' }),
    brackets: {
      list: (draft) => withField(draft, 'scope[]', ['files:read']),
      member: (draft) => withField(draft, 'client_id[x]', ['y']),
    },
    method: {
      'POST with a form': (draft) => ({ ...draft, method: 'POST', query: [], form: draft.query }),
      'POST with JSON': (draft) => ({
        ...draft,
        method: 'POST',
        query: [],
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(draft.query)),
      }),
      'POST with its parameters in the query': (draft) => ({ ...draft, method: 'POST' }),
    },
  };
}

/** AZ-07: the registered redirect URI in other spellings. */
function spellingsOf(uri: string): Readonly<Record<string, readonly string[]>> {
  return {
    'with a slash more': [`${uri}/`],
    'with a query more': [`${uri}?x=1`],
    'with a fragment': [`${uri}#f`],
    'with its port': [uri.replace('app.test', 'app.test:443')],
    'with its host in upper case': [uri.replace('app.test', 'APP.test')],
    'with an escape': [uri.replace('/cb', '/%63b')],
    'with a way up': [uri.replace('/cb', '/x/../cb')],
    'at a longer host': [uri.replace('app.test', 'app.test.evil.test')],
    'with a user': [uri.replace('app.test', 'app.test@evil.test')],
    'with a trailing space': [`${uri} `],
    'without a scheme': [uri.replace('https:', '')],
  };
}

/** AZ-08: what may differ in a loopback redirect, and what may not. */
function loopbackVariants(): Readonly<Record<string, readonly string[]>> {
  return {
    'at another port': ['http://127.0.0.1:8080/cb'],
    'without a port': ['http://127.0.0.1/cb'],
    localhost: ['http://localhost:8080/cb'],
    'a literal that is not registered': ['http://[::1]:8080/cb'],
    https: ['https://127.0.0.1:8080/cb'],
    'another loopback address': ['http://127.0.0.2:8080/cb'],
    'a short address': ['http://127.1:8080/cb'],
    'a hexadecimal address': ['http://0x7f.0.0.1:8080/cb'],
    'localhost in upper case': ['http://LOCALHOST:8080/cb'],
    'localhost with a dot': ['http://localhost.:8080/cb'],
    'another path': ['http://127.0.0.1:8080/other'],
    'a query more': ['http://127.0.0.1:8080/cb?x=1'],
    'port 0': ['http://127.0.0.1:0/cb'],
    'port 65536': ['http://127.0.0.1:65536/cb'],
  };
}
