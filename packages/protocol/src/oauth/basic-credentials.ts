import { fail, type Result, succeed } from '../result.js';

/** A client id and a secret, as they were presented. */
export interface ClientCredentials {
  /** Decoded as OAuth asks where it was encoded, and otherwise as sent; see {@link parseBasicCredentials}. */
  readonly clientId: string;
  /** The secret, decoded as OAuth asks. */
  readonly clientSecret: string | undefined;
  /**
   * The secret as it stands in the header. RFC 6749 §2.3.1 wants it form encoded first, and many clients in the field,
   * the official MCP SDK v1 among them, send it as it is: a secret with `+` or `%` would never match for them.
   */
  readonly clientSecretAsSent: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses an `Authorization: Basic` value of a client (OAuth 2.1 §2.4.1): base64 of `id:secret`, both of them form
 * encoded first. An empty id or secret is none. Does not know whether the client exists.
 *
 * An id that was not encoded, as many clients send it, is told from one that was by what ids are made of, printable ASCII
 * without a space: a `+` is itself, and an escape that is broken or stands for anything else is the text as it is. So one id
 * comes of one header, and no second look-up tells how many there are. Two kinds of id have to be encoded: one with a colon
 * (RFC 7617 §2), and one that has the form of an escape in it, such as `100%25`.
 */
export function parseBasicCredentials(authorization: string): Result<ClientCredentials, 'basic_malformed'> {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  const text = encoded === undefined ? undefined : decodeBase64Text(encoded);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 0) return fail('basic_malformed');
  const clientId = readClientId(text.slice(0, colon));
  const clientSecretAsSent = text.slice(colon + 1);
  if (clientId === '' || clientSecretAsSent === '') return fail('basic_malformed');
  return succeed({ clientId, clientSecret: decodeFormText(clientSecretAsSent), clientSecretAsSent });
}

/** Whether an `Authorization` value is of the Basic scheme, well formed or not. */
export function isBasicAuthorization(authorization: string): boolean {
  return /^basic(?: |$)/i.test(authorization);
}

function readClientId(asSent: string): string {
  const decoded = decodeFormText(asSent.replaceAll('+', '%2B'));
  return decoded !== undefined && /^[\x21-\x7e]+$/.test(decoded) ? decoded : asSent;
}

/** Undefined for bad base64 and for bytes that are no UTF-8. */
function decodeBase64Text(encoded: string): string | undefined {
  try {
    const binary = atob(encoded);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined for a broken percent escape. */
function decodeFormText(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
