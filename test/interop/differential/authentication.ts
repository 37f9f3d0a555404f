import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { CLIENT_KEY, type ClientKind, SECRET } from '../clients.js';
import type { Change, Variants } from './case.js';
import type { Contestant } from './contestant.js';
import { type Draft, sendDraft, type Value, valuesOf, withField } from './draft.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const strangersKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Adds what proves the client, by the method it is registered with. */
export function authenticationOf(client: ClientKind): Change {
  switch (client.method) {
    case 'none':
      return (draft, contestant) => withField(draft, 'client_id', [contestant.clientId(client)]);
    case 'client_secret_basic':
      return (draft, contestant) => withBasic(draft, `${contestant.clientId(client)}:${SECRET}`);
    case 'client_secret_post':
      return (draft, contestant) => withPost(draft, contestant.clientId(client), SECRET);
    case 'private_key_jwt':
      return (draft, contestant) => withAssertion(draft, assertion(client, contestant));
  }
}

/** What can be wrong with it. */
export function authenticationVariants(client: ClientKind): Variants {
  const id = (contestant: Contestant): string => contestant.clientId(client);
  const basic =
    (text: (contestant: Contestant) => string): Change =>
    (draft, contestant) =>
      withBasic(without(draft), text(contestant));
  const common: Variants = {
    absent: without,
    'an unknown client id alone': (draft) => withField(without(draft), 'client_id', ['nobody']),
    'an unknown client by basic': basic(() => `nobody:${SECRET}`),
    'an unknown client by post': (draft) => withPost(without(draft), 'nobody', SECRET),
    'the Bearer scheme': (draft) => ({ ...without(draft), headers: { authorization: `Bearer ${SECRET}` } }),
    'bad base64': (draft) => ({ ...without(draft), headers: { authorization: 'Basic !!!' } }),
    'basic without a colon': basic((contestant) => id(contestant)),
    'basic with a broken escape': basic((contestant) => `${id(contestant)}:%zz`),
    'basic with nothing after the colon': basic((contestant) => `${id(contestant)}:`),
    'two mechanisms': (draft, contestant) =>
      withPost(withBasic(without(draft), `${id(contestant)}:${SECRET}`), id(contestant), SECRET),
    'an unsigned assertion beside it': (draft, contestant) =>
      withAssertion(draft, assertion(client, contestant, { algorithm: 'none' })),
    'client_id repeated': (draft, contestant) => withField(draft, 'client_id', [id(contestant), id(contestant)]),
    'client_id of another client beside it': (draft) => withField(draft, 'client_id', ['nat']),
  };
  return { ...common, ...(client.method === 'private_key_jwt' ? assertions(client) : ofSecrets(client)) };
}

function ofSecrets(client: ClientKind): Variants {
  const id = (contestant: Contestant): string => contestant.clientId(client);
  const own: Variants = {
    'the id alone': (draft, contestant) => withField(without(draft), 'client_id', [id(contestant)]),
    'a wrong secret by basic': (draft, contestant) => withBasic(without(draft), `${id(contestant)}:not-the-secret`),
    'the secret by basic': (draft, contestant) => withBasic(without(draft), `${id(contestant)}:${SECRET}`),
    'a wrong secret by post': (draft, contestant) => withPost(without(draft), id(contestant), 'not-the-secret'),
    'the secret by post': (draft, contestant) => withPost(without(draft), id(contestant), SECRET),
    'an empty secret by post': (draft, contestant) => withPost(without(draft), id(contestant), ''),
    'an oversized secret by post': (draft, contestant) => withPost(without(draft), id(contestant), 's'.repeat(5000)),
    'a secret that is not UTF-8': (draft, contestant) => withPost(without(draft), id(contestant), { encoded: '%ff' }),
    'client_secret repeated': (draft, contestant) =>
      withField(withPost(without(draft), id(contestant), SECRET), 'client_secret', [SECRET, SECRET]),
  };
  if (client.method === 'none') return own;
  return { ...own, 'client_id beside it': (draft, contestant) => withField(draft, 'client_id', [id(contestant)]) };
}

interface AssertionOptions {
  readonly algorithm?: 'ES256' | 'HS256' | 'none';
  readonly key?: KeyObject;
  readonly keyId?: string;
  readonly type?: string;
  readonly claims?: (about: { readonly now: number; readonly issuer: string }) => Record<string, unknown>;
}

