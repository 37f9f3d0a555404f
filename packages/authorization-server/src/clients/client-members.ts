import type { Client } from '@portcullis/ports';

/** What each member of a client has to be for the rules to be held against it. The compiler holds the names against the type. */
const MEMBERS: Readonly<Record<keyof Client, { readonly words: string; readonly holds: (value: unknown) => boolean }>> =
  {
    tenantId: text(),
    clientId: text(),
    // Of the others there is a row in the store, or a document: a client of the options has neither.
    source: one('configured'),
    clientName: text(),
    redirectUris: { words: 'must be a list of texts, empty where no grant uses redirects', holds: isTexts },
    tokenEndpointAuthMethod: one('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'),
    clientSecretHash: optional({ words: 'must be the SHA-256 of the secret, in base64url', holds: isSha256 }),
    jwks: optional({ words: 'must be a JWK Set as JSON text', holds: isText }),
    jwksUri: optional(text()),
    grantTypes: { words: 'must be a list of texts', holds: isTexts },
    scopes: optional({ words: 'must be a list of texts', holds: isTexts }),
    applicationType: one('web', 'native'),
    clientUri: optional(text()),
    createdAtEpochSeconds: { words: 'must be a whole number of seconds, such as 0', holds: Number.isInteger },
    requirePushedAuthorizationRequests: optional(flag()),
    dpopBoundAccessTokens: optional(flag()),
    consentRequired: optional(flag()),
    tokenExchange: optional({
      words: 'must be {subjectResources, targetResources}, each a list of URLs',
      holds: isTokenExchange,
    }),
    registrationTokenHash: optional({ words: 'must be a SHA-256 in base64url', holds: isSha256 }),
    document: optional({ words: 'must be an object', holds: (value) => typeof value === 'object' && value !== null }),
  };

/**
 * Looks whether what an embedder gives as a configured client has the members of one, each of its kind: a host in JavaScript has no
 * compiler that would. Knows none of the rules that `checkClient` holds a client against, which needs all of this.
 *
 * @returns the first that is wrong, as the name of the member and what is the matter; never what was found there
 */
export function findWrongMember(client: Client): string | undefined {
  for (const name of Object.keys(client)) {
    if (!Object.hasOwn(MEMBERS, name)) return `${name}: a client has no such member`;
  }
  for (const [name, { words, holds }] of Object.entries(MEMBERS)) {
    const value = client[name as keyof Client];
    if (holds(value)) continue;
    if (value === '') return `${name}: is empty`;
    return `${name}: ${value === undefined ? `is missing, and ${words}` : words}`;
  }
  return undefined;
}

type Rule = (typeof MEMBERS)[keyof Client];

function text(): Rule {
  return { words: 'must be a text', holds: isText };
}

function flag(): Rule {
  return { words: 'must be true or false', holds: (value) => typeof value === 'boolean' };
}

function one(...names: readonly string[]): Rule {
  return {
    words: `must be ${names.length > 1 ? 'one of ' : ''}${names.join(', ')}`,
    holds: (value) => names.includes(value as string),
  };
}

function optional({ words, holds }: Rule): Rule {
  return { words, holds: (value) => value === undefined || holds(value) };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value);
}

function isTokenExchange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['subjectResources', 'targetResources'].every((name) => isTexts(Reflect.get(value, name)));
}
