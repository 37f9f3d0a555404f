import type { PageForm } from '@portcullis/ports';
import { CHALLENGE, encodeForm, FILES, type Form } from './fixtures.js';
import { readPage } from './test-pages.js';
import type { TestServer } from './test-server.js';

/** A good authorization request of the client `pub`. */
export const GOOD_REQUEST = {
  client_id: 'pub',
  redirect_uri: 'https://app.test/cb',
  response_type: 'code',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  resource: FILES,
  state: 'the state',
  scope: 'files:read files:write',
} as const satisfies Form;

/** Fields of a form, as the page that shows it has them. */
export interface ShownForm {
  readonly action: string;
  readonly fields: Form;
}

/** A browser as far as these pages need one: cookies, forms, redirects within the origin. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  readonly #test: TestServer;

  constructor(test: TestServer) {
    this.#test = test;
  }

  async get(path: string): Promise<Response> {
    return this.#keep(await this.#test.send(path, { headers: this.#headers() }));
  }

  async submit(form: ShownForm, headers: Record<string, string> = {}): Promise<Response> {
    return this.#keep(
      await this.#test.postForm(form.action, form.fields, {
        origin: new URL(this.#test.options.issuer).origin,
        'sec-fetch-site': 'same-origin',
        ...this.#headers(),
        ...headers,
      }),
    );
  }

  /** Opens the authorization endpoint and follows to the transaction's page. */
  async authorize(changes: Form = {}): Promise<Response> {
    const base = new URL(this.#test.options.issuer).pathname.replace(/\/$/, '');
    const response = await this.get(`${base}/authorize?${encodeForm({ ...GOOD_REQUEST, ...changes })}`);
    return this.follow(response);
  }

  /** Follows a redirect within the origin, and a page that goes on by itself. */
  async follow(response: Response): Promise<Response> {
    const location = response.headers.get('location');
    if (location !== null) return location.startsWith('/') ? this.get(location) : response;
    const { page, model } = await readPage(response.clone());
    return page === 'signedOut' && model.goesOn ? this.get(model.continuePath) : response;
  }

  async signIn(page: Response, username = 'alice', password = `${username}-password`): Promise<Response> {
    return this.follow(await this.submit(await signInForm(page, username, password)));
  }

  /** The consent page of a fresh request, signed in as `username`. */
  async reachConsent(changes: Form = {}, username = 'alice'): Promise<Response> {
    const page = await this.authorize(changes);
    const shown = await readPage(page.clone());
    return shown.page === 'signIn' ? this.signIn(page, username) : page;
  }

  /** Goes all the way; where the browser is sent in the end. */
  async approve(changes: Form = {}, username = 'alice'): Promise<URL> {
    const consent = await this.reachConsent(changes, username);
    return leavingLocation(await this.submit(await consentForm(consent)));
  }

  #headers(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return cookie === '' ? {} : { cookie };
  }

  #keep(response: Response): Response {
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split('; ');
      const [name = '', value = ''] = pair.split('=');
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}

export async function signInForm(page: Response, username: string, password: string): Promise<ShownForm> {
  return fieldsOf((await readPage(page)).model.form, { username, password });
}

/** The consent form as it is shown: every scope ticked, ready to approve. */
export async function consentForm(page: Response, changes: Form = {}): Promise<ShownForm> {
  const { form, scopes, allowedScopes } = (await readPage(page)).model;
  const names = (list: { name: string }[]) => list.map((scope) => scope.name);
  return {
    action: form.action,
    fields: {
      transaction: form.transaction,
      csrf_token: form.csrfToken,
      decision: 'approve',
      scope: names(scopes),
      kept: names(allowedScopes),
      ...changes,
    },
  };
}

/** The form beside it, by which somebody else signs in. */
export async function switchUserForm(page: Response): Promise<ShownForm> {
  const { switchUserForm } = (await readPage(page)).model;
  return fieldsOf(switchUserForm);
}

/** A form without fields of its own, as a model describes it. */
export function fieldsOf(form: PageForm, fields: Form = {}): ShownForm {
  return { action: form.action, fields: { transaction: form.transaction, csrf_token: form.csrfToken, ...fields } };
}

export async function leavingLocation(response: Response): Promise<URL> {
  const shown = await readPage(response);
  if (shown.page !== 'leaving') throw new Error(`not the leaving page but ${shown.page}`);
  return new URL(shown.model.location);
}
