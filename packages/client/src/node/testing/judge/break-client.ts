import { fail } from '@portcullis/protocol';
import { createFetchTransport } from '../../../http/fetch-transport.js';
import type { Transport, TransportRequest, TransportResult } from '../../../http/transport.js';
import type { OAuthSession } from '../../../session/session.js';
import type { SignIn } from '../../../sign-in/sign-in.js';
import type { Finding } from './findings.js';
import { assemble, type ClientFactory, type ClientParts, type ClientSeams } from './judged-client.js';

/** A client with one thing wrong, made from the one that is shipped, and what a judge has to find of it. */
export interface BrokenClient {
  readonly what: string;
  readonly finding: Finding;
  readonly start: ClientFactory;
}

/**
 * Parts with which there is nothing to find either, and quicker than those of the shipped client: a store in memory,
 * connections that are used again, and no port to come back to.
 */
export function soundParts(seams: ClientSeams): ClientParts {
  const transport = createFetchTransport(seams.unguardedFetch);
  return {
    transport: async (request) =>
      new URL(request.url).hostname === '127.0.0.1' ? transport(request) : fail('address_refused'),
    signIn: seams.callback,
    store: seams.memory,
    fetch: globalThis.fetch,
  };
}

/** The shipped client with other parts. */
export function withParts(change: (parts: ClientParts, seams: ClientSeams) => Partial<ClientParts>): ClientFactory {
  return (seams) => {
    const parts = soundParts(seams);
    return assemble(seams, { ...parts, ...change(parts, seams) });
  };
}

/** What stands between a client and the authorization servers. */
export type Meddler = (request: TransportRequest, next: Transport, seams: ClientSeams) => Promise<TransportResult>;

/** The shipped client behind a meddler, made anew for each start. */
export function withTransport(createMeddler: () => Meddler): ClientFactory {
  return withParts(({ transport }, seams) => {
    const meddler = createMeddler();
    return { transport: (request) => meddler(request, transport, seams) };
  });
}

/** The shipped client whose forms to a token or revocation endpoint are edited on the way. */
export function withForm(edit: (form: URLSearchParams, seams: ClientSeams) => void | Promise<void>): ClientFactory {
  return withTransport(() => async (request, next, seams) => {
    if (!isForm(request)) return next(request);
    const form = new URLSearchParams(request.body);
    await edit(form, seams);
    return next({ ...request, body: form.toString() });
  });
}

/** Whether it is a request to a token or revocation endpoint. */
export function isForm({ method, headers }: TransportRequest): boolean {
  return method === 'POST' && headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}

/** The shipped client whose answers are edited where they are JSON objects. */
export function withAnswer(edit: (json: Record<string, unknown>, request: TransportRequest) => void): ClientFactory {
  return withTransport(() => async (request, next) => {
    const answer = await next(request);
    if (!answer.ok || answer.value.status !== 200) return answer;
    const json = JSON.parse(new TextDecoder().decode(answer.value.body) || '{}') as Record<string, unknown>;
    edit(json, request);
    return { ok: true, value: { ...answer.value, body: new TextEncoder().encode(JSON.stringify(json)) } };
  });
}

/** What is changed on the way between a client and the browser. */
export interface SignInEdit {
  /** The address that the person is led to. */
  address?(url: URL): void;
  /** What comes back. `asked` is the address as the client made it. */
  response?(parameters: URLSearchParams, asked: URL): void;
}

/** The sign-in of a part, edited. */
export function editSignIn(signIn: SignIn, { address, response }: SignInEdit): SignIn {
  return {
    async begin(known) {
      const turn = await signIn.begin(known);
      return {
        redirectUri: turn.redirectUri,
        run(asked, receive) {
          const url = new URL(asked);
          address?.(url);
          return turn.run(url, (parameters) => {
            response?.(parameters, asked);
            return receive(parameters);
          });
        },
        end: () => turn.end(),
      };
    },
  };
}

/** The shipped client with an edited sign-in. */
export function withSignIn(createEdit: () => SignInEdit): ClientFactory {
  return withParts(({ signIn }) => ({ signIn: editSignIn(signIn, createEdit()) }));
}

/** A session in whose place another one works for whoever comes while somebody waits for it. */
export function apart(session: OAuthSession, open: () => OAuthSession): OAuthSession {
  let underWay = 0;
  async function work<Value>(act: (session: OAuthSession) => Promise<Value>): Promise<Value> {
    const one = underWay === 0 ? session : open();
    underWay += 1;
    try {
      return await act(one);
    } finally {
      underWay -= 1;
    }
  }
  return {
    ...session,
    current: () => work((one) => one.current()),
    replace: (...parameters) => work((one) => one.replace(...parameters)),
  };
}
