import { type AccountNotice, base64Url, fromBase64Url, type Platform, randomSecret } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import type { Settings } from '../settings.js';

/** What a browser sent of our own cookies. */
export interface PresentedCookies {
  /**
   * What ties this browser to the transactions it began, and to the forms it was shown. Mostly one; several where it
   * opened several pages at once when it had none. All are equally its own, in no order that counts.
   */
  readonly browsers: readonly string[];
  /** The sign-in session. */
  readonly session: string | undefined;
}

/** One of the secrets of a browser, for what begins there now. */
export interface BrowserIdentity {
  readonly browser: string;
  /** The `Set-Cookie` value that gives it to the browser; empty where the browser has it already. */
  readonly setCookies: readonly string[];
}

/** What the account page is to tell once, and of which client. Names only what is looked up. */
export interface PresentedNotice {
  readonly notice: AccountNotice;
  readonly clientId: string;
}

/** A cookie as it was sent, unchecked. */
export interface SentCookie {
  readonly name: string;
  readonly value: string;
}

/** The cookies, read and written. All values but the notice are secrets; stores keep hashes. */
export interface BrowserCookies {
  read(headers: Headers): PresentedCookies;
  /** A secret the browser sent, or a fresh one for a browser that sent none. */
  identify(headers: Headers): BrowserIdentity;
  /** What the account page is to tell once. */
  readNotice(headers: Headers): PresentedNotice | undefined;
  newSessionSecret(): string;
  /** `Set-Cookie` values. */
  setSession(secret: string): string;
  clearSession(): string;
  /** What makes this browser one that has signed in as a user before, unchecked. */
  readKnownBrowser(headers: Headers, username: string): string | undefined;
  /** Those of the other users, of this place and tenant. */
  listKnownBrowsersOfOthers(headers: Headers, username: string): readonly SentCookie[];
  setKnownBrowser(username: string, value: string, maxAgeSeconds: number): string;
  /** @param name - of one that {@link listKnownBrowsersOfOthers} found */
  clearKnownBrowser(name: string): string;
  setNotice(presented: PresentedNotice): string;
  clearNotice(): string;
}

/** Long enough for the redirect that follows. */
const NOTICE_SECONDS = 60;

const NOTICES: readonly AccountNotice[] = ['disconnected', 'nothing_to_disconnect'];

const BROWSER_SECRET = /^pcb_[A-Za-z0-9_-]{43}$/;
const SESSION_SECRET = /^pcl_[A-Za-z0-9_-]{43}$/;

/** How much of the hash of a browser's secret its cookie is named by: 66 bits, too many for two of one browser to meet. */
const NAME_LENGTH = 11;
const HASH_PART = /^[A-Za-z0-9_-]{11}$/;

/**
 * Cookies follow the public URL: under https they carry the prefix `__Host-` and `Secure`; on plain loopback, where
 * that prefix is not to be had with every client, neither, but the port, because cookies do not keep ports apart. All
 * are `HttpOnly` and `SameSite=Lax`, for the whole path; tenants other than the default add their name, since they
 * share an origin.
 *
 * A browser's cookie is also named by a part of the hash of its value, and a browser that sends one gets no other. So
 * nothing ever overwrites one that a transaction or a form is bound to: where a client opens several pages at once in a
 * browser that has none yet, every answer brings its own and all of them stay good. There are never more than such first
 * requests were under way at one time, and they end with the browser.
 */
