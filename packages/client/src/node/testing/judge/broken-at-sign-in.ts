import { createHash, randomBytes } from 'node:crypto';
import { OAuthClientError } from '../../../oauth-client-error.js';
import { createSessionFetch } from '../../../oauth-fetch.js';
import {
  apart,
  type BrokenClient,
  editSignIn,
  isForm,
  soundParts,
  withAnswer,
  withForm,
  withParts,
  withSignIn,
  withTransport,
} from './break-client.js';
import { assemble, type ClientFactory } from './judged-client.js';

const fresh = (): string => randomBytes(32).toString('base64url');

/** Puts the client's own `state` into whatever comes back. */
const believesState = (parameters: URLSearchParams, asked: URL): void =>
  parameters.set('state', asked.searchParams.get('state') ?? '');

/** A client that sends a verifier of its own, `state` too where that is to be the same. */
function withVerifier(
  createVerifier: () => () => string,
  edit: (url: URL, verifier: string) => void,
  response?: (parameters: URLSearchParams, asked: URL) => void,
): ClientFactory {
  return withParts(({ signIn, transport }) => {
    const nextVerifier = createVerifier();
    let verifier = '';
    const address = (url: URL): void => {
      verifier = nextVerifier();
      url.searchParams.set('code_challenge', createHash('sha256').update(verifier).digest('base64url'));
      edit(url, verifier);
    };
    return {
      signIn: editSignIn(signIn, response === undefined ? { address } : { address, response }),
      transport(request) {
        const form = new URLSearchParams(request.body);
        if (!isForm(request) || !form.has('code_verifier')) return transport(request);
        form.set('code_verifier', verifier);
        return transport({ ...request, body: form.toString() });
      },
    };
  });
}

function changeResource(parameters: URLSearchParams, resource: string | undefined): void {
  if (resource === undefined) parameters.delete('resource');
  else parameters.set('resource', parameters.get('resource') + resource);
}

const isRedemption = (form: URLSearchParams): boolean => form.get('grant_type') === 'authorization_code';

