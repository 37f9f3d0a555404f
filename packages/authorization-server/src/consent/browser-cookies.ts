import { type AccountNotice, base64Url, fromBase64Url, type Random, randomSecret } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import type { Settings } from '../settings.js';

/** What a browser sent of our own cookies. */
export interface PresentedCookies {
  /** Ties a browser to the transactions it began. */
  readonly browser: string | undefined;
  /** The sign-in session. */
  readonly session: string | undefined;
}

/** What the account page is to tell once, and of which client. Names only what is looked up. */
export interface PresentedNotice {
  readonly notice: AccountNotice;
  readonly clientId: string;
}

/** The cookies, read and written. The values of the first two are secrets; stores keep hashes. */
export interface BrowserCookies {
  read(headers: Headers): PresentedCookies;
  /** What the account page is to tell once. */
  readNotice(headers: Headers): PresentedNotice | undefined;
  newBrowserSecret(): string;
  newSessionSecret(): string;
  /** `Set-Cookie` values. */
  setBrowser(secret: string): string;
  setSession(secret: string): string;
  clearSession(): string;
  setNotice(presented: PresentedNotice): string;
  clearNotice(): string;
}

/** Long enough for the redirect that follows. */
const NOTICE_SECONDS = 60;

const NOTICES: readonly AccountNotice[] = ['disconnected', 'nothing_to_disconnect'];

const SECRET = /^pc[bl]_[A-Za-z0-9_-]{43}$/;

/**
 * Cookies follow the public URL: under https they carry the prefix `__Host-` and `Secure`; on plain loopback, where
 * that prefix is not to be had with every client, neither, but the port, because cookies do not keep ports apart. All
 * are `HttpOnly` and `SameSite=Lax`, for the whole path; tenants other than the default add their name, since they
 * share an origin.
 */
export function createBrowserCookies(settings: Settings, random: Random): BrowserCookies {
  const { issuerUrl, tenantId, lifetimes } = settings;
  const isSecure = issuerUrl.protocol === 'https:';
  const prefix = isSecure ? '__Host-' : '';
  const place = isSecure ? '' : `-${issuerUrl.port === '' ? '80' : issuerUrl.port}`;
  const tenant = tenantId === DEFAULT_TENANT ? '' : `-${tenantId}`;
  const browserName = `${prefix}portcullis-browser${place}${tenant}`;
  const sessionName = `${prefix}portcullis-session${place}${tenant}`;
  const noticeName = `${prefix}portcullis-notice${place}${tenant}`;
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;

  return {
    read(headers) {
      const cookie = headers.get('cookie') ?? '';
      return { browser: readSecret(cookie, browserName), session: readSecret(cookie, sessionName) };
    },
    readNotice(headers) {
      const value = readCookie(headers.get('cookie') ?? '', noticeName);
      return value === undefined ? undefined : parseNotice(value);
    },
    newBrowserSecret: () => randomSecret(random, 'pcb_'),
    newSessionSecret: () => randomSecret(random, 'pcl_'),
    setBrowser: (secret) => `${browserName}=${secret}; ${attributes}`,
    setSession: (secret) => `${sessionName}=${secret}; ${attributes}; Max-Age=${lifetimes.sessionAbsoluteSeconds}`,
    clearSession: () => `${sessionName}=; ${attributes}; Max-Age=0`,
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

function readSecret(header: string, name: string): string | undefined {
  const value = readCookie(header, name);
  return value !== undefined && SECRET.test(value) ? value : undefined;
}

/**
 * The value of the one cookie of exactly this name. Two of one name are none: somebody planted one of them. Only the
 * blanks RFC 6265 §4.2.1 knows are taken off, because `trim` would also take off what makes a name another one.
 */
function readCookie(header: string, name: string): string | undefined {
  const values = header
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
