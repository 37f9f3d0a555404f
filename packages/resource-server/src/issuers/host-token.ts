import type { JsonObject, JsonValue } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '../access-token.js';
import { freezeJson, frozenList } from '../frozen.js';

/**
 * Reads what a host's own verifier says of a token, where it may have been written without types. What it leaves out is
 * filled in: no permissions, no claims, and an issue time of 0, which every revocation mark is later than. Nothing is
 * copied yet, and what is no member of a verified token is left behind.
 *
 * @throws {TypeError} names the member that is not what it has to be; never its value
 */
export function readHostToken(told: VerifiedAccessToken): VerifiedAccessToken {
  return {
    tenantId: optional(told, 'tenantId', isText),
    issuer: required(told, 'issuer', isText),
    resource: required(told, 'resource', isText),
    subject: required(told, 'subject', isText),
    clientId: required(told, 'clientId', isText),
    scopes: required(told, 'scopes', areTexts),
    permissions: optional(told, 'permissions', areTexts) ?? [],
    groups: optional(told, 'groups', areTexts),
    accessTokenId: optional(told, 'accessTokenId', isText),
    grantId: optional(told, 'grantId', isText),
    proofKey: optional(told, 'proofKey', isText),
    keyId: optional(told, 'keyId', isText),
    issuedAtEpochSeconds: optional(told, 'issuedAtEpochSeconds', isNumber) ?? 0,
    expiresAtEpochSeconds: required(told, 'expiresAtEpochSeconds', isNumber),
    recipientProof: required(told, 'recipientProof', isRecipientProof),
    claims: optional(told, 'claims', isObject) ?? {},
  };
}

/** Whether two verified tokens say the same, member by member, whatever objects they are made of. */
export function isSameToken(one: VerifiedAccessToken, other: VerifiedAccessToken): boolean {
  return isSame(one, other);
}

/** A copy that is nobody else's, and that nobody can change. */
export function frozenToken(token: VerifiedAccessToken): VerifiedAccessToken {
  return Object.freeze({
    ...token,
    scopes: frozenList([...token.scopes]),
    permissions: frozenList([...token.permissions]),
    groups: token.groups === undefined ? undefined : frozenList([...token.groups]),
    claims: freezeJson(copyOf(token.claims) as JsonObject),
  });
}

type Member = keyof VerifiedAccessToken;

function required<Name extends Member>(
  told: VerifiedAccessToken,
  name: Name,
  isRight: (value: unknown) => boolean,
): VerifiedAccessToken[Name] {
  const value = told[name];
  if (isRight(value)) return value;
  throw new TypeError(`A verifier of the host's own found a token good and answered without a proper \`${name}\``);
}

function optional<Name extends Member>(
  told: VerifiedAccessToken,
  name: Name,
  isRight: (value: unknown) => boolean,
): VerifiedAccessToken[Name] | undefined {
  return told[name] === undefined || told[name] === null ? undefined : required(told, name, isRight);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecipientProof(value: unknown): boolean {
  return value === 'audience' || value === 'resource_scopes';
}

/** Objects and lists are compared by what is in them, all else as it is. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(memberOf(one, name), memberOf(other, name)))
  );
}

function memberOf(value: object, name: string): unknown {
  return (value as Record<string, unknown>)[name];
}

function copyOf(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member as JsonValue)]));
}
