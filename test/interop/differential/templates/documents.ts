import type { Change, Surface, Template } from '../case.js';
import type { Draft } from '../draft.js';

const DOCUMENTS = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/jwks'] as const;

const ENDPOINTS = ['/authorize', '/token', '/register', '/revoke', '/introspect', ...DOCUMENTS] as const;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** Documents, and every method at every endpoint. */
export const DOCUMENT_TEMPLATES: readonly Template[] = [
  ...DOCUMENTS.map((path) =>
    template('document', path, {
      'a query': (draft) => ({ ...draft, query: [['x', '1']] }),
      'a slash more': (draft) => ({ ...draft, path: `${path}/` }),
      'upper case': (draft) => ({ ...draft, path: path.toUpperCase() }),
      'an escape': (draft) => ({ ...draft, path: path.replace('s', '%73') }),
      'a double slash': (draft) => ({ ...draft, path: path.replace('/', '//') }),
      'HTML wanted': (draft) => ({ ...draft, headers: { accept: 'text/html' } }),
      'another origin': (draft) => ({ ...draft, headers: { origin: 'https://app.test' } }),
    }),
  ),
  ...ENDPOINTS.map((path) =>
    template('method', path, {
      ...Object.fromEntries(METHODS.map((method): [string, Change] => [method, (draft) => ({ ...draft, method })])),
      'a preflight': (draft) => ({
        ...draft,
        method: 'OPTIONS',
        headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
      }),
    }),
  ),
];

function template(surface: Surface, path: string, variants: Readonly<Record<string, Change>>): Template {
  const right: Draft = { method: 'GET', path, headers: {}, query: [], form: [] };
  return {
    surface,
    asks: path,
    client: undefined,
    staysUsable: false,
    pairs: 0,
    prepare: async () => right,
    parameters: { [surface]: variants },
  };
}
