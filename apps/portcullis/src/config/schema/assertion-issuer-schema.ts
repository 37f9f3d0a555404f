import { checkScopeName } from '@portcullis/authorization-server/rules';
import { CLIENT_ASSERTION_ALGORITHMS, isLoopbackHost, parseUrl } from '@portcullis/protocol';
import { z } from 'zod';
import { NAME_PATTERN } from '../../routing/reserved-segments.js';
import { checkedText, strictObject } from './building-blocks.js';
import { publicKeysSchema } from './public-keys-schema.js';

const KINDS = ['identity_provider', 'workload'] as const;

/** What is wrong with an address of an issuer, or undefined. Plain http is for issuers on this computer. */
function checkAddress(text: string): string | undefined {
  const url = parseUrl(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (url === undefined || !isSafe || url.hash !== '')
    return 'must be an https URL without fragment, or http to localhost, 127.0.0.1 or [::1]';
  return url.username === '' && url.password === '' ? undefined : 'must not carry a user name or password';
}

function checkIssuer(text: string): string | undefined {
  return checkAddress(text) ?? (text.includes('?') ? 'must not have a query (RFC 8414 §2)' : undefined);
}

function checkName(text: string): string | undefined {
  return NAME_PATTERN.test(text)
    ? undefined
    : 'has 1 to 63 characters of a-z, 0-9 and -, and starts with a letter or a digit';
}

function checkResource(text: string): string | undefined {
  const url = parseUrl(text);
  return url === undefined || url.hash !== '' ? 'must be the absolute URL of a resource, without fragment' : undefined;
}

/** Resources by their identifiers (RFC 8707 §2), at least one. */
export const resourceList = z
  .array(checkedText('Resource identifier, such as https://gate.example.com/mcp.', checkResource))
  .min(1);

const base = {
  issuer: z.string().min(1).describe('`iss` of its assertions, character for character.'),
  jwksUri: checkedText('Where its keys are. Default: as its metadata says.', checkAddress).optional(),
  jwks: publicKeysSchema.optional().describe('Its keys, here or in a file, where they are at no address.'),
  jwksFile: z.string().min(1).optional().describe('The same as jwks: { file: … }.'),
  algorithms: z
    .array(z.enum(CLIENT_ASSERTION_ALGORITHMS))
    .min(1)
    .optional()
    .describe('Algorithms of its signatures. Default: ES256, RS256, PS256, EdDSA.'),
};

const identityProvider = strictObject({
  kind: z.literal('identity_provider'),
  ...base,
  clients: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Client ids that it may name. Default: every client with the grant jwt-bearer that proves who it is.'),
  tenant: z
    .string()
    .min(1)
    .optional()
    .describe('What `tenant` of its assertions has to be, where it speaks for several organisations. Default: absent.'),
  audienceTenant: z
    .string()
    .min(1)
    .optional()
    .describe('What `aud_tenant` of its assertions has to be. Default: absent.'),
  admitsNewUsers: z
    .boolean()
    .optional()
    .describe(
      'Whether users who were never seen here are admitted by its word; false keeps out everybody whom it had not brought before. Default: true.',
    ),
}).describe('An identity provider of an enterprise, which decides whom its clients may act for (ID-JAG).');

const identity = strictObject({
  name: checkedText('The service; its sub is workload:ISSUER NAME:NAME.', checkName),
  claims: z
    .record(
      z.string().min(1).max(128),
      z.union(
        [z.string(), strictObject({ startsWith: z.string().min(1).describe('What the claim has to begin with.') })],
        { error: 'must be a text, or {startsWith: TEXT}' },
      ),
    )
    .refine(
      (claims) => Object.keys(claims).length > 0,
      'names no claim: every workload of the issuer would be this one',
    )
    .describe('What the token has to say, by the name of the claim.'),
  resources: resourceList.describe('Resources it may have tokens for.'),
  scopes: z.array(checkedText('Name of a scope.', checkScopeName)).min(1).describe('Scopes it may have at most.'),
});

const workload = strictObject({
  kind: z.literal('workload'),
  ...base,
  name: checkedText('What subjects of its workloads are told apart by.', checkName),
  audience: z.string().min(1).optional().describe('What `aud` has to be. Default: the public URL.'),
  identities: z.array(identity).min(1).describe('Services by their claims; the first whose claims all hold is taken.'),
}).describe('A platform that gives its workloads tokens: a build service, a cluster.');

/** Whom the operator lets vouch for people or programs (RFC 7523 §2.1). */
export const assertionIssuerSchema = z
  .discriminatedUnion('kind', [identityProvider, workload], {
    error: (issue) => (issue.code === 'invalid_union' ? `must be one of ${KINDS.join(', ')}` : undefined),
  })
  .superRefine((issuer, context) => {
    const places = (['jwksUri', 'jwks', 'jwksFile'] as const).filter((key) => issuer[key] !== undefined);
    const [, second] = places;
    if (second !== undefined) {
      context.addIssue({
        code: 'custom',
        path: [second],
        message: `stands beside ${places[0]}: its keys are in one place`,
      });
    }
    // What is never asked for anything may be called anything.
    const problem = issuer.jwks === undefined && issuer.jwksFile === undefined ? checkIssuer(issuer.issuer) : undefined;
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['issuer'], message: problem });
    if (issuer.kind !== 'workload') return;
    const names = issuer.identities.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({ code: 'custom', path: ['identities', index, 'name'], message: `"${name}" is taken already` });
    }
  });

/** {@link assertionIssuerSchema} as parsed. */
export type AssertionIssuerInput = z.output<typeof assertionIssuerSchema>;
