import { generateKeyPairSync } from 'node:crypto';
import { REDIRECT_URI } from '../../clients.js';
import type { Change, Template, Variants } from '../case.js';
import type { Draft } from '../draft.js';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY_SET = { keys: [keys.publicKey.export({ format: 'jwk' })] };

type Metadata = Readonly<Record<string, unknown>>;

const RIGHT: Metadata = {
  client_name: 'A client',
  redirect_uris: [REDIRECT_URI],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

/** Registration (RFC 7591 §3.1). */
export const REGISTER_TEMPLATES: readonly Template[] = [
  {
    surface: 'register',
    asks: 'a client of its own',
    client: undefined,
    staysUsable: false,
    pairs: 25,
    prepare: async () => withBody(JSON.stringify(RIGHT)),
    parameters: {
      redirect_uris: member('redirect_uris', [REDIRECT_URI], {
        'a text': REDIRECT_URI,
        'none in the list': [],
        'a number in the list': [1],
        'null in the list': [null],
        'an empty one': [''],
        'plain http': ['http://app.test/cb'],
        loopback: ['http://127.0.0.1/cb'],
        'localhost over https': ['https://localhost/cb'],
        'a fragment': [`${REDIRECT_URI}#f`],
        'a wildcard': ['https://*.app.test/cb'],
        'a user': ['https://user@app.test/cb'],
        javascript: ['javascript:alert(1)'],
        data: ['data:text/html,x'],
        'a private-use scheme': ['com.example.app:/cb'],
        relative: ['/cb'],
        'good and refused ones': [REDIRECT_URI, 'http://app.test/cb'],
        'twice the same': [REDIRECT_URI, REDIRECT_URI],
        'five hundred': Array.from({ length: 500 }, (_, index) => `${REDIRECT_URI}/${index}`),
        'one of 4 kB': [`${REDIRECT_URI}/${'x'.repeat(4096)}`],
      }),
      token_endpoint_auth_method: member('token_endpoint_auth_method', 'none', {
        basic: 'client_secret_basic',
        post: 'client_secret_post',
        unknown: 'magic',
        'a list': ['none'],
        'private_key_jwt without keys': 'private_key_jwt',
        client_secret_jwt: 'client_secret_jwt',
      }),
      grant_types: member('grant_types', ['authorization_code'], {
        'a text': 'authorization_code',
        none: [],
        'only refresh_token': ['refresh_token'],
        implicit: ['implicit'],
        'client_credentials too': ['authorization_code', 'client_credentials'],
        'only client_credentials': ['client_credentials'],
        'an unknown one too': ['authorization_code', 'urn:example:unknown'],
        'a number': [1],
      }),
      response_types: member('response_types', ['code'], {
        'a text': 'code',
        none: [],
        token: ['token'],
        'code and token': ['code', 'token'],
        'a number': [1],
      }),
      client_name: member('client_name', 'Another client', {
        'a number': 1,
        markup: '<img src=x onerror=alert(1)>',
        'of 1000 characters': 'n'.repeat(1000),
      }),
      application_type: member('application_type', 'web', { native: 'native', unknown: 'toaster', 'a number': 1 }),
      scope: member('scope', 'files:read', { unknown: 'admin', 'with a quote': '"', 'a list': ['files:read'] }),
      ...Object.fromEntries(
        ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri'].map((name) => [
          name,
          member(name, 'https://app.test/page', {
            'plain http': 'http://app.test/page',
            javascript: 'javascript:alert(1)',
            data: 'data:text/html,x',
            relative: '/page',
            'a number': 1,
          }),
        ]),
      ),
      jwks: {
        ...member('jwks', KEY_SET, {
          'a text': '{}',
          'no keys': {},
          'no key in it': { keys: [] },
          'a private key': { keys: [keys.privateKey.export({ format: 'jwk' })] },
          'a symmetric key': { keys: [{ kty: 'oct', k: 'AAAA' }] },
        }),
        'with jwks_uri': set({ jwks: KEY_SET, jwks_uri: 'https://app.test/jwks' }),
      },
      jwks_uri: member('jwks_uri', 'https://app.test/jwks', {
        'plain http': 'http://app.test/jwks',
        javascript: 'javascript:alert(1)',
        'a number': 1,
      }),
      contacts: member('contacts', ['somebody@app.test'], { 'a text': 'somebody@app.test', 'no address': ['x'] }),
      software_statement: member('software_statement', 'eyJhbGciOiJub25lIn0.e30.', {}),
      'what no client may choose': {
        client_id: set({ client_id: 'chosen' }),
        'a client id that is a URL': set({ client_id: 'https://app.test/client.json' }),
        client_secret: set({ client_secret: 'chosen', token_endpoint_auth_method: 'client_secret_basic' }),
        tenant: set({ tenant: 'other', is_admin: true, trusted: true, consent_required: false }),
        'a prototype': (draft) => ({
          ...draft,
          body: JSON.stringify(RIGHT).replace('{', '{"__proto__":{"admin":true},'),
        }),
      },
      body: {
        'no JSON': (draft) => withBody('{', draft),
        empty: (draft) => withBody('', draft),
        null: (draft) => withBody('null', draft),
        'a list': (draft) => withBody('[]', draft),
        'a text': (draft) => withBody('"x"', draft),
        'nested a thousand times': (draft) => withBody(`{"x":${'['.repeat(1000)}${']'.repeat(1000)}}`, draft),
        'with a member twice': (draft) => withBody(JSON.stringify(RIGHT).replace('{', '{"client_name":"x",'), draft),
        'of 20 kB': set({ padding: 'x'.repeat(20_000) }),
        'of 70 kB': set({ padding: 'x'.repeat(70_000) }),
        'that is a form': (draft) => ({
          ...withBody('client_name=x', draft),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
        'that says nothing': (draft) => ({ ...draft, headers: {} }),
        'that says text/plain': (draft) => ({ ...draft, headers: { 'content-type': 'text/plain' } }),
        'with a query': (draft) => ({ ...draft, query: [['client_name', 'x']] }),
      },
    },
  },
];

function withBody(body: string, draft?: Draft): Draft {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', path: '/register', query: [], form: [], ...draft, headers, body };
}

/** The variants of one member: absent, null, empty, far too long, and its own. */
function member(name: string, right: unknown, others: Readonly<Record<string, unknown>>): Variants {
  const variants: Record<string, Change> = {
    given: set({ [name]: right }),
    absent: set({ [name]: undefined }),
    null: set({ [name]: null }),
    empty: set({ [name]: '' }),
    'an object': set({ [name]: { a: 1 } }),
    oversized: set({ [name]: 'x'.repeat(5000) }),
  };
  for (const [label, value] of Object.entries(others)) variants[label] = set({ [name]: value });
  return variants;
}

/** Puts members into a body that is an object; any other body stays. */
function set(members: Metadata): Change {
  return (draft) => {
    try {
      const body: unknown = JSON.parse(draft.body ?? '');
      if (typeof body !== 'object' || body === null || Array.isArray(body)) return draft;
      return { ...draft, body: JSON.stringify({ ...body, ...members }) };
    } catch {
      return draft;
    }
  };
}
