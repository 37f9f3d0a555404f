import { CLIENTS, type ClientKind, FILES, MAIL } from '../../clients.js';
import { authenticationOf, authenticationVariants } from '../authentication.js';
import { type Change, parameter, type Template, type Variants } from '../case.js';
import { redemptionOf } from '../contestant.js';
import { sendDraft, withField } from '../draft.js';
import { encodings } from './encodings.js';

/** How a form is encoded has nothing to do with who sends it. */
const ASKED_ABOUT_ENCODINGS: readonly ClientKind[] = [CLIENTS.public, CLIENTS.basic, CLIENTS.machine];

/** The token endpoint, by grant and by way of authenticating. */
export const TOKEN_TEMPLATES: readonly Template[] = [
  ...[CLIENTS.public, CLIENTS.native, CLIENTS.basic, CLIENTS.post, CLIENTS.jwt, CLIENTS.codeOnly, CLIENTS.dynamic].map(
    redemption,
  ),
  ...[CLIENTS.public, CLIENTS.basic, CLIENTS.post, CLIENTS.jwt].map(refresh),
  ...[CLIENTS.machine, CLIENTS.machineJwt, CLIENTS.public, CLIENTS.basic].map(clientCredentials),
];

function encodingsFor(client: ClientKind): Readonly<Record<string, Variants>> {
  return ASKED_ABOUT_ENCODINGS.includes(client)
    ? { encoding: encodings(), 'an unknown parameter': parameter('colour', { right: 'blue' }) }
    : {};
}

function redemption(client: ClientKind): Template {
  return {
    surface: 'token',
    asks: 'the redemption of a code',
    client,
    staysUsable: true,
    pairs: 12,
    prepare: (contestant) => redemptionOf(contestant, client),
    parameters: {
      grant_type: grantTypes(),
      code: parameter('code', {
        wrong: 'pcc_no-such-code',
        others: { 'in two parts': ['half a code'] },
      }),
      'which code': {
        'redeemed before': sentBefore(client),
        'of another client': async (draft, contestant) =>
          withField(draft, 'code', [
            await contestant.obtainCode(client === CLIENTS.post ? CLIENTS.basic : CLIENTS.post),
          ]),
      },
      redirect_uri: parameter('redirect_uri', {
        wrong: 'https://app.test/other',
        others: { 'with a slash more': [`${client.redirectUri}/`], relative: ['/cb'] },
      }),
      code_verifier: parameter('code_verifier', {
        wrong: 'w'.repeat(43),
        others: {
          'too short': ['v'.repeat(42)],
          'too long': ['v'.repeat(129)],
          'with a slash': [`${'v'.repeat(42)}/`],
        },
      }),
      resource: resources(),
      scope: parameter('scope', { right: 'files:read' }),
      authentication: authenticationVariants(client),
      ...encodingsFor(client),
    },
  };
}

function refresh(client: ClientKind): Template {
  return {
    surface: 'token',
    asks: 'a refresh',
    client,
    staysUsable: true,
    pairs: 12,
    async prepare(contestant) {
      const { refreshToken } = await contestant.obtainTokens(client);
      const form = [
        ['grant_type', 'refresh_token'],
        ['refresh_token', refreshToken],
      ] as const;
      return authenticationOf(client)({ method: 'POST', path: '/token', headers: {}, query: [], form }, contestant);
    },
    parameters: {
      grant_type: grantTypes(),
      refresh_token: parameter('refresh_token', { wrong: 'pcr_no-such-token' }),
      'which refresh token': {
        'of another client': async (draft, contestant) => {
          const other = client === CLIENTS.post ? CLIENTS.basic : CLIENTS.post;
          return withField(draft, 'refresh_token', [(await contestant.obtainTokens(other)).refreshToken]);
        },
        'an access token': async (draft, contestant) =>
          withField(draft, 'refresh_token', [(await contestant.obtainTokens(client)).accessToken]),
        'rotated before': sentBefore(client),
      },
      scope: parameter('scope', {
        right: 'files:read files:write',
        wrong: 'files:delete',
        others: {
          'one of two': ['files:read'],
          'known and unknown': ['files:read files:delete'],
          'with a quote': ['files:read "'],
          'offline_access beside one': ['files:read offline_access'],
        },
      }),
      resource: resources(),
      redirect_uri: parameter('redirect_uri', { right: client.redirectUri }),
      authentication: authenticationVariants(client),
      ...encodingsFor(client),
    },
  };
}

/** A client that may refresh also asks in its own name, which it may not, unless it is the one made for that. */
function clientCredentials(client: ClientKind): Template {
  const isMachine = client.grantTypes.includes('client_credentials');
  return {
    surface: 'token',
    asks: 'a token in its own name',
    client,
    staysUsable: isMachine,
    pairs: isMachine ? 12 : 0,
    prepare: async (contestant) =>
      authenticationOf(client)(
        {
          method: 'POST',
          path: '/token',
          headers: {},
          query: [],
          form: [
            ['grant_type', 'client_credentials'],
            ['resource', FILES],
            ['scope', 'files:read'],
          ],
        },
        contestant,
      ),
    parameters: isMachine
      ? {
          grant_type: grantTypes(),
          scope: parameter('scope', {
            wrong: 'files:delete',
            others: {
              two: ['files:read files:write'],
              'known and unknown': ['files:read files:delete'],
              'with a quote': ['files:read "'],
              offline_access: ['offline_access'],
            },
          }),
          resource: resources(),
          authentication: authenticationVariants(client),
          ...encodingsFor(client),
        }
      : {},
  };
}

function grantTypes(): Variants {
  return parameter('grant_type', {
    wrong: 'urn:example:unknown',
    others: { password: ['password'], implicit: ['implicit'], 'in upper case': ['AUTHORIZATION_CODE'] },
  });
}

function resources(): Variants {
  return parameter('resource', {
    right: FILES,
    wrong: 'https://gate.test/nothing',
    others: {
      'another of ours': [MAIL],
      'two of ours': [FILES, MAIL],
      relative: ['/files/mcp'],
      'with a fragment': [`${FILES}#part`],
    },
  });
}

/** The same request for the second time; where an assertion proves the client, with another one. */
function sentBefore(client: ClientKind): Change {
  return async (draft, contestant) => {
    await sendDraft(contestant.origin, draft);
    return authenticationOf(client)(draft, contestant);
  };
}
