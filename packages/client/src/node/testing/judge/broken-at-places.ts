import { createFetchTransport } from '../../../http/fetch-transport.js';
import { type BrokenClient, isForm, soundParts, withParts, withTransport } from './break-client.js';
import { assemble, type ClientFactory } from './judged-client.js';
import { claimsOf } from './rules.js';

/** A client that sends its token with requests to addresses for which `isMeant`. */
function withTokenTo(isMeant: (url: URL, serverUrl: URL) => boolean): ClientFactory {
  return (seams) => {
    const client = assemble(seams, soundParts(seams));
    return {
      ...client,
      async fetch(input, init) {
        const request = new Request(input, init);
        const held = isMeant(new URL(request.url), new URL(seams.serverUrl))
          ? await client.session.current()
          : undefined;
        if (held === undefined) return client.fetch(request);
        request.headers.set('authorization', `Bearer ${held.tokens.accessToken}`);
        return fetch(request);
      },
    };
  };
}

/** A client whose assertions say something else: signed anew, with its own key. */
function withClaims(change: (claims: Record<string, unknown>, tokenEndpoint: string) => void): ClientFactory {
  return withTransport(() => async (request, next, { identity }) => {
    const form = new URLSearchParams(request.body);
    const assertion = isForm(request) ? form.get('client_assertion') : null;
    const privateKey = identity.preRegistered?.privateKey;
    if (assertion === null || privateKey === undefined) return next(request);
    const claims = { ...claimsOf(assertion) };
    change(claims, request.url);
    const input = `${assertion.split('.')[0]}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(input));
    form.set('client_assertion', `${input}.${Buffer.from(signature).toString('base64url')}`);
    return next({ ...request, body: form.toString() });
  });
}

/** Clients that send things to where they do not belong. */
export const BROKEN_AT_PLACES: readonly BrokenClient[] = [
  {
    what: 'sends its token to every origin',
    finding: 'token_to_other_origin',
    start: withTokenTo((url, { origin }) => url.origin !== origin),
  },
  {
    what: 'sends its token to every path of its server',
    finding: 'token_to_sibling_path',
    start: withTokenTo((url, { origin, pathname }) => url.origin === origin && url.pathname !== pathname),
  },
  {
    what: 'follows redirects with its token',
    finding: 'token_after_redirect',
    start: withParts(() => ({
      async fetch(input, init) {
        const request = new Request(input, init);
        const response = await fetch(request);
        const location = response.headers.get('location');
        return location === null ? response : fetch(new URL(location, request.url), { headers: request.headers });
      },
    })),
  },
  {
    what: 'does not keep its servers apart',
    finding: 'token_to_other_resource',
    start: withParts(({ store }) => {
      const anyServer = <Key extends { readonly kind: string; readonly resource: string }>(key: Key): Key =>
        key.kind === 'server' ? { ...key, resource: 'any' } : key;
      return {
        store: {
          load: (key) => store.load(anyServer(key)),
          save: (key, record) => store.save(anyServer(key), record),
          remove: (key) => store.remove(anyServer(key)),
          withLease: (key, work) => store.withLease(key, work),
        },
      };
    }),
  },
  {
    what: 'sends its token along when it looks for metadata',
    finding: 'token_to_authorization_server',
    start: withTransport(() => {
      let authorization = '';
      return async (request, next) => {
        const isMetadata = request.url.endsWith('/oauth-authorization-server') && authorization !== '';
        const answer = await next(
          isMetadata ? { ...request, headers: { ...request.headers, authorization } } : request,
        );
        if (answer.ok && isForm(request)) {
          const found = /"access_token":"([^"]+)"/.exec(new TextDecoder().decode(answer.value.body))?.[1];
          if (found !== undefined) authorization = `Bearer ${found}`;
        }
        return answer;
      };
    }),
  },
  {
    what: 'tells its codes to somebody else too',
    finding: 'code_to_other_place',
    start: withTransport(() => async (request, next, { serverUrl }) => {
      const code = isForm(request) ? new URLSearchParams(request.body).get('code') : null;
      if (code !== null) await next({ ...request, url: `${new URL(serverUrl).origin}/log`, headers: {}, body: code });
      return next(request);
    }),
  },
  {
    what: 'keeps registrations without their issuer',
    finding: 'secret_to_other_issuer',
    start: withParts(({ store }) => {
      const anyIssuer = <Key extends { readonly kind: string; readonly issuer: string }>(key: Key): Key =>
        key.kind === 'registration' ? { ...key, issuer: 'any' } : key;
      return {
        store: {
          async load(key) {
            const record = await store.load(anyIssuer(key));
            return record === undefined || key.kind !== 'registration' ? record : { ...record, issuer: key.issuer };
          },
          save: (key, record) => store.save(anyIssuer(key), record),
          remove: (key) => store.remove(anyIssuer(key)),
          withLease: (key, work) => store.withLease(key, work),
        },
      };
    }),
  },
  {
    what: 'tries the refresh token it has wherever it is led',
    finding: 'refresh_token_to_other_issuer',
    start: withTransport(() => {
      let last: { readonly origin: string; readonly refreshToken: string } | undefined;
      return async (request, next) => {
        const { origin } = new URL(request.url);
        if (!isForm(request)) return next(request);
        if (last !== undefined && last.origin !== origin) {
          const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: last.refreshToken });
          body.set('resource', new URLSearchParams(request.body).get('resource') ?? '');
          await next({ ...request, body: body.toString() });
        }
        const answer = await next(request);
        const text = answer.ok ? new TextDecoder().decode(answer.value.body) : '';
        const refreshToken = /"refresh_token":"([^"]+)"/.exec(text)?.[1];
        if (refreshToken !== undefined) last = { origin, refreshToken };
        return answer;
      };
    }),
  },
  {
    what: 'makes assertions for the token endpoint',
    finding: 'assertion_audience',
    start: withClaims((claims, tokenEndpoint) => {
      claims['aud'] = tokenEndpoint;
    }),
  },
  {
    what: 'makes assertions for two',
    finding: 'assertion_audience',
    start: withClaims((claims, tokenEndpoint) => {
      claims['aud'] = [claims['aud'], tokenEndpoint];
    }),
  },
  {
    what: 'makes assertions for an hour',
    finding: 'assertion_long_lived',
    start: withClaims((claims) => {
      claims['exp'] = Number(claims['iat']) + 3600;
    }),
  },
  {
    what: 'makes assertions without a name of their own',
    finding: 'assertion_reused',
    start: withClaims((claims) => {
      claims['jti'] = 'assertion';
    }),
  },
  {
    what: 'connects to whatever it is told',
    finding: 'internal_address_reached',
    start: withParts((_parts, { unguardedFetch }) => ({ transport: createFetchTransport(unguardedFetch) })),
  },
  {
    what: 'looks where it connects to, and not where it is redirected to',
    finding: 'internal_address_reached',
    start: withTransport(() => async (request, next, { unguardedFetch }) => {
      const answer = await next(request);
      const location = answer.ok ? answer.value.headers.get('location') : null;
      if (location === null) return answer;
      return createFetchTransport(unguardedFetch)({ ...request, url: new URL(location, request.url).href });
    }),
  },
];
