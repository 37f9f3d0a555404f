import { formsOf, linksOf, type PageForm } from '../../support/form-browser.js';
import type { Surface } from './case.js';
import { type Draft, sendDraft, valuesOf } from './draft.js';

/**
 * An answer in a few words, as far as clients act on it: the class of its status, its error code, and what it is. Words
 * for people, and which 4xx it is, are left out.
 */
export type Answer = string;

/** Sends a request and reads the answer. */
export async function ask(origin: string, draft: Draft, surface: Surface): Promise<Answer> {
  const response = await sendDraft(origin, draft);
  if (surface === 'authorize') return readAuthorization(origin, draft, response);
  const text = await response.text();
  const body = parseObject(text);
  const error = body?.['error'];
  const family = `${Math.floor(response.status / 100)}xx`;
  if (typeof error === 'string') return `${family} ${error}`;
  if (response.status >= 400 || surface === 'method') return family;
  return [family, ...describeSuccess(surface, body)].join(' ');
}

function describeSuccess(surface: Surface, body: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  switch (surface) {
    case 'token': {
      const scope = String(body?.['scope'] ?? '')
        .split(' ')
        .sort()
        .join(' ');
      const kinds = [body?.['access_token'], body?.['refresh_token']].map((token) => typeof token === 'string');
      return [kinds[0] ? 'access' : 'no access', kinds[1] ? 'and refresh' : 'alone', `for ${scope || 'nothing'}`];
    }
    case 'introspect':
      return [body?.['active'] === true ? 'active' : `only ${Object.keys(body ?? {}).join(' ')}`];
    case 'register': {
      const grantTypes = body?.['grant_types'];
      const grants = Array.isArray(grantTypes) ? grantTypes.join('+') : 'no grants';
      return [String(body?.['token_endpoint_auth_method']), grants];
    }
    default:
      return [];
  }
}

/**
 * The authorization endpoint answers a person: by asking them (its own next page), by a page that ends there, by a page
 * that offers a way back to the client, or by sending the browser to the client. `state` has to come back as it was
 * sent, and `iss` has to be there (RFC 9207).
 */
async function readAuthorization(origin: string, draft: Draft, response: Response, hops = 0): Promise<Answer> {
  const html = await response.text();
  const target = response.headers.get('location');
  if (target === null) {
    const posted = formsOf({ kind: 'page', url: new URL(origin), status: response.status, html }).find(
      ({ action }) => action.origin !== origin,
    );
    if (posted !== undefined) return readRedirect(origin, draft, posted.action, posted);
    const family = `page ${Math.floor(response.status / 100)}xx`;
    const offered = linksOf(html).find((link) => URL.canParse(link) && new URL(link).searchParams.has('error'));
    return offered === undefined ? family : `offers ${readRedirect(origin, draft, new URL(offered))}`;
  }
  const location = new URL(target, origin);
  if (location.origin !== origin) return readRedirect(origin, draft, location);
  // Our form variant of the endpoint goes on as a GET of the endpoint itself.
  if (location.pathname !== draft.path || hops > 0) return 'asks';
  return readAuthorization(origin, draft, await fetch(location, { redirect: 'manual' }), hops + 1);
}

/** How an answer got to the client, where it was not in the query of a redirect. */
const WAYS = [' in the fragment', ' in a posted form'];

/** The answer without a word of how it gets to the client: by itself or by a link, in the query or elsewhere. */
export function contentOf(answer: Answer): Answer {
  return WAYS.reduce((text, way) => text.replace(way, ''), answer.replace(/^offers /, ''));
}

function readRedirect(origin: string, draft: Draft, location: URL, posted?: PageForm): string {
  const fields = posted?.controls.map(({ attributes }) => [attributes['name'] ?? '', attributes['value'] ?? '']);
  const isFragment = location.hash !== '';
  const answer = new URLSearchParams(fields ?? (isFragment ? location.hash.slice(1) : location.search));
  const [state] = valuesOf(draft, 'state');
  const way = posted !== undefined ? WAYS[1] : isFragment ? WAYS[0] : '';
  return [
    `redirect ${answer.get('error') ?? (answer.has('code') ? 'code' : 'with nothing')}${way}`,
    ...(typeof state === 'string' && state !== '' && answer.get('state') !== state ? ['without the state'] : []),
    ...(answer.get('iss') === origin ? [] : ['without iss']),
  ].join(' ');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
