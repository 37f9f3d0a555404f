import { CLIENTS, type ClientKind, INTROSPECTOR, MAIL } from '../../clients.js';
import { authenticationOf, authenticationVariants } from '../authentication.js';
import { type Change, parameter, type Template } from '../case.js';
import type { Contestant, Tokens } from '../contestant.js';
import { type Draft, sendDraft, type Value, valuesOf, withField } from '../draft.js';
import { encodings } from './encodings.js';

type Kind = keyof Tokens;

/** Only a resource server may ask, and only about tokens for its own resource. */
const introspector: ClientKind = {
  ...CLIENTS.machine,
  name: 'the resource server',
  clientId: INTROSPECTOR.clientId,
};

/** Revocation (RFC 7009) and introspection (RFC 7662). */
export const TOKENS_IN_USE_TEMPLATES: readonly Template[] = [
  ...[CLIENTS.public, CLIENTS.basic, CLIENTS.post, CLIENTS.jwt].flatMap((client) =>
    (['refreshToken', 'accessToken'] as const).map((kind) => revocation(client, kind)),
  ),
  introspection('refreshToken'),
  introspection('accessToken'),
];

function revocation(client: ClientKind, kind: Kind): Template {
  const right = kind === 'refreshToken' ? 'refresh_token' : 'access_token';
  return {
    surface: 'revoke',
    asks: `the end of ${right === 'refresh_token' ? 'a refresh token' : 'an access token'}`,
    client,
    staysUsable: false,
    pairs: 10,
    async prepare(contestant) {
      const tokens = await contestant.obtainTokens(client);
      return authenticationOf(client)(post('/revoke', tokens[kind]), contestant);
    },
    parameters: {
      token: parameter('token', { wrong: 'no-such-token' }),
      'which token': {
        'of another client': ofAnotherClient(client, kind),
        'revoked before': async (draft, contestant) => {
          await sendDraft(contestant.origin, draft);
          return authenticationOf(client)(draft, contestant);
        },
      },
      token_type_hint: parameter('token_type_hint', {
        right,
        wrong: right === 'refresh_token' ? 'access_token' : 'refresh_token',
        others: { unknown: ['urn:example:unknown'] },
      }),
      authentication: authenticationVariants(client),
      ...(client === CLIENTS.public && kind === 'refreshToken' ? { encoding: encodings() } : {}),
    },
  };
}

function introspection(kind: Kind): Template {
  return {
    surface: 'introspect',
    asks: kind === 'refreshToken' ? 'about a refresh token' : 'about an access token',
    client: introspector,
    staysUsable: false,
    pairs: 10,
    async prepare(contestant) {
      const tokens = await contestant.obtainTokens(CLIENTS.public);
      return withIntrospector(post('/introspect', tokens[kind]), INTROSPECTOR.secret);
    },
    parameters: {
      token: parameter('token', { wrong: 'no-such-token' }),
      'which token': {
        'for another resource': async (draft, contestant) =>
          withField(draft, 'token', [(await contestant.obtainTokens(CLIENTS.public, MAIL))[kind]]),
        revoked: async (draft, contestant) => {
          const [token = ''] = valuesOf(draft, 'token');
          const revocation = await authenticationOf(CLIENTS.public)(post('/revoke', token), contestant);
          await sendDraft(contestant.origin, revocation);
          return draft;
        },
      },
      token_type_hint: parameter('token_type_hint', {
        right: 'access_token',
        wrong: 'refresh_token',
        others: { unknown: ['urn:example:unknown'] },
      }),
      authentication: {
        absent: (draft) => ({ ...draft, headers: {} }),
        'a wrong secret': (draft) => withIntrospector(draft, 'not-the-secret'),
        'a client': (draft, contestant) => authenticationOf(CLIENTS.basic)(draft, contestant),
        'a public client': (draft, contestant) =>
          authenticationOf(CLIENTS.public)({ ...draft, headers: {} }, contestant),
        'the Bearer scheme': (draft) => ({ ...draft, headers: { authorization: `Bearer ${INTROSPECTOR.secret}` } }),
        'an unknown resource server': (draft) => ({
          ...draft,
          headers: { authorization: `Basic ${btoa(`nobody:${INTROSPECTOR.secret}`)}` },
        }),
      },
      ...(kind === 'refreshToken' ? { encoding: encodings() } : {}),
    },
  };
}

function withIntrospector(draft: Draft, secret: string): Draft {
  return { ...draft, headers: { authorization: `Basic ${btoa(`${INTROSPECTOR.clientId}:${secret}`)}` } };
}

function ofAnotherClient(client: ClientKind, kind: Kind): Change {
  return async (draft: Draft, contestant: Contestant) =>
    withField(draft, 'token', [
      (await contestant.obtainTokens(client === CLIENTS.post ? CLIENTS.basic : CLIENTS.post))[kind],
    ]);
}

function post(path: string, token: Value): Draft {
  return { method: 'POST', path, headers: {}, query: [], form: [['token', token]] };
}