/** RFC 7523 §3, draft-ietf-oauth-rfc7523bis. */
function assertions(client: ClientKind): Variants {
  const variant =
    (options: AssertionOptions): Change =>
    (draft, contestant) =>
      withAssertion(without(draft), assertion(client, contestant, options));
  return {
    'another key': variant({ key: strangersKey }),
    'an unknown key id': variant({ keyId: 'no-such-key' }),
    'no signature': variant({ algorithm: 'none' }),
    'a signature with the public key as a secret': variant({ algorithm: 'HS256' }),
    'the type of an access token': variant({ type: 'at+jwt' }),
    'the audience of another server': variant({ claims: () => ({ aud: 'https://other.test' }) }),
    'an audience of two': variant({ claims: ({ issuer }) => ({ aud: [issuer, 'https://other.test'] }) }),
    'the token endpoint as audience': variant({ claims: ({ issuer }) => ({ aud: `${issuer}/token` }) }),
    'another issuer': variant({ claims: () => ({ iss: 'nobody' }) }),
    'another subject': variant({ claims: () => ({ sub: 'nobody' }) }),
    'no jti': variant({ claims: () => ({ jti: undefined }) }),
    'no exp': variant({ claims: () => ({ exp: undefined }) }),
    expired: variant({ claims: ({ now }) => ({ iat: now - 600, exp: now - 300 }) }),
    'valid for a day': variant({ claims: ({ now }) => ({ exp: now + 86_400 }) }),
    'issued in the future': variant({ claims: ({ now }) => ({ iat: now + 3600, nbf: now + 3600, exp: now + 3660 }) }),
    'no type of assertion': (draft) => withField(draft, 'client_assertion_type', []),
    'an unknown type of assertion': (draft) => withField(draft, 'client_assertion_type', ['urn:example:unknown']),
    'an assertion that is no JWT': (draft) => withField(draft, 'client_assertion', ['not a jwt']),
    'client_assertion repeated': (draft) => {
      const [value = ''] = valuesOf(draft, 'client_assertion');
      return withField(draft, 'client_assertion', [value, value]);
    },
    'an assertion that was used before': async (draft, contestant) => {
      const used = assertion(client, contestant);
      // The end of a token that there is not is accepted: what is refused for something else may come again here, and not there.
      const end = withField(draft, 'token', ['unknown']);
      await sendDraft(contestant.origin, { ...withAssertion(end, used), path: '/revoke' });
      return withAssertion(draft, used);
    },
    'the id alone': (draft, contestant) => withField(without(draft), 'client_id', [contestant.clientId(client)]),
    'a secret by basic': (draft, contestant) => withBasic(without(draft), `${contestant.clientId(client)}:${SECRET}`),
    'a secret by post': (draft, contestant) => withPost(without(draft), contestant.clientId(client), SECRET),
    'client_id beside it': (draft, contestant) => withField(draft, 'client_id', [contestant.clientId(client)]),
  };
}

function assertion(client: ClientKind, contestant: Contestant, options: AssertionOptions = {}): string {
  const { algorithm = 'ES256', key = CLIENT_KEY, keyId = 'client-key', type = 'JWT', claims } = options;
  const now = Math.floor(Date.now() / 1000);
  const clientId = contestant.clientId(client);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const input = `${encode({ alg: algorithm, kid: keyId, typ: type })}.${encode({
    iss: clientId,
    sub: clientId,
    aud: contestant.origin,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...claims?.({ now, issuer: contestant.origin }),
  })}`;
  return `${input}.${signature(input, algorithm, key)}`;
}

function signature(input: string, algorithm: 'ES256' | 'HS256' | 'none', key: KeyObject): string {
  if (algorithm === 'none') return '';
  if (algorithm === 'HS256') {
    const secret = createPublicKey(key).export({ format: 'pem', type: 'spki' });
    return createHmac('sha256', secret).update(input).digest('base64url');
  }
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

function without(draft: Draft): Draft {
  const { authorization: _, ...headers } = draft.headers;
  const names = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];
  return names.reduce((changed, name) => withField(changed, name, []), { ...draft, headers });
}

function withBasic(draft: Draft, text: string): Draft {
  const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
  return { ...draft, headers: { ...draft.headers, authorization } };
}

function withPost(draft: Draft, clientId: string, secret: Value): Draft {
  return withField(withField(draft, 'client_id', [clientId]), 'client_secret', [secret]);
}

function withAssertion(draft: Draft, text: string): Draft {
  return withField(withField(draft, 'client_assertion_type', [ASSERTION_TYPE]), 'client_assertion', [text]);
}
