/** One control of a form, as its tag says. */
interface Control {
  readonly tag: 'input' | 'button';
  readonly attributes: Readonly<Record<string, string>>;
  /** What a person reads on a button. */
  readonly label: string;
}

/** A form of a page, ready to be filled in and sent. */
export interface PageForm {
  readonly method: 'get' | 'post';
  readonly action: URL;
  readonly controls: readonly Control[];
}

/** Where a visit ended: at a page of the site, or on its way to another one. */
export type Visit =
  | { readonly kind: 'page'; readonly url: URL; readonly status: number; readonly html: string }
  | { readonly kind: 'left'; readonly location: URL };

/** Who signs in, and what they decide. */
export interface FormPerson {
  readonly username: string;
  readonly password: string;
}

const MAX_STEPS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * A browser as far as plain forms need one: cookies, redirects, meta refresh, forms. It stays at the site it was sent to
 * and says where it would have gone; it runs no scripts and opens nothing else.
 */
export class FormBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** What it sends as `Cookie` now; empty where it has none. */
  get cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Opens an address and follows redirects within the site. */
  async open(url: string | URL): Promise<Visit> {
    return this.#follow(new URL(url, this.#origin), { method: 'GET' });
  }

  /** Fills in text fields by name and presses the button with this label, or the only visible one. */
  async submit(visit: Visit, form: PageForm, typed: Readonly<Record<string, string>>, label?: RegExp): Promise<Visit> {
    if (visit.kind !== 'page') throw new Error('There is no page to send a form from');
    const fields = new URLSearchParams();
    for (const { tag, attributes } of form.controls) {
      const { name, type = 'text', value } = attributes;
      if (tag === 'button' || name === undefined) continue;
      if ((type === 'checkbox' || type === 'radio') && !('checked' in attributes)) continue;
      fields.append(name, typed[name] ?? value ?? '');
    }
    const button = buttonOf(form, label);
    if (button?.attributes['name'] !== undefined) {
      fields.append(button.attributes['name'], button.attributes['value'] ?? '');
    }
    if (form.method === 'get') {
      const url = new URL(form.action);
      url.search = fields.toString();
      return this.#follow(url, { method: 'GET' });
    }
    return this.#follow(form.action, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: visit.url.origin },
      body: fields.toString(),
    });
  }

  async #follow(start: URL, init: RequestInit): Promise<Visit> {
    let url = start;
    let next = init;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      if (url.origin !== this.#origin) return { kind: 'left', location: url };
      const response = await fetch(url, { ...next, redirect: 'manual', headers: this.#headers(next) });
      this.#keep(response);
      const html = await response.text();
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : refreshOf(html);
      if (location === null || location === undefined) return { kind: 'page', url, status: response.status, html };
      url = new URL(location, url);
      next = { method: 'GET' };
    }
    throw new Error(`The browser was sent on more than ${MAX_STEPS} times from ${start}`);
  }

  #headers(init: RequestInit): Headers {
    const headers = new Headers(init.headers);
    if (this.cookieHeader !== '') headers.set('cookie', this.cookieHeader);
    return headers;
  }

  /** Paths are not told apart: the servers under test set their cookies for what they will be asked next. */
  #keep(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /;\s*max-age=0(?:;|$)/i.test(cookie)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

/** The forms of a page that can be sent: those for dialogs are not. */
export function formsOf(visit: Visit): readonly PageForm[] {
  if (visit.kind !== 'page') return [];
  return [...visit.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, tag = '', body = '']) => {
    const attributes = attributesOf(tag);
    return {
      method: attributes['method']?.toLowerCase() === 'post' ? 'post' : 'get',
      action: new URL(attributes['action'] ?? '', visit.url),
      controls: [...body.matchAll(/<(input|button)\b([^>]*)>(?:([^<]*)<\/button>)?/gi)].map(
        ([, name = '', controlTag = '', label = '']) => ({
          tag: name.toLowerCase() === 'button' ? 'button' : 'input',
          attributes: attributesOf(controlTag),
          label: unescapeHtml(label).trim(),
        }),
      ),
    };
  });
}

/** Where the links of a page lead, as they are written. */
export function linksOf(html: string): readonly string[] {
  return [...html.matchAll(/<a\b([^>]*)>/gi)].flatMap(([, tag = '']) => attributesOf(tag)['href'] ?? []);
}

/**
 * Opens an authorization URL as a person would: signs in where a password is asked for, presses the button that
 * `decision` matches, and answers where the browser is sent in the end.
 *
 * @throws where a page has neither, with its status and text
 */
export async function authorizeByForms(
  browser: FormBrowser,
  url: string | URL,
  person: FormPerson,
  decision: RegExp = /^(approve|allow|continue)/i,
): Promise<URL> {
  let visit = await browser.open(url);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (visit.kind === 'left') return visit.location;
    const forms = formsOf(visit);
    const signIn = forms.find(({ controls }) => controls.some(({ attributes }) => attributes['type'] === 'password'));
    const choice = forms.find((form) => buttonOf(form, decision) !== undefined);
    if (signIn !== undefined) visit = await browser.submit(visit, signIn, credentialsFor(signIn, person));
    else if (choice !== undefined) visit = await browser.submit(visit, choice, {}, decision);
    else throw new Error(`Nothing to press at ${visit.url}, status ${visit.status}: ${textOf(visit.html)}`);
  }
  throw new Error(`No end after ${MAX_STEPS} pages from ${url}`);
}

/** Whatever the fields are called: the password goes where a password is asked for, the name into the text beside it. */
function credentialsFor(form: PageForm, person: FormPerson): Record<string, string> {
  const typed: Record<string, string> = {};
  for (const { attributes } of form.controls) {
    const { name, type = 'text' } = attributes;
    if (name === undefined) continue;
    if (type === 'password') typed[name] = person.password;
    if (type === 'text' || type === 'email') typed[name] = person.username;
  }
  return typed;
}

function buttonOf(form: PageForm, label: RegExp | undefined): Control | undefined {
  const buttons = form.controls.filter(({ tag, attributes }) => tag === 'button' && !('hidden' in attributes));
  return label === undefined ? buttons[0] : buttons.find((button) => label.test(button.label));
}

function refreshOf(html: string): string | undefined {
  const meta = [...html.matchAll(/<meta\b([^>]*)>/gi)]
    .map(([, tag = '']) => attributesOf(tag))
    .find((attributes) => attributes['http-equiv']?.toLowerCase() === 'refresh');
  return /^\s*\d+\s*;\s*url=(.*)$/i.exec(meta?.['content'] ?? '')?.[1];
}

function attributesOf(tag: string): Record<string, string> {
  return Object.fromEntries(
    [...tag.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)].map(
      ([, name = '', double, single, bare]) => [name.toLowerCase(), unescapeHtml(double ?? single ?? bare ?? '')],
    ),
  );
}

function textOf(html: string): string {
  return unescapeHtml(html.replace(/<style[\s\S]*?<\/style>/gi, ' ').replace(/<[^>]+>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' };

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name] ?? whole;
  });
}