export function createBrowserCookies(
  settings: Settings,
  { random, hash }: Pick<Platform, 'random' | 'hash'>,
): BrowserCookies {
  const { issuerUrl, tenantId, lifetimes } = settings;
  const isSecure = issuerUrl.protocol === 'https:';
  const prefix = isSecure ? '__Host-' : '';
  const place = isSecure ? '' : `-${issuerUrl.port === '' ? '80' : issuerUrl.port}`;
  const tenant = tenantId === DEFAULT_TENANT ? '' : `-${tenantId}`;
  const browserName = (secret: string): string =>
    `${prefix}portcullis-browser${place}${tenant}-${hash(secret).slice(0, NAME_LENGTH)}`;
  const sessionName = `${prefix}portcullis-session${place}${tenant}`;
  // One for each user, and no name of a user in it.
  const knownPrefix = `${prefix}portcullis-known${place}${tenant}-`;
  const knownName = (username: string): string => knownPrefix + hash(username).slice(0, NAME_LENGTH);
  // By the length too: what follows the prefix may also be the name of a tenant and what belongs to that.
  const isKnownName = (name: string): boolean =>
    name.startsWith(knownPrefix) && HASH_PART.test(name.slice(knownPrefix.length));
  const noticeName = `${prefix}portcullis-notice${place}${tenant}`;
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;

  /** One that stands under the name of another is none of ours, so two of one name are at most one. */
  const readBrowsers = (cookie: string): readonly string[] => {
    const secrets = readPairs(cookie)
      .filter(({ name, value }) => BROWSER_SECRET.test(value) && name === browserName(value))
      .map(({ value }) => value);
    return [...new Set(secrets)];
  };

  return {
    read(headers) {
      const cookie = headers.get('cookie') ?? '';
      const session = readCookie(cookie, sessionName);
      return {
        browsers: readBrowsers(cookie),
        session: session !== undefined && SESSION_SECRET.test(session) ? session : undefined,
      };
    },
    identify(headers) {
      const [known] = readBrowsers(headers.get('cookie') ?? '');
      if (known !== undefined) return { browser: known, setCookies: [] };
      const browser = randomSecret(random, 'pcb_');
      return { browser, setCookies: [`${browserName(browser)}=${browser}; ${attributes}`] };
    },
    readNotice(headers) {
      const value = readCookie(headers.get('cookie') ?? '', noticeName);
      return value === undefined ? undefined : parseNotice(value);
    },
    newSessionSecret: () => randomSecret(random, 'pcl_'),
    setSession: (secret) => `${sessionName}=${secret}; ${attributes}; Max-Age=${lifetimes.sessionAbsoluteSeconds}`,
    clearSession: () => `${sessionName}=; ${attributes}; Max-Age=0`,
    readKnownBrowser: (headers, username) => readCookie(headers.get('cookie') ?? '', knownName(username)),
    listKnownBrowsersOfOthers: (headers, username) => {
      const own = knownName(username);
      return readPairs(headers.get('cookie') ?? '').filter(({ name }) => name !== own && isKnownName(name));
    },
    setKnownBrowser: (username, value, maxAgeSeconds) =>
      `${knownName(username)}=${value}; ${attributes}; Max-Age=${maxAgeSeconds}`,
    clearKnownBrowser: (name) => `${name}=; ${attributes}; Max-Age=0`,
    setNotice: ({ notice, clientId }) =>
      `${noticeName}=${notice}.${base64Url(new TextEncoder().encode(clientId))}; ${attributes}; Max-Age=${NOTICE_SECONDS}`,
    clearNotice: () => `${noticeName}=; ${attributes}; Max-Age=0`,
  };
}

function parseNotice(value: string): PresentedNotice | undefined {
  const [name, encoded = '', ...rest] = value.split('.');
  const notice = NOTICES.find((one) => one === name);
  const clientId = fromBase64Url(encoded);
  return notice === undefined || clientId === undefined || rest.length > 0
    ? undefined
    : { notice, clientId: new TextDecoder().decode(clientId) };
}

/** The value of the one cookie of exactly this name. Two of one name are none: somebody planted one of them. */
function readCookie(header: string, name: string): string | undefined {
  const [only, second] = readPairs(header).filter((pair) => pair.name === name);
  return second === undefined ? only?.value : undefined;
}

/** Only the blanks RFC 6265 §4.2.1 knows are taken off, because `trim` would also take off what makes a name another
 * one. */
function readPairs(header: string): readonly SentCookie[] {
  return header.split(';').flatMap((part) => {
    const pair = part.replace(/^[ \t]+|[ \t]+$/g, '');
    const end = pair.indexOf('=');
    return end < 0 ? [] : [{ name: pair.slice(0, end), value: pair.slice(end + 1) }];
  });
}
