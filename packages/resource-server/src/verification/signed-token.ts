import { fail, type JsonObject, parseStrictJson, type Result, succeed } from '@portcullis/protocol';
import { LRUCache } from 'lru-cache';
import type { AccessTokenFailure } from '../access-token.js';
import type { TokenHeader, TokenRules } from '../issuers/trusted-issuer.js';

/**
 * Longest token that is looked at, in characters. Entra ID puts up to 200 groups into a token, which with roles comes to
 * 13 KiB; beyond 16 KiB no server takes the header that carries it, unless it was told to.
 */
export const MAX_TOKEN_LENGTH = 16 * 1024;

const MAX_KEY_ID_LENGTH = 256;

/** Nobody's claims need more; each costs a comparison of names. */
const BOUNDS = { maxDepth: 16, maxMembers: 2000, maxElements: 8000 } as const;

/** Members by which a header brings a key, or says where one lies (RFC 7515 §4.1.2, §4.1.3, §4.1.5, §4.1.6). */
const KEY_MEMBERS = ['jku', 'jwk', 'x5u', 'x5c'] as const;

/** b64token of RFC 6750 §2.1: what any access token consists of. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
const SEGMENT = /^[A-Za-z0-9_-]+$/;

/** A JWT as it was read. Nothing in it is proven. */
export interface SignedToken {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** What a text is that is presented as an access token. */
export type TokenText =
  | { readonly kind: 'signed'; readonly token: SignedToken }
  /** Could be an access token, and says nothing to anybody but its issuer. */
  | { readonly kind: 'opaque' }
  | { readonly kind: 'refused'; readonly failure: AccessTokenFailure };

/**
 * Reads a text as an access token: a JWT in its compact form (RFC 7515 §7.1), or opaque. Header and claims are parsed here
 * and nowhere else, so that what is verified and what is believed are one reading; JSON that two parsers could read
 * differently makes the token malformed. What is encrypted (RFC 7516 §7.1) is not looked into.
 */
export function readTokenText(accessToken: string): TokenText {
  if (accessToken.length > MAX_TOKEN_LENGTH) return refused({ reason: 'too_long' });
  const segments = accessToken.split('.', 6);
  const [header = '', payload = '', signature = ''] = segments;
  const couldBeJose = segments.length === 3 || segments.length === 5;
  const read = couldBeJose ? readHeader(header) : NO_HEADER;
  if (!read.isJson) return TOKEN.test(accessToken) ? { kind: 'opaque' } : refused({ reason: 'malformed' });
  if (segments.length === 5) return refused({ reason: 'encrypted' });
  const { members } = read;
  const claims = parseObject(decode(payload));
  const signatureBytes = signature === '' ? new Uint8Array() : decodeBytes(signature);
  return members === undefined || claims === undefined || signatureBytes === undefined
    ? refused({ reason: 'malformed' })
    : { kind: 'signed', token: { header: members, claims, signature: signatureBytes } };
}

/**
 * Holds a header against the rules of an issuer (RFC 8725 §3.1, §3.10, §3.11; RFC 9068 §4). A header that brings a key, or
 * says where one lies, is refused, though it would not be followed: nobody honest sends one.
 */
export function checkTokenHeader(members: JsonObject, rules: TokenRules): Result<TokenHeader, AccessTokenFailure> {
  const { alg, kid } = members;
  const wrongType = checkTokenType(members, rules);
  if (wrongType !== undefined) return fail(wrongType);
  if (members['crit'] !== undefined || members['b64'] !== undefined) return fail({ reason: 'critical_header' });
  if (KEY_MEMBERS.some((member) => members[member] !== undefined)) return fail({ reason: 'key_in_header' });
  if (typeof alg !== 'string' || !rules.algorithms.includes(alg)) return fail({ reason: 'algorithm_not_allowed' });
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID_LENGTH) return fail({ reason: 'unknown_key' });
  const header: TokenHeader = { algorithm: alg, keyId: kid, type: typeOf(members), members };
  const failure = checkByRules(header, rules);
  return failure === undefined ? succeed(header) : fail(failure);
}

/** Holds `typ` of a header against the types that rules allow (RFC 8725 §3.11): the type of one that says none is undefined. */
export function checkTokenType(
  members: JsonObject,
  { types }: Pick<TokenRules, 'types'>,
): AccessTokenFailure | undefined {
  const isText = members['typ'] === undefined || typeof members['typ'] === 'string';
  return isText && types.includes(typeOf(members)) ? undefined : { reason: 'wrong_type' };
}

function typeOf({ typ }: JsonObject): string | undefined {
  return typeof typ === 'string' ? typ.toLowerCase() : undefined;
}

/** A header that rules cannot cope with makes the token malformed. */
function checkByRules(header: TokenHeader, rules: TokenRules): AccessTokenFailure | undefined {
  try {
    return rules.checkHeader?.(header);
  } catch {
    return { reason: 'malformed' };
  }
}

function refused(failure: AccessTokenFailure): TokenText {
  return { kind: 'refused', failure };
}

/** A first segment, read. */
interface ReadHeader {
  /** Whether it means to be a JSON object: then the token is no opaque one. */
  readonly isJson: boolean;
  readonly members: JsonObject | undefined;
}

const NO_HEADER: ReadHeader = { isJson: false, members: undefined };

/** Headers that were read of late: the tokens of one key have one header, and reading it is a fifth of the way to the key. */
const headers = new LRUCache<string, ReadHeader>({ max: 64 });
const MAX_REMEMBERED_LENGTH = 512;

function readHeader(segment: string): ReadHeader {
  const known = headers.get(segment);
  if (known !== undefined) return known;
  const text = decode(segment);
  const read = text?.trimStart().startsWith('{') === true ? { isJson: true, members: parseObject(text) } : NO_HEADER;
  if (segment.length <= MAX_REMEMBERED_LENGTH) headers.set(segment, read);
  return read;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a segment; undefined where it is no base64url of UTF-8. */
function decode(segment: string): string | undefined {
  const binary = decodeBinary(segment);
  // Mostly all of it is ASCII, and then it is the text.
  if (binary === undefined || /^[\x20-\x7e]*$/.test(binary)) return binary;
  try {
    return utf8.decode(toBytes(binary));
  } catch {
    return undefined;
  }
}

function decodeBytes(segment: string): Uint8Array<ArrayBuffer> | undefined {
  const binary = decodeBinary(segment);
  return binary === undefined ? undefined : toBytes(binary);
}

/** One character for each byte; undefined where it is no base64url. */
function decodeBinary(segment: string): string | undefined {
  if (!SEGMENT.test(segment)) return undefined;
  try {
    return atob(segment.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}

function toBytes(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function parseObject(text: string | undefined): JsonObject | undefined {
  const parsed = text === undefined ? undefined : parseStrictJson(text, BOUNDS);
  if (parsed?.ok !== true) return undefined;
  const { value } = parsed.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