/** Clients that sign in wrongly. */
export const BROKEN_AT_SIGN_IN: readonly BrokenClient[] = [
  {
    what: 'signs nobody in',
    finding: 'not_served',
    start: ({ serverUrl }) => ({
      fetch: (_input, init) => fetch(serverUrl, init),
      signIn: async () => {},
      signOut: async () => {},
    }),
  },
  {
    what: 'sends no state',
    finding: 'state_missing',
    start: withSignIn(() => ({
      address: (url) => url.searchParams.delete('state'),
      response: (parameters, asked) => {
        if (!parameters.has('state')) believesState(parameters, asked);
      },
    })),
  },
  { what: 'takes any state', finding: 'state_unchecked', start: withSignIn(() => ({ response: believesState })) },
  {
    what: 'has one state for all sign-ins',
    finding: 'state_reused',
    start: withSignIn(() => {
      const state = fresh();
      return {
        address: (url) => url.searchParams.set('state', state),
        response: (parameters, asked) => {
          if (parameters.get('state') === state) believesState(parameters, asked);
        },
      };
    }),
  },
  {
    what: 'gives up at the first response, whosever it is',
    finding: 'foreign_response_ends_sign_in',
    start: withParts(({ signIn }) => ({
      signIn: {
        async begin(known) {
          const turn = await signIn.begin(known);
          return {
            ...turn,
            run: (url, receive) =>
              turn.run(url, async (parameters) => {
                const received = await receive(parameters);
                return received === 'ignored' ? 'refused' : received;
              }),
          };
        },
      },
    })),
  },
  {
    what: 'does not look at iss',
    finding: 'iss_unchecked',
    start: withSignIn(() => ({ response: (parameters, asked) => parameters.set('iss', asked.origin) })),
  },
  {
    what: 'tells the user what any response says',
    finding: 'foreign_error_shown',
    start: withParts(({ signIn }) => ({
      signIn: {
        async begin(known) {
          const turn = await signIn.begin(known);
          return {
            ...turn,
            async run(url, receive) {
              let description: string | null = null;
              await turn.run(url, (parameters) => {
                description = parameters.get('error_description');
                return receive(parameters);
              });
              if (description !== null) throw new OAuthClientError('authorization_refused', description);
            },
          };
        },
      },
    })),
  },
  {
    what: 'does without PKCE',
    finding: 'pkce_missing',
    start: withSignIn(() => ({
      address({ searchParams }) {
        searchParams.delete('code_challenge');
        searchParams.delete('code_challenge_method');
      },
    })),
  },
  {
    what: 'sends its verifier as a plain challenge',
    finding: 'pkce_plain',
    start: withVerifier(
      () => fresh,
      ({ searchParams }, verifier) => {
        searchParams.set('code_challenge', verifier);
        searchParams.set('code_challenge_method', 'plain');
      },
    ),
  },
  {
    what: 'takes every server for one that knows S256',
    finding: 'missing_pkce_support_ignored',
    start: withAnswer((json) => {
      if ('issuer' in json) json['code_challenge_methods_supported'] = ['S256'];
    }),
  },
  {
    what: 'redeems with no verifier',
    finding: 'verifier_wrong',
    start: withForm((form) => form.delete('code_verifier')),
  },
  {
    what: 'redeems with another verifier',
    finding: 'verifier_wrong',
    start: withForm((form) => {
      if (isRedemption(form)) form.set('code_verifier', fresh());
    }),
  },
  {
    what: 'has one verifier for all sign-ins',
    finding: 'verifier_reused',
    start: withVerifier(
      () => {
        const verifier = fresh();
        return () => verifier;
      },
      () => {},
    ),
  },
  {
    what: 'takes its verifier for its state',
    finding: 'verifier_in_url',
    start: ((): ClientFactory => {
      let sent = '';
      return withVerifier(
        () => fresh,
        ({ searchParams }, verifier) => {
          sent = verifier;
          searchParams.set('state', verifier);
        },
        (parameters, asked) => {
          if (parameters.get('state') === sent) believesState(parameters, asked);
        },
      );
    })(),
  },
  {
    what: 'redeems with another redirect_uri',
    finding: 'redirect_uri_differs',
    start: withForm((form) => {
      if (isRedemption(form)) form.set('redirect_uri', 'http://127.0.0.1/callback');
    }),
  },
  {
    what: 'redeems without a redirect_uri',
    finding: 'redirect_uri_differs',
    start: withForm((form) => form.delete('redirect_uri')),
  },
  ...[undefined, '/'].flatMap((resource): readonly BrokenClient[] => {
    const how = resource === undefined ? 'without' : 'with another';
    return [
      {
        what: `asks ${how} resource`,
        finding: 'resource_at_authorize',
        start: withSignIn(() => ({ address: ({ searchParams }) => changeResource(searchParams, resource) })),
      },
      {
        what: `redeems ${how} resource`,
        finding: 'resource_at_token',
        start: withForm((form) => {
          if (isRedemption(form)) changeResource(form, resource);
        }),
      },
    ];
  }),
  {
    what: 'believes the metadata of any resource',
    finding: 'foreign_resource_believed',
    start: withTransport(() => async (request, next, { serverUrl }) => {
      const answer = await next(request);
      if (!answer.ok || !request.url.endsWith('/oauth-protected-resource/mcp')) return answer;
      const json = JSON.parse(new TextDecoder().decode(answer.value.body)) as object;
      const body = new TextEncoder().encode(JSON.stringify({ ...json, resource: serverUrl }));
      return { ok: true, value: { ...answer.value, body } };
    }),
  },
  {
    what: 'believes metadata of any issuer',
    finding: 'foreign_issuer_believed',
    start: withAnswer((json, { url }) => {
      if ('issuer' in json) json['issuer'] = new URL(url).origin;
    }),
  },
  {
    what: 'asks a person for each call',
    finding: 'asked_again_after_no',
    start(seams) {
      const parts = soundParts(seams);
      const client = assemble(seams, parts);
      const session = apart(client.session, () => assemble(seams, parts).session);
      return { ...client, fetch: createSessionFetch(session, parts.fetch) };
    },
  },
  {
    what: 'begins anew whenever it has had enough',
    finding: 'authorization_without_end',
    start(seams) {
      const parts = soundParts(seams);
      const client = assemble(seams, parts);
      return {
        ...client,
        async fetch(input, init) {
          for (let rounds = 0; ; rounds += 1) {
            try {
              return await createSessionFetch(client.session, parts.fetch)(input, init);
            } catch (error) {
              const isExhausted = error instanceof OAuthClientError && error.code === 'authorization_exhausted';
              if (!isExhausted || rounds === 10) throw error;
            }
          }
        },
      };
    },
  },
];
