import { fail, type Result, succeed } from '../result.js';

/** A client id and a secret, as they were presented. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses an `Authorization: Basic` value of a client (OAuth 2.1 §2.4.1): base64 of `id:secret`, both of them form
 * encoded first. An empty id or secret is none. Does not know whether the client exists.
 */
export function parseBasicCredentials(authorization: string): Result<ClientCredentials, 'basic_malformed'> {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return fail('basic_malformed');
  try {
    const text = utf8.decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
    const colon = text.indexOf(':');
    const clientId = decodeFormText(text.slice(0, Math.max(colon, 0)));
    const clientSecret = decodeFormText(text.slice(colon + 1));
    return colon < 0 || clientId === '' || clientSecret === ''
      ? fail('basic_malformed')
      : succeed({ clientId, clientSecret });
  } catch {
    // Bad base64, bytes that are no UTF-8, or a broken percent escape.
    return fail('basic_malformed');
  }
}

/** Whether an `Authorization` value is of the Basic scheme, well formed or not. */
export function isBasicAuthorization(authorization: string): boolean {
  return /^basic(?: |$)/i.test(authorization);
}

function decodeFormText(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
